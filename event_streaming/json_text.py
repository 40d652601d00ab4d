"""JSON as this app's log columns hold it."""

import json
from typing import Any

import frappe


def as_json_text(data: Any) -> str:
	"""Compact JSON; on SQLite without a literal apostrophe.

	Frappe's query builder doubles the per cent signs of a value that holds an apostrophe too, on SQLite, for good.
	Within JSON an apostrophe stands in strings only, where an escape means the same.
	"""
	text = json.dumps(data, separators=(",", ":"), default=str)
	return text.replace("'", "\\u0027") if frappe.db.db_type == "sqlite" else text
