"""Replays events of one producer into this site's documents.

Invariants:
- Applying an event again changes nothing: documents are found by (producer, DocType, remote name), values are
  absolute, rows are known by name.
- An event whose id is not above the `log_id` of a whole document taken from the source is history.
- Whatever does not fit (an Update of a document that isn't here, a Create of one that is, a link target
  that no longer exists there) is answered by taking the whole document as it is at the source now.
- A document here that did not come from this producer is never overwritten.

A `Replayer` lives for one transaction; the caller owns savepoints, commit and the user.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer import conflicts, lifecycle
from event_streaming.consumer.dependencies import (
	FetchedDocuments,
	Source,
	WaitsFor,
	check_may_create,
	prefetch,
)
from event_streaming.consumer.events import Event, check_document
from event_streaming.consumer.links import Link, LinkFinder, every_values, translate
from event_streaming.consumer.names import NAME_FIELD, SITE_FIELD, Home, Key, NameBook
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.consumer.sync_log import SyncLog
from event_streaming.exceptions import DependencyMissing, NameTaken
from event_streaming.json_text import as_json_text
from event_streaming.producer import snapshot
from event_streaming.producer.capture import consumed_doctypes

SYNCED, SKIPPED = "Synced", "Skipped"
DIFF_PARTS = ("changed", "added", "removed", "row_changed", "order")


@dataclass
class Outcome:
	status: str
	docname: str | None = None
	message: str = ""
	conflicts: list[dict] = field(default_factory=list)


class RemoteLookup:
	"""What a mapping may ask the source for while it maps one document."""

	def __init__(self, fetched: FetchedDocuments, key: Key, doc: dict | None = None):
		self.fetched = fetched
		self.key = key
		self.doc = doc

	def find(self, remote_doctype: str, filters: dict | list) -> list[str]:
		return self.fetched.source.find_documents(remote_doctype, filters, 2)

	def whole_document(self) -> dict | None:
		if self.doc is None and (found := self.fetched.get(self.key)):
			self.doc = found["doc"]
		return self.doc


class Replayer:
	def __init__(
		self, subscription: Subscription, source: Source, log: SyncLog, parked: set[Key] | None = None
	):
		self.subscription = subscription
		self.names = NameBook(subscription.producer, subscription.local_doctype)
		self.fetched = FetchedDocuments(source)
		self.finder = LinkFinder(subscription)
		self.log = log
		self.parked = parked if parked is not None else set()
		self._making: list[Key] = []
		self._looked_up: set[Key] = set()
		self._back_links: dict[Key, list[tuple]] = defaultdict(list)

	def prepare(self, events: Iterable[Event]) -> None:
		"""Reads and fetches for a whole page at once what `replay` would else ask for one by one."""
		events = [event for event in events if self._is_subscribed(event.doctype)]
		created = {event.key for event in events if event.update_type == "Create"}
		self.names.load(
			{event.key for event in events} | {e.new_key for e in events if e.update_type == "Rename"}
		)
		self._recognise_events(events)
		needed = {
			event.key
			for event in events
			if event.update_type == "Update"
			and event.key not in created
			and not self.names.local_name(event.key)
		}
		needed |= set(self._missing_links_of_events(events))
		prefetch(self.fetched, needed, self._missing_links, created, self.names)
		self.names.expect(
			(event.key, config.local_doctype, event.name, event.home)
			for event in events
			if event.update_type == "Create"
			and (config := self.subscription.configuration(event.doctype)).use_same_name
		)

	def mark(self) -> None:
		self.names.mark()
		self._making.clear()
		self._back_links.clear()

	def undo(self) -> None:
		self.names.undo()
		self._looked_up.clear()
		self._making.clear()
		self._back_links.clear()

	def replay(self, event: Event) -> Outcome:
		"""Makes this site's document follow one event."""
		config = self.subscription.subscribed(event.doctype)
		self._recognise_events([event])
		if event.id <= self.names.log_id(event.key):
			return Outcome(
				SKIPPED,
				self.names.local_name(event.key),
				_("Already contained in the whole document fetched before."),
			)
		outcome = getattr(self, f"_replay_{event.update_type.lower()}")(event, config)
		self.names.saw(event.new_key if event.update_type == "Rename" else event.key, event.id)
		return outcome

	def may_have_changed_since(self, event: Event) -> bool:
		"""Whether the document is at the source still: a link that can't be had may be history there by now,
		its target renamed or deleted since."""
		return event.update_type in ("Create", "Update") and bool(self.fetched.get(event.key, fresh=True))

	def take_whole(self, key: Key, source: str = "Feed", adopt: bool = False) -> Outcome:
		"""Makes the document here equal to what the source has now.

		:param adopt: a document here with the same name that came from nowhere becomes this one
		"""
		found = self.fetched.get(key)
		if not found:
			return Outcome(
				SKIPPED, None, _("The producer no longer has {0} {1}, or doesn't give it.").format(*key)
			)
		local_name = self._apply_whole(key, found, adopt)
		if source != "Feed":
			self._log_fetched(key, local_name, found, source)
		return Outcome(SYNCED, local_name, _("Whole document taken from the producer."))

	def _recognise(self, documents: Iterable[tuple[Key, Home | None]]) -> set[Key]:
		"""Looks each up once in the life of this Replayer."""
		fresh = [(key, home) for key, home in documents if key not in self._looked_up]
		self._looked_up.update(key for key, _home in fresh)
		return (
			self.names.recognise(fresh, self.subscription.own_urls, consumed_doctypes()) if fresh else set()
		)

	def _recognise_events(self, events: list[Event]) -> None:
		"""A document that came by another way is at the state of that way: its first event here ends no gap."""
		for key in self._recognise((event.key, event.home) for event in events):
			first = next(event for event in events if event.key == key)
			self.names.saw(key, first.previous)

	def _replay_create(self, event: Event, config: Configuration) -> Outcome:
		if self.names.local_name(event.key):
			return self._take_whole_again(event)
		self._check_name_free(event.key, config)
		return Outcome(SYNCED, self._insert(event.key, event.data, None, event.home))

	def _replay_update(self, event: Event, config: Configuration) -> Outcome:
		local_name = self.names.local_name(event.key)
		if not local_name:
			self._check_name_free(event.key, config)
			return self._take_whole_again(event)
		if self._comes_after_gap(event):
			return self._take_whole_again(event)
		diff = self._mapped(
			{part: value for part, value in event.data.items() if part in DIFF_PARTS}, event, config
		)
		diff, back_links = self._localise_difference(diff, config, local_name)
		diff, found = self._resolve_conflicts(event, config, local_name, diff)
		if not any(diff.values()):
			return Outcome(SYNCED, local_name, _("Nothing in this change concerns this site."), found)
		lifecycle.change(config.local_doctype, local_name, diff, direct=bool(cint(event.data.get("direct"))))
		self._remember_back_links(back_links, config.local_doctype, local_name, event.key)
		return Outcome(SYNCED, local_name, _("Changed on both sites at once.") if found else "", found)

	def _mapped(self, diff: dict, event: Event, config: Configuration) -> dict:
		return config.mapper.map_diff(diff, RemoteLookup(self.fetched, event.key)) if config.mapper else diff

	def _resolve_conflicts(
		self, event: Event, config: Configuration, local_name: str, diff: dict
	) -> tuple[dict, list[dict]]:
		was = event.data.get("was")
		if not was or not any(diff.values()):
			return diff, []
		was = {part: _copied_part(value) for part, value in self._mapped(was, event, config).items()}
		known = _LazyDocument(config.local_doctype, local_name)
		links = self.finder.in_difference(was, config.local_doctype, known, self._link_targets(config))
		translate(list(links), lambda link: self.names.local_name(link.target) or link.target[1])
		self._rename_doctypes(was, config.local_doctype, whole=False)
		return conflicts.resolve(config.local_doctype, local_name, diff, was, config.on_conflict)

	def _comes_after_gap(self, event: Event) -> bool:
		"""Whether the producer has changed the document before, without this site having heard of it."""
		return event.previous > self.names.log_id(event.key)

	def _replay_delete(self, event: Event, config: Configuration) -> Outcome:
		local_name = self.names.local_name(event.key)
		if not local_name:
			self.names.forget(event.key)
			return Outcome(SYNCED, None, _("There was nothing to delete here."))
		lifecycle.delete(config.local_doctype, local_name)
		self.names.forget(event.key)
		self.names.mark_present(config.local_doctype, local_name, False)
		return Outcome(SYNCED, local_name)

	def _replay_rename(self, event: Event, config: Configuration) -> Outcome:
		new_key, merge = event.new_key, bool(cint(event.data.get("merge")))
		local_name, new_local = self.names.local_name(event.key), self.names.local_name(new_key)
		if not local_name:
			if new_local:
				return Outcome(SYNCED, new_local, _("It has its new name already."))
			return self._take_whole_again(event, new_key)
		gap = self._comes_after_gap(event)
		if not config.use_same_name and not (merge and new_local):
			self.names.rename(event.key, new_key, local_name)
			self._write_origin(config.local_doctype, local_name, new_key[1])
			if gap:
				self.take_whole(new_key)
			return Outcome(SYNCED, local_name, _("Renamed at the producer; it keeps its name here."))
		if new_local and not merge:
			raise NameTaken(self._name_taken_message(new_key, config))
		if not new_local and self.names.exists(config.local_doctype, new_key[1]):
			raise NameTaken(self._name_taken_message(new_key, config))
		outcome = self._rename(event, config, local_name, new_local or new_key[1])
		return self.take_whole(new_key) if gap else outcome

	def _rename(self, event: Event, config: Configuration, local_name: str, new_name: str) -> Outcome:
		here = self.names.exists(config.local_doctype, new_name)
		name = lifecycle.rename(config.local_doctype, local_name, new_name, merge=here)
		if here:
			self.names.forget(event.key)
			self.names.mark_present(config.local_doctype, local_name, False)
		else:
			self.names.rename(event.key, event.new_key, name)
		return Outcome(SYNCED, name)

	def _take_whole_again(self, event: Event, key: Key | None = None) -> Outcome:
		return self.take_whole(key or event.key)

	def _apply_whole(self, key: Key, found: dict, adopt: bool = False) -> str:
		doc, log_id, home = found["doc"], found["log_id"], found["home"]
		check_document(doc)
		self._recognise([(key, home)])
		config = self.subscription.configuration(key[0])
		local_name = self.names.local_name(key)
		if not local_name:
			if adopt and config.use_same_name and self.names.exists(config.local_doctype, key[1]):
				local_name = key[1]
			else:
				self._check_name_free(key, config)
				return self._insert(key, doc, log_id, home)
		values, back_links, _mandatory = self._localise_document(key, doc, config)
		lifecycle.become(config.local_doctype, local_name, values)
		self.names.record(key, config.local_doctype, local_name, log_id)
		self._remember_back_links(back_links, config.local_doctype, local_name, key)
		return local_name

	def _insert(self, key: Key, doc: dict, log_id: int | None, home: Home | None) -> str:
		config = self.subscription.configuration(key[0])
		self._making.append(key)
		try:
			values, back_links, ignore_mandatory = self._localise_document(key, doc, config)
			if config.use_same_name:
				self.names.record(key, config.local_doctype, key[1], log_id, home)
				self.names.mark_present(config.local_doctype, key[1], False)
				local = lifecycle.insert(config.local_doctype, values, key[1], ignore_mandatory)
			else:
				local = self._insert_under_own_name(key, values, config, ignore_mandatory)
		finally:
			self._making.remove(key)
		local_name = str(local.name)
		self.names.record(key, config.local_doctype, local_name, log_id, home)
		self._remember_back_links(back_links, config.local_doctype, local_name, key)
		self._close_circles(key, local_name)
		return local_name

	def _insert_under_own_name(self, key: Key, values: dict, config: Configuration, ignore_mandatory: bool):
		local = lifecycle.insert(config.local_doctype, values, None, ignore_mandatory)
		self._write_origin(config.local_doctype, local.name, key[1])
		return local

	def _write_origin(self, local_doctype: str, local_name: str, remote_name: str) -> None:
		if frappe.get_meta(local_doctype).has_field(NAME_FIELD):
			values = {SITE_FIELD: self.subscription.producer, NAME_FIELD: remote_name}
			frappe.db.set_value(local_doctype, local_name, values, update_modified=False)

	def _localise_document(self, key: Key, doc: dict, config: Configuration) -> tuple[dict, list[Link], bool]:
		"""A whole remote document in this site's DocType, fields and names; and the links that close circles."""
		values = {field: _copied(value) for field, value in doc.items()}
		if config.mapper:
			values = config.mapper.map_document(values, RemoteLookup(self.fetched, key, doc))
		targets = self._link_targets(config)
		links = list(self.finder.in_document(values, config.local_doctype, targets))
		back_links = translate(self._stored(links, config), self._local_link)
		self._rename_doctypes(values, config.local_doctype, whole=True)
		mandatory = any(
			(field := frappe.get_meta(self._holder(link, config)).get_field(link.field)) and field.reqd
			for link in back_links
		)
		return values, back_links, mandatory

	def _localise_difference(
		self, diff: dict, config: Configuration, local_name: str
	) -> tuple[dict, list[Link]]:
		diff = {part: _copied_part(value) for part, value in diff.items()}
		targets = self._link_targets(config)
		known = _LazyDocument(config.local_doctype, local_name)
		links = list(self.finder.in_difference(diff, config.local_doctype, known, targets))
		back_links = translate(self._stored(links, config), self._local_link)
		self._rename_doctypes(diff, config.local_doctype, whole=False)
		return diff, back_links

	def _link_targets(self, config: Configuration) -> dict:
		targets = config.mapper.link_targets() if config.mapper else {}
		for remote_doctype, mapping in targets.values():
			self.subscription.learn(remote_doctype, mapping)
		return targets

	def _stored(self, links: list[Link], config: Configuration) -> list[Link]:
		"""Links in fields that this site doesn't keep (a nested set's old parent, say) need no target."""
		fields: dict[str, set] = {}
		kept = []
		for link in links:
			holder = self._holder(link, config)
			if holder not in fields:
				fields[holder] = set(snapshot.stored_fields(frappe.get_meta(holder)))
			if link.field in fields[holder]:
				kept.append(link)
		return kept

	def _holder(self, link: Link, config: Configuration) -> str:
		return self.finder.tables(config.local_doctype)[link.table] if link.table else config.local_doctype

	def _rename_doctypes(self, doc_or_diff: dict, doctype: str, whole: bool) -> None:
		for values, holder in every_values(doc_or_diff, doctype, self.finder.tables(doctype), whole):
			self.finder.rename_doctypes(values, holder)

	def _local_link(self, link: Link) -> str | None:
		return self.ensure(link.target)

	def ensure(self, key: Key) -> str | None:
		"""The local name of a link target, which is made here if need be; None while it is being made.

		:raises DependencyMissing: it isn't here and can't be had
		:raises WaitsFor: it is parked
		"""
		if key in self._making:
			return None
		config = self.subscription.configuration(key[0])
		if local_name := self.names.link_value(key, config.use_same_name):
			return local_name
		if key in self.parked:
			raise WaitsFor(key)
		check_may_create(self.subscription, self.names, key)
		found = self.fetched.get(key)
		if not found:
			raise DependencyMissing(
				_(
					"It links to {0} {1}, which isn't here and which the producer doesn't have or doesn't give."
				).format(*key)
			)
		try:
			local_name = self._apply_whole(key, found)
		except (DependencyMissing, WaitsFor):
			raise
		except frappe.ValidationError as error:
			raise DependencyMissing(
				_("It links to {0} {1}, which could not be made here: {2}").format(*key, error)
			) from error
		self._log_fetched(key, local_name, found, "Dependency")
		return local_name

	def _remember_back_links(
		self, links: list[Link], local_doctype: str, local_name: str, holder: Key
	) -> None:
		for link in links:
			row = link.values.get("name") if link.table else None
			self._back_links[link.target].append((local_doctype, local_name, link.table, row, link.field))
		if (
			holder in self._back_links
			and holder not in self._making
			and (name := self.names.local_name(holder))
		):
			self._close_circles(holder, name)

	def _close_circles(self, key: Key, local_name: str) -> None:
		for local_doctype, holder, table, row, fieldname in self._back_links.pop(key, []):
			doc = frappe.get_doc(local_doctype, holder)
			if table:
				row = lifecycle.row_name(doc, table, row)
				doc = next(child for child in doc.get(table) if str(child.name) == row)
			doc.db_set(fieldname, local_name, update_modified=False)

	def _check_name_free(self, key: Key, config: Configuration) -> None:
		if config.use_same_name and self.names.exists(config.local_doctype, key[1]):
			raise NameTaken(self._name_taken_message(key, config))

	def _name_taken_message(self, key: Key, config: Configuration) -> str:
		return _(
			"{0} {1} is on this site already and did not come from {2}. Rename one of the two, or turn off Use Same Name; to let the producer's replace it, use Resync from Source."
		).format(config.local_doctype, key[1], self.subscription.producer)

	def _log_fetched(self, key: Key, local_name: str, found: dict, source: str) -> None:
		config = self.subscription.configuration(key[0])
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
			data=as_json_text({"data": found["doc"]}),
		)

	def _is_subscribed(self, doctype: str) -> bool:
		return self.subscription.configuration(doctype).subscribed

	def _missing_links_of_events(self, events: list[Event]) -> set[Key]:
		"""Keys of link targets of a page that aren't here. What a mapping makes of them is left to `ensure`."""
		links = []
		for event in events:
			config = self.subscription.configuration(event.doctype)
			if config.mapping:
				continue
			if event.update_type == "Create":
				links += self.finder.in_document(event.data, config.local_doctype, {})
			elif event.update_type == "Update":
				links += self.finder.in_difference(event.data, config.local_doctype, {}, {})
		return self._not_here(links)

	def _missing_links(self, docs: list[dict]) -> set[Key]:
		links = []
		for doc in docs:
			config = self.subscription.configuration(doc["doctype"])
			if not config.mapping and frappe.db.exists("DocType", config.local_doctype):
				links += self.finder.in_document(doc, config.local_doctype, {})
		return self._not_here(links)

	def _not_here(self, links: list[Link]) -> set[Key]:
		from event_streaming.streamable import is_plantable

		keys = {link.target for link in links if not is_plantable(link.local_doctype)}
		self.names.load(keys)
		return {
			key
			for key in keys
			if not self.names.link_value(key, self.subscription.configuration(key[0]).use_same_name)
		}


class _LazyDocument(dict):
	"""The document here, read only when a Dynamic Link's DocType is not in the difference itself."""

	def __init__(self, doctype: str, name: str):
		super().__init__()
		self._place = (doctype, name)

	def get(self, field, default=None):
		if self._place:
			place, self._place = self._place, None
			self.update(snapshot.read(*place) or {})
		return super().get(field, default)


def _copied(value):
	return [dict(row) for row in value] if isinstance(value, list) else value


def _copied_part(value):
	"""A part of a difference, copied deep enough that its field values can be replaced."""
	if isinstance(value, dict):
		return {key: _copied_part(inner) for key, inner in value.items()}
	return (
		[dict(row) if isinstance(row, dict) else row for row in value] if isinstance(value, list) else value
	)
