"""Turns what the producer sends into this site's DocTypes, fields and names: mapping first, then links."""

from collections.abc import Callable, Iterable

import frappe

from event_streaming.consumer.dependencies.dropped import Dropped
from event_streaming.consumer.dependencies.link_fields import (
	Link,
	LinkFinder,
	every_part,
	every_values,
	translate,
)
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.document import snapshot, strict_moments
from event_streaming.document.field_paths import FieldsByTable
from event_streaming.document.masking import masked_fields
from event_streaming.link.protocol import DIFFERENCE_PARTS, ROW_PARTS, Key

SERIES = "naming_series"  # where this site gives the names, it counts by its own

LocalLink = Callable[[Link], str | None]  # the name here of a link's target; None while it is being made


class RemoteLookup:
	"""What a mapping may ask the source for while it maps one document."""

	def __init__(self, fetched: FetchedDocuments, key: Key, doc: dict | None = None):
		self.fetched = fetched
		self.key = key
		self.doc = doc

	def find(self, remote_doctype: str, filters: dict | list) -> list[str]:
		linked_from = [self.key, *self.fetched.linked_from([self.key])]
		return self.fetched.source.find_documents(remote_doctype, filters, 2, linked_from)

	def whole_document(self) -> dict | None:
		if self.doc is None and (found := self.fetched.get(self.key)):
			self.doc = found["doc"]
		return self.doc


class Converter:
	def __init__(self, subscription: Subscription, finder: LinkFinder, fetched: FetchedDocuments):
		self.subscription = subscription
		self.finder = finder
		self.fetched = fetched
		self._dropped = Dropped()

	def document(
		self, key: Key, doc: dict, config: Configuration, local_link: LocalLink
	) -> tuple[dict, list[Link]]:
		"""A whole remote document; and its links that close circles, which are left empty."""
		values = {field: _copied(value) for field, value in doc.items()}
		if config.mapper:
			values = config.mapper.map_document(values, RemoteLookup(self.fetched, key, doc))
		elif config.names_by_itself:
			values.pop(SERIES, None)
		_leave_out(values, config.leave_out)
		if config.as_draft:
			_as_draft(values)
		tables = self.finder.tables(config.local_doctype)
		self._dropped.tell(values, config.local_doctype, tables, whole=True)
		_drop_masked(values, config.local_doctype, tables, whole=True)
		strict_moments.spell(every_values(values, config.local_doctype, tables, whole=True))
		self._map_fields(key, values, config, whole=True)
		self._own_urls(key, values, config, whole=True)
		links = self.finder.all_in_document(values, config.local_doctype, self._link_targets(config))
		links = self.subscription.value_maps.put_in_links(key, links, past=False)
		deferred_links = translate(self._needed(key, links, config), local_link)
		self._rename_doctypes(values, config.local_doctype, whole=True)
		return values, deferred_links

	def difference(
		self,
		key: Key,
		diff: dict,
		config: Configuration,
		local_name: str,
		local_link: LocalLink,
		past: bool = False,
	) -> tuple[dict, list[Link]]:
		"""The data of an Update, or the values before it, likewise.

		:param local_name: the document here, for the DocType of a Dynamic Link whose name alone has changed
		:param past: whether they are values before it, of which none fails for want of a row in a value map
		"""
		diff = {part: _copied_part(value) for part, value in diff.items() if part in DIFFERENCE_PARTS}
		if config.mapper:
			diff = config.mapper.map_diff(diff, RemoteLookup(self.fetched, key))
		elif config.names_by_itself:
			(diff.get("changed") or {}).pop(SERIES, None)
		_leave_out_of_difference(diff, config.leave_out)
		if config.as_draft:
			_without_state(diff)
		tables = self.finder.tables(config.local_doctype)
		if not past:
			self._dropped.tell(diff, config.local_doctype, tables, whole=False)
		_drop_masked(diff, config.local_doctype, tables, whole=False)
		if not past:
			strict_moments.spell(every_values(diff, config.local_doctype, tables, whole=False))
		known = _LazyDocument(config.local_doctype, local_name)
		self._map_fields(key, diff, config, whole=False, past=past)
		self._own_urls(key, diff, config, whole=False)
		targets = self._link_targets(config)
		links = self.finder.all_in_difference(diff, config.local_doctype, known, targets)
		links = self.subscription.value_maps.put_in_links(key, links, past)
		deferred_links = translate(self._needed(key, links, config), local_link)
		self._rename_doctypes(diff, config.local_doctype, whole=False)
		return diff, deferred_links

	def is_mandatory(self, link: Link, config: Configuration) -> bool:
		return self._is_mandatory(link.field, link, config)

	def leaves_mandatory_empty(self, link: Link, config: Configuration) -> bool:
		"""Whether the document lacks a mandatory value while the link is open: also that of a Dynamic Link's DocType."""
		return any(
			self._is_mandatory(field, link, config) for field in (link.field, link.doctype_field) if field
		)

	def _is_mandatory(self, fieldname: str, link: Link, config: Configuration) -> bool:
		field = frappe.get_meta(self._holder(link, config)).get_field(fieldname)
		return bool(field and field.reqd)

	def _map_fields(
		self, key: Key, doc_or_diff: dict, config: Configuration, whole: bool, past: bool = False
	) -> None:
		if maps := self.subscription.value_maps:
			tables = self.finder.tables(config.local_doctype)
			parts = every_part(doc_or_diff, config.local_doctype, tables, whole)
			maps.put_in_fields(key, config.local_doctype, parts, past)

	def _own_urls(self, key: Key, doc_or_diff: dict, config: Configuration, whole: bool) -> None:
		"""Also where only this site gives files: Frappe attaches what a field names, and a producer could name any file of this
		site and have it given back."""
		if config.attachments or config.local_doctype in self.subscription.given_with_files:
			tables = self.finder.tables(config.local_doctype)
			parts = every_part(doc_or_diff, config.local_doctype, tables, whole)
			remote_files.put_in_fields(self.subscription.producer, key, parts)

	def _link_targets(self, config: Configuration) -> dict:
		targets = config.mapper.link_targets() if config.mapper else {}
		for remote_doctype, mapping in targets.values():
			self.subscription.learn(remote_doctype, mapping)
		return targets

	def _needed(self, key: Key, links: Iterable[Link], config: Configuration) -> list[Link]:
		needed = self._stored(links, config)
		for link in needed:
			self.fetched.note_link(link.target, key)
		return needed

	def _stored(self, links: Iterable[Link], config: Configuration) -> list[Link]:
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


