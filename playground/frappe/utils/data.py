"""Numbers, dates, text, URLs and filters: the conversions that documents and queries share."""

import datetime
import hashlib
import json
import operator
import re
import time as clock
from enum import Enum
from typing import Any
from urllib.parse import quote, urljoin

import pytz
from dateutil import parser
from dateutil.parser import ParserError
from dateutil.relativedelta import relativedelta

import frappe
from frappe.playground.missing import module_getattr
from frappe.utils.rounding import rounded

__getattr__ = module_getattr(__name__)

DateTimeLikeObject = str | datetime.date | datetime.datetime
DATE_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
NO_DATE = ("0001-01-01", "0000-00-00")
HTML_TAG = re.compile(r"<[^>]+>")
TAGS_AND_COMMENTS = re.compile(r"(<!--.*?-->|<[^>]*>)")


# Numbers


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


TEXT_TYPES = frozenset(
	("Data", "Text", "Small Text", "Long Text", "Text Editor", "Select", "Link", "Dynamic Link")
)


# Dates and times


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


def get_datetime(datetime_str: Any = None) -> datetime.datetime | None:
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


def now_datetime() -> datetime.datetime:
	"""The site's local time, without a time zone."""
	return convert_utc_to_system_timezone(datetime.datetime.now(pytz.UTC)).replace(tzinfo=None)


def now() -> str:
	return now_datetime().strftime(DATETIME_FORMAT)


def nowdate() -> str:
	return now_datetime().strftime(DATE_FORMAT)


def today() -> str:
	return nowdate()


def nowtime() -> str:
	return now_datetime().strftime(TIME_FORMAT)


def get_datetime_str(datetime_obj: Any) -> str:
	if isinstance(datetime_obj, str):
		datetime_obj = get_datetime(datetime_obj)
	return datetime_obj.strftime(DATETIME_FORMAT)


def get_timestamp(date: Any) -> float:
	return clock.mktime(getdate(date).timetuple())


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


def add_months(date: Any, months: int) -> Any:
	return add_to_date(date, months=months)


def add_years(date: Any, years: int) -> Any:
	return add_to_date(date, years=years)


def date_diff(string_ed_date: Any, string_st_date: Any) -> int:
	return (getdate(string_ed_date) - getdate(string_st_date)).days


def time_diff(string_ed_date: Any, string_st_date: Any) -> datetime.timedelta:
	return get_datetime(string_ed_date) - get_datetime(string_st_date)


def time_diff_in_seconds(string_ed_date: Any, string_st_date: Any) -> float:
	return time_diff(string_ed_date, string_st_date).total_seconds()


def time_diff_in_hours(string_ed_date: Any, string_st_date: Any) -> float:
	return round(time_diff_in_seconds(string_ed_date, string_st_date) / 3600, 6)


def pretty_date(iso_datetime: Any) -> str:
	"""How long ago, or in how long, in words."""
	if not iso_datetime:
		return ""
	from babel.dates import format_timedelta

	locale = frappe.local.lang.replace("-", "_") if frappe.local.lang else None
	return format_timedelta(get_datetime(iso_datetime) - now_datetime(), add_direction=True, locale=locale)


class Weekday(Enum):
	Sunday = 0
	Monday = 1
	Tuesday = 2
	Wednesday = 3
	Thursday = 4
	Friday = 5
	Saturday = 6


# Text


def is_html(text: Any) -> bool:
	return bool(isinstance(text, str) and HTML_TAG.search(text))


def strip_html(text: str) -> str:
	return TAGS_AND_COMMENTS.sub("", text)


def escape_html(text: Any) -> Any:
	if not isinstance(text, str):
		return text
	marks = {"&": "&amp;", '"': "&quot;", "'": "&apos;", ">": "&gt;", "<": "&lt;"}
	return "".join(marks.get(character, character) for character in text)


