"""Whether two documents of one DocType say the same of themselves, whatever their names and amounts."""

from typing import TYPE_CHECKING

import frappe
from frappe.utils import cstr

from event_streaming.document import snapshot
from event_streaming.document.values import same_value

if TYPE_CHECKING:
	from frappe.core.doctype.docfield.docfield import DocField
	from frappe.model.meta import Meta

LINKS = ("Link", "Dynamic Link")


def equal_texts(doctype: str, values: dict) -> dict[str, str]:
	"""The links and texts of one line by which documents of the DocType are told apart, as far as they are given."""
	return {field: cstr(values[field]) for field in _telling(frappe.get_meta(doctype)) if field in values}


def is_same(doctype: str, here: dict, values: dict) -> bool:
	"""
	:param here: snapshot of a document
	:param values: of another; what it lacks doesn't count
	"""
	meta = frappe.get_meta(doctype)
	return all(
		same_value(meta.get_field(field), value, here.get(field))
		for field, value in equal_texts(doctype, values).items()
	) and all(
		_row_links(child, here.get(table) or []) == _row_links(child, values[table])
		for table, child in snapshot.table_fields(meta).items()
		if isinstance(values.get(table), list)
	)


def nearness(doctype: str, here: dict, values: dict) -> int:
	"""How many fields are equal."""
	meta = frappe.get_meta(doctype)
	return sum(
		same_value(meta.get_field(field), values[field], here.get(field))
		for field in snapshot.stored_fields(meta)
		if field in values
	)


def _telling(meta: "Meta") -> list[str]:
	return [
		name
		for name in snapshot.stored_fields(meta)
		if (field := meta.get_field(name))
		and (field.fieldtype == "Data" or _is_telling_link(field))
		and not field.get("no_copy")
	]


def _is_telling_link(field: "DocField") -> bool:
	"""Who did something is none: of what is made on the way, that is the Event Subscriber."""
	return field.fieldtype in LINKS and field.options != "User"


def _row_links(child: str, rows: list[dict]) -> list[list[str]]:
	meta = frappe.get_meta(child)
	fields = [
		name
		for name in snapshot.stored_fields(meta)
		if (field := meta.get_field(name)) and _is_telling_link(field)
	]
	return sorted([cstr(row.get(field)) for field in fields] for row in rows)