def _drop_masked(doc_or_diff: dict, doctype: str, tables: dict[str, str], whole: bool) -> None:
	"""Fields that Frappe masks for the Event Subscriber here: it can neither write nor compare what it doesn't see."""
	for values, holder in every_values(doc_or_diff, doctype, tables, whole):
		for field in masked_fields(frappe.get_meta(holder), parent_doctype=doctype) & values.keys():
			del values[field]


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


def _as_draft(values: dict) -> None:
	values["docstatus"] = 0
	for rows in values.values():
		for row in rows if isinstance(rows, list) else ():
			row["docstatus"] = 0


def _without_state(diff: dict) -> None:
	(diff.get("changed") or {}).pop("docstatus", None)
	for rows in (diff.get("added") or {}).values():
		for row in rows:
			row["docstatus"] = 0
	for rows in (diff.get("row_changed") or {}).values():
		for row in rows.values():
			row.pop("docstatus", None)


def _leave_out(values: dict, fields: FieldsByTable) -> None:
	for table, names in fields.items():
		for part in (values.get(table) or []) if table else [values]:
			for name in names:
				part.pop(name, None)


def _leave_out_of_difference(diff: dict, fields: FieldsByTable) -> None:
	_leave_out(diff.get("changed") or {}, {"": fields.get("", set())})
	for part in ROW_PARTS:
		for table in fields.get("", ()):
			(diff.get(part) or {}).pop(table, None)
	for table, names in fields.items():
		rows = [*((diff.get("added") or {}).get(table) or [])]
		rows += ((diff.get("row_changed") or {}).get(table) or {}).values()
		for row in rows if table else ():
			_leave_out(row, {"": names})


def _copied(value):
	return [dict(row) for row in value] if isinstance(value, list) else value


def _copied_part(value):
	"""A part of a difference, copied deep enough that its field values can be replaced."""
	if isinstance(value, dict):
		return {key: _copied_part(inner) for key, inner in value.items()}
	return (
		[dict(row) if isinstance(row, dict) else row for row in value] if isinstance(value, list) else value
	)