def strip(val: str, chars: str | None = None) -> str:
	return (val or "").replace("\ufeff", "").replace("\u200b", "").strip(chars)


def encode(obj: Any, encoding: str = "utf-8") -> Any:
	if isinstance(obj, list):
		return [encode(one, encoding) for one in obj]
	return obj.encode(encoding) if isinstance(obj, str) else obj


def comma_and(some_list: Any, add_quotes: bool = True) -> Any:
	return comma_sep(some_list, frappe._("{0} and {1}"), add_quotes)


def comma_or(some_list: Any, add_quotes: bool = True) -> Any:
	return comma_sep(some_list, frappe._("{0} or {1}"), add_quotes)


def comma_sep(some_list: Any, pattern: str, add_quotes: bool = True) -> Any:
	if not isinstance(some_list, list | tuple):
		return some_list
	parts = [f"'{part}'" if add_quotes else f"{part}" for part in map(str, some_list)]
	if len(parts) < 2:
		return parts[0] if parts else ""
	return pattern.format(", ".join(parts[:-1]), parts[-1])


def unique(seq: Any) -> list:
	return list(dict.fromkeys(seq))


def generate_hash(*args: Any, **kwargs: Any) -> str:
	return frappe.generate_hash(*args, **kwargs)


def sha256_hash(input: str | bytes) -> str:
	return hashlib.sha256(input.encode() if isinstance(input, str) else input).hexdigest()


def validate_json_string(string: str) -> None:
	try:
		json.loads(string)
	except (TypeError, ValueError):
		raise frappe.ValidationError


# URLs


def get_url(uri: str | None = None, full_address: bool = False) -> str:
	"""This site's address, from `host_name`, else from the request, else from the site's name and port."""
	if full_address:
		raise frappe.NotInPlayground("frappe.utils.get_url(full_address=True)")
	if uri and uri.startswith(("http://", "https://")):
		return uri
	conf = frappe.local.conf
	host_name = conf.host_name or conf.hostname or get_host_name_from_request()
	if not host_name:
		host_name = ("https://" if conf.ssl_certificate else "http://") + frappe.local.site
	if not host_name.startswith(("http://", "https://")):
		host_name = "http://" + host_name
	port = conf.http_port or conf.webserver_port
	behind_proxy = conf.restart_supervisor_on_update or conf.restart_systemd_on_update
	if port and not behind_proxy and not url_contains_port(host_name):
		host_name = f"{host_name}:{port}"
	return urljoin(host_name, uri) if uri else host_name


def get_host_name_from_request() -> str | None:
	request = getattr(frappe.local, "request", None)
	if not (request and request.host):
		return None
	secure = frappe.get_request_header("X-Forwarded-Proto", "") == "https"
	return ("https://" if secure else "http://") + request.host


def url_contains_port(url: str) -> bool:
	return len(url.split(":")) > 2


def get_host_name() -> str:
	return get_url().rsplit("//", 1)[-1]


def get_absolute_url(doctype: str, name: str) -> str:
	return f"/app/{quote(frappe.scrub(doctype).replace('_', '-'))}/{quote(str(name))}"


def get_url_to_form(doctype: str, name: str) -> str:
	return get_url(uri=get_absolute_url(doctype, name))


def get_link_to_form(doctype: str, name: str, label: str | None = None) -> str:
	return f'<a href="{get_url_to_form(doctype, name)}">{label or name}</a>'


# Filters


def sql_like(value: str, pattern: str) -> bool:
	if pattern.startswith("%") and pattern.endswith("%"):
		return pattern.strip("%") in value
	if pattern.startswith("%"):
		return value.endswith(pattern.lstrip("%"))
	if pattern.endswith("%"):
		return value.startswith(pattern.rstrip("%"))
	return pattern in value


def filter_operator_is(value: Any, pattern: str) -> bool:
	is_set = value is not None and value != ""
	if pattern.lower() in ("set", "not set"):
		return is_set == (pattern.lower() == "set")
	frappe.throw(frappe._("Invalid argument for operator 'IS': {0}").format(pattern))


