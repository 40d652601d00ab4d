"""Values as the type of their field wants them."""

import datetime
from typing import Any

from frappe.playground.dates import get_datetime, get_timedelta, getdate, to_timedelta
from frappe.playground.numbers import cint, cstr, flt, sbool

TEXT_TYPES = frozenset(
	("Data", "Text", "Small Text", "Long Text", "Text Editor", "Select", "Link", "Dynamic Link")
)


def cast(fieldtype: str, value: Any = None) -> Any:
	"""The Python value of a field of this type; a missing one becomes the type's lowest."""
	if fieldtype in ("Int", "Check"):
		return cint(sbool(value))
	if fieldtype == "Date":
		return getdate(value) if value else datetime.date(1, 1, 1)
	if fieldtype == "Datetime":
		return get_datetime(value) if value else datetime.datetime(1, 1, 1)
	if fieldtype == "Time":
		return get_timedelta(value)
	return cast_fieldtype(fieldtype, value, show_warning=False)


def cast_fieldtype(fieldtype: str, value: Any, show_warning: bool = True) -> Any:
	if fieldtype in ("Currency", "Float", "Percent"):
		return flt(value)
	if fieldtype in ("Int", "Check"):
		return cint(value)
	if fieldtype in TEXT_TYPES:
		return cstr(value)
	if fieldtype == "Date":
		return getdate(value)
	if fieldtype == "Datetime":
		return get_datetime(value)
	if fieldtype == "Time":
		return to_timedelta(value)
	return value
