"""Replays the waiting events of parked documents: on their own time, or because a person asks.

Each document is one transaction under the cursor's lock, so retries and pulls never meet.
"""

import contextlib
import json
import time
import traceback

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, sync_log
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.parking import WaitingEvent, WaitsFor
from event_streaming.consumer.replay import in_hand
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user, ends_transaction
from event_streaming.consumer.replay.transactions import ends_the_work, persistently
from event_streaming.context import LIVE
from event_streaming.exceptions import InvalidEvent
from event_streaming.json_text import as_json_text
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key

MAX_ROUNDS = 10


def retry_due(producer: str, source: Source, seconds: float | None = None) -> int:
	"""Tries each parked document whose time has come, and again what their success releases.

	:param seconds: after which no further one is tried; they are due still
	:returns: how many are no longer parked
	"""
	deadline = None if seconds is None else time.monotonic() + seconds
	fixed = 0
	for _round in range(MAX_ROUNDS):
		done = 0
		for key in parking.due(producer):
			if deadline and time.monotonic() > deadline:
				return fixed + done
			done += retry_document(producer, source, key)
		fixed += done
		if not done:
			break
	return fixed


def retry_document(producer: str, source: Source, key: Key, kind: str = LIVE) -> bool:
	"""Replays the waiting events of one document in order, up to the first that fails. Commits.

	:returns: whether the document is no longer parked
	:raises Busy: another process replays from this producer
	"""
	try:
		while (fixed := persistently(lambda: _retry(producer, source, key, kind))) is None:
			pass
		return fixed
	except Exception as error:
		if ends_the_work(error):
			raise
		parking.park(producer, key, error_message(error), error.key if isinstance(error, WaitsFor) else None)
		frappe.db.commit()  # nosemgrep -- the failed try counts, though all it did is undone
		return False


def _retry(producer: str, source: Source, key: Key, kind: str) -> bool | None:
	"""
	:returns: whether the document is no longer parked; None when it has more to replay than one transaction takes
	"""
	held, what = cursors.hold(producer), " ".join(key)
	if in_hand.has_ended(producer, what):
		raise in_hand.ended(1)
	with in_hand.noted(producer, what, what):
		return _retry_held(producer, source, key, held, kind)


def _retry_held(producer: str, source: Source, key: Key, held: cursors.Cursor, kind: str) -> bool | None:
	batch = Batch(producer, FetchedDocuments(source), held, kind=kind)
	batch.parked.discard(key)
	rows = parking.waiting_events(producer, key)
	batch.expect_effects(_events_waiting_for(producer, key))
	with as_user(batch.subscription.subscriber):
		if not rows or any(_has_no_event(row) for row in rows):
			rows = _take_whole_instead(batch, key, rows)
		done, failure = _replay_rows(batch, rows)
	batch.finish()
	batch.note_files([key])
	if failure:
		row, error = failure
		waits_for = error.key if isinstance(error, WaitsFor) else None
		batch.names.discard_reservation(key)
		parking.park(producer, key, error_message(error), waits_for)
		sync_log.update(
			row.name,
			status=sync_log.WAITING if waits_for else sync_log.FAILED,
			message=error_message(error),
			error=None if waits_for else "".join(traceback.format_exception(error)),
		)
	elif done == len(rows):
		parking.unpark(producer, key)
	frappe.db.commit()  # nosemgrep -- what could be replayed, its log rows and the parking together
	return None if not failure and done < len(rows) else not failure


def _events_waiting_for(producer: str, key: Key) -> list[Event]:
	events = []
	for waiting in parking.documents_waiting_for(producer, key):
		for row in parking.waiting_events(producer, waiting):
			with contextlib.suppress(InvalidEvent):  # its own retry will say so
				events.append(_stored_event(row))
	return events


def _take_whole_instead(batch: Batch, key: Key, rows: list[WaitingEvent]) -> list[WaitingEvent]:
	"""For a document whose events were deleted here or are of a log that the producer no longer has, or that failed
	when it was to be taken whole.

	:returns: what is still to be replayed: later events, and of a document that the producer doesn't have, that
		it went
	"""
	outcome = batch.take_whole(key)
	left = []
	for row in rows:
		if not _has_no_event(row) or (row.update_type == "Delete" and not outcome.docname):
			left.append(row)
		elif row.source != sync_log.FEED:
			values = {"status": outcome.status, "docname": outcome.docname, "message": outcome.message}
			sync_log.update(row.name, **values, error=None)
		else:
			message = _(
				"The producer no longer has the log of this event: its whole document was taken instead."
			)
			if not row.data:
				message = _("The event was too large to be kept: its whole document was taken instead.")
			sync_log.update(row.name, status=sync_log.SKIPPED, message=message, error=None)
	return left


def _has_no_event(row: WaitingEvent) -> bool:
	"""Nothing to replay: of another log, or a whole document that failed."""
	return row.epoch == sync_log.LOG_IS_GONE or row.source != sync_log.FEED


def _replay_rows(batch: Batch, rows: list[WaitingEvent]) -> tuple[int, tuple[WaitingEvent, Exception] | None]:
	"""
	:returns: how many are replayed, and which one failed
	"""
	for number, row in enumerate(rows):
		if number and batch.is_full:
			return number, None
		try:
			outcome = batch.attempt(_stored_event(row))
		except Exception as error:
			if ends_transaction(error):
				raise
			return number, (row, error)
		sync_log.update(
			row.name,
			status=outcome.status,
			docname=outcome.docname,
			message=outcome.message or _("Fixed."),
			conflict=as_json_text(outcome.conflicts) if outcome.conflicts else None,
			error=None,
		)
	return len(rows), None


def _stored_event(row: WaitingEvent) -> Event:
	try:
		return Event.from_wire(json.loads(row.data or ""))
	except (ValueError, InvalidEvent) as error:
		raise InvalidEvent(
			_("The event kept here can't be read any more: {0} Use Resync From Source.").format(error)
		) from error
