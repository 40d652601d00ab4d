"""Fields that people name in a list: `fieldname`, or `table.fieldname` for the rows of a child table."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.model import table_fields

if TYPE_CHECKING:
	from frappe.core.doctype.docfield.docfield import DocField

FieldsByTable = dict[str, set[str]]  # fieldnames, by table; the document's own under ""


def read_paths(text: str | None) -> list[str]:
	"""Fieldnames, or `table.fieldname`, one a line or between commas."""
	return list(
		dict.fromkeys(path.strip() for path in (text or "").replace(",", "\n").split("\n") if path.strip())
	)


def split(path: str) -> tuple[str, str]:
	"""(table field, or "" for a field of the document itself; fieldname)"""
	table, _dot, fieldname = path.rpartition(".")
	return table, fieldname


def field_at(doctype: str, path: str) -> "DocField | None":
	"""The field of a DocType, or of the rows of one of its tables, that a path names."""
	table, fieldname = split(path)
	meta = frappe.get_meta(doctype)
	if table:
		holder = meta.get_field(table)
		if not holder or holder.fieldtype not in table_fields:
			return None
		meta = frappe.get_meta(holder.options)
	return meta.get_field(fieldname)


def checked_paths(text: str | None, doctype: str, row: int, elsewhere: Collection[str] = ()) -> list[str]:
	"""
	:param row: number of the row in which people wrote it
	:param elsewhere: paths that are known to be on the other site
	:raises frappe.ValidationError: one of them names no field
	"""
	paths = read_paths(text)
	for path in paths:
		if path not in elsewhere and not field_at(doctype, path):
			frappe.throw(_("Row {0}: {1} has no field {2} to leave out.").format(row, doctype, path))
	return paths


def by_table(paths: list[str]) -> FieldsByTable:
	left_out: FieldsByTable = {}
	for path in paths:
		table, fieldname = split(path)
		left_out.setdefault(table, set()).add(fieldname)
	return left_out
