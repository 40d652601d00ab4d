"""Moments as Frappe reads them from SQLite.

SQLite keeps any text in any column, and Frappe reads a Date, a Datetime and a Time there as Python's `fromisoformat` does (16.9): a Time
as MariaDB tells it ("6:07:08"), or a text from a field of another type, makes a document that nobody can open any more.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

import frappe
from frappe import _

READERS: dict[str, Callable[[str], Any]] = {
	"Date": date.fromisoformat,
	"Datetime": datetime.fromisoformat,
	"Time": time.fromisoformat,
}
LONGEST = 40  # characters of a value that a message shows


def spell(parts: Iterable[tuple[dict, str]]) -> None:
	"""Rewrites the moments among the values of a document and its rows, where this site is on SQLite.

	:param parts: values, each with their DocType
	:raises frappe.ValidationError: one is no moment
	"""
	if frappe.db.db_type != "sqlite":
		return  # the database itself refuses what it can't keep
	for values, doctype in parts:
		for field in frappe.get_meta(doctype).fields:
			if field.fieldtype in READERS and values.get(field.fieldname):
				values[field.fieldname] = _spelled(field, str(values[field.fieldname]))


def _spelled(field: Any, text: str) -> str:
	spelled = f"0{text}" if field.fieldtype == "Time" and text[1:2] == ":" else text
	try:
		READERS[field.fieldtype](spelled)
	except ValueError:
		frappe.throw(
			_("{0} can't keep {1}: it is a field of the type {2} here.").format(
				field.fieldname, text[:LONGEST], field.fieldtype
			)
		)
	return spelled
