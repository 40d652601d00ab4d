"""What a process had in hand when it ended without a word: killed, out of memory, or out of time.

Invariant: no event ends processes for ever. A link whose processes have ended `ENDS` times at one place of the log goes on event
by event, and one that ends as many again is parked. So is a document whose next try ends one. What was caught and could be
told is counted nowhere: see `locks`. Kept in Redis: where that forgets, it is counted anew.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

import frappe
from frappe import _
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException

ENDS = 3
APART = 30  # seconds between two ends that both count: a machine that is shut down may kill several at once
LONG = 60  # seconds of one transaction, after which the end of a job's time is its own doing
LIFETIME = 7 * 24 * 60 * 60  # seconds
FEED = "feed"


@dataclass
class Note:
	"""`ends` processes have ended at position `at`; up to `until` each event is replayed alone."""

	at: int | None = None
	ends: int = 0
	until: int = 0
	begun: float = 0.0


class ProcessEnded(Exception):
	"""The processes that replayed it have ended in the middle of it."""


def ended(times: int) -> ProcessEnded:
	return ProcessEnded(
		_(
			"The process that replayed this has ended in the middle of it {0} times: it was killed, or took too much memory or time."
		).format(times)
	)


def read(producer: str, at: int) -> Note:
	"""
	:param at: position in the log where something is to be begun
	"""
	note = _read(producer, FEED)
	return note if note.at == at else Note(until=note.until)


def alone_until(producer: str, position: int) -> None:
	"""From now on."""
	_write(producer, FEED, Note(until=position))


@contextmanager
def noted(producer: str, at: int, what: str = FEED) -> Iterator[None]:
	"""To be entered under the link's lock, around a transaction."""
	note, now = _read(producer, what), time.time()
	if note.at != at:
		note = Note(at, until=note.until if note.until > at else 0)
	if now - note.begun >= APART:
		note.ends, note.begun = note.ends + 1, now
	_write(producer, what, note)
	began = time.monotonic()
	try:
		yield
	except BaseTimeoutException:
		if time.monotonic() - began < LONG:
			_forget(producer, what, note)
		raise
	except BaseException:
		_forget(producer, what, note)
		raise
	_forget(producer, what, note)


def has_ended(producer: str, what: str) -> bool:
	"""Whether a process ended in the middle of this; asked for once."""
	note = _read(producer, what)
	_forget(producer, what, Note())
	return note.at is not None


def trouble(producer: str) -> str:
	"""For the form: that processes end at the place where the link is."""
	note = _read(producer, FEED)
	return str(ended(note.ends - 1)) if note.ends > 1 else ""


def _read(producer: str, what: str) -> Note:
	with suppress(RedisError):
		# nosemgrep -- a constant and two names, or a hash: no two make one
		if text := frappe.cache.get(_key(producer, what)):
			return Note(**json.loads(text))
	return Note()


def _write(producer: str, what: str, note: Note) -> None:
	with suppress(RedisError):
		# nosemgrep -- a constant and two names, or a hash: no two make one
		frappe.cache.set(_key(producer, what), json.dumps(asdict(note)), ex=LIFETIME)


def _forget(producer: str, what: str, note: Note) -> None:
	if note.until:
		return _write(producer, what, Note(until=note.until))
	with suppress(RedisError):
		# nosemgrep -- a constant and two names, or a hash: no two make one
		frappe.cache.delete(_key(producer, what))


def _key(producer: str, what: str) -> bytes:
	# nosemgrep -- a constant and two names, or a hash: no two make one
	return frappe.cache.make_key(f"event_streaming:in_hand:{producer}:{what}")
