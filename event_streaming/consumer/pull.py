"""Pulls one producer's log and replays it, a batch at a time.

Invariants:
- One puller for a producer: a batch runs under the lock of the cursor's row, and counts only if the cursor
  stands where the page was asked from.
- A batch is one transaction: documents, Event Sync Log rows and the cursor become visible together, or none
  does. The cursor never moves past an event without its row.
- An event that fails is undone alone; its document is parked, and the events behind it wait.
- When the database gives up (deadlock, changed row) the whole batch is undone and tried again, then event by
  event, never from a savepoint.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import strip_html

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.batch import Batch, Busy, error_message
from event_streaming.consumer.dependencies import Source
from event_streaming.consumer.events import Event
from event_streaming.consumer.isolation import SavepointLost, as_user
from event_streaming.exceptions import (
	AnswerTooLarge,
	InvalidEvent,
	PositionGone,
	StreamingError,
)
from event_streaming.locks import is_transient

BATCH_SIZE = 100
TRIES = 4
MAX_KEY = 140


@dataclass
class Summary:
	"""What a pull did. `behind` is what the producer still has for us; `error` why it stopped early."""

	producer: str
	synced: int = 0
	failed: int = 0
	waiting: int = 0
	skipped: int = 0
	requests: int = 0
	behind: int = 0
	seconds: float = 0.0
	error: str = ""
	busy: bool = False
	by_doctype: dict = field(default_factory=dict)

	@property
	def events(self) -> int:
		return self.synced + self.failed + self.waiting + self.skipped

	def count(self, event: Event, status: str) -> None:
		setattr(self, status.lower(), getattr(self, status.lower()) + 1)
		self.by_doctype[event.doctype] = self.by_doctype.get(event.doctype, 0) + 1


def pull(
	producer: str,
	max_batches: int | None = None,
	progress: Callable[[Summary], None] | None = None,
	source: Source | None = None,
	deadline: float | None = None,
) -> Summary:
	"""Pulls until nothing is left. Commits; call it with nothing unsaved.

	:param progress: called after each batch
	:param source: the producer's end; by default its REST API
	:param deadline: `time.monotonic()` after which no further batch is begun
	"""
	summary = Summary(producer)
	started = time.monotonic()
	try:
		with _source(producer, source) as end:
			_pull_all(producer, end, summary, max_batches, progress, deadline)
	except Busy:
		frappe.db.rollback()
		summary.busy = True
	except StreamingError as error:
		frappe.db.rollback()
		summary.error = strip_html(str(error))
		_note_trouble(producer, error)
	summary.seconds = time.monotonic() - started
	return summary


def _pull_all(producer, end, summary, max_batches, progress, deadline) -> None:
	from event_streaming.consumer.retry import retry_due

	retry_due(producer, end)
	batches = 0
	more = True
	while more and (max_batches is None or batches < max_batches):
		if deadline and time.monotonic() > deadline:
			return
		more = _pull_page(producer, end, summary)
		batches += 1
		if progress:
			progress(summary)


def _pull_page(producer: str, end, summary: Summary) -> bool:
	"""One page; True when there is more."""
	frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
	at = cursors.read(producer)
	if not at:
		raise InvalidEvent(_("{0} is not registered with its producer: save it again.").format(producer))
	page = _ask_for_page(end, at, summary)
	events = [Event.from_wire(raw) for raw in page["events"]]
	_check_page(page, events, at)
	_replay_page(producer, end, at, page, events, summary)
	_note_contact(producer, page, events)
	summary.behind = page["behind"]
	return bool(page["more"])


def _ask_for_page(end, at: frappe._dict, summary: Summary) -> dict:
	"""A page, a smaller one where the documents on it are too large for one answer.

	:raises AnswerTooLarge: a single event is
	"""
	limit = BATCH_SIZE
	while True:
		summary.requests += 1
		try:
			return end.get_updates(
				at.position, at.event_key, at.epoch, limit, seen=at.seen, seen_key=at.seen_key
			)
		except AnswerTooLarge:
			if limit == 1:
				raise
			limit = max(1, limit // 10)


def _check_page(page: dict, events: list[Event], at: frappe._dict) -> None:
	positions = [event.position for event in events]
	if len(page["event_key"] or "") > MAX_KEY:
		raise InvalidEvent(_("The producer answered with a key that is too long."))
	if page["more"] and page["position"] == at.position:
		raise InvalidEvent(_("The producer says that there is more, and gives nothing."))
	if page["epoch"] != at.epoch or page["position"] < at.position:
		raise InvalidEvent(_("The producer answered with a page of another log."))
	if positions != sorted(set(positions)) or any(not at.position < p <= page["position"] for p in positions):
		raise InvalidEvent(_("The producer answered with positions out of order."))


def _replay_page(
	producer: str, end, at: frappe._dict, page: dict, events: list[Event], summary: Summary
) -> None:
	"""The page as one batch; if the database keeps giving up, or a controller committed, event by event."""
	for number in range(TRIES):
		try:
			return replay_batch(producer, end, at, events, page["position"], page["event_key"], summary)
		except SavepointLost:
			frappe.db.rollback()
			break
		except Exception as error:
			frappe.db.rollback()
			if not is_transient(error):
				raise
			time.sleep(random.uniform(0.05, 0.2) * 2**number)
	for event in events:
		at = _replay_alone(producer, end, at, event, summary)
	replay_batch(producer, end, at, [], page["position"], page["event_key"], summary)


def _replay_alone(producer: str, end, at: frappe._dict, event: Event, summary: Summary) -> frappe._dict:
	"""One event as a batch of its own. What cannot be undone by savepoint is undone as a whole and parked."""
	trouble = None
	for number in range(TRIES):
		try:
			replay_batch(producer, end, at, [event], event.position, event.event_key, summary, trouble)
			return frappe._dict(at, position=event.position, event_key=event.event_key)
		except SavepointLost as error:
			frappe.db.rollback()
			trouble = error
		except Exception as error:
			frappe.db.rollback()
			if not is_transient(error) or number == TRIES - 1:
				raise
			time.sleep(random.uniform(0.1, 0.4) * 2**number)
	raise InvalidEvent(_("Event {0} could be neither replayed nor parked.").format(event.position))


def replay_batch(
	producer: str,
	end,
	at: frappe._dict,
	events: list[Event],
	position: int,
	event_key: str,
	summary: Summary,
	trouble: Exception | None = None,
) -> None:
	"""The transaction: lock, replay, log, move, commit.

	:param trouble: why these events are known to fail; they are parked without another try
	:raises Busy: another process holds the link or has moved the cursor
	"""
	frappe.db.rollback()  # the lock must be the first thing that this transaction reads
	locked = cursors.lock(producer)
	if not locked or (locked.position, locked.epoch) != (at.position, at.epoch):
		raise Busy
	batch = Batch(producer, end, at.epoch)
	with as_user(batch.subscription.subscriber):
		counts = batch.run(events, trouble)
	batch.finish()
	cursors.move(producer, position, event_key)
	frappe.db.commit()  # documents, log rows and cursor together
	for event, status in counts:
		summary.count(event, status)


def _note_contact(producer: str, page: dict, events: list[Event]) -> None:
	from event_streaming.link.pairing import update_statuses

	update_statuses(producer, page.get("doctypes") or {})
	approved = "Approved" in (page.get("doctypes") or {}).values()
	lag = events[-1].age if events and page["more"] else 0.0
	cursors.note_contact(producer, page, cursors.STREAMING if approved else cursors.WAITING, lag)
	frappe.db.commit()  # what the form shows, apart from the batch


def _note_trouble(producer: str, error: StreamingError) -> None:
	if isinstance(error, PositionGone):
		cursors.note_stop(producer, error_message(error))
	else:
		cursors.note_failure(producer, error_message(error), getattr(error, "retry_after", None))
	frappe.db.commit()  # the cursor keeps its place; the form says why


def _source(producer: str, source: Source | None):
	from contextlib import nullcontext

	from event_streaming.link.client import ProducerClient

	return nullcontext(source) if source else ProducerClient.for_producer(producer)
