"""Numbers and texts from whatever is given."""

from typing import Any

import frappe
from frappe.utils.rounding import rounded


def cint(s: Any, default: int = 0) -> int:
	"""An int from whatever is given; `default` when there is none in it."""
	for convert in (int, lambda value: int(float(value))):
		try:
			return convert(s)
		except Exception:
			continue
	return default


def flt(s: Any, precision: int | None = None, rounding_method: str | None = None) -> float:
	"""A float from whatever is given, commas ignored; 0.0 when there is none in it."""
	if isinstance(s, str):
		s = s.replace(",", "")
	try:
		number = float(s)
	except Exception:
		return 0.0
	return number if precision is None else rounded(number, precision, rounding_method)


def cstr(s: Any, encoding: str = "utf-8") -> str:
	return frappe.as_unicode(s, encoding)


def sbool(x: str) -> bool | Any:
	"""True for "true" and "1", False for "false" and "0", else what was given."""
	try:
		return {"true": True, "1": True, "false": False, "0": False}.get(x.lower(), x)
	except Exception:
		return x
