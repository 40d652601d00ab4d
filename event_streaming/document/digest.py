"""A short number for all that a document says, the same on two sites where the document is the same.

Both sites compute it: over the fields that both name, each value in the one spelling that its kind of field has (see
`values`). Rows of child tables count with their names and order.
"""

import hashlib
import json
from collections.abc import Iterable

import frappe
from frappe.utils import cstr

from event_streaming.document import snapshot
from event_streaming.document.values import canonical

OWN = ""  # the key of a document's own fields, next to those of its tables
SIZE = 16  # bytes

Fields = dict[str, list[str]]  # fieldnames, by table; a document's own under OWN


def stored_fields(doctype: str) -> Fields:
	"""All that a digest of this DocType can be of."""
	meta = frappe.get_meta(doctype)
	fields = {OWN: snapshot.stored_fields(meta)}
	for table, child_doctype in snapshot.table_fields(meta).items():
		row_fields = snapshot.stored_fields(frappe.get_meta(child_doctype))
		fields[table] = [field for field in row_fields if field != "docstatus"]
	return fields


def in_both(one: Fields, other: Fields) -> Fields:
	return {
		table: [field for field in one[table] if field in other[table]] for table in one if table in other
	}


class Digester:
	"""Digests of documents of one DocType."""

	def __init__(self, doctype: str, fields: Fields):
		"""
		:param fields: of this DocType; see `stored_fields`
		"""
		meta = frappe.get_meta(doctype)
		tables = snapshot.table_fields(meta)
		self._own = _with_types(meta, fields.get(OWN) or [])
		self._tables = {
			table: _with_types(frappe.get_meta(child_doctype), fields[table])
			for table, child_doctype in sorted(tables.items())
			if table in fields
		}
		self._named = {
			table for table in self._tables if frappe.get_meta(tables[table]).autoname != "autoincrement"
		}

	def digest(self, name: str, doc: dict) -> str:
		"""
		:param doc: a snapshot
		"""
		content = [
			cstr(name),
			_values(doc, self._own),
			[[self._row(table, row) for row in doc.get(table) or []] for table in self._tables],
		]
		text = json.dumps(content, separators=(",", ":"))
		return hashlib.blake2b(text.encode(), digest_size=SIZE).hexdigest()

	def _row(self, table: str, row: dict) -> list:
		return [cstr(row["name"]) if table in self._named else "", _values(row, self._tables[table])]


def combined(digests: Iterable[str]) -> str:
	"""One digest for a set of documents, whatever their order."""
	result = 0
	for digest in digests:
		result ^= int(digest, 16)
	return f"{result:0{2 * SIZE}x}"


def _with_types(meta, fields: list[str]) -> list[tuple[str, str]]:
	types = {field.fieldname: field.fieldtype for field in meta.fields}
	return [(field, types.get(field, "Data")) for field in sorted(fields)]


def _values(values: dict, fields: list[tuple[str, str]]) -> list[str]:
	return [canonical(fieldtype, values.get(field)) for field, fieldtype in fields]
