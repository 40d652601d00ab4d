"""Names of new documents."""

import base64
import datetime
import re
from collections.abc import Callable
from secrets import token_bytes
from typing import Any

import frappe
from frappe import _
from frappe.playground.missing import module_getattr
from frappe.utils import cint, cstr, now_datetime

__getattr__ = module_getattr(__name__)

SERIES = re.compile(r"^[\w\- \/.#{}]+$")
BRACED_WORD = re.compile(r"(\{[\w]+\})")
BRACED_HASHES = re.compile(r"(\{[#]+\})")
PART_TYPES = int | str | datetime.datetime | datetime.date | datetime.time | datetime.timedelta


class InvalidNamingSeriesError(frappe.ValidationError):
	pass


def set_new_name(doc: Any) -> None:
	"""By number, by the amended document, by the controller's `autoname`, by the DocType's, else at random."""
	doc.run_method("before_naming")
	meta = frappe.get_meta(doc.doctype)
	autoname = meta.autoname or ""
	if autoname.lower() != "prompt" and not frappe.flags.in_import:
		doc.name = None
	if is_autoincremented(doc.doctype, meta):
		doc.name = frappe.db.get_next_sequence_val(doc.doctype)
		return
	if doc.get("amended_from"):
		_set_amended_name(doc)
		return
	if meta.issingle:
		doc.name = doc.doctype
	if not doc.name:
		doc.run_method("autoname")
	if not doc.name and autoname:
		set_name_from_naming_options(autoname, doc)
	if not doc.name:
		doc.name = make_autoname("hash", doc.doctype)
	doc.name = validate_name(doc.doctype, doc.name)


def is_autoincremented(doctype: str, meta: Any = None) -> bool:
	meta = meta or frappe.get_meta(doctype)
	return not meta.issingle and meta.autoname == "autoincrement"


def set_name_from_naming_options(autoname: str, doc: Any) -> None:
	kind = autoname.lower()
	if kind.startswith("field:"):
		doc.name = cstr(doc.get(autoname[6:])).strip()
		if not doc.name:
			frappe.throw(_("{0} is required").format(doc.meta.get_label(autoname[6:])))
	elif kind.startswith("naming_series:"):
		set_name_by_naming_series(doc)
	elif kind.startswith("prompt"):
		if not doc.name:
			frappe.throw(_("Please set the document name"))
	elif kind.startswith("format:"):
		doc.name = _format_autoname(autoname, doc)
	elif "#" in autoname:
		doc.name = make_autoname(autoname, doc=doc)


def set_name_by_naming_series(doc: Any) -> None:
	if not doc.naming_series:
		doc.naming_series = get_default_naming_series(doc.doctype)
	if not doc.naming_series:
		frappe.throw(_("Naming Series mandatory"))
	doc.name = make_autoname(doc.naming_series + ".#####", "", doc)


def get_default_naming_series(doctype: str) -> str | None:
	return next(filter(None, frappe.get_meta(doctype).get_naming_series_options()), None)


def _set_amended_name(doc: Any) -> None:
	"""The old name with a number: -1, then -2 for an amendment of the amendment."""
	number, prefix = 1, doc.amended_from
	if frappe.db.get_value(doc.doctype, doc.amended_from, "amended_from"):
		prefix, _dash, last = doc.amended_from.rpartition("-")
		number = cint(last) + 1
	doc.name = f"{prefix}-{number}"


def make_autoname(key: str = "", doctype: str = "", doc: Any = "", *, ignore_validate: bool = False) -> str:
	"""The next name of a series such as `INV-.YYYY.-.####`; for "hash", ten random characters."""
	if key == "hash":
		return base64.b32hexencode(token_bytes(10)).decode()[:10].lower()
	series = key if "#" in key else key + ".#####"
	if not ignore_validate:
		_validate_series(series)
	return parse_naming_series(series, doc=doc)


def _validate_series(series: str) -> None:
	if "." not in series:
		message = _("Invalid naming series {}: dot (.) missing").format(frappe.bold(series))
		frappe.throw(message, exc=InvalidNamingSeriesError)
	if not SERIES.match(series):
		message = _(
			"Special Characters except '-', '#', '.', '/', '{{' and '}}' not allowed in naming series {0}"
		)
		frappe.throw(message.format(frappe.bold(series)), exc=InvalidNamingSeriesError)


