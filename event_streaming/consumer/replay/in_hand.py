"""What a process had in hand when it ended without a word: killed, out of memory, or out of time.

Invariant: no event, and no document of a backfill, ends processes for ever. Where `ENDS` processes have ended at one place, what
they had in hand goes on one by one, and one that ends as many again is parked. So is a document whose next try ends one. What was
caught and could be told is counted nowhere: see `locks`. Kept in Redis: where that forgets, it is counted anew.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TypeVar

import frappe
from frappe import _
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException

from event_streaming.consumer.replay.transactions import Take, as_one_or_each

ENDS = 3
APART = 30  # seconds between two ends that both count: a machine that is shut down may kill several at once
LONG = 60  # seconds of one transaction, after which the end of a job's time is its own doing
LIFETIME = 7 * 24 * 60 * 60  # seconds
FEED = "feed"

Item = TypeVar("Item")


@dataclass
class Note:
	"""`ends` processes have ended at the place `at`; the next `alone` events or documents are taken one by one."""

	at: str | None = None
	ends: int = 0
	alone: int = 0
	begun: float = 0.0


class ProcessEnded(Exception):
	"""The processes that replayed it have ended in the middle of it."""


def ended(times: int) -> ProcessEnded:
	return ProcessEnded(
		_(
			"The process that replayed this has ended in the middle of it {0} times: it was killed, or took too much memory or time."
		).format(times)
	)


def spared(
	producer: str, at: str, items: list[Item], what: str = FEED
) -> tuple[list[Item], Exception | None]:
	"""What is to be done at once, and why it is not even to be tried, where processes have ended in the middle of it.

	:param at: where these begin, as `noted` will be told
	:param items: events, or documents
	"""
	note = _read(producer, what)
	ends = note.ends if note.at == at else 0
	if not note.alone:
		if ends < ENDS:
			return items, None
		_write(producer, what, Note(alone=len(items)))
		return items[:1], None
	return items[:1], ended(ends) if ends >= ENDS else None


def one_after_the_other(
	producer: str, what: str, take: Take, items: list[Item], label: Callable[[Item], str]
) -> None:
	"""All of them, as many at once as is known to be safe.

	:param take: see `as_one_or_each`; once it holds the link's lock, it enters `noted` with the label of its first item
	"""
	while items:
		some, trouble = spared(producer, label(items[0]), items, what)
		items = items[as_one_or_each(take, some, label, trouble) :]


@contextmanager
def noted(producer: str, at: str, what: str = FEED) -> Iterator[None]:
	"""To be entered under the link's lock, around a transaction."""
	note, now = _read(producer, what), time.time()
	if note.at != at:
		note = Note(at, alone=note.alone)
	if now - note.begun >= APART:
		note.ends, note.begun = note.ends + 1, now
	_write(producer, what, note)
	began = time.monotonic()
	try:
		yield
	except BaseTimeoutException:
		if time.monotonic() - began < LONG:
			_write(producer, what, Note(alone=note.alone))
		raise
	except BaseException:
		_write(producer, what, Note(alone=note.alone))
		raise
	_write(producer, what, Note(alone=max(note.alone - 1, 0)))


def has_ended(producer: str, what: str) -> bool:
	"""Whether a process ended in the middle of this; asked for once."""
	note = _read(producer, what)
	_write(producer, what, Note())
	return note.at is not None


def trouble(producer: str, what: str = FEED) -> str:
	"""For the form: that processes end at the place where the link or the backfill is."""
	note = _read(producer, what)
	return str(ended(note.ends - 1)) if note.ends > 1 else ""


def _read(producer: str, what: str) -> Note:
	with suppress(RedisError):
		# nosemgrep -- a constant and two names, or a hash: no two make one
		if text := frappe.cache.get(_key(producer, what)):
			return Note(**json.loads(text))
	return Note()


def _write(producer: str, what: str, note: Note) -> None:
	with suppress(RedisError):
		if note == Note():
			# nosemgrep -- a constant and two names, or a hash: no two make one
			frappe.cache.delete(_key(producer, what))
		else:
			# nosemgrep -- a constant and two names, or a hash: no two make one
			frappe.cache.set(_key(producer, what), json.dumps(asdict(note)), ex=LIFETIME)


def _key(producer: str, what: str) -> bytes:
	# nosemgrep -- a constant and two names, or a hash: no two make one
	return frappe.cache.make_key(f"event_streaming:in_hand:{producer}:{what}")
