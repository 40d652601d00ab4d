"""When two values of a field are the same: the one definition, from which digests, conflicts and replay come.

A value has one spelling for its kind of field (`1`, `1.0` and `"1"` are one number, None and "" are one text, JSON is what
it says: Postgres hands over what it read, MariaDB the text), and two values are the same when their spellings are. A digest
is made of the spellings, so both sites, whatever their version, have to spell alike: a change here is a change of the protocol.
"""

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import cint, cstr, flt, get_datetime, getdate, to_timedelta

from event_streaming.document.field_types import DECIMALS
from event_streaming.document.snapshot import plain

if TYPE_CHECKING:
	from frappe.model.meta import Meta

WHOLE_NUMBERS = frozenset({"Int", "Check"})  # a Long Int is spelled as it is written
NUMBERS = DECIMALS | {"Rating", "Duration"}
COUNTED = WHOLE_NUMBERS | NUMBERS
MOMENTS = frozenset({"Date", "Datetime", "Time"})  # never an empty text in a table
NEVER_NULL = WHOLE_NUMBERS | DECIMALS  # in Frappe's tables
PRECISION = 6  # digits behind the point, in a digest
STORED_PRECISION = 9  # in Frappe's tables: an exchange rate may be that small


def canonical(fieldtype: str, value: Any) -> str:
	"""The spelling of a field's value."""
	try:
		if fieldtype in WHOLE_NUMBERS:
			return cstr(cint(value))
		if fieldtype in NUMBERS:
			return f"{round(flt(value), PRECISION) + 0.0:.{PRECISION}f}"
		if fieldtype in MOMENTS and value:
			return cstr(_moment(fieldtype, value))
		if fieldtype == "JSON" and value not in (None, ""):
			return _json(value)
	except (ValueError, TypeError, OverflowError, RecursionError, frappe.ValidationError):
		pass  # no such number, date or JSON: as it is written
	return cstr(plain(value))


def same_value(field: Any, given: Any, here: Any) -> bool:
	"""Whether two values of a field (DocField, None for standard fields) say the same."""
	if type(given) is type(here) and given == here:
		return True
	fieldtype = field.fieldtype if field else "Data"
	if fieldtype in NUMBERS and _is_number(given) and _is_number(here):
		return round(flt(given), STORED_PRECISION) == round(flt(here), STORED_PRECISION)
	return canonical(fieldtype, given) == canonical(fieldtype, here)


def same_stored(field: Any, given: Any, here: Any) -> bool:
	"""Whether a value may stay as it is: the same, and empty in the same way, but where Frappe knows one way only."""
	return same_value(field, given, here) and ((given is None) == (here is None) or _has_one_empty(field))


def would_change(fieldtype: str, value: Any) -> bool:
	"""Whether a field of this type can keep a value, which is not empty, only as another one."""
	if fieldtype == "Date":
		return len(cstr(value)) > 10 and not cstr(value)[10:].strip(" T0:.") == ""
	if fieldtype not in COUNTED:
		return False
	if not _is_number(value):
		return True
	number = float(value)
	return number not in (0, 1) if fieldtype == "Check" else fieldtype in WHOLE_NUMBERS and number % 1 != 0


def as_stored(meta: "Meta", snapshot: dict, stored: dict) -> dict:
	"""A snapshot in the spelling of one that was read from the database, wherever both say the same."""
	values = {**snapshot}
	for field, here in stored.items():
		given = snapshot.get(field)
		if isinstance(here, list):
			row_meta, known = (
				frappe.get_meta(meta.get_field(field).options),
				{row["name"]: row for row in here},
			)
			values[field] = [as_stored(row_meta, row, known.get(row["name"], {})) for row in given or []]
		elif field in snapshot and same_stored(meta.get_field(field), given, here):
			values[field] = here
	return values


def _is_number(value: Any) -> bool:
	try:
		return isfinite(float(value))
	except (ValueError, TypeError, OverflowError):
		return value is None


def _has_one_empty(field: Any) -> bool:
	if not field or field.fieldtype in NEVER_NULL | MOMENTS:
		return True
	return bool(cint(field.get("unique")) or cint(field.get("not_nullable")))


def _moment(fieldtype: str, value: Any) -> Any:
	if fieldtype == "Date":
		return getdate(value)
	return get_datetime(value) if fieldtype == "Datetime" else to_timedelta(cstr(value))


def _json(value: Any) -> str:
	"""
	:param value: its text, or what Postgres' driver reads of it
	"""
	said = json.loads(value) if isinstance(value, str) else value
	return json.dumps(said, separators=(",", ":"), sort_keys=True)