def parse_naming_series(
	parts: list[str] | str,
	doctype: str | None = None,
	doc: Any = None,
	number_generator: Callable[[str, int], str] | None = None,
) -> str:
	"""Dates, fields and a number, put together from the parts between the dots."""
	name, numbered = "", False
	today = now_datetime()
	dates = {"YY": "%y", "MM": "%m", "DD": "%d", "YYYY": "%Y"}
	for part in filter(None, parts.split(".") if isinstance(parts, str) else parts):
		if part.startswith("#"):
			value = "" if numbered else (number_generator or getseries)(name, len(part))
			numbered = True
		elif part in dates:
			value = today.strftime(dates[part])
		elif part == "WW":
			value = determine_consecutive_week_number(today)
		elif part == "timestamp":
			value = str(today)
		elif doc and (part.startswith("{") or part in doc.__dict__):
			value = doc.get(part.strip("{}"))
		else:
			value = part
		if isinstance(value, str):
			name += value
		elif isinstance(value, PART_TYPES):
			name += cstr(value).strip()
	return name


def determine_consecutive_week_number(datetime: datetime.datetime) -> str:
	week = datetime.strftime("%V")
	if datetime.month == 1 and int(week) >= 52:
		return "00"
	return "53" if datetime.month == 12 and int(week) <= 1 else week


def getseries(key: str, digits: int) -> str:
	"""The next number of a prefix, under lock until the transaction ends."""
	frappe.db.lock()
	current = frappe.db.sql('SELECT current FROM "tabSeries" WHERE name = %s', (key,))
	if current:
		frappe.db.sql('UPDATE "tabSeries" SET current = current + 1 WHERE name = %s', (key,))
		number = cint(current[0][0]) + 1
	else:
		frappe.db.sql('INSERT INTO "tabSeries" (name, current) VALUES (%s, 1)', (key,))
		number = 1
	return f"{number:0{digits}d}"


def revert_series_if_last(key: str, name: str, doc: Any = None) -> None:
	"""Gives back the number of a deleted document if it was the last one given."""
	prefix = key
	if ".#" in key:
		prefix, hashes = key.rsplit(".", 1)
		if "#" not in hashes:
			found = re.search("#+", key)
			if not found:
				return
			name = name.replace(hashes, "")
			prefix = prefix.replace(found.group(), "")
	if "." in prefix:
		prefix = parse_naming_series(prefix.split("."), doc=doc)
	number = cint(name.replace(prefix, ""))
	frappe.db.lock()
	current = frappe.db.sql('SELECT current FROM "tabSeries" WHERE name = %s', (prefix,))
	if current and current[0][0] == number:
		frappe.db.sql('UPDATE "tabSeries" SET current = current - 1 WHERE name = %s', (prefix,))


def _format_autoname(autoname: str, doc: Any) -> str:
	"""`format:LOG-{MM}-{field}-{####}`; one counter for all that is named so."""
	text = autoname.partition(":")[2]
	text = BRACED_WORD.sub(lambda match: parse_naming_series([match.group()[1:-1]], doc=doc), text)

	return BRACED_HASHES.sub(lambda match: parse_naming_series([match.group()[1:-1]], doc=doc), text)


def validate_name(doctype: str, name: int | str) -> int | str:
	if not name:
		frappe.throw(_("No Name Specified for {0}").format(doctype))
	if isinstance(name, int):
		if is_autoincremented(doctype):
			frappe.db.set_next_sequence_val(doctype, name, is_val_used=True)
			return name
		frappe.throw(_("Invalid name type (integer) for varchar name column"), frappe.NameError)
	if name.startswith("New " + doctype):
		message = _("There were some errors setting the name, please contact the administrator")
		frappe.throw(message, frappe.NameError)
	name = name.strip()
	if not frappe.get_meta(doctype).get("issingle") and doctype == name != "DocType":
		frappe.throw(_("Name of {0} cannot be {1}").format(doctype, name), frappe.NameError)
	if re.search("[<>]", name):
		message = _("Name cannot contain special characters like {0}").format("'<', '>'")
		frappe.throw(message, frappe.NameError)
	return name


def append_number_if_name_exists(
	doctype: str, value: str, fieldname: str = "name", separator: str = "-", filters: dict | None = None
) -> str:
	filters = {**(filters or {}), fieldname: value}
	if not frappe.db.exists(doctype, filters):
		return value
	pattern = re.compile(f"^{re.escape(value)}{re.escape(separator)}(\\d+)$")
	taken = frappe.get_all(doctype, filters={fieldname: ("like", f"{value}{separator}%")}, pluck=fieldname)
	numbers = [int(match.group(1)) for other in taken if (match := pattern.match(other))]
	return f"{value}{separator}{max(numbers, default=0) + 1}"
