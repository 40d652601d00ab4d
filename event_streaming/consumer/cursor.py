"""How far this site has read one producer's log, and how the link is doing.

The cursor's row is the lock of the link: who holds it for a batch is the only one to replay from that
producer. It moves in the transaction that holds the batch's documents.

A lock can be lost without an error: a controller commits, or catches the deadlock that undid its transaction. So who
takes it signs the row, and looks for its signature before it commits: where another has signed since, or its own is gone
with all that was written before, nothing is committed.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import add_to_date, get_datetime, now_datetime
from redis.exceptions import RedisError

from event_streaming.consumer import fence
from event_streaming.exceptions import InvalidEvent, StreamingError
from event_streaming.locks import is_transient, lock_row

DOCTYPE = "Event Stream Cursor"
WAITING, STREAMING, FAILING, STOPPED, PAUSED = (
	"Waiting for Approval", "Streaming", "Failing", "Stopped", "Paused",
)  # fmt: skip
FIRST_DELAY = 30  # seconds
LONGEST_DELAY = 6 * 60 * 60
UNWRITTEN = "event_streaming:unwritten_trouble:"
HELD = "event_streaming:held:"
HELD_LIFETIME = 7 * 24 * 60 * 60  # seconds
UNWRITTEN_LIFETIME = 15 * 60  # seconds
BUSY_PAUSE = 0.3  # seconds, on average


@dataclass(frozen=True)
class Cursor:
	"""Where this site stands in one producer's log; see docs/glossary.md."""

	event_producer: str
	epoch: str
	position: int
	event_key: str | None
	seen: int
	seen_key: str | None
	head: int
	behind: int
	state: str
	attempts: int
	next_attempt_at: datetime | None
	holder: str | None

	def moved_to(self, position: int, event_key: str) -> "Cursor":
		return replace(self, position=position, event_key=event_key)


FIELDS = [field.name for field in fields(Cursor)]


class Busy(StreamingError):
	"""Another process replays from this producer, or has since moved the cursor."""

	def __init__(self):
		super().__init__(_("Another process is replaying from this producer. Try again in a moment."))


def read(producer: str) -> Cursor | None:
	"""None before the registration."""
	row = frappe.db.get_value(DOCTYPE, producer, FIELDS, as_dict=True)
	return Cursor(**row) if row else None


def read_all() -> list[Cursor]:
	"""Those that were asked longest ago come first."""
	found = frappe.db.get_values(DOCTYPE, {}, [*FIELDS, "last_contact"], as_dict=True, order_by="name asc")
	found.sort(key=lambda row: str(row.pop("last_contact") or ""))
	return [Cursor(**row) for row in found]


def hold(producer: str, at: Cursor | None = None, wait: float = 0.0, stretch: str | None = None) -> Cursor:
	"""Begins a transaction with the link's lock, which is held until that transaction ends; before it is committed, `keep`
	has to be asked. Rolls back what is unsaved. Lanes that another process had asked can commit nothing more.

	:param at: where the cursor has to stand; None for anywhere
	:param wait: seconds that are waited for who holds the lock
	:param stretch: token of what the caller's own lanes are at
	:raises Busy: another process holds the link or has moved the cursor
	"""
	locked = _wait_for_lock(producer, time.monotonic() + wait)
	begun = fence.token_of(producer)
	if begun and not stretch:
		_keep_lanes_out(producer)
		locked = _wait_for_lock(producer, time.monotonic() + wait)  # it went with the commit
		begun = fence.token_of(producer)
	if begun != stretch:
		raise Busy
	if at and (locked.position, locked.epoch) != (at.position, at.epoch):
		raise Busy
	holder = frappe.generate_hash(length=16)
	_set(producer, holder=holder)
	return replace(locked, holder=holder)


def _wait_for_lock(producer: str, deadline: float) -> Cursor:
	while not (locked := _lock(producer)):
		if time.monotonic() >= deadline:
			raise Busy
		pause()
	return locked


def _keep_lanes_out(producer: str) -> None:
	"""Under the lock. Commits, so that what the last lane commits meanwhile is seen."""
	try:
		fence.close(producer)
	except Exception as error:
		if is_transient(error):
			raise Busy from error  # a lane that is committing
		raise
	frappe.db.commit()  # nosemgrep -- before anything of the stretch is read


def keep(held: Cursor) -> None:
	"""Makes sure that the transaction which `hold` began is about to be committed, and that the link is locked until then.

	:raises Busy: the lock was lost, and others may have replayed since: to be rolled back
	"""
	row = lock_row(DOCTYPE, held.event_producer, FIELDS)
	if not row or (row.holder, row.position, row.epoch) != (held.holder, held.position, held.epoch):
		raise Busy


def _lock(producer: str) -> Cursor | None:
	frappe.db.rollback()  # the lock must be the first thing that this transaction reads
	row = lock_row(DOCTYPE, producer, FIELDS)
	return Cursor(**row) if row else None


