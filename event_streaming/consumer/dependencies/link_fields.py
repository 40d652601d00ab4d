"""Finds the links in documents and differences, and puts the local names in.

A link is a Link or Dynamic Link field with a value, in the document itself or in a row of a child table. Its
value is the remote name of its target until `translate` replaces it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import frappe
from frappe.utils import cint

from event_streaming.consumer.mapping.mapper import LocalName
from event_streaming.consumer.subscription import Subscription
from event_streaming.link.protocol import Key


@dataclass
class Link:
	"""One link value: `values[field]` names a document of `target` (remote DocType, remote name). Of a Dynamic Link,
	`doctype_field` is the field that holds the DocType."""

	values: dict
	field: str
	target: Key
	local_doctype: str
	table: str | None = None
	doctype_field: str | None = None


class LinkFinder:
	def __init__(self, subscription: Subscription):
		self.subscription = subscription
		self._fields: dict[str, tuple] = {}

	def in_document(self, doc: dict, doctype: str, targets: dict) -> Iterator[Link]:
		"""Links of a whole document in its local shape, but for those that a value map speaks for.

		:param targets: what a mapping says of link fields, {(table or None, field): (remote DocType, mapping)}
		"""
		return self._not_mapped(self.all_in_document(doc, doctype, targets), doctype)

	def in_difference(self, diff: dict, doctype: str, known: dict, targets: dict) -> Iterator[Link]:
		"""Links of the data of an Update in its local shape, likewise.

		:param known: the document as it is here (local names), for the DocType of a Dynamic Link whose name alone
		        has changed
		"""
		return self._not_mapped(self.all_in_difference(diff, doctype, known, targets), doctype)

	def _not_mapped(self, links: Iterator[Link], doctype: str) -> Iterator[Link]:
		maps = self.subscription.value_maps
		return (link for link in links if not maps.speak_for(doctype, link)) if maps else links

	def all_in_document(self, doc: dict, doctype: str, targets: dict) -> Iterator[Link]:
		"""With those that a value map speaks for."""
		yield from self._in_values(doc, doctype, {}, None, targets)
		for table, child_doctype in self.tables(doctype).items():
			for row in doc.get(table) or []:
				yield from self._in_values(row, child_doctype, {}, table, targets)

	def all_in_difference(self, diff: dict, doctype: str, known: dict, targets: dict) -> Iterator[Link]:
		yield from self._in_values(diff.get("changed") or {}, doctype, known, None, targets)
		for table, child_doctype in self.tables(doctype).items():
			for row in (diff.get("added") or {}).get(table) or []:
				yield from self._in_values(row, child_doctype, {}, table, targets)
			changed = (diff.get("row_changed") or {}).get(table) or {}
			dynamic = self._link_fields(child_doctype)[1] if changed else []
			known_rows = {row["name"]: row for row in known.get(table) or []} if dynamic else {}
			for name, row in changed.items():
				yield from self._in_values(row, child_doctype, known_rows.get(name) or {}, table, targets)

	def tables(self, doctype: str) -> dict[str, str]:
		return self._link_fields(doctype)[2]

	def may_link(self, doctype: str, targets: set[str]) -> bool:
		"""Whether documents of `doctype` have a field, in rows too, that can link to one of these DocTypes here."""
		return any(
			dynamic or any(target in targets for _field, target in links)
			for links, dynamic, _tables in map(self._link_fields, (doctype, *self.tables(doctype).values()))
		)

	def names_alone(self, diff: dict, doctype: str) -> bool:
		"""Whether a difference changes a Dynamic Link, and leaves its DocType to what the document has by then."""
		tables = self.tables(doctype)
		return any(
			values.get(field) and doctype_field not in values
			for values, holder in every_values(diff, doctype, tables, whole=False)
			for field, doctype_field in self._link_fields(holder)[1]
		)

	def has_dynamic_links(self, doctype: str) -> bool:
		return any(self._link_fields(holder)[1] for holder in (doctype, *self.tables(doctype).values()))

	def _in_values(
		self, values: dict, doctype: str, known: dict, table: str | None, targets: dict
	) -> Iterator[Link]:
		links, dynamic_links, _tables = self._link_fields(doctype)
		for field, local_doctype in links:
			value = values.get(field)
			if value and local_doctype != "DocType" and not isinstance(value, LocalName):
				remote = targets.get((table, field), (None,))[0] or self.subscription.remote_doctype(
					local_doctype
				)
				yield Link(values, field, (remote, str(value)), local_doctype, table)
		for field, doctype_field in dynamic_links:
			if not values.get(field) or isinstance(values[field], LocalName):
				continue
			if remote := self._dynamic_target(values, known, doctype_field):
				local_doctype = self.subscription.local_doctype(remote)
				yield Link(values, field, (remote, str(values[field])), local_doctype, table, doctype_field)

	def _dynamic_target(self, values: dict, known: dict, doctype_field: str) -> str | None:
		if doctype_field in values:
			return values[doctype_field]
		local_doctype = known.get(doctype_field)
		return self.subscription.remote_doctype(local_doctype) if local_doctype else None

	def rename_doctypes(self, doc_or_diff_values: dict, doctype: str) -> None:
		"""Link fields that hold the name of a DocType: the one that keeps its documents here. After `translate`,
		since the targets of Dynamic Links are told by the remote names."""
		links, dynamic_links, _tables = self._link_fields(doctype)
		holders = {field for field, target in links if target == "DocType"} | {
			name for _field, name in dynamic_links
		}
		for field in holders & doc_or_diff_values.keys():
			if doc_or_diff_values[field]:
				doc_or_diff_values[field] = self.subscription.local_doctype(doc_or_diff_values[field])

	def _link_fields(self, doctype: str) -> tuple[list, list, dict]:
		if doctype not in self._fields:
			meta = frappe.get_meta(doctype)
			links = [
				(field.fieldname, field.options)
				for field in meta.fields
				if field.fieldtype == "Link" and field.options and not cint(field.get("is_virtual"))
			]
			dynamic = [
				(field.fieldname, field.options)
				for field in meta.fields
				if field.fieldtype == "Dynamic Link" and field.options
			]
			tables = {field.fieldname: field.options for field in meta.get_table_fields()}
			self._fields[doctype] = (links, dynamic, tables)
		return self._fields[doctype]


def every_values(
	doc_or_diff: dict, doctype: str, tables: dict[str, str], whole: bool
) -> Iterator[tuple[dict, str]]:
	"""Each dict of field values in a whole document or a difference, with the DocType it belongs to."""
	for _table, holder, values in every_part(doc_or_diff, doctype, tables, whole):
		yield values, holder


def every_part(
	doc_or_diff: dict, doctype: str, tables: dict[str, str], whole: bool
) -> Iterator[tuple[str | None, str, dict]]:
	"""The same with the table field before it, None for the document's own values: (table, DocType, values)."""
	yield None, doctype, doc_or_diff if whole else doc_or_diff.get("changed") or {}
	for table, child_doctype in tables.items():
		rows = doc_or_diff if whole else doc_or_diff.get("added") or {}
		for row in rows.get(table) or []:
			yield table, child_doctype, row
		changed = {} if whole else (doc_or_diff.get("row_changed") or {}).get(table) or {}
		for row in changed.values():
			yield table, child_doctype, row


def translate(links: list[Link], local_name: Callable[[Link], str | None]) -> list[Link]:
	"""Replaces each value by its local name, an empty text by nothing; returns those that `local_name` left open (None),
	emptied. An open Dynamic Link looks to nobody like a link: its DocType is emptied, too."""
	open_links = []
	for link in links:
		name = local_name(link)
		link.values[link.field] = name or None
		if name is None:
			open_links.append(link)
			if link.doctype_field in link.values:
				link.values[link.doctype_field] = None
	return open_links
