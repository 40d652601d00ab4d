"""What the values of another site are on this one: its accounts, warehouses, cost centers, units.

A Value Map is for all links to a DocType, or for one field. It speaks before anything is looked for at the source: a value
that has a row is this site's own, so the document that the source names by it is neither fetched nor made here.

Invariants:
- An empty value stays empty. A value without a row fails, stays as it is or becomes the default, as the map says, and is
  listed: none is passed over.
- Values are told apart as they are written, capitals and accents included.
- A map of a link stands before one of all links, and a map of a field before one of all links to a DocType.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol, TypeVar

import frappe
from frappe import _
from frappe.utils import cstr, now

from event_streaming.consumer.mapping.mapper import LocalName
from event_streaming.document.field_paths import split
from event_streaming.document.field_types import cast, is_empty
from event_streaming.exceptions import ValueNotMapped
from event_streaming.link.protocol import Key

DOCTYPE, ROW, UNMAPPED = "Value Map", "Value Map Row", "Unmapped Value"
ALL_LINKS, ONE_FIELD = "All Links To", "One Field"
FAILS, STAYS, BECOMES_DEFAULT = "Fails", "Is Taken as It Is", "Becomes the Default"
LINK_TYPES = frozenset({"Link", "Dynamic Link"})
MAX_VALUE = 140  # characters of a value that is listed

Place = tuple[str, str, str]  # DocType here, table field or "", field


class RemoteLink(Protocol):
	"""See `link_fields.Link`."""

	values: dict
	field: str
	target: Key
	local_doctype: str
	table: str | None


LinkT = TypeVar("LinkT", bound=RemoteLink)


@dataclass(frozen=True)
class ValueMap:
	name: str
	rule: str  # for a value without a row
	default: str | None
	values: dict[str, str]  # {value there: value here}

	def has(self, value: Any) -> bool:
		"""Whether this map says what `value` is here."""
		return cstr(value) in self.values or self.rule == BECOMES_DEFAULT

	def local(self, value: Any) -> str | None:
		"""What a value is here that has a row, or where the rule says it.

		:raises ValueNotMapped: no row has it, and the map says that this fails
		"""
		text = cstr(value)
		if text in self.values:
			return self.values[text]
		if self.rule == BECOMES_DEFAULT:
			return self.default
		raise ValueNotMapped(
			_(
				"The Value Map {0} has no row for {1}. Add one, and everything that waits for it follows."
			).format(self.name, text[:MAX_VALUE])
		)


class ValueMaps:
	"""The maps of one link, read once for a batch. Values that were met without a row are kept until `flush`."""

	def __init__(self, producer: str):
		self._of_fields: dict[Place, ValueMap] = {}
		self._of_links: dict[str, ValueMap] = {}
		self._met: dict[tuple[str, str], Key] = {}
		for row, found in _read(producer):
			if row.applies_to == ALL_LINKS:
				self._of_links[row.ref_doctype] = found
			else:
				self._of_fields[place_of(row.ref_doctype, row.fieldname)] = found

	def __bool__(self) -> bool:
		return bool(self._of_fields or self._of_links)

	def concern(self, doctype: str, tables: dict[str, str]) -> bool:
		"""Whether any field of documents of this DocType here, in rows too, may have mapped values."""
		if any(place[0] == doctype for place in self._of_fields):
			return True
		fields = [field for holder in (doctype, *tables.values()) for field in frappe.get_meta(holder).fields]
		return bool(self._of_links) and any(
			field.fieldtype == "Dynamic Link"
			or (field.fieldtype == "Link" and field.options in self._of_links)
			for field in fields
		)

	def speak_for(self, doctype: str, link: RemoteLink) -> bool:
		"""Whether a link of a document of this DocType here means a document of this site, or none: nothing is to be fetched
		for it."""
		place = (doctype, link.table or "", link.field)
		found = self._of_fields.get(place) or self._of_links.get(link.local_doctype)
		return bool(found) and (found.has(link.target[1]) or found.rule == FAILS)

	def put_in_fields(
		self, key: Key, doctype: str, parts: Iterable[tuple[str | None, str, dict]], past: bool
	) -> None:
		"""Puts this site's values into the fields that have a map of their own.

		:param parts: (table field or None, DocType, field values) of a document or difference in its local shape
		:param past: whether these are values from before a change, of which none fails
		"""
		for table, holder, values in parts:
			for (mapped_doctype, mapped_table, fieldname), found in self._of_fields.items():
				if (mapped_doctype, mapped_table) != (doctype, table or "") or fieldname not in values:
					continue
				values[fieldname] = self._in_field(key, found, holder, fieldname, values[fieldname], past)

	def put_in_links(self, key: Key, links: Iterable[LinkT], past: bool) -> Iterator[LinkT]:
		"""Puts this site's names into the links that have a map; gives back the others."""
		for link in links:
			found = self._of_links.get(link.local_doctype)
			if found and self._speaks(key, found, link.target[1], past):
				link.values[link.field] = LocalName(found.local(link.target[1]))
			else:
				yield link

	def _in_field(
		self, key: Key, found: ValueMap, holder: str, fieldname: str, value: Any, past: bool
	) -> Any:
		if (
			is_empty(value)
			or isinstance(value, LocalName | list)
			or not self._speaks(key, found, value, past)
		):
			return value
		field = frappe.get_meta(holder).get_field(fieldname)
		local = found.local(value)
		return LocalName(local) if field.fieldtype in LINK_TYPES else cast(field.fieldtype, local)

	def _speaks(self, key: Key, found: ValueMap, value: Any, past: bool) -> bool:
		"""Whether the map gives a value of this site, or refuses the one there."""
		if cstr(value) not in found.values and not past:
			self._met.setdefault((found.name, cstr(value)[:MAX_VALUE]), key)
		return found.has(value) or (found.rule == FAILS and not past)

	def flush(self) -> None:
		"""Lists what was met without a row. Call it before the commit."""
		if not self._met:
			return
		columns = ["name", "creation", "modified", "owner", "modified_by"]
		columns += ["value_map", "remote_value", "remote_doctype", "remote_docname"]
		time, user = now(), frappe.session.user
		rows = [
			(_row_name(*met), time, time, user, user, *met, key[0][:MAX_VALUE], key[1][:MAX_VALUE])
			for met, key in self._met.items()
		]
		frappe.db.bulk_insert(UNMAPPED, columns, rows, ignore_duplicates=True)
		self._met.clear()


