"""JSON as this app's log columns hold it."""

import json
from typing import Any

import frappe

_AS_IS = json.JSONEncoder(separators=(",", ":"), default=str, ensure_ascii=False)
_ESCAPED = json.JSONEncoder(separators=(",", ":"), default=str)


def as_json_text(data: Any) -> str:
	"""Compact JSON with its characters as they are; on SQLite without a literal apostrophe.

	Escapes stand only for halves of characters, which no database stores otherwise. Frappe's query builder doubles the per
	cent signs of a value that holds an apostrophe too, on SQLite, for good. Within JSON an apostrophe stands in strings only,
	where an escape means the same.
	"""
	text = _AS_IS.encode(data)
	if not is_storable(text):
		text = _ESCAPED.encode(data)
	return text.replace("'", "\\u0027") if frappe.db.db_type == "sqlite" else text


def is_storable(text: str) -> bool:
	"""Whether it has no halves of characters."""
	try:
		text.isascii() or text.encode()
	except UnicodeEncodeError:
		return False
	return True


def stored_size(text: str | None) -> int:
	"""Bytes that it takes in the database."""
	text = text or ""
	return len(text) if text.isascii() else len(text.encode(errors="replace"))


def storable(text: str | None, length: int) -> str | None:
	"""Any text in a form that every database takes, with its end if it is longer than `length`."""
	return text and text[-length:].encode(errors="replace").decode().replace("\0", "")