operator_map = {
	"^": lambda a, b: (a or "").startswith(b),
	"in": lambda a, b: a in b,
	"not in": lambda a, b: a not in b,
	"=": operator.eq,
	"!=": operator.ne,
	">": operator.gt,
	"<": operator.lt,
	">=": operator.ge,
	"<=": operator.le,
	"not None": lambda a, b: a is not None,
	"None": lambda a, b: a is None,
	"like": sql_like,
	"not like": lambda a, b: not sql_like(a, b),
	"is": filter_operator_is,
}


def compare(val1: Any, condition: str, val2: Any, fieldtype: str | None = None) -> bool:
	if fieldtype:
		val1, val2 = cast(fieldtype, val1), cast(fieldtype, val2)
	return condition in operator_map and operator_map[condition](val1, val2)


def evaluate_filters(doc: Any, filters: dict | list | tuple) -> bool:
	"""Whether the document or dict meets every filter."""
	parts = [{key: value} for key, value in filters.items()] if isinstance(filters, dict) else filters
	for part in parts:
		f = get_filter(None, part)
		if not compare(doc.get(f.fieldname), f.operator, f.value, f.fieldtype):
			return False
	return True


VALID_OPERATORS = (
	*"= != > < >= <= like in is between timespan previous next".split(),
	"not like",
	"not in",
	"ancestors of",
	"descendants of",
	"not ancestors of",
	"not descendants of",
	"descendants of (inclusive)",
)


def get_filter(doctype: str | None, f: Any, filters_config: Any = None) -> "frappe._dict":
	"""One filter in any of its spellings as `doctype`, `fieldname`, `operator`, `value`, `fieldtype`.

	:raises ValidationError: not a filter, or an operator that there is not
	"""
	if isinstance(f, dict):
		f = make_filter_tuple(doctype, *next(iter(f.items())))
	if not isinstance(f, list | tuple):
		frappe.throw(frappe._("Filter must be a tuple or list (in a list)"))
	if len(f) == 3:
		f = (doctype, *f)
	if len(f) < 4:
		message = frappe._("Filter must have 4 values (doctype, fieldname, operator, value): {0}")
		frappe.throw(message.format(str(f)))
	f = frappe._dict(doctype=f[0], fieldname=f[1], operator=f[2] or "=", value=f[3])
	sanitize_column(f.fieldname)
	if f.operator.lower() not in VALID_OPERATORS:
		frappe.throw(frappe._("Operator must be one of {0}").format(", ".join(VALID_OPERATORS)))
	f.fieldtype = _find_filtered_field(f)
	return f


def _find_filtered_field(f: dict) -> str | None:
	"""The field's type; a field that only a child table has moves the filter to that table."""
	if not f.doctype:
		return None
	meta = frappe.get_meta(f.doctype)
	from frappe.model import child_table_fields, default_fields, optional_fields

	standard = default_fields + optional_fields + child_table_fields
	if f.fieldname not in standard and not meta.has_field(f.fieldname):
		for table in meta.get_table_fields():
			if frappe.get_meta(table.options).has_field(f.fieldname):
				f.doctype, meta = table.options, frappe.get_meta(table.options)
				break
	df = meta.get_field(f.fieldname)
	return df.fieldtype if df else None


def make_filter_tuple(doctype: str | None, key: str, value: Any) -> list:
	if isinstance(value, list | tuple):
		return [doctype, key, value[0], value[1]]
	return [doctype, key, "=", value]


def sanitize_column(column_name: str) -> None:
	"""Refuses what is no plain column: calls, quotes, lists, statements."""
	if "ifnull" in column_name:
		raise frappe.NotInPlayground("ifnull() as the field of a filter")
	if re.search(r"[,'();\n]", column_name):
		frappe.throw(frappe._("Invalid field name {0}").format(column_name), frappe.DataError)
