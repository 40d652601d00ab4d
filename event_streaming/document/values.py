"""When two values of a field are the same: the one definition, from which digests, conflicts and replay come.

A value has one spelling for its kind of field (`1`, `1.0` and `"1"` are one number, None and "" are one text), and two
values are the same when their spellings are. A digest is made of the spellings, so both sites, whatever their version,
have to spell alike: a change here is a change of the protocol.
"""

from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import cint, cstr, flt, get_datetime, getdate, to_timedelta

from event_streaming.document.field_types import DECIMALS
from event_streaming.document.snapshot import plain

if TYPE_CHECKING:
	from frappe.model.meta import Meta

WHOLE_NUMBERS = frozenset({"Int", "Check"})  # a Long Int is spelled as it is written
NUMBERS = DECIMALS | {"Rating", "Duration"}
MOMENTS = frozenset({"Date", "Datetime", "Time"})  # never an empty text in a table
NEVER_NULL = WHOLE_NUMBERS | DECIMALS  # in Frappe's tables
PRECISION = 6  # digits behind the point


def canonical(fieldtype: str, value: Any) -> str:
	"""The spelling of a field's value."""
	try:
		if fieldtype in WHOLE_NUMBERS:
			return cstr(cint(value))
		if fieldtype in NUMBERS:
			return f"{round(flt(value), PRECISION) + 0.0:.{PRECISION}f}"
		if fieldtype in MOMENTS and value:
			return cstr(_moment(fieldtype, value))
	except (ValueError, TypeError, OverflowError, frappe.ValidationError):
		pass  # no such number or date: as it is written
	return cstr(plain(value))


def same_value(field: Any, given: Any, here: Any) -> bool:
	"""Whether two values of a field (DocField, None for standard fields) say the same."""
	if type(given) is type(here) and given == here:
		return True
	fieldtype = field.fieldtype if field else "Data"
	return canonical(fieldtype, given) == canonical(fieldtype, here)


def same_stored(field: Any, given: Any, here: Any) -> bool:
	"""Whether a value may stay as it is: the same, and empty in the same way, but where Frappe knows one way only."""
	return same_value(field, given, here) and ((given is None) == (here is None) or _has_one_empty(field))


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


def _has_one_empty(field: Any) -> bool:
	if not field or field.fieldtype in NEVER_NULL | MOMENTS:
		return True
	return bool(cint(field.get("unique")) or cint(field.get("not_nullable")))


def _moment(fieldtype: str, value: Any) -> Any:
	if fieldtype == "Date":
		return getdate(value)
	return get_datetime(value) if fieldtype == "Datetime" else to_timedelta(cstr(value))
