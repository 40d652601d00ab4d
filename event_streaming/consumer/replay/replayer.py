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

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr

from event_streaming.consumer.dependencies import blockers
from event_streaming.consumer.dependencies.converter import Converter
from event_streaming.consumer.dependencies.link_fields import Link, LinkFinder
from event_streaming.consumer.dependencies.missing import MissingLinks, NeverTaken, check_may_create, prefetch
from event_streaming.consumer.feed.events import Event, check_document
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity import identity_map
from event_streaming.consumer.identity.by_products import Made
from event_streaming.consumer.identity.counters import Counters
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.identity.origin_fields import write_origin
from event_streaming.consumer.parking import WaitsFor
from event_streaming.consumer.replay import both_sites, conflicts, history, lifecycle
from event_streaming.consumer.replay.adoption import Adoption
from event_streaming.consumer.replay.both_sites import BothSites
from event_streaming.consumer.replay.child_rows import FreeNames
from event_streaming.consumer.replay.effects import Effects
from event_streaming.consumer.replay.link_targets import LinkTargets
from event_streaming.consumer.replay.mutual import MutualDocuments, without_worked_out
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.consumer.sync_log import SKIPPED, SYNCED, SyncLog
from event_streaming.context import replay_context
from event_streaming.document import snapshot
from event_streaming.document.streamable import is_takeable
from event_streaming.exceptions import DependencyMissing, EventRefused
from event_streaming.json_text import as_json_text
from event_streaming.link.protocol import Identity, Key
from event_streaming.locks import is_not_the_documents_fault


@dataclass
class Outcome:
	status: str
	docname: str | None = None
	message: str = ""
	conflicts: list[dict] = field(default_factory=list)
	stays: bool = False  # a whole document that was not taken, since it was carried further here


