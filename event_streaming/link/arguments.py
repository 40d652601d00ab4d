"""Checks of what another site sends: types, sizes, contents. Frappe itself checks the outermost types.

Each function returns its argument in the one form that the rest of the app knows, or raises
frappe.ValidationError with a sentence that names the argument.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.model import get_permitted_fields, no_value_fields
from frappe.utils import cint, escape_html, get_datetime, getdate

from event_streaming.document.comparing import comparisons
from event_streaming.document.snapshot import as_creation
from event_streaming.link.protocol import (
	BESIDES,
	LIST_OPERATORS,
	MAX_DOCUMENTS,
	MAX_INTEGER,
	MAX_NAME,
	OPERATORS,
	Key,
)

MAX_DOCTYPES = 200
MAX_FILTERS = 50
MAX_TABLES = 100
MAX_FIELDS = 2000
MAX_VALUES = 500
MAX_NAMES = 10_000
MAX_CONDITION = 20_000
MAX_MAILED = 16 * 1024 * 1024  # characters of a packed answer; Frappe takes 25 MB in one request
UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters and halves of characters
STANDARD_FIELDS = {"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"}


def text(value: Any, label: str, length: int = MAX_NAME, required: bool = True) -> str:
	if value is None and not required:
		return ""
	if not isinstance(value, str) or (required and not value.strip()):
		_refuse(_("{0} must be a text.").format(label))
	if len(value) > length:
		_refuse(_("{0} is longer than {1} characters.").format(label, length))
	if UNSTORABLE.search(value):
		_refuse(_("{0} contains characters that are not allowed in text.").format(label))
	return value


def names(value: Any, label: str, most: int = MAX_NAMES) -> list[str]:
	"""Names of documents, as a list or as the JSON of one."""
	if isinstance(value, str):
		value = _parse(value, label)
	return [text(name, label) for name in _list(value, label, most)]


def long_text(value: Any, label: str) -> str:
	"""A text of many lines, which may be missing."""
	if value is not None and not isinstance(value, str):
		_refuse(_("{0} must be a text.").format(label))
	if len(value or "") > MAX_CONDITION:
		_refuse(_("{0} is longer than {1} characters.").format(label, MAX_CONDITION))
	return value or ""


def json_object(value: Any, label: str) -> dict:
	"""An object, or the JSON of one."""
	if isinstance(value, str):
		value = _parse(value, label)
	if not isinstance(value, dict):
		_refuse(_("{0} must be an object.").format(label))
	return value


def optional_moment(value: Any, label: str) -> str:
	"""A date and time as text, which may be missing."""
	given = text(value, label, required=False)
	try:
		return str(get_datetime(given)) if given else ""
	except Exception:
		_refuse(_("{0} must be a date and time.").format(label))


def report(value: Any) -> str:
	"""What another site says of itself, as JSON: its figures and versions, and nothing else that it may have sent."""
	given = json_object(value, "report")
	figures = {
		key: integer(given[key], key) for key in ("parked", "failed", "conflicts", "held") if key in given
	}
	versions = {key: text(given[key], key, 40) for key in ("app", "frappe") if key in given}
	if not figures:
		_refuse(_("A report has figures, such as {0}.").format("parked"))
	return json.dumps({**figures, **versions}, sort_keys=True)


def rows(value: Any, label: str, most: int) -> list[dict]:
	if not all(isinstance(row, dict) for row in _list(value, label, most)):
		_refuse(_("{0} must be a list of objects.").format(label))
	return value


def integer(value: Any, label: str, least: int = 0, most: int = MAX_INTEGER) -> int:
	if isinstance(value, bool) or not isinstance(value, int):
		_refuse(_("{0} must be a whole number.").format(label))
	if not least <= value <= most:
		_refuse(_("{0} must be between {1} and {2}.").format(label, least, most))
	return value


def moment(value: Any, label: str) -> str:
	"""A `creation`, as the other site has given it."""
	if not isinstance(value, str) or as_creation(value) != value:
		_refuse(_("{0} must be a time to the microsecond.").format(label))
	return value


def seconds(value: Any, label: str, most: float) -> float:
	if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
		_refuse(_("{0} must be a number between 0 and {1}.").format(label, most))
	return float(value)


def mailed_answer(value: Any) -> tuple[str, int, str, int | None]:
	"""`id`, `status`, `body` and `retry_after` of an answer to a request of the mailbox."""
	if not isinstance(value, dict):
		_refuse(_("{0} must be an object.").format("answer"))
	retry_after = value.get("retry_after")
	body = value.get("body")
	if not isinstance(body, str) or len(body) > MAX_MAILED or not body.isascii():
		_refuse(_("{0} must be a text of at most {1} characters.").format("body", MAX_MAILED))
	return (
		text(value.get("id"), "id"),
		integer(value.get("status"), "status", 200, 599),
		body,
		None if retry_after is None else integer(retry_after, "retry_after"),
	)


def offered_link(value: Any) -> dict:
	"""Key, place and statuses of a link that a producer offers."""
	value = json_object(value, "link")
	texts = {key: text(value.get(key), key) for key in ("api_key", "api_secret", "epoch")}
	doctypes = value.get("doctypes")
	if not isinstance(doctypes, dict) or len(doctypes) > MAX_DOCTYPES:
		_refuse(_("{0} must be an object.").format("doctypes"))
	return {
		**texts,
		"position": integer(value.get("position"), "position"),
		"event_key": text(value.get("event_key"), "event_key", required=False),
		"doctypes": {text(name, "doctypes"): text(status, "status") for name, status in doctypes.items()},
	}


def documents(value: Any, label: str = "documents", most: int = MAX_DOCUMENTS) -> list[Key]:
	"""[[DocType, name], …] as pairs."""
	pairs = _list(value, label, most)
	if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
		_refuse(_("{0} must be a list of pairs of DocType and name.").format(label))
	return [(text(doctype, _("DocType")), text(name, _("name"))) for doctype, name in pairs]


def field_lists(value: Any) -> dict[str, list[str]]:
	"""{table, or "" for the document itself: [fieldname, …]}"""
	if not isinstance(value, dict) or len(value) > MAX_TABLES:
		_refuse(
			_("fields must be an object from at most {0} tables to lists of fieldnames.").format(MAX_TABLES)
		)
	return {
		text(table, _("A table"), required=False): names(fields, _("fields"), MAX_FIELDS)
		for table, fields in value.items()
	}


def doctype_requests(value: Any) -> dict[str, str]:
	"""[{"ref_doctype", "condition"}, …] as {DocType: condition}; the condition is JSON in one spelling, or ""."""
	requests: dict[str, str] = {}
	for row in _list(value, _("doctypes"), MAX_DOCTYPES):
		if not isinstance(row, dict):
			_refuse(_("doctypes must be a list of objects with ref_doctype and condition."))
		doctype = text(row.get("ref_doctype"), _("ref_doctype"))
		if doctype in requests:
			_refuse(_("{0} is asked for twice.").format(doctype))
		requests[doctype] = canonical_condition(row.get("condition"))
	return requests


def asked_besides(value: Any) -> dict[str, set[str]]:
	"""What the same DocTypes are to come with (see `protocol.BESIDES`), by DocType. To be checked by `doctype_requests`."""
	rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
	return {
		row["ref_doctype"]: {what for what in BESIDES if row.get(what) == 1}
		for row in rows
		if isinstance(row.get("ref_doctype"), str)
	}


def canonical_condition(value: Any) -> str:
	"""Frappe filters, or their JSON, as JSON in one spelling, so that equal conditions are equal texts."""
	if isinstance(value, str):
		if len(value) > MAX_CONDITION:
			_refuse(_("A condition is longer than {0} characters.").format(MAX_CONDITION))
		value = _parse(value, _("A condition")) if value.strip() else None
	if not value:
		return ""
	if not isinstance(value, dict | list):
		_refuse(_("A condition is a JSON object or list of filters."))
	return json.dumps(value, sort_keys=True)


def condition_digest(condition: str | None) -> str:
	"""By which two sites see that they know of the same condition.

	:param condition: as `canonical_condition` returns it
	"""
	return hashlib.sha256((condition or "").encode()).hexdigest()[:16]


def part(only: Any, from_date: Any) -> str | None:
	"""Filters of a part of a DocType's documents, as JSON in one spelling; None where nothing is said of a part.

	:param from_date: the first day on which the documents were made
	"""
	rows = [
		_row_of(row)
		for row in _rows(_parse(only, "only") if isinstance(only, str) and only.strip() else only or [])
	]
	if since := text(from_date, "from_date", required=False):
		try:
			rows.append(["creation", ">=", f"{getdate(since)} 00:00:00"])
		except Exception:
			_refuse(_("{0} must be a date and time.").format("from_date"))
	return json.dumps(rows, sort_keys=True) if rows else None


def _row_of(row: Any) -> list:
	"""A filter, of an object or a list, in the form of a list; whether it can be asked the other site says."""
	if isinstance(row, tuple) and len(row) == 2:
		return [row[0], *(row[1] if isinstance(row[1], list) else ("=", row[1]))]
	if not isinstance(row, list) or len(row) not in (3, 4):
		_refuse(_("A filter is a list of fieldname, operator and value."))
	return row[-3:]


def check_filters(
	doctype: str, value: dict | list, user: str | None = None, hidden: Iterable[str] = ()
) -> list[list]:
	"""Filters as [DocType, fieldname, operator, value] rows, each value of its field's type; see `document.comparing`.

	:param user: only fields that this user may read can be asked about; None for all but Password fields
	:param hidden: fields that can't be asked about, for whatever other reason
	"""
	rows = _rows(value)
	fields = _askable_fields(doctype, user) - set(hidden)
	return [row for asked in rows for row in _filter(doctype, asked, fields)]


def check_condition(condition: str, doctype: str) -> None:
	"""What can be said of a condition before the site that has the documents is asked.

	:param condition: as `canonical_condition` returns it
	:param doctype: as that site calls it
	"""
	for row in _rows(json.loads(condition)) if condition else []:
		_fieldname, operator, value = _parts(doctype, row)
		_filter_value(operator, value)


def _rows(value: Any) -> list:
	rows = list(value.items()) if isinstance(value, dict) else _list(value, _("filters"), MAX_FILTERS)
	if len(rows) > MAX_FILTERS:
		_refuse(_("More than {0} filters.").format(MAX_FILTERS))
	return rows


def _filter(doctype: str, row: Any, fields: set[str]) -> list[list]:
	fieldname, operator, value = _parts(doctype, row)
	if fieldname not in fields:
		_refuse(_("{0} has no field {1} to filter by.").format(doctype, text(fieldname, _("fieldname"))))
	compared = comparisons(doctype, fieldname, operator, _filter_value(operator, value))
	return [[doctype, fieldname, *comparison] for comparison in compared]


def _parts(doctype: str, row: Any) -> tuple[str, str, Any]:
	"""Fieldname, operator and value of a filter, in whichever of its forms."""
	if not isinstance(row, list | tuple):
		_refuse(_("A filter is a list of fieldname, operator and value."))
	if len(row) == 4 and row[0] == doctype:
		row = row[1:]
	if len(row) == 2:  # of an object: {field: value} or {field: [operator, value]}
		row = [row[0], *(row[1] if isinstance(row[1], list) else ("=", row[1]))]
	if len(row) != 3 or not isinstance(row[0], str) or not isinstance(row[1], str):
		_refuse(_("A filter is a list of fieldname, operator and value."))
	operator = row[1].lower()
	if operator not in OPERATORS:
		operators = ", ".join(escape_html(known) for known in OPERATORS)
		told = escape_html(text(operator, _("operator")))
		_refuse(_("“{0}” is not an operator of a filter. These are: {1}.").format(told, operators))
	return row[0], operator, row[2]


def _filter_value(operator: str, value: Any) -> Any:
	if operator in LIST_OPERATORS:
		if isinstance(value, str):
			value = value.split(",")
		values = [_scalar(item) for item in _list(value, _("The value of a filter"), MAX_VALUES)]
		if operator == "between" and len(values) != 2:
			_refuse(_("The operator “between” takes two values."))
		return values
	if operator == "is" and value not in ("set", "not set"):
		_refuse(_("The operator “is” takes “set” or “not set”."))
	return _scalar(value)


def _scalar(value: Any) -> str | int | float | None:
	if isinstance(value, str):
		return text(value, _("The value of a filter"), 1000, required=False)
	if value is None or (isinstance(value, float) and isfinite(value)):
		return value
	return integer(
		cint(value) if isinstance(value, bool) else value, _("The value of a filter"), -MAX_INTEGER
	)


def _askable_fields(doctype: str, user: str | None) -> set[str]:
	meta = frappe.get_meta(doctype)
	unaskable = {"Password", *no_value_fields}
	fields = {field.fieldname for field in meta.fields if field.fieldtype not in unaskable}
	fields &= set(meta.get_valid_columns())  # virtual fields have none
	if user:
		fields &= set(get_permitted_fields(doctype, user=user, permission_type="read"))
	return fields | STANDARD_FIELDS


def _list(value: Any, label: str, most: int) -> list:
	if not isinstance(value, list):
		_refuse(_("{0} must be a list.").format(label))
	if len(value) > most:
		_refuse(_("{0} has more than {1} entries.").format(label, most))
	return value


def _parse(value: str, label: str) -> Any:
	try:
		return json.loads(value)
	except (ValueError, RecursionError):
		_refuse(_("{0} is not valid JSON.").format(label))


def _refuse(message: str) -> NoReturn:
	frappe.throw(message, frappe.ValidationError)
