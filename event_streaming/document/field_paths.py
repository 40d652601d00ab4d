"""Fields that people name in a list: `fieldname`, or `table.fieldname` for the rows of a child table."""

from collections.abc import Collection

import frappe
from frappe import _
from frappe.model import table_fields

FieldsByTable = dict[str, set[str]]  # fieldnames, by table; the document's own under ""


def read_paths(text: str | None) -> list[str]:
	"""Fieldnames, or `table.fieldname`, one a line or between commas."""
	return list(
		dict.fromkeys(path.strip() for path in (text or "").replace(",", "\n").split("\n") if path.strip())
	)


def checked_paths(text: str | None, doctype: str, row: int, elsewhere: Collection[str] = ()) -> list[str]:
	"""
	:param row: number of the row in which people wrote it
	:param elsewhere: paths that are known to be on the other site
	:raises frappe.ValidationError: one of them names no field
	"""
	meta = frappe.get_meta(doctype)
	paths = read_paths(text)
	for path in paths:
		if path in elsewhere:
			continue
		table, _dot, fieldname = path.rpartition(".")
		place = meta
		if table:
			field = meta.get_field(table)
			place = frappe.get_meta(field.options) if field and field.fieldtype in table_fields else None
		if not place or not place.get_field(fieldname):
			frappe.throw(_("Row {0}: {1} has no field {2} to leave out.").format(row, doctype, path))
	return paths


def by_table(paths: list[str]) -> FieldsByTable:
	left_out: FieldsByTable = {}
	for path in paths:
		table, _dot, fieldname = path.rpartition(".")
		left_out.setdefault(table, set()).add(fieldname)
	return left_out
