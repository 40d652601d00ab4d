"""What is recorded where two sites changed one document: a value that lost, or won over another, and of which kind that is."""

from dataclasses import dataclass
from typing import Any

import frappe

HERE, PRODUCER = "here", "producer"  # whose value was kept
FIELDS, ROWS, NAMES, STATES, DELETIONS = KINDS = ("fields", "rows", "names", "states", "deletions")


@dataclass
class Conflict:
	"""One value that lost, or that won over another. `field` is empty for a row itself; `row` for the order of a table."""

	field: str
	before: Any
	here: Any
	producer: Any
	kept: str
	table: str | None = None
	row: str | None = None


def kind_of(conflict: dict, fieldtype: str | None) -> str:
	"""One of KINDS.

	:param conflict: shaped as `Conflict`
	:param fieldtype: of its field
	"""
	field = conflict.get("field") or ""
	if conflict.get("table") or fieldtype in frappe.model.table_fields:
		return ROWS
	if field == "docstatus":
		return STATES
	if field != "name":
		return FIELDS
	return NAMES if conflict.get("here") and conflict.get("producer") else DELETIONS
