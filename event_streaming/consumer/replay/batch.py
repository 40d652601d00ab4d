"""The events of one transaction: each replayed on its own, logged, and parked when it fails.

Used under the cursor's lock by `pull`, `retry` and `resync`; who uses it commits what `finish` has not refused.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking
from event_streaming.consumer.cursor import Cursor
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.parking import WaitsFor
from event_streaming.consumer.replay import past_checks
from event_streaming.consumer.replay.both_sites import KEEP
from event_streaming.consumer.replay.parts import Outcome, Unwritten
from event_streaming.consumer.replay.realtime import RealtimeBuffer
from event_streaming.consumer.replay.replayer import Replayer
from event_streaming.consumer.replay.replaying import replaying
from event_streaming.consumer.replay.savepoint import SavepointLost, ends_transaction, undone_on_error
from event_streaming.consumer.subscription import Subscription
from event_streaming.consumer.sync_log import FAILED, SKIPPED, SYNCED, WAITING, SyncLog
from event_streaming.context import LIVE, ReplayContext
from event_streaming.document.masking import masked_doctypes
from event_streaming.exceptions import DependencyMissing, NotSubscribed, StreamingError
from event_streaming.frappe_internals import forget_pending_work, nothing_being_saved
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


class Batch:
	"""It ends by time and bytes, whatever it was given: who uses it asks `is_full`, or is told how much was done.

	What fails is undone to a savepoint. The Replayer goes with it, since all that it holds is read from the database; what
	the batch keeps in memory until its end (log rows, realtime messages, `Unwritten`) goes back to what it was."""

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
		forget_pending_work()  # of a transaction that was rolled back
		self.producer = producer
		self.subscription = subscription or Subscription(producer)
		self.kind = kind
		self._remark = ""  # on what is tried at the moment
		self.fetched = fetched
		self.log = SyncLog(producer, held.epoch)
		self._held = held
		self.realtime = RealtimeBuffer()
		self.parked = parking.parked_keys(producer)
		self.masked = masked_doctypes()
		self.begin()
		self.ahead: Ahead = {}
		self._apart: set[int] = set()  # positions of runs whose events are replayed each by itself
		self._prepared: tuple[str, tuple[list, ...]] | None = None
		self._effects: list[Event] = []
		self.replayer = self._new_replayer()

	@property
	def names(self) -> IdentityMap:
		return self.replayer.names

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

	def prepare_whole(self, keys: list[Key]) -> None:
		"""Fetches whole documents, and what they need, at once; see `take`."""
		self._prepare("prepare_whole_documents", keys)

	def make_link_targets(self, events: list[Event]) -> None:
		"""Makes what events link to and what is neither here nor made by one of them, ahead of their replay. One that
		can't be made is left to the events that need it, which will say why."""
		self._prepare("prepare_link_targets", events)
		for key in self.replayer.preparation.missing_link_targets(events):
			try:
				with self._isolated():
					self.replayer.ensure(key)
			except Exception as error:
				if ends_transaction(error):
					raise

	def _prepare(self, method: str, *what: list) -> None:
		"""
		:param what: events or keys, of which those that are parked need nothing
		:raises SavepointLost: one of them is such that nothing can be prepared; alone it will be parked
		"""
		self._prepared = (method, what)
		try:
			getattr(self.replayer, method)(*(self._not_parked(some) for some in what))
		except StreamingError:
			raise
		except Exception as error:
			if ends_transaction(error):
				raise
			raise SavepointLost(error_message(error)) from error

	def _not_parked(self, what: list) -> list:
		return [one for one in what if (one.key if isinstance(one, Event) else one) not in self.parked]

	def finish(self) -> None:
		"""What was kept in memory until the end of the batch.

		:raises Busy: another process may have replayed meanwhile, see `cursor.keep`
		"""
		self.replayer.flush()
		self.subscription.value_maps.flush()
		self.note_files(
			(row["remote_doctype"], row["remote_docname"]) for row in self.log.rows if row["status"] == SYNCED
		)
		self.log.flush()
		cursors.note_seen(self.producer, *self.fetched.seen)
		self.keep_lock()
		self.realtime.send_after_commit()

	def keep_lock(self) -> None:
		cursors.keep(self._held)

	def note_files(self, keys: Iterable[Key]) -> None:
		"""The files, comments and tags of these documents are looked at soon, where they come along."""
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

	def attempt(self, event: Event) -> Outcome:
		"""Replays one event; all that it did is undone when it raises."""
		moment = past_checks.local_moment(event.changed_at, event.age)
		return self._let_past_pass(event.key, event.data, moment, lambda: self._attempt(event))

	def _attempt(self, event: Event) -> Outcome:
		try:
			return self._with_the_way_clear(event.key, event, lambda: self.replayer.replay(event))
		except DependencyMissing:
			if not self.replayer.may_have_changed_since(event):
				raise
		with self._isolated(event):
			return self.replayer.take_whole(event.present_key)

	def _let_past_pass(
		self, key: Key, data: dict, moment: datetime | None, act: Callable[[], Outcome]
	) -> Outcome:
		"""Once more, if what refused the document may only have done so since; see `past_checks`.

		:param data: of the event, or the whole document
		"""
		try:
			return act()
		except StreamingError:
			raise
		except frappe.ValidationError:
			disabled = past_checks.disabled_since(self._linked_here(key, data), moment)
			if not disabled:
				raise
		self._remark = past_checks.remark_on(disabled)
		try:
			with past_checks.enabled_for_now(disabled):
				return act()
		finally:
			self._remark = ""

	def _linked_here(self, key: Key, data: dict) -> set[past_checks.Place]:
		"""What a document links to, which is made here if need be and stays, whatever becomes of the document."""
		try:
			with self._isolated():
				return self.replayer.linked_here(key, data)
		except frappe.ValidationError:
			return set()  # then that is in its way, too

	def _with_the_way_clear(self, key: Key, event: Event | None, act: Callable[[], Outcome]) -> Outcome:
		"""Once more, if what links to the document, and so forbids that it goes, was only out of date."""
		try:
			with self._isolated(event):
				return act()
		except frappe.LinkExistsError:
			if not self._clear_the_way(key):
				raise
		with self._isolated(event):
			return act()

	def _clear_the_way(self, key: Key) -> bool:
		"""Takes again what links to a document here and isn't kept up to date; whether there was any."""
		outdated = self.replayer.outdated_documents_linking_to(key)
		if not outdated:
			return False
		with self._isolated():
			taken = [self.replayer.take_whole(linking, source="Resync") for linking in outdated]
		return any(outcome.status == SYNCED for outcome in taken)

	def take_whole(self, key: Key, adopt: bool = False, own: str = KEEP) -> Outcome:
		"""What the source has of a document now, apart from any event; see `Replayer.take_whole`."""
		with self._replaying(None):
			return self.replayer.take_whole(key, source="Resync", adopt=adopt, own=own)

	def take(self, key: Key, source: str, own: str = KEEP) -> Outcome:
		"""The same for one of many: all that it did is undone when it raises."""
		found = self.fetched.documents.get(key) or {}
		moment = past_checks.local_moment(found.get("changed_at") or "")
		return self._let_past_pass(key, found.get("doc") or {}, moment, lambda: self._take(key, source, own))

	def _take(self, key: Key, source: str, own: str) -> Outcome:
		try:
			with self._isolated():
				return self.replayer.take_whole(key, source, own=own)
		except Exception as error:
			is_other = isinstance(error, WaitsFor) or ends_transaction(error)
			if is_other or key[0] not in self.subscription.settled_later:
				raise
		return self._take_with_present_state(key, source, own)

	def _take_with_present_state(self, key: Key, source: str, own: str) -> Outcome:
		"""Once more: this site's controllers may need what they would work out themselves."""
		self.subscription.keeps_present_state = True
		try:
			with self._isolated():
				return self.replayer.take_whole(key, source, own=own)
		finally:
			self.subscription.keeps_present_state = False

	def was_deleted_here(self, key: Key) -> bool:
		"""See `Replayer.was_deleted_here`."""
		return self.replayer.was_deleted_here(key)

	def settle(self, key: Key, source: str) -> Outcome:
		"""What this site's controllers have worked out otherwise is set as at the producer; undone when it raises."""
		with self._isolated():
			return self.replayer.settle(key, source)

	def remove(self, key: Key) -> Outcome:
		"""Deletes a document that is no longer at the producer; undone likewise."""
		return self._with_the_way_clear(key, None, lambda: self.replayer.remove(key))

	@contextmanager
	def _isolated(self, event: Event | None = None) -> Iterator[None]:
		"""One event alone, or one whole document apart from any event."""
		with self._replaying(event), self._undone_on_error():
			yield

	@contextmanager
	def _undone_on_error(self) -> Iterator[None]:
		"""
		:raises SavepointLost: it could not be undone
		"""
		self.realtime.take()
		rows, unwritten = len(self.log.rows), self.replayer.unwritten()
		try:
			with undone_on_error():
				yield
		except SavepointLost:
			raise
		except Exception:
			self.log.cut(rows)
			self.replayer = self._new_replayer(unwritten)
			if self._prepared:
				self._prepare(self._prepared[0], *self._prepared[1])
			raise

	def expect_effects(self, events: list[Event]) -> None:
		"""Of what is replayed apart from its page, see `effects`."""
		self._effects = events
		self.replayer.effects.expect(events)

	def _new_replayer(self, unwritten: Unwritten | None = None) -> Replayer:
		replayer = Replayer(self.subscription, self.fetched, self.log, self.parked, unwritten)
		replayer.effects.expect(self._effects)
		return replayer

	def _replaying(self, event: Event | None) -> replaying:
		path = [*(event.path if event else []), self.producer]
		context = ReplayContext(
			self.producer,
			self.kind,
			(event.origin if event else "") or self.producer,
			list(dict.fromkeys(path)),
			speaks=self.subscription.speaks(self.kind),
			remarks=[self._remark] if self._remark else [],
		)
		return replaying(context, self.replayer.adoption.by_products, event, self.masked)

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
