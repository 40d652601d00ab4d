"""The events of one transaction: each replayed on its own, logged, and parked when it fails.

Used under the cursor's lock by `pull`, `retry` and `resync`; who uses it commits what `finish` has not refused.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, throughput
from event_streaming.consumer.cursor import Cursor
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.parking import WaitsFor
from event_streaming.consumer.replay import lost_values
from event_streaming.consumer.replay.attempts import Attempts
from event_streaming.consumer.replay.parts import Outcome
from event_streaming.consumer.replay.savepoint import ends_transaction
from event_streaming.consumer.subscription import Subscription
from event_streaming.consumer.sync_log import FAILED, SKIPPED, SYNCED, WAITING
from event_streaming.context import LIVE
from event_streaming.exceptions import NotSubscribed
from event_streaming.frappe_internals import nothing_being_saved
from event_streaming.json_text import as_json_text
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key

Ahead = dict[
	int, tuple[Event, str]
]  # events that are done before their turn, with their statuses, by position

TOGETHER = 10  # events in one savepoint
BATCH_SECONDS = (
	1.0  # for which one transaction locks what people may wait for; one event takes as long as it takes
)
BATCH_BYTES = 4 * 1024 * 1024  # of events in one transaction


class Batch(Attempts):
	"""It ends by time and bytes, whatever it was given: who uses it asks `is_full`, or is told how much was done."""

	def __init__(
		self,
		producer: str,
		fetched: FetchedDocuments,
		held: Cursor,
		subscription: Subscription | None = None,
		kind: str = LIVE,
	):
		"""
		:param held: what `cursor.hold` gave
		:param kind: of replay, see `context`
		"""
		super().__init__(producer, fetched, held.epoch, subscription, kind)
		self._held = held
		self.ahead: Ahead = {}
		self._apart: set[int] = set()  # positions of runs whose events are replayed each by itself
		self.begin()

	def run(
		self,
		events: list[Event],
		trouble: Exception | None = None,
		page: list[Event] | None = None,
		ahead: Ahead | None = None,
	) -> list[tuple[Event, str]]:
		"""
		:param trouble: see `pull.replay_batch`
		:param page: events to come too, whose link targets are fetched along with those of `events`
		:param ahead: those of them that are done
		:returns: each event with the status that its row in the Event Sync Log got; only the first where the batch is full
		"""
		self.ahead = dict(ahead or {})
		if trouble:
			return [(event, self._one(event, trouble)) for event in events]
		fresh = [event for event in events if event.position not in self.ahead]
		self._prepare("prepare", fresh, page or fresh)
		self.begin()
		statuses: list[str] = []
		while len(statuses) < len(events) and not (statuses and self.is_full):
			some = events[len(statuses) : len(statuses) + TOGETHER]
			statuses += self._together(some) or [self._one(event) for event in self._until_full(some)]
		return list(zip(events, statuses, strict=False))

	def begin(self) -> None:
		"""From here on rows are locked that people wait for."""
		self._begun = time.monotonic()

	@property
	def is_full(self) -> bool:
		"""Whether it is time to commit."""
		return time.monotonic() > self._begun + BATCH_SECONDS or self.log.bytes > BATCH_BYTES

	def _until_full(self, events: list[Event]) -> Iterator[Event]:
		for number, event in enumerate(events):
			if number and self.is_full:
				return
			yield event

	def finish(self) -> None:
		"""What was kept in memory until the end of the batch.

		:raises Busy: another process may have replayed meanwhile, see `cursor.keep`
		"""
		self.replayer.flush()
		self.subscription.value_maps.flush()
		self.note_files(
			(row["remote_doctype"], row["remote_docname"]) for row in self.log.rows if row["status"] == SYNCED
		)
		self._count_conflicts()
		self.log.flush()
		cursors.note_seen(self.producer, *self.fetched.seen)
		self.keep_lock()
		self.realtime.send_after_commit()

	def _count_conflicts(self) -> None:
		"""Values that both sites changed at once, by kind, for who watches the site; once they are committed."""
		counts: Counter[str] = Counter()
		for row in self.log.rows:
			if row.get("conflict"):
				meta = frappe.get_meta(row["ref_doctype"])
				for conflict in json.loads(row["conflict"]):
					field = meta.get_field(conflict["field"])
					counts[f"conflicts_{lost_values.kind_of(conflict, field and field.fieldtype)}"] += 1
		if counts:
			frappe.db.after_commit.add(partial(throughput.add, self.producer, **counts))

	def keep_lock(self) -> None:
		cursors.keep(self._held)

	def note_files(self, keys: Iterable[Key]) -> None:
		"""The files, comments, tags and assignments of these documents are looked at soon, where they come along."""
		rows = self.subscription.configurations
		looked_at = {row.remote_doctype for row in rows if row.besides}
		remote_files.note_due(self.producer, sorted({key for key in keys if key[0] in looked_at}))

	def _together(self, events: list[Event]) -> list[str] | None:
		"""Events in one savepoint, since hardly any fails; None when one does, and all that these did is undone.

		:raises SavepointLost: it could not be undone
		"""
		if len(events) == 1 or any(event.key in self.parked for event in events):
			return None
		ahead = dict(self.ahead)
		try:
			with self._undone_on_error():
				return [self._next(event) for event in self._until_full(events)]
		except Exception as error:
			if ends_transaction(error):
				raise
			self.ahead = ahead
			self._apart.update(event.position for event in events)
			return None

	def _next(self, event: Event) -> str:
		if event.position in self.ahead:
			return self.ahead.pop(event.position)[1]
		run = self.replayer.runs.get(event.position)
		if run and event.position not in self._apart and (status := self._as_one(run)):
			return status
		with self._replaying(event), nothing_being_saved():
			return self._settle(event, self.replayer.replay(event))

	def _as_one(self, run: list[Event]) -> str | None:
		"""Changes of one document by one save, see `coalescing`.

		:returns: the first one's status; None where each is to be replayed by itself
		"""
		with self._replaying(run[-1]), nothing_being_saved():
			outcomes = self.replayer.replay_as_one(run)
		if outcomes is None:
			return None
		for event, outcome in zip(run, outcomes, strict=True):
			self.ahead[event.position] = (event, self._settle(event, outcome))
		return self.ahead.pop(run[0].position)[1]

	def _one(self, event: Event, trouble: Exception | None = None) -> str:
		if event.position in self.ahead:
			return self.ahead.pop(event.position)[1]
		if event.key in self.parked:
			return self._wait(event, _("Waits behind an earlier event of this document that failed."))
		try:
			if trouble:
				raise trouble
			outcome = self.attempt(event)
		except WaitsFor as error:
			return self._wait(event, str(error), waits_for=error.key)
		except NotSubscribed as error:
			outcome = Outcome(SKIPPED, None, str(error))
		except Exception as error:
			if error is not trouble and ends_transaction(error):
				raise
			return self._fail(event, error)
		return self._settle(event, outcome)

	def _settle(self, event: Event, outcome: Outcome) -> str:
		conflict = as_json_text(outcome.conflicts) if outcome.conflicts else None
		self._log(event, outcome.status, docname=outcome.docname, message=outcome.message, conflict=conflict)
		return outcome.status

	def _fail(self, event: Event, error: Exception) -> str:
		message = error_message(error)
		self._park(event, message)
		lost = getattr(error, "conflicts", None)
		conflict = as_json_text(lost) if lost else None
		self._log(event, FAILED, message=message, error=frappe.get_traceback(), conflict=conflict)
		return FAILED

	def _wait(self, event: Event, message: str, waits_for=None) -> str:
		if waits_for or event.update_type == "Rename":
			self._park(event, message, waits_for)
		self._log(event, WAITING, message=message)
		return WAITING

	def _park(self, event: Event, message: str, waits_for=None) -> None:
		if event.key not in self.parked:
			parking.park(self.producer, event.key, message, waits_for)
			self.parked.add(event.key)
			self.names.discard_reservation(event.key)
		if event.update_type == "Rename" and event.new_key not in self.parked:
			# its next events come under the new name, and have to wait as well
			parking.park(self.producer, event.new_key, message, waits_for=event.key)
			self.parked.add(event.new_key)

	def _log(self, event: Event, status: str, **values) -> None:
		config = self.subscription.configuration(event.doctype)
		self.log.add_event(
			event,
			status,
			ref_doctype=config.local_doctype,
			use_same_name=config.use_same_name,
			mapping=config.mapping,
			**values,
		)
