"""What one subscriber may see on this site: documents by role, user permission, owner and condition, fields
by permission level. Nothing here raises for lack of permission: what may not be read is not there."""

import json
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.document.snapshot import SECRET_FIELDTYPES, existing_names, table_fields
from event_streaming.link.protocol import ROW_PARTS


class Visibility:
	def __init__(self, consumer: str):
		"""
		:param consumer: name of the Event Consumer on whose behalf is read
		"""
		self.user = frappe.db.get_value("Event Consumer", consumer, "event_subscriber")
		self._hidden: dict[tuple[str, str | None], set[str]] = {}

	def readable_names(self, doctype: str, names: Iterable[str]) -> list[str]:
		"""Those of `names` that exist and that the subscriber may read."""
		return self.matching_names(doctype, names, None)

	def matching_names(
		self, doctype: str, names: Iterable[str], condition: str | list | dict | None
	) -> list[str]:
		"""Those of `names` that also match `condition` (Frappe filters, or their JSON)."""
		names = list(names)
		if not names:
			return []
		filters = [*as_filters(doctype, condition), [doctype, "name", "in", names]]
		return [str(name) for name in self._list(doctype, filters, 0)]

	def find(self, doctype: str, filters: dict | list, limit: int) -> list[str]:
		"""Names, in order, of at most `limit` readable documents that match `filters`."""
		return [str(name) for name in self._list(doctype, as_filters(doctype, filters), limit)]

	def count(self, doctype: str, condition: str | list | dict | None) -> int:
		"""How many documents match `condition` and may be read."""
		return len(self._list(doctype, as_filters(doctype, condition), 0))

	def may_read(self, doctype: str) -> bool:
		"""Whether the subscriber may read any documents of this DocType, be it only its own or shared ones."""
		return bool(frappe.has_permission(doctype, "read", user=self.user))

	def unreadable(self, doctypes: Iterable[str]) -> list[str]:
		"""Those of which the subscriber may read no document, or which are gone."""
		here = existing_names("DocType", doctypes)
		return sorted(doctype for doctype in doctypes if doctype not in here or not self.may_read(doctype))

	def strip_fields(self, doctype: str, fields: dict[str, list[str]]) -> dict[str, list[str]]:
		"""
		:param fields: fieldnames of `doctype` under "", those of its tables' rows under the table's name
		"""
		hidden = self._hidden_fields(doctype)
		tables = table_fields(frappe.get_meta(doctype))
		stripped = {}
		for table, names in fields.items():
			if table not in hidden:
				hidden_here = self._hidden_fields(tables[table], doctype) if table else hidden
				stripped[table] = [name for name in names if name not in hidden_here]
		return stripped

	def strip_document(self, doc: dict) -> dict:
		"""`doc` without the fields that the subscriber may not read, in its rows too."""
		hidden = self._hidden_fields(doc["doctype"])
		tables = table_fields(frappe.get_meta(doc["doctype"]))
		stripped = {field: value for field, value in doc.items() if field not in hidden}
		for table in stripped.keys() & tables.keys():
			hidden_in_rows = self._hidden_fields(tables[table], doc["doctype"])
			if hidden_in_rows:
				stripped[table] = [_without(row, hidden_in_rows) for row in stripped[table]]
		return stripped

	def strip_difference(self, doctype: str, diff: dict) -> dict:
		"""The same for the data of an Update."""
		hidden = self._hidden_fields(doctype)
		tables = table_fields(frappe.get_meta(doctype))
		stripped = dict(diff)
		if "was" in diff:
			stripped["was"] = self.strip_difference(doctype, diff["was"])
		if hidden:
			stripped["changed"] = _without(diff.get("changed") or {}, hidden)
			for part in ROW_PARTS:
				if part in stripped:
					stripped[part] = _without(stripped[part], hidden)
		for table, child_doctype in tables.items():
			if hidden_in_rows := self._hidden_fields(child_doctype, doctype):
				_strip_rows(stripped, table, hidden_in_rows)
		return stripped

	def hidden_labels(self, doctype: str) -> list[str]:
		"""How the form calls the fields that the subscriber may not read, in its rows too."""
		meta = frappe.get_meta(doctype)
		hidden = self._hidden_fields(doctype)
		labels = [_label(field) for field in meta.fields if field.fieldname in hidden]
		for table, child_doctype in table_fields(meta).items():
			hidden_in_rows = self._hidden_fields(child_doctype, doctype)
			rows = frappe.get_meta(child_doctype).fields
			labels += [
				f"{_label(meta.get_field(table))}: {_label(field)}"
				for field in rows
				if field.fieldname in hidden_in_rows
			]
		return labels

	def _list(self, doctype: str, filters: list, limit: int) -> list:
		try:
			return frappe.get_list(
				doctype,
				filters=filters,
				pluck="name",
				limit_page_length=limit,
				order_by="name asc",
				user=self.user,
			)
		except frappe.PermissionError:
			frappe.clear_messages()
			return []

	def _hidden_fields(self, doctype: str, parent_doctype: str | None = None) -> set[str]:
		key = (doctype, parent_doctype)
		if key not in self._hidden:
			self._hidden[key] = self._read_hidden_fields(*key)
		return self._hidden[key]

	def _read_hidden_fields(self, doctype: str, parent_doctype: str | None) -> set[str]:
		meta = frappe.get_meta(doctype)
		# The log may be older than what is a secret now.
		secret = {field.fieldname for field in meta.fields if field.fieldtype in SECRET_FIELDTYPES}
		restricted = [field for field in meta.fields if cint(field.permlevel) > 0]
		if not restricted or self.user == "Administrator":
			return secret
		levels = frappe.get_meta(parent_doctype or doctype).get_permlevel_access("read", user=self.user)
		return secret | {field.fieldname for field in restricted if cint(field.permlevel) not in levels}


def as_filters(doctype: str, condition: str | list | dict | None) -> list:
	"""Frappe filters in their list form, so that more of them can be added."""
	condition = json.loads(condition) if isinstance(condition, str) and condition.strip() else condition
	if not condition:
		return []
	if isinstance(condition, dict):
		return [
			[doctype, field, *(value if isinstance(value, list | tuple) else ("=", value))]
			for field, value in condition.items()
		]
	return [[doctype, *row] if len(row) == 3 else list(row) for row in condition]


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
