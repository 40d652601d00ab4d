"""Dates and times: from texts, into texts, and what lies between them."""

import datetime
from typing import Any

import pytz
from dateutil import parser
from dateutil.parser import ParserError
from dateutil.relativedelta import relativedelta

import frappe
from frappe.playground.numbers import cint

DATE_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
NO_DATE = ("0001-01-01", "0000-00-00")


def is_invalid_date_string(date_string: Any) -> bool:
	return not isinstance(date_string, str) or not date_string or date_string.startswith(NO_DATE)


def getdate(string_date: Any = None, parse_day_first: bool = False) -> datetime.date | None:
	if not string_date:
		return get_datetime().date()
	if isinstance(string_date, datetime.datetime):
		return string_date.date()
	if isinstance(string_date, datetime.date):
		return string_date
	if is_invalid_date_string(string_date):
		return None
	try:
		return parser.parse(string_date, dayfirst=parse_day_first).date()
	except ParserError:
		message = frappe._("{} is not a valid date string.").format(frappe.bold(string_date))
		frappe.throw(message, title=frappe._("Invalid Date"))


def get_datetime(datetime_str: Any = None) -> Any:
	if datetime_str is None:
		return now_datetime()
	if isinstance(datetime_str, datetime.datetime | datetime.timedelta):
		return datetime_str
	if isinstance(datetime_str, datetime.date):
		return datetime.datetime.combine(datetime_str, datetime.time())
	if is_invalid_date_string(datetime_str):
		return None
	try:
		return datetime.datetime.strptime(datetime_str, DATETIME_FORMAT)
	except ValueError:
		return parser.parse(datetime_str)


def get_timedelta(time: Any = None) -> datetime.timedelta | None:
	"""Time of day as a timedelta; None for what is no time."""
	if isinstance(time, datetime.timedelta):
		return time
	try:
		return to_timedelta(time or "0:0:0")
	except Exception:
		return None


def to_timedelta(time_str: Any) -> datetime.timedelta:
	if isinstance(time_str, datetime.time):
		time_str = str(time_str)
	if not isinstance(time_str, str):
		return time_str
	parsed = parser.parse(time_str)
	return datetime.timedelta(
		hours=parsed.hour, minutes=parsed.minute, seconds=parsed.second, microseconds=parsed.microsecond
	)


def get_time(time_str: Any) -> datetime.time:
	if isinstance(time_str, datetime.datetime):
		return time_str.time()
	if isinstance(time_str, datetime.time):
		return time_str
	if isinstance(time_str, datetime.timedelta):
		return (datetime.datetime.min + time_str).time()
	return parser.parse(time_str).time()


def format_timedelta(o: datetime.timedelta | str) -> str:
	"""H:MM:SS; seconds keep their fraction when they have one."""
	total = o.total_seconds() if isinstance(o, datetime.timedelta) else cint(o)
	hours, rest = divmod(total, 3600)
	minutes, seconds = divmod(rest, 60)
	seconds = int(seconds) if round(seconds, 6) == int(seconds) else round(seconds, 6)
	return f"{int(hours):01}:{int(minutes):02}:{seconds:02}"


def get_system_timezone() -> str:
	return frappe.get_system_settings("time_zone") or "Asia/Kolkata"


def convert_utc_to_timezone(utc_timestamp: datetime.datetime, time_zone: str) -> datetime.datetime:
	if utc_timestamp.tzinfo is None:
		utc_timestamp = pytz.UTC.localize(utc_timestamp)
	try:
		return utc_timestamp.astimezone(pytz.timezone(time_zone))
	except pytz.UnknownTimeZoneError:
		return utc_timestamp


def convert_utc_to_system_timezone(utc_timestamp: datetime.datetime) -> datetime.datetime:
	return convert_utc_to_timezone(utc_timestamp, get_system_timezone())


def utc_now() -> datetime.datetime:
	"""The one place where the time is asked for."""
	return datetime.datetime.now(pytz.UTC)


def now_datetime() -> datetime.datetime:
	"""The site's local time, without a time zone."""
	return convert_utc_to_system_timezone(utc_now()).replace(tzinfo=None)


def now() -> str:
	return now_datetime().strftime(DATETIME_FORMAT)


def nowdate() -> str:
	return now_datetime().strftime(DATE_FORMAT)


def today() -> str:
	return nowdate()


def nowtime() -> str:
	return now_datetime().strftime(TIME_FORMAT)


def add_to_date(
	date: Any,
	years: int = 0,
	months: int = 0,
	weeks: int = 0,
	days: int = 0,
	hours: int = 0,
	minutes: int = 0,
	seconds: int = 0,
	as_string: bool = False,
	as_datetime: bool = False,
) -> Any:
	"""A later date. Text in gives text out, with a time if there was one or hours are added."""
	if date is None:
		date = now_datetime()
	as_datetime = as_datetime or bool(hours)
	if isinstance(date, str):
		as_string = True
		as_datetime = as_datetime or " " in date
		try:
			date = parser.parse(date)
		except ParserError:
			frappe.throw(frappe._("Please select a valid date filter"), title=frappe._("Invalid Date"))
	date += relativedelta(
		years=years, months=months, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
	)
	if not as_string:
		return date
	return date.strftime(DATETIME_FORMAT if as_datetime else DATE_FORMAT)


def add_days(date: Any, days: int) -> Any:
	return add_to_date(date, days=days)


def date_diff(string_ed_date: Any, string_st_date: Any) -> int:
	return (getdate(string_ed_date) - getdate(string_st_date)).days


def time_diff(string_ed_date: Any, string_st_date: Any) -> datetime.timedelta:
	return get_datetime(string_ed_date) - get_datetime(string_st_date)


def time_diff_in_seconds(string_ed_date: Any, string_st_date: Any) -> float:
	return time_diff(string_ed_date, string_st_date).total_seconds()


def pretty_date(iso_datetime: Any) -> str:
	"""How long ago, or in how long, in words."""
	if not iso_datetime:
		return ""
	from babel.dates import format_timedelta

	locale = frappe.local.lang.replace("-", "_") if frappe.local.lang else None
	return format_timedelta(get_datetime(iso_datetime) - now_datetime(), add_direction=True, locale=locale)
