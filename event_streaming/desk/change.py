"""A logged change in the form in which a person reads it: labels for fields, old next to new, rows of tables apart.

All values are plain text. They come from another site, so the code that shows them has to escape them.
"""

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr

from event_streaming.desk.field_names import FieldNames
from event_streaming.link.protocol import ROW_PARTS
from event_streaming.producer.capture import is_whole

HEADER = frozenset({"doctype", "name", "idx"})
MAX_ROWS = 200
MAX_TEXT = 5000
STATES = ("Draft", "Submitted", "Cancelled")


def of_update_log(log) -> dict | None:
	"""What an Update Log row tells; None when its data is not what this app writes."""
	return _read(log.update_type, _parse(log.data), log.docname, FieldNames(log.ref_doctype))


def of_sync_log(log) -> dict | None:
	"""What an Event Sync Log row tells, as it was received; None when its data is not what this app writes."""
	event = _parse(log.data) or {}
	names = FieldNames(log.remote_doctype, log.mapping)
	return _read(log.update_type, event.get("data"), log.remote_docname, names)


def is_here(doctype: str | None, name: str | None) -> bool:
	"""Whether there is such a document on this site to be opened."""
	return bool(doctype and name and frappe.db.exists("DocType", doctype) and frappe.db.exists(doctype, name))


def _read(update_type: str, data: Any, docname: str, names: FieldNames) -> dict | None:
	if not isinstance(data, dict):
		return None
	if update_type == "Delete":
		return _sentence(_("{0} was deleted.").format(docname))
	if update_type == "Rename":
		merged = cint(data.get("merge"))
		text = _("{0} was merged into {1}.") if merged else _("{0} was renamed to {1}.")
		# nosemgrep -- texts of this app, filled with values
		return _sentence(text.format(docname, cstr(data.get("new_name"))))
	if update_type == "Update" and is_whole(data):
		return _sentence(_("{0} was changed; its whole document is sent.").format(docname))
	try:
		return _whole(data, names) if update_type == "Create" else _difference(data, names)
	except (AttributeError, TypeError, KeyError):
		return None  # of another shape than any that this app writes: it is shown as it is


def _sentence(text: str) -> dict:
	return {"sentence": text, "fields": [], "tables": []}


def _whole(doc: dict, names: FieldNames) -> dict:
	"""Only what is filled in: a form has many fields that aren't."""
	filled = [
		fieldname
		for fieldname in names.in_order(doc)
		if fieldname not in HEADER and not isinstance(doc[fieldname], list) and doc[fieldname]
	]
	tables = [fieldname for fieldname in names.in_order(doc) if isinstance(doc[fieldname], list)]
	return {
		"whole": True,
		"fields": [_field(fieldname, names, new=doc[fieldname]) for fieldname in filled],
		"tables": [
			{**_table(table, names), **_grid(doc[table], names.of_rows(table))}
			for table in tables
			if doc[table]
		],
	}


def _difference(diff: dict, names: FieldNames) -> dict:
	changed, was = diff.get("changed") or {}, diff.get("was") or {}
	parts = [diff.get(part) or {} for part in ROW_PARTS]
	tables = dict.fromkeys(table for part in parts for table in part)
	return {
		"direct": cint(diff.get("direct")),
		"fields": _changed_fields(changed, was.get("changed") or {}, names),
		"tables": [_changed_table(table, diff, names) for table in names.in_order(tables)],
	}


def _changed_table(table: str, diff: dict, names: FieldNames) -> dict:
	added, removed, changed, order = ((diff.get(part) or {}).get(table) for part in ROW_PARTS)
	was = ((diff.get("was") or {}).get("row_changed") or {}).get(table) or {}
	row_names = names.of_rows(table)
	numbers = {cstr(name): place for place, name in enumerate(order or [], 1)}
	numbers = {**known_numbers(row_names.doctype, table, changed or {}), **numbers}
	return {
		**_table(table, names),
		**_grid(added or [], row_names, numbers),
		"changed": [
			{
				"number": numbers.get(name),
				"name": name,
				"fields": _changed_fields(values, was.get(name) or {}, row_names),
			}
			for name, values in list((changed or {}).items())[:MAX_ROWS]
		],
		"removed": [cstr(name) for name in (removed or [])[:MAX_ROWS]],
		"reordered": bool(order) and not added and not removed,
	}


def known_numbers(child_doctype: str | None, table: str, rows: dict) -> dict[str, int]:
	"""Places of rows that the change doesn't tell, as they are on this site now."""
	if not rows or not child_doctype or not frappe.db.table_exists(child_doctype):
		return {}
	filters = {"name": ["in", list(rows)[:MAX_ROWS]], "parentfield": table}
	return {str(row.name): row.idx for row in frappe.get_all(child_doctype, filters, ["name", "idx"])}


def _changed_fields(changed: dict, was: dict, names: FieldNames) -> list[dict]:
	return [
		_field(fieldname, names, new=changed[fieldname], **_old(fieldname, was))
		for fieldname in names.in_order(changed)
	]


def _old(fieldname: str, was: dict) -> dict:
	return {"old": was[fieldname]} if fieldname in was else {}


def _field(fieldname: str, names: FieldNames, **values: Any) -> dict:
	name = names.of(fieldname)
	shown = {side: text_of(value, name.fieldtype) for side, value in values.items()}
	return {
		"label": name.label,
		"fieldname": fieldname,
		"fieldtype": name.fieldtype,
		"becomes": name.becomes,
		**shown,
	}


def _table(fieldname: str, names: FieldNames) -> dict:
	name = names.of(fieldname)
	return {"label": name.label, "fieldname": fieldname, "becomes": name.becomes}


def _grid(rows: list[dict], names: FieldNames, numbers: dict[str, int] | None = None) -> dict:
	"""Rows as a table of those columns that any of them fills."""
	shown = rows[:MAX_ROWS]
	filled = dict.fromkeys(fieldname for row in shown for fieldname in row if row[fieldname])
	columns = [fieldname for fieldname in names.in_order(filled) if fieldname not in HEADER]
	return {
		"columns": [_field(fieldname, names) for fieldname in columns],
		"rows": [
			{
				"number": (numbers or {}).get(cstr(row.get("name"))) or row.get("idx") or place,
				"values": [
					text_of(row.get(fieldname), names.of(fieldname).fieldtype) for fieldname in columns
				],
			}
			for place, row in enumerate(shown, 1)
		],
		"more": len(rows) - len(shown),
	}


def text_of(value: Any, fieldtype: str) -> str:
	if fieldtype == "Check":
		return _("Yes") if cint(value) else _("No")
	if fieldtype == "Docstatus":
		return _(STATES[cint(value)]) if cint(value) in range(len(STATES)) else cstr(value)
	if fieldtype == "Datetime":
		return cstr(value).removesuffix(".000000")
	if isinstance(value, float) and value.is_integer():
		value = int(value)
	text = cstr(value)
	return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _parse(text: str | None) -> dict | None:
	try:
		value = json.loads(text or "")
	except ValueError:
		return None
	return value if isinstance(value, dict) else None