def pause() -> None:
	"""While another process holds the link for a page."""
	time.sleep(random.uniform(0.5, 1.5) * BUSY_PAUSE)


def check_link(producer: str) -> None:
	"""
	:raises StreamingError: a person has to act before anything can be fetched from this producer
	"""
	at = read(producer)
	if not at:
		raise InvalidEvent(_("{0} is not registered with its producer: save it again.").format(producer))
	if at.state == PAUSED:
		raise StreamingError(_("The link with {0} is paused. Resume it first.").format(producer))
	if at.state == STOPPED:
		raise StreamingError(
			_("The link with {0} has stopped. Open its Event Producer and use Start Again first.").format(
				producer
			)
		)


def move(producer: str, position: int, event_key: str) -> None:
	"""To be called between `keep` and the commit, in the transaction of the batch that ends at `position`."""
	_set(producer, position=position, event_key=event_key)


def note_seen(producer: str, position: int, event_key: str) -> None:
	"""Whole documents here contain changes up to this position of the producer's log, which the cursor may not have
	reached. Under `hold`, in the transaction that holds the documents."""
	if position and position > (frappe.db.get_value(DOCTYPE, producer, "seen") or 0):
		_set(producer, seen=position, seen_key=event_key)


def note_contact(producer: str, head: int, behind: int, state: str, lag_seconds: float) -> None:
	"""The producer answered: what it said of itself, and that all is well."""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	frappe.cache.delete_value(UNWRITTEN + producer)
	_set(
		producer,
		head=head,
		behind=behind,
		lag_seconds=lag_seconds,
		state=state,
		error=None,
		attempts=0,
		next_attempt_at=None,
		last_contact=now_datetime(),
	)


def note_failure(producer: str, error: str, retry_after: float | None = None) -> None:
	"""The producer could not be asked: says so, and puts the next try further off each time."""
	attempts = (frappe.db.get_value(DOCTYPE, producer, "attempts") or 0) + 1
	delay = delay_before(attempts, retry_after)
	_set(
		producer,
		state=FAILING,
		error=error,
		attempts=attempts,
		next_attempt_at=add_to_date(now_datetime(), seconds=delay),
	)


def note_held(producer: str, held: dict[str, str]) -> None:
	"""
	:param held: {the producer's DocType: why it gives nothing of it}; told with each page, so the cache will do
	"""
	if held:
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.set_value(HELD + producer, held, expires_in_sec=HELD_LIFETIME)
	else:
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.delete_value(HELD + producer)


def held(producer: str) -> dict[str, str]:
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return frappe.cache.get_value(HELD + producer, expires=True) or {}


@contextmanager
def noting_elsewhere(producer: str, error: str) -> Iterator[None]:
	"""What is to be said on the form is kept in the cache for a while where the block can't write the database; nothing is
	raised."""
	try:
		yield
	except Exception:
		with suppress(RedisError):
			# nosemgrep -- a constant and one name, or a hash: no two make one
			frappe.cache.set_value(UNWRITTEN + producer, error, expires_in_sec=UNWRITTEN_LIFETIME)


def unwritten_trouble(producer: str) -> str | None:
	"""What `noting_elsewhere` has kept."""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return frappe.cache.get_value(UNWRITTEN + producer, expires=True)


def note_stop(producer: str, error: str) -> None:
	"""The cursor can't go on automatically: a person has to act."""
	_set(producer, state=STOPPED, error=error)


def rest(producer: str, seconds: float) -> None:
	"""The producer answers, but slowly: not to be asked again for so long."""
	_set(producer, next_attempt_at=add_to_date(now_datetime(), seconds=seconds))


def is_resting(cursor: Cursor) -> bool:
	return cursor.state in (STREAMING, WAITING) and not is_due(cursor)


def is_due(cursor: Cursor) -> bool:
	"""Whether the schedule may ask this producer now."""
	if cursor.state in (STOPPED, PAUSED):
		return False
	return not cursor.next_attempt_at or get_datetime(cursor.next_attempt_at) <= now_datetime()


def may_be_asked(producer: str) -> bool:
	"""Whether it is due; a producer that was never registered will say so itself."""
	cursor = read(producer)
	return not cursor or is_due(cursor)


def was_in_trouble(cursor: Cursor) -> bool:
	"""Whether the producer was off or slow when it was last asked."""
	return bool(cursor.next_attempt_at)


def delay_before(attempt: int, at_least: float | None = None) -> float:
	"""Seconds before try number `attempt` + 1: doubling from 30 s up to 6 h, with jitter of a quarter."""
	delay = min(FIRST_DELAY * 2 ** min(attempt - 1, 20), LONGEST_DELAY)
	return max(delay * random.uniform(0.75, 1.25), at_least or 0)


def _set(producer: str, **values) -> None:
	frappe.db.set_value(DOCTYPE, producer, values, update_modified=False)
