"""Which fields one subscriber may have, and documents, differences and descriptions without the others, on the subscriber's clock.

Hidden are passwords, fields of permission levels that the subscriber may not read, fields that Frappe masks for it, and
those that this site's administrator left out for the consumer.
"""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.document.masking import masked_fields
from event_streaming.document.moments import Clock
from event_streaming.document.snapshot import SECRET_FIELDTYPES, table_fields
from event_streaming.link.protocol import ROW_PARTS

Place = tuple[str, str]  # DocType, and the table of it whose rows are meant ("" for the document itself)


class ReadableFields:
	def __init__(self, user_of: Callable[[str], str], left_out: dict[str, dict[str, set[str]]], clock: Clock):
		"""
		:param user_of: the user in whose name documents of a DocType are read
		:param left_out: {DocType: {table or "": fieldnames}}
		:param clock: the other site's
		"""
		self.user_of = user_of
		self.clock = clock
		self.left_out = left_out
		self._hidden: dict[Place, set[str]] = {}

	def hidden(self, doctype: str, table: str = "") -> set[str]:
		place = (doctype, table)
		if place not in self._hidden:
			self._hidden[place] = self._read_hidden(doctype, table)
		return self._hidden[place]

	def strip_names(self, doctype: str, fields: dict[str, list[str]]) -> dict[str, list[str]]:
		"""
		:param fields: fieldnames of `doctype` under "", those of its tables' rows under the table's name
		"""
		stripped = {}
		for table, names in fields.items():
			if table not in self.hidden(doctype):
				stripped[table] = [name for name in names if name not in self.hidden(doctype, table)]
		return stripped

	def strip_document(self, doc: dict) -> dict:
		"""`doc` as the other site is told it: without the hidden fields, in its rows too, and on its clock."""
		stripped = _without(doc, self.hidden(doc["doctype"]))
		for table in stripped.keys() & table_fields(frappe.get_meta(doc["doctype"])).keys():
			if hidden_in_rows := self.hidden(doc["doctype"], table):
				stripped[table] = [_without(row, hidden_in_rows) for row in stripped[table]]
		return self.clock.document(stripped)

	def strip_difference(self, doctype: str, diff: dict) -> dict:
		"""The same for the data of an Update."""
		return self.clock.difference(doctype, self._strip_difference(doctype, diff))

	def _strip_difference(self, doctype: str, diff: dict) -> dict:
		hidden = self.hidden(doctype)
		stripped = dict(diff)
		if "was" in diff:
			stripped["was"] = self._strip_difference(doctype, diff["was"])
		if hidden:
			stripped["changed"] = _without(diff.get("changed") or {}, hidden)
			for part in ROW_PARTS:
				if part in stripped:
					stripped[part] = _without(stripped[part], hidden)
		for table in table_fields(frappe.get_meta(doctype)):
			if hidden_in_rows := self.hidden(doctype, table):
				_strip_rows(stripped, table, hidden_in_rows)
		return stripped

	def hidden_labels(self, doctype: str) -> list[str]:
		"""How the form calls the hidden fields, in its rows too."""
		meta = frappe.get_meta(doctype)
		labels = [_label(field) for field in meta.fields if field.fieldname in self.hidden(doctype)]
		for table, child_doctype in table_fields(meta).items():
			labels += [
				f"{_label(meta.get_field(table))}: {_label(field)}"
				for field in frappe.get_meta(child_doctype).fields
				if field.fieldname in self.hidden(doctype, table)
			]
		return labels

	def _read_hidden(self, doctype: str, table: str) -> set[str]:
		meta = frappe.get_meta(doctype)
		meta = frappe.get_meta(meta.get_field(table).options) if table else meta
		# The log may be older than what is a secret now.
		secret = {field.fieldname for field in meta.fields if field.fieldtype in SECRET_FIELDTYPES}
		left_out = self.left_out.get(doctype, {}).get(table, set())
		return (
			secret
			| left_out
			| self._forbidden(meta, doctype)
			| masked_fields(meta, self.user_of(doctype), doctype)
		)

	def _forbidden(self, meta, doctype: str) -> set[str]:
		restricted = [field for field in meta.fields if cint(field.permlevel) > 0]
		user = self.user_of(doctype)
		if not restricted or user == "Administrator":
			return set()
		levels = frappe.get_meta(doctype).get_permlevel_access("read", user=user)
		return {field.fieldname for field in restricted if cint(field.permlevel) not in levels}


def _label(field) -> str:
	return _(field.label or field.fieldname)


def _strip_rows(diff: dict, table: str, hidden: set[str]) -> None:
	if table in (diff.get("added") or {}):
		diff["added"] = {**diff["added"], table: [_without(row, hidden) for row in diff["added"][table]]}
	if table in (diff.get("row_changed") or {}):
		rows = {name: _without(values, hidden) for name, values in diff["row_changed"][table].items()}
		diff["row_changed"] = {**diff["row_changed"], table: rows}


def _without(values: dict, hidden: set[str]) -> dict:
	return {field: value for field, value in values.items() if field not in hidden}