def place_of(doctype: str, path: str) -> Place:
	"""
	:param path: `fieldname`, or `table.fieldname` for the rows of a child table
	"""
	return (doctype, *split(path))


def backwards(values: dict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
	"""The map as the other site needs it for what this one sends.

	:returns: {value here: value there}; and {value here: values there}, of those that several become, which can't be read
	        backwards
	"""
	there: dict[str, list[str]] = {}
	for remote, local in values.items():
		there.setdefault(local, []).append(remote)
	clashes = {local: remotes for local, remotes in there.items() if len(remotes) > 1}
	return {local: remotes[0] for local, remotes in there.items() if local not in clashes}, clashes


def _read(producer: str) -> Iterator[tuple[Any, ValueMap]]:
	"""Maps of all links first, so that those of the link take their place."""
	fields = [
		"name",
		"event_producer",
		"applies_to",
		"ref_doctype",
		"fieldname",
		"without_row",
		"default_value",
	]
	maps = [
		row
		for row in frappe.get_all(DOCTYPE, fields=fields, limit_page_length=0)
		if not row.event_producer or row.event_producer == producer
	]
	values = _values_of([row.name for row in maps])
	for row in sorted(maps, key=lambda row: bool(row.event_producer)):
		default = row.default_value if row.without_row == BECOMES_DEFAULT else None
		yield row, ValueMap(row.name, row.without_row, default, values.get(row.name, {}))


def _values_of(maps: list[str]) -> dict[str, dict[str, str]]:
	if not maps:
		return {}
	found: dict[str, dict[str, str]] = {}
	rows = frappe.get_all(
		ROW,
		filters={"parenttype": DOCTYPE, "parent": ("in", maps)},
		fields=["parent", "remote_value", "local_value"],
		limit_page_length=0,
	)
	for row in rows:
		found.setdefault(row.parent, {})[row.remote_value] = row.local_value
	return found


def _row_name(value_map: str, value: str) -> str:
	return sha256(f"{value_map}\n{value}".encode()).hexdigest()[:20]
