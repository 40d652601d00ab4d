"""Values of a document that its controller may not change while it is replayed.

Sent values are facts. So is, after a difference, what it does not name: the source's controller has seen the change, too,
and what it had changed would be in the difference. Only fields that this site has added to a DocType (Custom Fields) are
its own business unless they were sent.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import cint, cstr, flt

from event_streaming.consumer.replay.child_rows import STAND_IN, remote_name
from event_streaming.document import snapshot
from event_streaming.document.values import NUMBERS, same_stored
from event_streaming.link.protocol import ROW_PARTS

if TYPE_CHECKING:
	from frappe.model.document import Document

NEVER_PINNED = frozenset({"docstatus", "doctype", "name", "idx"})
# Fields by which an app lets times and dates be those that were given, and what they are set to while it works.
# ERPNext: "Edit Posting Date and Time".
SWITCHES = {"set_posting_time": 1}


class Pins:
	"""Made of a document that holds its values, before it is saved."""

	def __init__(
		self,
		doc: "Document",
		sent: dict,
		rows_sent: dict[str, dict[str, dict]],
		whole: bool,
		history: dict | None = None,
	):
		"""
		:param sent: values of the document's own fields that were sent
		:param rows_sent: the same of its rows, by table and the name that the row has at the source
		:param whole: all was sent; else what was not sent stays as it is
		:param history: owner, creation and modification that a new document gets, see `history`
		"""
		self._history = history or {}
		self._own = _pinned(doc, doc, sent, whole)
		self._switches = {field: value for field, value in SWITCHES.items() if writable(doc, field)}
		self._own |= {field: doc.get(field) for field in self._switches}  # it stands as sent in the end
		self._tables = {
			table: [
				(row, _pinned(row, doc, rows.get(remote_name(row)) or {}, whole))
				for row in doc.get(table) or []
			]
			for table, rows in self._tables_to_pin(doc, rows_sent, whole).items()
		}
		# a controller that fills its table anew may take the same rows and let them be named again
		self._row_names = {id(row): row.name for rows in self._tables.values() for row, _values in rows}

	def _tables_to_pin(self, doc: "Document", rows_sent: dict[str, dict], whole: bool) -> dict[str, dict]:
		return {
			table: rows_sent.get(table) or {}
			for table in snapshot.table_fields(doc.meta)
			if (table in rows_sent or not (whole or _is_custom(doc, table))) and writable(doc, table)
		}

	def snapshot(self, doc: "Document") -> dict:
		"""All that is pinned, in the shape of a snapshot."""
		rows = {
			table: [
				{"name": row.name, "idx": number, **_plain(values)}
				for number, (row, values) in enumerate(rows, start=1)
			]
			for table, rows in self._tables.items()
		}
		return {"doctype": doc.doctype, "name": doc.name, **_plain(self._own), **rows}

	def put_back(self, doc: "Document", last: bool = False) -> None:
		"""
		:param last: nothing of the controller comes any more before the document is written
		"""
		_put_back(doc, self._own)
		self.put_rows_back(doc)
		for rows in self._tables.values():
			for number, (row, values) in enumerate(rows, start=1):
				_put_back(row, values)
				row.idx = number
				row.name = self._row_names.get(id(row)) or row.name
		if self._history:
			doc.update(self._history)
		if not last:
			for field, value in self._switches.items():
				doc.set(field, value)

	def put_rows_back(self, doc: "Document") -> None:
		for table, rows in self._tables.items():
			if _is_other(doc, table, rows):
				doc.set(table, [row for row, _values in rows])

	def has_other_rows(self, doc: "Document") -> bool:
		"""Whether the controller has added rows, or taken some away, since they were put back last."""
		return any(_is_other(doc, table, rows) for table, rows in self._tables.items())


def of_whole(doc: "Document", values: dict, history: dict | None = None) -> Pins:
	"""
	:param values: a snapshot, of which `doc` was made
	:param history: see `history.of_new`
	"""
	tables = {
		table: _by_name(values[table])
		for table in snapshot.table_fields(doc.meta)
		if isinstance(values.get(table), list)
	}
	return Pins(doc, values, tables, whole=True, history=history)


def of_change(doc: "Document", diff: dict) -> Pins:
	"""
	:param diff: that was put into `doc`
	"""
	named = {table for part in ROW_PARTS for table in diff.get(part) or {}}
	tables = {
		table: _by_name((diff.get("added") or {}).get(table) or [])
		| {
			cstr(name).removesuffix(STAND_IN): row
			for name, row in ((diff.get("row_changed") or {}).get(table) or {}).items()
		}
		for table in named
	}
	return Pins(doc, diff.get("changed") or {}, tables, whole=False)


def writable(doc: "Document", field: str, parent: "Document | None" = None) -> bool:
	"""Whether the session's user may write a field, by its permission level."""
	docfield = doc.meta.get_field(field)
	if not docfield:
		return field in ("docstatus",)
	if not cint(docfield.permlevel) or frappe.session.user == "Administrator":
		return True
	return cint(docfield.permlevel) in (parent or doc).get_permlevel_access("write")


def _pinned(part: "Document", doc: "Document", sent: dict, whole: bool) -> dict[str, Any]:
	fields: Iterable[str] = snapshot.stored_fields(part.meta)
	return {
		field: part.get(field)
		for field in fields
		if field not in NEVER_PINNED
		and (field in sent or not (whole or _is_custom(part, field)))
		and writable(part, field, doc)
	}


def _is_other(doc: "Document", table: str, rows: list[tuple["Document", dict]]) -> bool:
	return [*map(id, doc.get(table) or [])] != [id(row) for row, _values in rows]


def _is_custom(part: "Document", field: str) -> bool:
	docfield = part.meta.get_field(field)
	return bool(docfield and cint(docfield.get("is_custom_field")))


def _put_back(part: "Document", values: dict[str, Any]) -> None:
	held = part.__dict__
	for field, value in values.items():
		if field in held and held[field] is value:
			continue  # nearly all, after nearly all hooks
		if not _same(part.meta.get_field(field), value, part.get(field)):
			part.set(field, value)


def _same(field: Any, given: Any, here: Any) -> bool:
	"""To the last digit: an exchange rate has nine."""
	if given is here:
		return True
	if field and field.fieldtype in NUMBERS and given is not None and here is not None:
		return flt(given) == flt(here)
	return same_stored(field, given, here)


def _plain(values: dict) -> dict:
	return {field: snapshot.plain(value) for field, value in values.items()}


def _by_name(rows: list[dict]) -> dict[str, dict]:
	return {cstr(row["name"]): row for row in rows}
