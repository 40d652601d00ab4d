"""The figures: what is measured, against what, and what is to be reached."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from statistics import median, quantiles

from benchmarks.back_pressure import measure_lags, measure_sweeps
from benchmarks.documents import CUSTOMER, INVOICE, ITEM, PARTY, name_of
from benchmarks.place import Place, work
from support.bench import LANES
from support.site import SiteShell

PAGE_LOG, SHORT_LOG = 1_000_000, 10_000
ASKED_A_MINUTE = 100  # as `event_streaming.consumer.pull.schedule` says
PAUSES, LONG_PAUSE = 5, 15  # seconds; longer than a job stays (see `event_streaming.lingering`)


@dataclass
class Scale:
	rounds: int
	size: float

	def of(self, number: int) -> int:
		return max(int(number * self.size), 20)


@dataclass
class Figure:
	"""`value` is the median of `rounds`; `at_least` or `at_most` is what it has to reach."""

	title: str
	rounds: list[float]
	at_least: float | None = None
	at_most: float | None = None
	unit: str = "×"
	details: dict = field(default_factory=dict)
	value: float = 0.0

	def __post_init__(self) -> None:
		self.value = median(self.rounds)

	@property
	def is_reached(self) -> bool:
		if self.at_least is not None and self.value < self.at_least:
			return False
		return self.at_most is None or self.value <= self.at_most

	def __str__(self) -> str:
		goal = f"≥ {self.at_least}" if self.at_least is not None else f"≤ {self.at_most}"
		spread = f"{min(self.rounds):.2f}–{max(self.rounds):.2f}"
		told = ", ".join(f"{name} {_short(value)}" for name, value in self.details.items())
		mark = "reached" if self.is_reached else "missed"
		return f"{self.title:58} {self.value:8.2f} {self.unit:4} ({spread})  {goal:9} {mark}  {told}"


def drain_creates(place: Place, scale: Scale) -> Figure:
	"""Flat documents: local inserts with a commit each 100, against draining as many."""
	return _drain_customers(place, scale, _figure("drain flat creates", at_least=0.85), scale.of(5000))


def drain_in_lanes(place: Place, scale: Scale) -> Figure:
	"""The same by two processes of the consumer, still against one local writer; so many that starting them is little of it."""
	figure = _figure("drain flat creates in two lanes", at_least=1.4)
	workers = [place.backend.start_worker(LANES) for _lane in range(2)]
	try:
		return _drain_customers(place, scale, figure, scale.of(20_000), lanes=2)
	finally:
		for worker in workers:
			place.backend.stop_process(worker)


def drain_invoices(place: Place, scale: Scale) -> Figure:
	"""Invoices of five rows whose items and customers are missing."""
	shape = {"count": scale.of(500), "customers": scale.of(50), "items": scale.of(100)}
	at = place.begin([INVOICE])
	work(place.hq, "write_invoices", **shape)
	documents = sum(shape.values())
	figure = _drained(
		place,
		scale,
		_figure("drain invoices with missing links", at_least=0.75),
		at,
		[INVOICE, CUSTOMER, ITEM],
		lambda: work(place.branch, "write_invoices", **shape),
	)
	figure.details["documents for a request"] = documents / figure.details["requests"]
	return figure


def drain_updates(place: Place, scale: Scale) -> Figure:
	"""Changes of fields and rows, against the same changes made here."""
	count = scale.of(5000)
	place.begin([PARTY])
	work(place.hq, "write_parties", count=count)
	work(place.branch, "pull", producer=place.hq.url)
	rounds, details = [], {}
	for number in range(scale.rounds):
		work(place.hq, "change_parties", count=count, seed=number)
		drained = work(place.branch, "pull", producer=place.hq.url)
		local = work(place.branch, "change_parties", count=count, seed=number + 1000)
		work(place.hq, "change_parties", count=count, seed=number + 1000)  # both are equal again
		work(place.branch, "pull", producer=place.hq.url)
		rounds.append(local["seconds"] / drained["seconds"])
		details = {"local ms": local["seconds"] / count * 1000, "drain ms": drained["seconds"] / count * 1000}
	return Figure("drain updates", rounds, at_least=0.8, details=details)


def drain_changes_in_rounds(place: Place, scale: Scale) -> Figure:
	"""Five changes each of forty documents, in turn, against the same changes made here: what follows each other is one save."""
	shape = {"count": scale.of(40), "rounds": 5}
	changes = shape["count"] * shape["rounds"]
	place.begin([PARTY])
	work(place.hq, "write_parties", count=shape["count"])
	work(place.third, "write_parties", count=shape["count"])
	work(place.branch, "pull", producer=place.hq.url)
	rounds, details = [], {}
	for number in range(scale.rounds):
		work(place.hq, "change_parties_in_rounds", seed=number, **shape)
		drained = work(place.branch, "pull", producer=place.hq.url)
		local = work(place.third, "change_parties_in_rounds", seed=number, **shape)
		rounds.append(local["seconds"] / drained["seconds"])
		details = {
			"local ms": local["seconds"] / changes * 1000,
			"drain ms": drained["seconds"] / changes * 1000,
		}
	return Figure("drain changes of the same documents", rounds, at_least=2.0, details=details)


def producer_insert(place: Place, scale: Scale) -> Figure:
	"""Inserting what somebody subscribed to, against inserting what nobody did."""
	count = scale.of(5000)
	place.begin([CUSTOMER])
	rounds, details = [], {}
	for site in (place.hq, place.third):
		work(site, "write_customers", count=count)
	for _round in range(scale.rounds):
		for site in (place.hq, place.third):
			work(site, "empty", doctypes=[CUSTOMER])
		with_link = work(place.hq, "write_customers", count=count)
		without = work(place.third, "write_customers", count=count)
		rounds.append(without["seconds"] / with_link["seconds"])
		details = {
			"with ms": with_link["seconds"] / count * 1000,
			"without ms": without["seconds"] / count * 1000,
		}
	return Figure("producer: insert with a subscription", rounds, at_least=0.92, details=details)


def hundred_consumers(place: Place, scale: Scale) -> Figure:
	"""Inserting with one consumer, against inserting with a hundred."""
	count = scale.of(5000)
	place.begin([CUSTOMER])
	times: dict[int, list[float]] = {1: [], 100: []}
	work(place.hq, "write_customers", count=count)
	for _round in range(scale.rounds):
		for consumers in times:
			work(place.hq, "set_consumers", consumers=consumers, doctype=CUSTOMER)
			work(place.hq, "empty", doctypes=[CUSTOMER])
			times[consumers].append(work(place.hq, "write_customers", count=count)["seconds"])
	rounds = [one / hundred for one, hundred in zip(*times.values(), strict=True)]
	return Figure("producer: insert with 100 consumers, against 1", rounds, at_least=0.95)


def feed_page(place: Place, scale: Scale) -> Figure:
	"""The slowest of a page at the start, in the middle and at the end of a long log, against one of a short log; one of
	twenty DocTypes is approved."""
	times = {}
	for size in (SHORT_LOG, scale.of(PAGE_LOG)):
		place.begin([CUSTOMER])
		work(place.hq, "fill_log", rows=size, doctype=CUSTOMER)
		times[size] = {
			where: [
				work(place.branch, "ask_for_page", producer=place.hq.url, share=share, rows=size)
				for _ in range(scale.rounds)
			]
			for where, share in (("start", 0.0), ("middle", 0.5), ("end", 1.0))
		}
	short, long = times.values()
	base = median(short["middle"])
	slowest = max(long.values(), key=median)
	details = {f"{where} ms": median(seconds) * 1000 for where, seconds in long.items()} | {
		"short log ms": base * 1000
	}
	return Figure(
		f"feed page from {scale.of(PAGE_LOG):,} rows",
		[one / base for one in slowest],
		at_most=1.5,
		details=details,
	)


def latency(place: Place, scale: Scale) -> Figure:
	"""From the commit at the producer to the commit at the consumer, one change after the other, all services running, sites
	else idle; and how long the first change takes after so long a pause that no job has stayed."""
	place.begin([CUSTOMER])
	processes = [place.backend.start_worker(), place.backend.start_worker(), place.backend.start_scheduler()]
	watcher = place.branch.open_shell()
	numbers = count()
	try:
		_one_change(place, watcher, next(numbers))  # the services have started
		seconds = [_one_change(place, watcher, next(numbers)) for _ in range(scale.of(100))]
		first = []
		for _ in range(PAUSES):
			time.sleep(LONG_PAUSE)
			first.append(_one_change(place, watcher, next(numbers)))
	finally:
		watcher.close()
		for process in processes:
			place.backend.stop_process(process)
	last = quantiles(seconds, n=20)[-1]
	details = {"p95 s": last, "p95 to reach s": 1.0, "first after a pause s": median(first)}
	return Figure("commit to commit, median", seconds, at_most=0.4, unit="s", details=details)


def _one_change(place: Place, watcher: SiteShell, number: int) -> float:
	watcher.send("benchmarks.work:wait_for", doctype=CUSTOMER, name=name_of("Customer", number))
	written = work(place.hq, "write_one", number=number)
	return watcher.receive() - written


def back_pressure(place: Place, scale: Scale) -> Figure:
	"""The lag of the changes of 48 producers, with two more that are well, against with one off and one slow."""
	well, ill = measure_lags(place, scale.rounds)
	rounds = [lag / median(well) for lag in ill]
	details = {"well s": median(well), "one off, one slow s": median(ill)}
	return Figure("lag of 48 producers beside bad ones", rounds, at_most=1.1, details=details)


def idle_hub(place: Place, scale: Scale) -> Figure:
	"""The share of a processor that a thousand idle producers take: so many of them are asked in a minute."""
	told = measure_sweeps(place, scale.rounds)
	each = [sweep["seconds"] / sweep["questions"] for sweep in told]
	rounds = [seconds * ASKED_A_MINUTE / 60 for seconds in each]
	details = {"ms for a question": median(each) * 1000, "jobs a minute": told[0]["jobs"]}
	return Figure("share of a processor for 1,000 idle producers", rounds, at_most=0.05, details=details)


def memory(place: Place, scale: Scale) -> Figure:
	"""The puller's resident memory over a long log, at its highest."""
	events = scale.of(1_000_000)
	place.begin([CUSTOMER])
	work(place.hq, "fill_log", rows=events, doctype=CUSTOMER, only=True)
	told = work(place.branch, "pull_and_weigh", producer=place.hq.url)
	return Figure(f"memory over {events:,} events", [told["highest"]], at_most=250, unit="MB", details=told)


