"""Replays events of one producer into this site's documents.

Invariants:
- Applying an event again changes nothing: documents are found by (producer, DocType, remote name), values are
  absolute, rows are known by name.
- An event whose id is not above the `log_id` of a whole document taken from the source is history.
- Whatever does not fit (an Update of a document that isn't here, a Create of one that is, a link target
  that no longer exists there) is answered by taking the whole document as it is at the source now.
- A document here that did not come from this producer is never overwritten, unless it is the producer's, see
  `adoption`.

A `Replayer` lives for one transaction; the caller owns savepoints, commit and the user.
"""

from frappe import _

from event_streaming.consumer.dependencies import blockers
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.parking import WaitsFor
from event_streaming.consumer.replay import both_sites, left_out
from event_streaming.consumer.replay.coalescing import Coalescing, Runs
from event_streaming.consumer.replay.creation import Creation
from event_streaming.consumer.replay.deletions import Deletions
from event_streaming.consumer.replay.leaving import Leaving
from event_streaming.consumer.replay.link_supply import LinkSupply
from event_streaming.consumer.replay.local_names import LocalNames
from event_streaming.consumer.replay.parts import Outcome, Parts, Unwritten
from event_streaming.consumer.replay.preparation import Preparation
from event_streaming.consumer.replay.renames import Renames
from event_streaming.consumer.replay.updates import Updates
from event_streaming.consumer.replay.whole_writer import WholeWriter
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.consumer.sync_log import SKIPPED, SYNCED, SyncLog
from event_streaming.exceptions import EventRefused
from event_streaming.link.protocol import Key


