"""What a column can be compared with: filters in the one form that means the same, and fails nowhere, on each database.

MariaDB takes a text for a number as far as it begins like one, Postgres gives up, and the versions of Frappe read "is",
"between" and empty values each in their own way. So a filter's value gets the type of its column first, and what can't
have it is refused in words.
"""

from collections.abc import Callable
from datetime import time
from typing import Any

import frappe
from frappe import _

from event_streaming.document.field_types import NUMBERS, WHOLE_NUMBERS, cast
from event_streaming.document.names import BY_UUID, NUMBERED, is_number, is_uuid

Row = tuple[str, Any]  # operator, value
MOMENTS = frozenset({"Date", "Datetime", "Time"})
ORDERED = ("<", ">", "<=", ">=")
STANDARD_TYPES = {"docstatus": "Check", "idx": "Int", "creation": "Datetime", "modified": "Datetime"}
LARGEST = {"Check": 2**15 - 1, "Int": 2**31 - 1}  # of the columns in Postgres; else of a bigint
BIGINT = 2**63 - 1


def comparisons(doctype: str, fieldname: str, operator: str, value: Any) -> list[Row]:
	"""Operators and values that together say what this one says.

	:param value: a scalar, or a list of them for "in", "not in" and "between"
	:raises frappe.ValidationError: the field can't be compared so
	"""
	kind = kind_of(doctype, fieldname)
	try:
		return _SAYING.get(operator, _said_as_it_is)(kind, operator, value)
	except ValueError:
		told = ", ".join(map(str, value)) if isinstance(value, list) else value
		frappe.throw(
			_("{0} can't be compared with “{1}” by {2}: it is a field of type {3}.").format(
				fieldname, told, operator, kind
			)
		)


def kind_of(doctype: str, fieldname: str) -> str:
	"""A fieldtype; for names that are numbers or UUIDs, and links to these, the rule of naming."""
	meta = frappe.get_meta(doctype)
	if fieldname == "name":
		return meta.autoname if meta.autoname in (NUMBERED, BY_UUID) else "Data"
	field = meta.get_field(fieldname)
	if not field:
		return STANDARD_TYPES.get(fieldname, "Data")
	if field.fieldtype == "Link" and field.options and frappe.get_meta(field.options).autoname == BY_UUID:
		return BY_UUID
	return field.fieldtype


def _said_as_it_is(kind: str, operator: str, value: Any) -> list[Row]:
	value = _value(kind, value)
	if value is not None:
		return [(operator, value)]
	if operator in ORDERED:
		raise ValueError(f"nothing is neither more nor less than a {kind}")
	return [("is", "not set" if operator == "=" else "set")]


def _among(kind: str, operator: str, values: list) -> list[Row]:
	found = [_value(kind, value) for value in values]
	if None in found or not (found or is_text(kind)):
		raise ValueError(f"there is no empty {kind}")
	return [(operator, found)]


def _between(kind: str, operator: str, values: list) -> list[Row]:
	low, high = _among(kind, operator, values)[0][1]
	if kind in ("Date", "Datetime"):  # of a day without a time, Frappe takes all of it
		return [(operator, values)]
	return [(">=", low), ("<=", high)]


def _like(kind: str, operator: str, value: Any) -> list[Row]:
	if kind in MOMENTS or (frappe.db.db_type == "postgres" and not is_text(kind)):
		raise ValueError("patterns are found in texts")
	return [(operator, "" if value is None else str(value))]


def _is(kind: str, operator: str, value: str) -> list[Row]:
	if kind in NUMBERS:  # 0 is nothing, as in Frappe's lists
		return [("!=" if value == "set" else "=", 0)]
	return [(operator, value)]


_SAYING: dict[str, Callable[[str, str, Any], list[Row]]] = {
	"in": _among,
	"not in": _among,
	"between": _between,
	"like": _like,
	"not like": _like,
	"is": _is,
}


def _value(kind: str, value: Any) -> Any:
	"""
	:returns: None for an empty one, where a column has NULL for it
	:raises ValueError: no field of this kind has such a value
	"""
	if value in (None, ""):
		return "" if is_text(kind) else 0 if kind in NUMBERS else None
	if kind == "JSON" and frappe.db.db_type == "postgres":
		raise ValueError("Postgres compares no JSON")
	if kind == NUMBERED:
		if not is_number(str(value)):
			raise ValueError(f"{value} is no number in a name's spelling")
		return int(value)
	if kind == BY_UUID and not is_uuid(str(value)):
		raise ValueError(f"{value} is no UUID")
	if kind == "Time":  # of a day: Frappe reads it so
		return time.fromisoformat(str(value)).isoformat()
	number = cast(kind if kind != "Check" else "Int", value)
	if kind in WHOLE_NUMBERS | {"Check"} and abs(number) > LARGEST.get(kind, BIGINT):
		raise ValueError(f"{value} is larger than any {kind}")
	return number


def is_text(kind: str) -> bool:
	return kind not in NUMBERS | MOMENTS | {BY_UUID, NUMBERED} and not (
		kind == "JSON" and frappe.db.db_type == "postgres"
	)
