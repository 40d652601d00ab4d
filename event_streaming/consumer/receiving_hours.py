"""Between which hours documents of a link come by themselves, as its Event Producer says."""

from datetime import datetime, time, timedelta

import frappe
from frappe.utils import now_datetime

FIELDS = ["receive_from", "receive_until"]


def is_open(producer: str, now: datetime | None = None) -> bool:
	"""Whether they may come now."""
	hours = frappe.db.get_value("Event Producer", producer, FIELDS, as_dict=True)
	if not hours or not _is_set(hours):
		return True
	now = now or now_datetime()
	since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
	return lies_between(since_midnight, _time_of_day(hours.receive_from), _time_of_day(hours.receive_until))


def lies_between(moment: timedelta, begin: timedelta, end: timedelta) -> bool:
	"""Times of day; `end` may lie behind midnight."""
	return begin <= moment < end if begin < end else moment >= begin or moment < end


def _time_of_day(value: timedelta | time | str) -> timedelta:
	"""As the database at hand gives it."""
	if isinstance(value, timedelta):
		return value
	hours, minutes, seconds = (float(part) for part in str(value).split(":"))
	return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _is_set(hours: frappe._dict) -> bool:
	"""Both, and not the same: midnight is a time, too."""
	begin, end = hours.receive_from, hours.receive_until
	return begin is not None and end is not None and str(begin) != str(end)
