"""Column types, and how values look in the file and out of it.

SQLite stores what it is given. Frappe's other databases store dates, times and decimals in one form whatever
was written, so writing here brings each value into that form, and reading gives the Python type that Frappe
v15 gives on MariaDB (a time of day is a timedelta).
"""

import sqlite3
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

# Field type: kind of column and its length, as MariaDB has them; lengths are checked by documents.
TYPE_MAP = {
	"Currency": ("decimal", "21,9"),
	"Int": ("int", "11"),
	"Long Int": ("bigint", "20"),
	"Float": ("decimal", "21,9"),
	"Percent": ("decimal", "21,9"),
	"Check": ("int", "1"),
	"Small Text": ("text", ""),
	"Long Text": ("longtext", ""),
	"Code": ("longtext", ""),
	"Text Editor": ("longtext", ""),
	"Markdown Editor": ("longtext", ""),
	"HTML Editor": ("longtext", ""),
	"Date": ("date", ""),
	"Datetime": ("datetime", "6"),
	"Time": ("time", "6"),
	"Text": ("text", ""),
	"Data": ("varchar", 140),
	"Link": ("varchar", 140),
	"Dynamic Link": ("varchar", 140),
	"Password": ("text", ""),
	"Select": ("varchar", 140),
	"Rating": ("decimal", "3,2"),
	"Read Only": ("varchar", 140),
	"Attach": ("text", ""),
	"Attach Image": ("text", ""),
	"Signature": ("longtext", ""),
	"Color": ("varchar", 140),
	"Barcode": ("longtext", ""),
	"Geolocation": ("longtext", ""),
	"Duration": ("decimal", "21,9"),
	"Icon": ("varchar", 140),
	"Phone": ("varchar", 140),
	"Autocomplete": ("varchar", 140),
	"JSON": ("json", ""),
}
SQLITE_TYPES = {
	"decimal": "REAL",
	"int": "INTEGER",
	"bigint": "INTEGER",
	"date": "DATE",
	"datetime": "DATETIME",
}
DECIMALS = {"21,9": 9, "3,2": 2}


def get_column_type(fieldtype: str) -> str | None:
	"""SQLite's type of a field's column; None for fields without one."""
	if fieldtype not in TYPE_MAP:
		return None
	kind = TYPE_MAP[fieldtype][0]
	return "TIME" if kind == "time" else SQLITE_TYPES.get(kind, "TEXT")


def to_stored(value: Any) -> Any:
	"""A Python value as SQLite stores it."""
	if isinstance(value, datetime):
		return value.strftime("%Y-%m-%d %H:%M:%S.%f")
	if isinstance(value, date):
		return value.isoformat()
	if isinstance(value, time):
		return value.strftime("%H:%M:%S.%f")
	if isinstance(value, timedelta):
		return _format_time(value)
	if isinstance(value, Decimal):
		return float(value)
	if isinstance(value, bool):
		return int(value)
	return str(value) if isinstance(value, str) else value  # subclasses of str are unknown to sqlite3


def to_column(fieldtype: str | None, value: Any) -> Any:
	"""A value as a column of this field type keeps it, in SQLite's form."""
	if value is None or fieldtype is None:
		return to_stored(value)
	kind, size = TYPE_MAP.get(fieldtype, (None, None))
	if kind == "decimal" and isinstance(value, int | float):
		return round(float(value), DECIMALS[size])
	if kind in ("datetime", "date", "time") and isinstance(value, str):
		return _normalise(kind, value)
	if kind == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
		return to_stored(datetime.combine(value, time()))
	if kind == "date" and isinstance(value, datetime):
		return to_stored(value.date())
	return to_stored(value)


def _normalise(kind: str, value: str) -> str:
	from frappe.utils.data import get_datetime, to_timedelta

	if kind == "time":
		return _format_time(to_timedelta(value))
	parsed = get_datetime(value)
	if parsed is None:
		return value
	return to_stored(parsed if kind == "datetime" else parsed.date())


def _format_time(value: timedelta) -> str:
	minutes, seconds = divmod(value.seconds, 60)
	hours, minutes = divmod(minutes, 60)
	return f"{hours + 24 * value.days:02}:{minutes:02}:{seconds:02}.{value.microseconds:06}"


def _read_datetime(stored: bytes) -> datetime:
	return datetime.fromisoformat(stored.decode())


def _read_date(stored: bytes) -> date:
	return date.fromisoformat(stored.decode()[:10])


def _read_time(stored: bytes) -> timedelta:
	hours, minutes, seconds = stored.decode().split(":")
	return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def register_converters() -> None:
	sqlite3.register_converter("DATETIME", _read_datetime)
	sqlite3.register_converter("DATE", _read_date)
	sqlite3.register_converter("TIME", _read_time)
