"""Fifty producers of one site, of which one is off and one slow: how long the changes of the others take to arrive."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.documents import CUSTOMER, customers
from benchmarks.place import Place, work
from support.fake_producer import FakeProducer
from support.link import subscribe

PRODUCERS = 50
SLOW = 10.0  # seconds for each answer
PATIENCE = 180.0  # seconds for a round
BETWEEN_LOOKS = 0.1  # seconds


def measure_lags(place: Place, rounds: int) -> tuple[list[float], list[float]]:
	"""
	:returns: the median lag of the 48 others in each round, first where all are well, then with one off and one slow, which
	        are due in every round
	"""
	place.begin([])
	with _producers() as producers, _workers(place):
		for producer in producers:
			subscribe(place.branch, producer, [CUSTOMER])
		*others, off, slow = producers
		_round(place, others, 0)  # the workers have started
		well = [_round(place, others, number) for number in range(1, rounds + 1)]
		off.close()
		slow.replies["get_updates"] = lambda arguments: _after(SLOW, slow.page(arguments))
		ill = []
		for number in range(rounds + 1, 2 * rounds + 1):
			for producer in (off, slow):
				place.branch.call("let_time_pass", producer_url=producer.url)
			ill.append(_round(place, others, number))
	return well, ill


def measure_sweeps(place: Place, rounds: int) -> list[dict]:
	"""What a minute's schedule of `PRODUCERS` idle producers costs, apart from the time of the producers."""
	place.begin([])
	with _producers() as producers:
		for producer in producers:
			subscribe(place.branch, producer, [CUSTOMER])
		work(place.branch, "sweep")  # what is cached is cached now
		return [work(place.branch, "sweep") for _round in range(rounds)]


def _round(place: Place, producers: list[FakeProducer], number: int) -> float:
	"""One change at each of `producers`, and the schedule's pulls."""
	documents = list(customers(len(producers), number * PRODUCERS))
	for producer, document in zip(producers, documents, strict=True):
		producer.create(name=document["customer_name"], **document)
	names = {document["customer_name"] for document in documents}
	begin = time.monotonic()
	place.branch.call("enqueue_pulls")
	lags: list[float] = []
	while names:
		if time.monotonic() - begin > PATIENCE:
			raise TimeoutError(f"{len(names)} changes did not arrive within {PATIENCE:.0f} s")
		time.sleep(BETWEEN_LOOKS)
		here = names.intersection(place.branch.names(CUSTOMER, name=["in", sorted(names)]))
		lags += [time.monotonic() - begin] * len(here)
		names -= here
	_wait_for_slow_ones(place)
	return median(lags)


def _wait_for_slow_ones(place: Place) -> None:
	end = time.monotonic() + PATIENCE
	while work(place.branch, "jobs_at_work") and time.monotonic() < end:
		time.sleep(BETWEEN_LOOKS)


def _after(seconds: float, answer: Any) -> Any:
	time.sleep(seconds)
	return answer


@contextmanager
def _producers() -> Iterator[list[FakeProducer]]:
	producers = [FakeProducer() for _ in range(PRODUCERS)]
	try:
		yield producers
	finally:
		for producer in producers:
			producer.close()


@contextmanager
def _workers(place: Place) -> Iterator[None]:
	workers = [place.backend.start_worker(), place.backend.start_worker()]
	try:
		yield
	finally:
		for worker in workers:
			place.backend.stop_process(worker)
