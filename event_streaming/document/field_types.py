"""Which values a field of a Frappe field type takes: for mapped values, defaults and the check of a mapping."""

import re
from collections.abc import Callable
from datetime import date, datetime
from math import isfinite
from typing import Any

TABLE_TYPES = frozenset({"Table", "Table MultiSelect"})
LAYOUT_TYPES = frozenset(
	{"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Image", "Fold", "Heading"}
)
SECRET_TYPES = frozenset({"Password"})

WHOLE_NUMBERS = frozenset({"Int", "Long Int"})
DECIMALS = frozenset({"Float", "Currency", "Percent"})
NUMBERS = WHOLE_NUMBERS | DECIMALS | {"Check", "Rating", "Duration"}

# Types that take only some others without loss. Every type that is not here is stored as text and takes all.
ACCEPTED_TYPES: dict[str, frozenset[str]] = {
	**dict.fromkeys(WHOLE_NUMBERS, WHOLE_NUMBERS | {"Check"}),
	**dict.fromkeys(DECIMALS, NUMBERS),
	"Check": frozenset({"Check"}),
	"Rating": frozenset({"Rating", "Float"}),
	"Duration": WHOLE_NUMBERS | {"Duration", "Float"},
	"Date": frozenset({"Date", "Datetime"}),
	"Datetime": frozenset({"Date", "Datetime"}),
	"Time": frozenset({"Time"}),
}

TIME = re.compile(r"\d{1,3}:\d{2}(:\d{2}(\.\d+)?)?")


def is_empty(value: Any) -> bool:
	"""Whether a field with this value is not filled in. 0 is a value."""
	return value is None or value == ""


def fits(remote_type: str, local_type: str) -> bool:
	"""Whether a local field of `local_type` takes each value that a remote field of `remote_type` can have."""
	accepted = ACCEPTED_TYPES.get(local_type)
	return accepted is None or remote_type in accepted


def cast(fieldtype: str, value: Any) -> Any:
	"""`value` as a field of `fieldtype` has it in JSON: a number, or text (dates in ISO form).

	Emptiness is kept as it is, nothing is rounded or guessed.

	:raises ValueError: a field of this type can't have this value
	"""
	if is_empty(value):
		return value
	if not isinstance(value, str | int | float):
		raise ValueError(f"{type(value).__name__} is not a value of a field")
	return _CASTS.get(fieldtype, _text)(value)


def _text(value: str | int | float) -> str:
	return value if isinstance(value, str) else str(value)


def _whole_number(value: str | int | float) -> int:
	number = _decimal(value) if isinstance(value, float) else int(value)
	if number != int(number):
		raise ValueError(f"{value} is not a whole number")
	return int(number)


def _decimal(value: str | int | float) -> float:
	number = float(value)
	if not isfinite(number):
		raise ValueError(f"{value} is not a number")
	return number


def _check(value: str | int | float) -> int:
	number = _whole_number(value)
	if number not in (0, 1):
		raise ValueError(f"{value} is neither 0 nor 1")
	return number


def _date(value: str | int | float) -> str:
	text = str(value)
	return (datetime.fromisoformat(text).date() if len(text) > 10 else date.fromisoformat(text)).isoformat()


def _datetime(value: str | int | float) -> str:
	text = str(value)
	datetime.fromisoformat(text)
	return text if len(text) > 10 else f"{text} 00:00:00"


def _time(value: str | int | float) -> str:
	text = str(value)
	if not TIME.fullmatch(text):
		raise ValueError(f"{text} is not a time")
	return text


_CASTS: dict[str, Callable[[str | int | float], str | int | float]] = {
	**dict.fromkeys(WHOLE_NUMBERS, _whole_number),
	**dict.fromkeys(NUMBERS - WHOLE_NUMBERS - {"Check"}, _decimal),
	"Check": _check,
	"Date": _date,
	"Datetime": _datetime,
	"Time": _time,
}