def _drain_customers(place: Place, scale: Scale, figure: Callable, count: int, lanes: int = 1) -> Figure:
	at = place.begin([CUSTOMER])
	work(place.branch, "set_lanes", producer=place.hq.url, lanes=lanes)
	place.branch.configure(event_streaming_lane_queue=LANES)
	work(place.hq, "write_customers", count=count)
	return _drained(
		place, scale, figure, at, [CUSTOMER], lambda: work(place.branch, "write_customers", count=count)
	)


def _drained(
	place: Place, scale: Scale, figure: Callable, at: dict, doctypes: list[str], write: Callable
) -> Figure:
	"""Rounds of: do the work here, forget it, drain it."""
	work(place.hq, "stamp")
	write()
	rounds, details = [], {}
	for _round in range(scale.rounds):
		work(place.branch, "empty", doctypes=doctypes)
		local = write()
		work(place.branch, "empty", doctypes=doctypes)
		work(place.branch, "go_back", producer=place.hq.url, place=at)
		drained = work(place.branch, "pull", producer=place.hq.url)
		rounds.append(local["seconds"] / drained["seconds"])
		count = drained["documents"]
		details = {
			"local ms": local["seconds"] / count * 1000,
			"drain ms": drained["seconds"] / count * 1000,
			"requests": drained["requests"],
		}
	return figure(rounds, details)


def _figure(title: str, **goal) -> Callable:
	return lambda rounds, details: Figure(title, rounds, details=details, **goal)


def _short(value: float) -> str:
	return f"{value:.2f}" if isinstance(value, float) else str(value)


FIGURES: dict[str, Callable[[Place, Scale], Figure]] = {
	"creates": drain_creates,
	"lanes": drain_in_lanes,
	"invoices": drain_invoices,
	"updates": drain_updates,
	"coalescing": drain_changes_in_rounds,
	"producer": producer_insert,
	"consumers": hundred_consumers,
	"page": feed_page,
	"latency": latency,
	"backpressure": back_pressure,
	"idle": idle_hub,
	"memory": memory,
}
