"""Help for a person who maps fields: what of two DocTypes fits by name and type, and what does not."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.mapping import compatibility
from event_streaming.consumer.mapping.checks import NEVER_SENT
from event_streaming.consumer.mapping.compatibility import known_remote_field, linked_doctype
from event_streaming.consumer.mapping.mapper import LINKED_DOCUMENT, Mapping, has_filters
from event_streaming.desk.remote_fields import RemoteField, RemoteFields
from event_streaming.document.field_types import LAYOUT_TYPES, SECRET_TYPES, TABLE_TYPES


def suggest(mapping: Mapping, remote: RemoteFields) -> dict:
	"""Rows for fields that have the same name or label and fit, and sentences about those that nearly do.

	:returns: `{"rows": […], "left": [sentence, …]}`; fields that are mapped already are left alone
	"""
	mapped = {row.local_fieldname for row in mapping.field_mapping}
	used = {row.remote_fieldname for row in mapping.field_mapping}
	rows, left = [], []
	for field in takers(mapping.local_doctype):
		if field.fieldname in mapped:
			continue
		namesake = _namesake(field, remote, used)
		row, obstacle = _row(mapping, field, namesake) if namesake else (None, _missing(field))
		if row:
			rows.append(row)
			used.add(row["remote_fieldname"])
		elif obstacle:
			left.append(obstacle)
	return {"rows": rows, "left": left}


def clashes(mapping: Mapping, remote: RemoteFields) -> list[dict]:
	"""`{"idx", "message"}` of each row whose two sides don't fit."""
	meta = frappe.get_meta(mapping.local_doctype)
	found = []
	for row in mapping.field_mapping:
		field = meta.get_field(row.local_fieldname)
		if field and row.remote_fieldname and (message := _clash(mapping, row, field, remote)):
			found.append({"idx": row.idx, "message": message})
	return found


def takers(doctype: str) -> Iterator[Any]:
	"""Fields of a local DocType that can take a value of another site."""
	for field in frappe.get_meta(doctype).fields:
		holds_none = field.fieldtype in LAYOUT_TYPES | SECRET_TYPES or cint(field.get("is_virtual"))
		if not holds_none and field.fieldname not in NEVER_SENT:
			yield field


def _clash(mapping: Mapping, row: Any, field: Any, remote: RemoteFields) -> str | None:
	there = remote.get(row.remote_fieldname)
	if not there:
		return _(
			"{0} has no field {1} on the other site, or the Event Subscriber may not read it there."
		).format(mapping.remote_doctype, row.remote_fieldname)
	if problem := compatibility.table_problem(field, there):
		return problem
	if field.fieldtype in TABLE_TYPES or has_filters(row):
		return None
	linked = there.options if row.mapping_type == LINKED_DOCUMENT else linked_doctype(mapping, field)
	return compatibility.value_problem(field, there, linked)


def _namesake(field: Any, remote: RemoteFields, used: set[str | None]) -> RemoteField | None:
	if there := remote.get(field.fieldname):
		return None if there.fieldname in used else there
	label = (field.label or "").strip().lower()
	same = [
		there
		for there in remote.all
		if label and there.label.strip().lower() == label and there.fieldname not in used
	]
	return same[0] if len(same) == 1 else None


def _row(mapping: Mapping, field: Any, there: RemoteField) -> tuple[dict | None, str | None]:
	"""The row that maps `there` to `field`, or why there is none."""
	row = {"local_fieldname": field.fieldname, "remote_fieldname": there.fieldname}
	if problem := compatibility.table_problem(field, there):
		return None, problem
	if field.fieldtype in TABLE_TYPES:
		return _table_row(mapping, row, field, there)
	if problem := compatibility.value_problem(field, there, there.options):
		return None, problem
	problem = compatibility.link_problem(field, there, linked_doctype(mapping, field))
	if not problem:
		return row, None
	linked = _mapping_between(there.options, field.options)
	return ({**row, "mapping_type": LINKED_DOCUMENT, "mapping": linked}, None) if linked else (None, problem)


def _table_row(mapping: Mapping, row: dict, field: Any, there: RemoteField) -> tuple[dict | None, str | None]:
	known = known_remote_field(mapping.remote_doctype, there.fieldname)
	if there.options == field.options and known and known.options == field.options:
		return {**row, "is_child_table": 1}, None
	if rows := _mapping_between(there.options, field.options):
		return {**row, "is_child_table": 1, "child_table_mapping": rows}, None
	return None, _(
		"The rows of {0} need a mapping of their own: make one from {1} to {2}, then suggest again."
	).format(field.fieldname, there.options, field.options)


def _mapping_between(remote_doctype: str, local_doctype: str) -> str | None:
	doctypes = {"remote_doctype": remote_doctype, "local_doctype": local_doctype}
	return frappe.db.get_value("Document Type Mapping", doctypes, "name", order_by="creation asc")


def _missing(field: Any) -> str | None:
	if not cint(field.reqd) or field.default or field.fieldname == "naming_series":
		return None
	return _(
		"{0} is mandatory here, and no field there has its name. Choose one, or fill in a default."
	).format(field.fieldname)
