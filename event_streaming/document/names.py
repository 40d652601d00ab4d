"""Which texts can be the name of a document, where names stand in a column of numbers or of UUIDs.

A database refuses to compare such a column with any other text (Postgres), or takes "12 pieces" for 12 (MariaDB). So what
another site calls a document is asked for only where a document can be called so.
"""

import re
from collections.abc import Iterable

import frappe

NUMBERED = "autoincrement"
BY_UUID = "UUID"  # Frappe 16
LARGEST = 2**63 - 1
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def is_possible_name(doctype: str, name: str | int) -> bool:
	rule = frappe.get_meta(doctype).autoname
	if rule == NUMBERED:
		return is_number(str(name))
	return is_uuid(str(name)) if rule == BY_UUID else True


def possible_names(doctype: str, names: Iterable[str]) -> list[str]:
	"""Those of `names` that a document of this DocType can have."""
	if frappe.get_meta(doctype).autoname not in (NUMBERED, BY_UUID):
		return list(names)
	return [name for name in names if is_possible_name(doctype, name)]


def naming_field(doctype: str) -> str | None:
	"""The field that holds a document's name: Frappe sets it to the name whenever the document is saved or renamed."""
	rule, _colon, field = (frappe.get_meta(doctype).autoname or "").partition(":")
	return field if rule == "field" else None


def is_number(text: str) -> bool:
	return bool(NUMBER.fullmatch(text)) and int(text) <= LARGEST


def is_uuid(text: str) -> bool:
	return bool(UUID.fullmatch(text))