class Replayer:
	def __init__(
		self,
		subscription: Subscription,
		fetched: FetchedDocuments,
		log: SyncLog,
		parked: set[Key] | None = None,
		unwritten: Unwritten | None = None,
	):
		"""
		:param unwritten: of the Replayer whose place this one takes in a transaction
		"""
		self.subscription = subscription
		self.fetched = fetched
		self.parked = parked if parked is not None else set()
		self.parts = Parts(subscription, fetched, self.ensure, unwritten or Unwritten())
		self.names = self.parts.names
		self.finder = self.parts.finder
		self.adoption = self.parts.adoption
		self.effects = self.parts.effects
		self.preparation = Preparation(self.parts)
		self._creation = Creation(self.parts)
		self._local_names = LocalNames(self.parts)
		self._whole = WholeWriter(self.parts, self._creation, self._local_names, log)
		self._supply = LinkSupply(self.parts, self._whole, self.parked)
		self._deletions = Deletions(self.parts)
		self._leaving = Leaving(self.parts, self._deletions)
		updates = Updates(self.parts, self._whole, self._local_names)
		self._coalescing = Coalescing(self.parts, updates)
		self.runs: Runs = {}  # of what was prepared, see `coalescing`
		self._by_type = {
			"Create": self._create,
			"Update": updates.replay,
			"Rename": Renames(self.parts, self._whole, self._local_names, self._deletions).replay,
			"Delete": self._deletions.replay,
		}

	def prepare(self, events: list[Event], page: list[Event]) -> None:
		"""Reads and fetches at once what `replay` would else ask for one by one.

		:param page: `events` and those to come, of which only the link targets are looked up
		"""
		events, page = self.parts.subscribed(events), self.parts.subscribed(page)
		self.effects.expect(page)
		self._supply.expect(page)
		self.preparation.of_events(events, page)
		self.runs = self._coalescing.runs(events)

	def prepare_whole_documents(self, keys: list[Key]) -> None:
		self.preparation.of_whole_documents(keys)

	def prepare_link_targets(self, events: list[Event]) -> None:
		self.preparation.of_link_targets(events)

	def unwritten(self) -> Unwritten:
		return self.parts.unwritten()

	def flush(self) -> None:
		"""Writes what was kept in memory until the end of the transaction."""
		self.parts.flush()

	def replay(self, event: Event) -> Outcome:
		"""Makes this site's document follow one event."""
		if event.refused:
			raise EventRefused(event.trouble)
		config = self.subscription.subscribed(event.doctype)
		if event.cause in self.parked and event.cause != event.key:
			raise WaitsFor(event.cause)
		self._begin(event)
		event = left_out.without_submits(event, config)
		if event.id <= self.names.log_id(event.key):
			return Outcome(
				SKIPPED,
				self.names.local_name(event.key),
				_("Already contained in the whole document fetched before."),
			)
		if reason := left_out.why_left_out(event, config, bool(self.names.local_name(event.key))):
			self.names.saw(event.key, event.id)
			return self._with_remarks(Outcome(SKIPPED, self.names.local_name(event.key), reason))
		self.effects.begin(event)
		try:
			act = self._leaving.replay if event.left else self._by_type[event.update_type]
			outcome = act(event, config)
			self.parts.mutual.complete(self.names)
		finally:
			self.effects.end()
		self.names.saw(event.new_key if event.update_type == "Rename" else event.key, event.id)
		self.adoption.merge_duplicates()
		outcome.message = " ".join(filter(None, (event.trouble, outcome.message)))
		return self._with_remarks(outcome)

	def replay_as_one(self, events: list[Event]) -> list[Outcome] | None:
		"""The same for one of `runs`.

		:returns: None where they are to be replayed each by itself, and nothing was done
		:raises NotAsOne: the same, and what was done is to be undone
		"""
		first, last = events[0], events[-1]
		config = self.subscription.subscribed(first.doctype)
		self._begin(first)
		local_name = self.names.local_name(first.key)
		is_news = first.id > self.names.log_id(first.key) and not self.parts.comes_after_gap(first)
		if not local_name or not is_news:
			return None
		self.effects.begin(last)
		try:
			outcomes = self._coalescing.replay(events, config, local_name, self._begin, self._with_remarks)
			self.parts.mutual.complete(self.names)
		finally:
			self.effects.end()
		self.names.saw(first.key, last.id)
		self.adoption.merge_duplicates()
		return outcomes

	def _begin(self, event: Event) -> None:
		self.parts.links.begin()
		self.parts.underway = event.key
		self._supply.begin(event)
		is_current = event.update_type in ("Create", "Update") and not event.now
		self.names.identify(event.key, event.identity, is_current, event.now)
		self.parts.recognition.of_events([event])

	def _with_remarks(self, outcome: Outcome) -> Outcome:
		remarks, replaced = self.parts.take_remarks()
		outcome.message = " ".join(filter(None, (outcome.message, remarks)))
		outcome.conflicts += replaced
		return outcome

	def _create(self, event: Event, config: Configuration) -> Outcome:
		local_name = self.names.local_name(event.key)
		if local_name and self.effects.was_done_here(event, config.local_doctype, local_name):
			return self._creation.settle(event, local_name)
		if local_name and not self.adoption.is_by_product(local_name, config):
			return self._whole.take_instead_of(event)
		if merged := self.parts.stopped_by_merge(event.key):
			return merged
		if event.now and config.use_same_name and self.names.exists(config.local_doctype, event.name):
			return self._whole.take_instead_of(event)  # the name is another one's by now, here too
		self._local_names.make_way(event.key, config)
		self.adoption.check_name_free(event.key, config, event.identity)
		return Outcome(
			SYNCED, self._creation.make(event.key, event.data, None, event.identity, event.written)
		)

	def remove(self, key: Key) -> Outcome:
		"""See `Deletions.remove`."""
		return self._deletions.remove(key)

	def take_whole(
		self, key: Key, source: str = "Feed", adopt: bool = False, own: str = both_sites.KEEP
	) -> Outcome:
		"""Makes the document here equal to what the source has now; see `WholeWriter.take`.

		:param source: what the Event Sync Log says of where it comes from; "Feed" leaves the row to the caller
		"""
		self.parts.links.begin()
		self.parts.underway = None
		outcome = self._whole.take(key, adopt, own)
		self.parts.mutual.complete(self.names)
		if source == "Feed":
			return self._with_remarks(outcome)
		if outcome.status == SYNCED:
			self._whole.log_fetched(key, outcome.docname, self.fetched.documents[key], source)
		return outcome

	def was_deleted_here(self, key: Key) -> bool:
		"""Whether a whole document that was fetched is not here since it was deleted here, after its last change there."""
		found = self.parts.fetched.documents.get(key)
		if not found or self.names.local_name(key):
			return False
		config = self.subscription.configuration(key[0])
		name = self.parts.recognition.name_of(key, found["identity"], config)
		return self.parts.both_sites.was_whole_deleted_here(key, found, config, name)

	def settle(self, key: Key, source: str) -> Outcome:
		"""See `WholeWriter.settle`.

		:param source: what the Event Sync Log says of where it comes from
		"""
		self.parts.links.begin()
		self.parts.underway = None
		outcome = self._whole.settle(key)
		if outcome.status == SYNCED:
			self._whole.log_fetched(key, outcome.docname, self.fetched.documents[key], source)
		return outcome

	def ensure(self, key: Key) -> str | None:
		"""See `LinkSupply.ensure`."""
		return self._supply.ensure(key)

	def linked_here(self, key: Key, data: dict) -> set[tuple[str, str]]:
		"""See `LinkSupply.linked_here`."""
		return self._supply.linked_here(key, data)

	def may_have_changed_since(self, event: Event) -> bool:
		"""Whether the document is at the source still: a link that can't be had may be history there by now,
		its target renamed or deleted since."""
		return event.update_type in ("Create", "Update") and bool(
			self.fetched.get(event.present_key, fresh=True)
		)

	def outdated_documents_linking_to(self, key: Key) -> list[Key]:
		"""See `blockers`; what they are at the source now is fetched afresh."""
		config, local_name = self.subscription.configuration(key[0]), self.names.local_name(key)
		if not local_name:
			return []
		keys = blockers.not_kept_up(self.subscription, config.local_doctype, local_name)
		self.fetched.forget(keys)
		self.preparation.of_whole_documents(keys)
		return keys
