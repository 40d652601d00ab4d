"""What is tried on one document: by an event, or whole. All that a try did is undone when it fails.

The Replayer goes with it, since all that it holds is read from the database; what is kept in memory until the end of the
batch (log rows, realtime messages, `Unwritten`) goes back to what it was.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import frappe

from event_streaming.consumer import parking
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
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
from event_streaming.consumer.sync_log import SYNCED, SyncLog
from event_streaming.context import ReplayContext
from event_streaming.document.masking import masked_doctypes
from event_streaming.exceptions import DependencyMissing, StreamingError
from event_streaming.frappe_internals import forget_pending_work
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key


class Attempts:
	def __init__(
		self,
		producer: str,
		fetched: FetchedDocuments,
		epoch: str,
		subscription: Subscription | None,
		kind: str,
	):
		"""
		:param epoch: of the producer's log
		:param kind: of replay, see `context`
		"""
		forget_pending_work()  # of a transaction that was rolled back
		self.producer = producer
		self.subscription = subscription or Subscription(producer)
		self.kind = kind
		self._remark = ""  # on what is tried at the moment
		self.fetched = fetched
		self.log = SyncLog(producer, epoch)
		self.realtime = RealtimeBuffer()
		self.parked = parking.parked_keys(producer)
		self.masked = masked_doctypes()
		self._prepared: tuple[str, tuple[list, ...]] | None = None
		self._effects: list[Event] = []
		self.replayer = self._new_replayer()

	@property
	def names(self) -> IdentityMap:
		return self.replayer.names

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
		with self._replaying(None), self._taking_whole():
			return self.replayer.take_whole(key, source="Resync", adopt=adopt, own=own)

	def take(self, key: Key, source: str, own: str = KEEP) -> Outcome:
		"""The same for one of many: all that it did is undone when it raises."""
		found = self.fetched.documents.get(key) or {}
		moment = past_checks.local_moment(found.get("changed_at") or "")
		with self._taking_whole():
			return self._let_past_pass(
				key, found.get("doc") or {}, moment, lambda: self._take(key, source, own)
			)

	@contextmanager
	def _taking_whole(self) -> Iterator[None]:
		"""See `silence`. Before, after and beside it events are replayed, whose effects are known."""
		self.subscription.takes_whole = True
		try:
			yield
		finally:
			self.subscription.takes_whole = False

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