@dataclass
class Unwritten:
	"""All of a Replayer that can't be read again: what is written at the end of its transaction."""

	names: identity_map.Unwritten = field(default_factory=lambda: ({}, {}))
	by_products: list[Made] = field(default_factory=list)


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
		unwritten = unwritten or Unwritten()
		self.subscription = subscription
		self.names = IdentityMap(subscription.producer, subscription.local_doctype, unwritten.names)
		self.fetched = fetched
		self.finder = LinkFinder(subscription)
		self.converter = Converter(subscription, self.finder, self.fetched)
		self.log = log
		self.parked = parked if parked is not None else set()
		self.adoption = Adoption(subscription, self.names, unwritten.by_products)
		self.both_sites = BothSites(subscription)
		self._to_come: dict[Key, Event] = {}
		self._position = 0
		self._underway: Key | None = None
		self._mutual = MutualDocuments(self.finder)
		self.effects = Effects(self._local_place, self._local_link)
		never_taken = NeverTaken(subscription, self.names)
		self.links = LinkTargets(self.converter, never_taken, self.ensure)
		self._stays = False
		self._looked_up: set[tuple[Key, Identity]] = set()
		self._free_names = FreeNames()
		self._counters = Counters()

	def prepare(self, events: list[Event], page: list[Event]) -> None:
		"""Reads and fetches at once what `replay` would else ask for one by one.

		:param page: `events` and those to come, of which only the link targets are looked up
		"""
		events, page = self._subscribed(events), self._subscribed(page)
		self.names.load_identified((event.key, event.identity) for event in events)
		self.names.load(
			{event.key for event in page if event.update_type == "Update"}
			| {event.new_key for event in events if event.update_type == "Rename"}
		)
		self._recognise_events(events)
		configurations = ((event, self.subscription.configuration(event.doctype)) for event in events)
		self.both_sites.prepare(
			(event, config, self._known_as(event, config)) for event, config in configurations
		)
		self.effects.expect(page)
		self._to_come = {event.key: event for event in page if event.update_type == "Create"}
		created = set(self._to_come)
		needed = {
			event.present_key
			for event in page
			if event.update_type == "Update"
			and event.key not in created
			and (event.is_whole or not self.names.local_name(event.key))
		}
		missing_links = MissingLinks(self.subscription, self.names, self.finder, self.fetched)
		prefetch(self.fetched, needed | missing_links.of_events(page), missing_links, created)
		self._pass_counters(
			[*(event.key for event in page if event.update_type == "Create"), *self.fetched.documents]
		)
		self._expect([event for event in events if event.update_type == "Create"])

	def _expect(self, creates: list[Event]) -> None:
		configs = {event.doctype: self.subscription.configuration(event.doctype) for event in creates}
		self.names.expect(
			(event.key, configs[event.doctype].local_doctype, event.name, event.identity)
			for event in creates
			if configs[event.doctype].use_same_name
		)
		for doctype, config in configs.items():
			if not config.mapping:  # by which rows may get other names
				docs = (event.data for event in creates if event.doctype == doctype)
				self._free_names.look_up(config.local_doctype, docs)

	def _pass_counters(self, keys: Iterable[Key]) -> None:
		"""Of documents that are to have their producer's names: at once, since each move is a transaction."""
		names: dict[str, set[str]] = {}
		for doctype, name in keys:
			config = self.subscription.configuration(doctype)
			if config.use_same_name and frappe.db.exists("DocType", config.local_doctype):
				names.setdefault(config.local_doctype, set()).add(name)
		for local_doctype, some in names.items():
			self._counters.pass_by(local_doctype, some)

	def prepare_whole(self, keys: list[Key]) -> None:
		"""The same for whole documents that `take_whole` is to take."""
		self.names.load(keys)
		prefetch(
			self.fetched, keys, MissingLinks(self.subscription, self.names, self.finder, self.fetched), set()
		)
		found = {key: self.fetched.documents[key] for key in keys if key in self.fetched.documents}
		self._pass_counters(self.fetched.documents)
		self.names.load_identified((key, document["identity"]) for key, document in found.items())
		self._recognise((key, document["identity"]) for key, document in found.items())
		self.names.expect(
			(key, config.local_doctype, key[1], document["identity"])
			for key, document in found.items()
			if (config := self.subscription.configuration(key[0])).use_same_name
		)

	def prepare_link_targets(self, events: list[Event]) -> None:
		"""The same for link targets that are to be made before the events that link to them."""
		missing_links = MissingLinks(self.subscription, self.names, self.finder, self.fetched)
		created = {event.key for event in events if event.update_type == "Create"}
		prefetch(self.fetched, self.missing_link_targets(events), missing_links, created)

	def missing_link_targets(self, events: list[Event]) -> list[Key]:
		"""What subscribed events link to and what is neither here nor told of by one of them."""
		missing_links = MissingLinks(self.subscription, self.names, self.finder, self.fetched)
		told_of = {event.key for event in events}
		return sorted(missing_links.of_events(self._subscribed(events)) - told_of)

	def unwritten(self) -> Unwritten:
		return Unwritten(self.names.unwritten(), self.adoption.by_products.unwritten())

	def flush(self) -> None:
		"""Writes what was kept in memory until the end of the transaction."""
		self.names.flush()
		self.adoption.by_products.flush()

	def replay(self, event: Event) -> Outcome:
		"""Makes this site's document follow one event."""
		if event.refused:
			raise EventRefused(event.trouble)
		config = self.subscription.subscribed(event.doctype)
		if event.cause in self.parked and event.cause != event.key:
			raise WaitsFor(event.cause)
		self.links.begin()
		self._underway = event.key
		self._position = event.position
		is_current = event.update_type in ("Create", "Update") and not event.now
		self.names.identify(event.key, event.identity, is_current)
		self._recognise_events([event])
		if event.id <= self.names.log_id(event.key):
			return Outcome(
				SKIPPED,
				self.names.local_name(event.key),
				_("Already contained in the whole document fetched before."),
			)
		self.effects.begin(event)
		try:
			outcome = getattr(self, f"_replay_{event.update_type.lower()}")(event, config)
			self._mutual.complete(self.names)
		finally:
			self.effects.end()
		self.names.saw(event.new_key if event.update_type == "Rename" else event.key, event.id)
		self.adoption.merge_duplicates()
		outcome.message = " ".join(filter(None, (event.trouble, outcome.message)))
		return self._with_remarks(outcome)

	def _with_remarks(self, outcome: Outcome) -> Outcome:
		remarks, replaced = self._remarks()
		outcome.message = " ".join(filter(None, (outcome.message, remarks)))
		outcome.conflicts += replaced
		return outcome

	def _remarks(self) -> tuple[str, list[dict]]:
		"""What a row of the log says besides its status, and the values that were lost, since this was asked last."""
		context = replay_context()
		remarks, replaced = self.adoption.remarks()
		return " ".join(filter(None, (remarks, context and context.take_remarks()))), replaced

	def may_have_changed_since(self, event: Event) -> bool:
		"""Whether the document is at the source still: a link that can't be had may be history there by now,
		its target renamed or deleted since."""
		return event.update_type in ("Create", "Update") and bool(
			self.fetched.get(event.present_key, fresh=True)
		)

	def linked_here(self, key: Key, data: dict) -> set[tuple[str, str]]:
		"""Documents here that a document links to: as it was sent, and as it is here. Made here if need be.

		:param data: the whole document, or a difference, as it was sent
		"""
		config = self.subscription.configuration(key[0])
		if config.mapping:
			links = []
		else:
			links = [*self.finder.in_document(data, config.local_doctype, {})]
			links += (
				self.finder.in_difference(data, config.local_doctype, {}, {}) if "doctype" not in data else []
			)
		names = {
			(link.local_doctype, self.ensure(link.target))
			for link in links
			if is_takeable(link.local_doctype)
		}
		if local_name := self.names.local_name(key):
			here = snapshot.read(config.local_doctype, local_name)
			names |= {
				(link.local_doctype, cstr(link.values[link.field]))
				for link in self.finder.in_document(here, config.local_doctype, {})
			}
		return {(doctype, name) for doctype, name in names if name}

	def outdated_documents_linking_to(self, key: Key) -> list[Key]:
		"""See `blockers`; what they are at the source now is fetched afresh."""
		config, local_name = self.subscription.configuration(key[0]), self.names.local_name(key)
		if not local_name:
			return []
		keys = blockers.not_kept_up(self.subscription, config.local_doctype, local_name)
		self.fetched.forget(keys)
		self.prepare_whole(keys)
		return keys

	def take_whole(
		self, key: Key, source: str = "Feed", adopt: bool = False, own: str = both_sites.KEEP
	) -> Outcome:
		"""Makes the document here equal to what the source has now, but for what people did here.

		:param adopt: a document here with the same name that came from nowhere becomes this one
		:param own: what becomes of changes made here; see `BothSites.become`
		"""
		self.links.begin()
		self._underway = None
		outcome = self._take_whole(key, adopt, own)
		self._mutual.complete(self.names)
		if source == "Feed":
			return self._with_remarks(outcome)
		if outcome.status == SYNCED:
			self._log_fetched(key, outcome.docname, self.fetched.documents[key], source)
		return outcome

	def _take_whole(self, key: Key, adopt: bool = False, own: str = both_sites.KEEP) -> Outcome:
		found = self.fetched.get(key)
		if not found:
			return Outcome(
				SKIPPED, None, _("The producer no longer has {0} {1}, or doesn't give it.").format(*key)
			)
		self._stays = False
		local_name = self._apply_whole(key, found, adopt, own)
		self.adoption.merge_duplicates()
		message = _carried_further() if self._stays else _("Whole document taken from the producer.")
		return Outcome(SYNCED, local_name, message, stays=self._stays)

	def _recognise(self, documents: Iterable[tuple[Key, Identity]]) -> set[Key]:
		"""Looks each up once in the life of this Replayer."""
		fresh = [document for document in documents if document not in self._looked_up]
		self._looked_up.update(fresh)
		return (
			self.names.recognise(fresh, self.subscription.own_urls, self._is_given_back, self._is_shared)
			if fresh
			else set()
		)

	def _is_shared(self, key: Key) -> bool:
		return self.subscription.configuration(key[0]).shared

	def _is_given_back(self, key: Key) -> bool:
		return self._is_shared(key) or self.subscription.gives(key[0])

	def _recognise_events(self, events: list[Event]) -> None:
		"""A document that came by another way is at the state of that way: its first event here ends no gap."""
		for key in self._recognise((event.key, event.identity) for event in events):
			first = next(event for event in events if event.key == key)
			self.names.saw(key, min(first.previous, first.id - 1))  # the first event itself is news

	def _replay_create(self, event: Event, config: Configuration) -> Outcome:
		local_name = self.names.local_name(event.key)
		if local_name and not self.adoption.is_by_product(local_name, config):
			return self._take_whole_again(event)
		if merged := self._stopped_by_merge(event.key):
			return merged
		if event.now and config.use_same_name and self.names.exists(config.local_doctype, event.name):
			return self._take_whole_again(event)  # the name is another one's by now, here too
		self._make_way(event.key, config)
		self.adoption.check_name_free(event.key, config)
		return Outcome(SYNCED, self._insert(event.key, event.data, None, event.identity, event.written))

	def _stopped_by_merge(self, key: Key) -> Outcome | None:
		"""What became another document here changes with that one alone."""
		name = self.names.merged_into(key)
		if not name:
			return None
		return Outcome(
			SKIPPED,
			name,
			_("{0} was merged here into {1}, so the producer's changes of it no longer count.").format(
				key[1], name
			),
		)

	def _make_way(self, key: Key, config: Configuration) -> None:
		"""The document here that had the name at the producer before, and whose rename there was not heard of, follows it. One
		that is no longer given stays: whether it is gone there or only not readable, a person must say."""
		former = self.names.displaced(key)
		if not former or not config.use_same_name or former.local_name != key[1]:
			return
		names = self.fetched.source.find_documents(key[0], {"creation": former.remote_creation}, 2)
		if len(names) != 1 or self.names.exists(config.local_doctype, names[0]):
			return
		lifecycle.rename(config.local_doctype, key[1], names[0], merge=False)
		self.names.follow(former, (key[0], names[0]), names[0])

	def _replay_update(self, event: Event, config: Configuration) -> Outcome:
		local_name = self.names.local_name(event.key)
		if merged := self._stopped_by_merge(event.key):
			return merged
		if not local_name:
			known_as = self._known_as(event, config)
			if self.both_sites.was_deleted_here(event, config, known_as):
				lost = conflicts.deleted_here(event.data, event.data.get("was") or {})
				return Outcome(SYNCED, None, _("It was deleted here after that change."), lost)
			if not event.now:
				self._make_way(event.key, config)
				self.adoption.check_name_free(event.key, config)
			outcome = self._take_whole_again(event)
			if outcome.status == SYNCED:
				outcome.conflicts += self.both_sites.undone_deletion(event, config, known_as)
			return outcome
		if self._comes_after_gap(event):
			return self._take_whole_again(event)
		diff, deferred_links = self.converter.difference(
			event.key, event.data, config, local_name, self.links.of(config)
		)
		if not any(diff.values()):
			return Outcome(SYNCED, local_name, _("Nothing in this change concerns this site."))
		doc = frappe.get_doc(config.local_doctype, local_name)
		outcome = self._merge(event, config, doc, self._incoming(event, config, local_name, diff))
		self.links.deferred.remember(deferred_links, config.local_doctype, local_name)
		history.keep(config, local_name, event.written)
		return outcome

	def _merge(
		self, event: Event, config: Configuration, doc: Document, incoming: conflicts.Incoming
	) -> Outcome:
		"""Applies a change as far as this site's own changes let it."""
		local_name, rule = str(doc.name), self.subscription.rule(config)
		if self.effects.was_done_here(event, config.local_doctype, local_name):
			return self._settle_effect(event, doc, incoming)
		met = self.both_sites.met(event, config, local_name)
		judgement = self.both_sites.judge(event, rule, doc, incoming, met)
		if judgement == both_sites.REFUSE:
			lost = conflicts.refuse(doc, incoming, rule)
			if met and not met.is_double:
				both_sites.note_lost(config.local_doctype, local_name, doc.docstatus)
			return Outcome(SYNCED, local_name, _carried_further(), lost)
		if judgement == both_sites.REPLACE:
			return self._take_whole(event.key, own=both_sites.LOSE)
		found = conflicts.resolve(doc, incoming, rule, met)
		with both_sites.told_in_order(config.local_doctype, local_name, found.orders):
			if any(found.diff.values()):
				lifecycle.change(
					doc, found.diff, direct=bool(cint(event.data.get("direct"))), given=found.given
				)
			if met and not met.is_double:
				both_sites.note_same(config.local_doctype, local_name, found.same, doc.docstatus)
				if found.conflicts and not any(found.diff.values()):
					both_sites.note_lost(config.local_doctype, local_name, doc.docstatus)
		message = _("Changed on both sites at once.") if found.conflicts else ""
		return Outcome(SYNCED, local_name, message, found.conflicts)

	def _settle_effect(self, event: Event, doc: Document, incoming: conflicts.Incoming) -> Outcome:
		"""Of a change that this site's own controllers have made already."""
		state = cint(incoming.diff.get("changed", {}).get("docstatus", event.docstatus or 0))
		if state < cint(doc.docstatus):
			return Outcome(SYNCED, str(doc.name), _("This site itself has gone on from there."))
		is_direct = bool(cint(event.data.get("direct"))) or state == cint(doc.docstatus)
		lifecycle.change(doc, incoming.diff, direct=is_direct)
		return Outcome(SYNCED, str(doc.name))

	def _incoming(
		self, event: Event, config: Configuration, local_name: str, diff: dict
	) -> conflicts.Incoming:
		def past(part: dict) -> dict:
			return (
				self.converter.difference(event.key, part, config, local_name, self._known_link, past=True)[0]
				if part
				else {}
			)

		removed = past({"added": event.removed_rows} if event.removed_rows else {}).get("added") or {}
		ordered_at = {} if config.mapping else event.ordered_at
		return conflicts.Incoming(diff, past(event.data.get("was") or {}), removed, ordered_at)

	def _local_place(self, key: Key) -> tuple[str, str] | None:
		local_name = self.names.local_name(key)
		return (self.subscription.local_doctype(key[0]), local_name) if local_name else None

	def _local_link(self, key: Key) -> str:
		return self.names.local_name(key) or key[1]

	def _known_as(self, event: Event, config: Configuration) -> str | None:
		"""The name here of an event's document, be it gone by now."""
		entry = self.names.entry(event.key)
		if entry and entry.local_name:
			return entry.local_name
		home = event.identity.home
		if home and home[0] in self.subscription.own_urls:
			return home[1]
		return event.name if config.use_same_name else None

	def _known_link(self, link: Link) -> str:
		"""For values of the past, nothing is fetched."""
		if local_name := self.names.local_name(link.target):
			return local_name
		return "" if self.links.never_taken.is_left_empty(link) else link.target[1]

	def _comes_after_gap(self, event: Event) -> bool:
		"""Whether the producer has changed the document before, without this site having heard of it."""
		return event.previous > self.names.log_id(event.key)

	def _replay_delete(self, event: Event, config: Configuration) -> Outcome:
		lost: list[dict] = []
		if local_name := self.names.local_name(event.key):
			stays, lost = self.both_sites.survives(event, config, local_name)
			if stays:
				return Outcome(SYNCED, local_name, _("Deleted there, but changed here: it stays."), lost)
		outcome = self.remove(event.key)
		outcome.conflicts += lost
		return outcome

	def remove(self, key: Key) -> Outcome:
		"""The document is no longer at the source: it goes here too."""
		config = self.subscription.configuration(key[0])
		local_name = self.names.local_name(key)
		if not local_name:
			stopped = self._stopped_by_merge(key)
			self.names.forget(key)
			return stopped or Outcome(SYNCED, None, _("There was nothing to delete here."))
		lifecycle.delete(config.local_doctype, local_name)
		self.names.forget(key)
		self.names.mark_present(config.local_doctype, local_name, False)
		return Outcome(SYNCED, local_name)

	def _replay_rename(self, event: Event, config: Configuration) -> Outcome:
		new_key, merge = event.new_key, bool(cint(event.data.get("merge")))
		if stopped := self._stopped_by_merge(event.key):
			if not merge:
				self.names.rename(event.key, new_key, stopped.docname)
			return stopped
		local_name, new_local = self.names.local_name(event.key), self.names.local_name(new_key)
		if self.names.is_same(event.key, new_key):
			new_local = local_name if local_name == new_key[1] or not config.use_same_name else None
		if new_local and new_local == (local_name or new_local):
			return Outcome(SYNCED, new_local, _("It has its new name already."))
		if not local_name:
			return self._take_whole_again(event, event.new_key)
		if new_local and not merge:
			if not self.names.displace(new_key, event.identity):
				# It was taken whole under its new name before this event: the copy under the old name joins it.
				self._rename(event, config, local_name, new_local)
				return self._take_whole(new_key)
			self._make_way(new_key, config)
			new_local = None
		present_key = event.present_key if event.now else new_key
		if merge and not new_local:  # what it was joined with isn't here yet
			self._take_whole(present_key)
			new_local = self.names.local_name(present_key)
			if not new_local:
				return self.remove(event.key)
		gap = self._comes_after_gap(event)
		if not config.use_same_name and not (merge and new_local):
			self.names.rename(event.key, new_key, local_name)
			write_origin(config.local_doctype, local_name, self.subscription.producer, new_key[1])
			if gap:
				self._take_whole(present_key)
			return Outcome(SYNCED, local_name, _("Renamed at the producer; it keeps its name here."))
		if not new_local and self.names.exists(config.local_doctype, new_key[1]):
			raise self.adoption.name_taken(new_key, config)
		outcome = self._rename(event, config, local_name, new_local or new_key[1])
		return self._take_whole(present_key) if gap else outcome

	def _rename(self, event: Event, config: Configuration, local_name: str, new_name: str) -> Outcome:
		here = self.names.exists(config.local_doctype, new_name)
		self._counters.pass_by(config.local_doctype, [new_name])
		name = lifecycle.rename(config.local_doctype, local_name, new_name, merge=here)
		if here:
			self.names.forget(event.key)
			self.names.mark_present(config.local_doctype, local_name, False)
		else:
			self.names.rename(event.key, event.new_key, name)
		return Outcome(SYNCED, name)

	def _take_whole_again(self, event: Event, key: Key | None = None) -> Outcome:
		"""The event's own document: what has its name by now may be another one."""
		key = event.present_key if event.now or not key else key
		found, created = self.fetched.get(key), event.identity.created
		if found and created and found["identity"].created not in (None, created):
			message = _("{0} {1} of the producer is another document by now.")
			return Outcome(SKIPPED, None, message.format(*key))
		return self._take_whole(key)

	def _apply_whole(self, key: Key, found: dict, adopt: bool = False, own: str = both_sites.KEEP) -> str:
		with both_sites.told_as_of(found, self.subscription.producer):
			return self._write_whole(key, found, adopt, own)

	def _write_whole(self, key: Key, found: dict, adopt: bool, own: str) -> str:
		doc, log_id, identity = found["doc"], found["log_id"], found["identity"]
		check_document(doc)
		self.names.identify(key, identity, current=True)
		self._recognise([(key, identity)])
		config = self.subscription.configuration(key[0])
		local_name = self.names.local_name(key)
		if not local_name:
			self._make_way(key, config)
			if adopt and config.use_same_name and self.names.exists(config.local_doctype, key[1]):
				local_name = self.names.presence.spelling(config.local_doctype, key[1])
			else:
				self.adoption.check_name_free(key, config)
				return self._insert(key, doc, log_id, identity, found.get("written"))
		local_name = self._follow_unheard_rename(key, config, local_name)
		values, deferred_links = self.converter.document(key, doc, config, self.links.of(config))
		self._stays, lost = self.both_sites.become(config, local_name, values, found, own)
		self.adoption.note_lost(lost)
		creation = snapshot.as_creation(frappe.db.get_value(config.local_doctype, local_name, "creation"))
		self.names.record(key, config.local_doctype, local_name, log_id, identity, creation)
		self.links.made(key, local_name, deferred_links, config.local_doctype)
		history.keep(config, local_name, found.get("written"))
		return local_name

	def _follow_unheard_rename(self, key: Key, config: Configuration, local_name: str) -> str:
		"""A whole document that has another name there by now gets it here, too, if it had that of there.

		:returns: its name here
		:raises NameTaken: another document of this site has the name
		"""
		before = self.names.name_before(key)
		if before and not config.use_same_name:
			write_origin(config.local_doctype, local_name, self.subscription.producer, key[1])
		if not config.use_same_name or local_name != before or local_name == key[1]:
			return local_name
		if self.names.exists(config.local_doctype, key[1]):
			raise self.adoption.name_taken(key, config)
		self._counters.pass_by(config.local_doctype, [key[1]])
		name = lifecycle.rename(config.local_doctype, local_name, key[1], merge=False)
		self.names.rename(key, key, name)
		return name

	def _insert(
		self, key: Key, doc: dict, log_id: int | None, identity: Identity, written: dict | None = None
	) -> str:
		config = self.subscription.configuration(key[0])
		self.links.making.append(key)
		try:
			values, deferred_links = self.converter.document(key, doc, config, self.links.of(config))
			local_name = self.adoption.become(key, values, config, identity)
			if not local_name:
				self.adoption.check_name_free(key, config, matched=True)
				ignore_mandatory = any(self.converter.is_mandatory(link, config) for link in deferred_links)
				values = history.without(values) | history.of_new(config, written)
				others = self._mutual.needed_by(doc, config, self._made_for(key))
				first = {**without_worked_out(values), "docstatus": lifecycle.DRAFT} if others else values
				local_name = self._insert_anew(key, first, config, ignore_mandatory, log_id, identity)
				if others:
					self._mutual.remember(config.local_doctype, local_name, values, others)
			else:
				history.keep(config, local_name, written)
		finally:
			self.links.making.remove(key)
		self.links.made(key, local_name, deferred_links, config.local_doctype)
		return local_name

	def _made_for(self, key: Key) -> set[Key]:
		"""Documents for whose sake this one is made."""
		return {*self.links.making, *([self._underway] if self._underway else [])} - {key}

	def _insert_anew(
		self,
		key: Key,
		values: dict,
		config: Configuration,
		ignore_mandatory: bool,
		log_id: int | None,
		identity: Identity,
	) -> str:
		doctype = config.local_doctype
		name = key[1] if config.use_same_name else None
		if name:
			self._counters.pass_by(doctype, [name])
			self.names.record(key, doctype, name, log_id, identity)
			self.names.mark_present(doctype, name, False)
		local = lifecycle.insert(doctype, values, name, ignore_mandatory, self._free_names)
		if not name:
			write_origin(doctype, local.name, self.subscription.producer, key[1])
		creation = snapshot.as_creation(local.creation)
		self.names.record(key, doctype, str(local.name), log_id, identity, creation)
		return str(local.name)

	def ensure(self, key: Key) -> str | None:
		"""The local name of a link target, which is made here if need be; None while it is being made.

		:raises DependencyMissing: it isn't here and can't be had
		:raises WaitsFor: it is parked
		"""
		if key in self.links.making:
			return None
		if local_name := self.names.link_value(key, self.subscription.means_namesakes(key[0])):
			return local_name
		if key in self.parked:
			raise WaitsFor(key)
		check_may_create(self.subscription, key)
		found = self._told_by_event_to_come(key) or self._fetch_dependency(key)
		if not found:
			raise DependencyMissing(
				_(
					"It links to {0} {1}, which isn't here and which the producer doesn't have or doesn't give."
				).format(*key)
			)
		self.names.identify(key, found["identity"], current=True)
		self._recognise([(key, found["identity"])])
		own_urls = self.subscription.own_urls
		if local_name := self.names.link_value(key, by_name=False) or self.names.elsewhere(
			key, found["identity"], own_urls
		):
			return local_name  # it is here by another way; a link is no leave to change it
		try:
			local_name = self._apply_whole(key, found)
		except (DependencyMissing, WaitsFor):
			raise
		except frappe.ValidationError as error:
			if is_not_the_documents_fault(error):
				raise
			raise DependencyMissing(
				_("It links to {0} {1}, which could not be made here: {2}").format(*key, error)
			) from error
		self._log_fetched(key, local_name, found, "Dependency")
		return local_name

	def _fetch_dependency(self, key: Key) -> dict | None:
		"""What nobody subscribed to is kept up to date by this site's own controllers, from the beginning."""
		found = self.fetched.get(key)
		if (
			not found
			or cint(found["doc"].get("docstatus"))
			or self.subscription.configuration(key[0]).subscribed
		):
			return found
		return {**found, "doc": without_worked_out(found["doc"])}

	def _told_by_event_to_come(self, key: Key) -> dict | None:
		"""A document whose Create is behind the present event on the page, as one that was fetched. The producer logs what a
		controller makes before the save that made it, so much of what is linked to is yet to come."""
		event = self._to_come.get(key)
		if not event or event.position <= self._position:
			return None  # what became of it since, only the source can tell
		doc = {**event.data, "doctype": key[0], "name": key[1]}
		passed = {"origin": event.origin, "path": event.path, "changed_at": event.changed_at}
		return {"doc": doc, "log_id": event.id, "identity": event.identity, **passed}

	def _log_fetched(self, key: Key, local_name: str, found: dict, source: str) -> None:
		config = self.subscription.configuration(key[0])
		remarks, replaced = self._remarks()
		self.log.add(
			SYNCED,
			"Create",
			key,
			ref_doctype=config.local_doctype,
			docname=local_name,
			use_same_name=config.use_same_name,
			mapping=config.mapping,
			event_id=found["log_id"],
			source=source,
			message=remarks,
			conflict=as_json_text(replaced) if replaced else None,
			data=as_json_text({"data": found["doc"]}),
		)

	def _subscribed(self, events: Iterable[Event]) -> list[Event]:
		return [
			event
			for event in events
			if not event.refused and self.subscription.configuration(event.doctype).subscribed
		]


def _carried_further() -> str:
	return _("It was submitted or cancelled here, and stays as it is.")
