"""One filter of `frappe.get_all` as SQL, with Frappe's rules for what NULL counts as."""

import datetime
from typing import Any

import frappe
from frappe.database.operator_map import NESTED_SET
from frappe.database.values import to_column
from frappe.exceptions import NotInPlayground
from frappe.utils import cstr, flt, get_time

NUMBERS = ("Check", "Float", "Int", "Currency", "Percent")
FIRST_DATETIME = "'0001-01-01 00:00:00.000000'"
NEVER_NULL = ("name", "modified", "creation")


def get_condition(f: frappe._dict, ignore_ifnull: bool = False) -> str:
	"""`f` comes from `frappe.utils.get_filter`."""
	column = f'"tab{f.doctype}"."{f.fieldname}"'
	operator = f.operator.lower()
	if operator in NESTED_SET:
		operator, names = _get_tree_names(f, operator)
		return _compare_list(
			column, operator, names, can_be_null=f.fieldname not in NEVER_NULL, ignore_ifnull=ignore_ifnull
		)
	if operator in ("in", "not in"):
		return _get_list_condition(f, column, operator, ignore_ifnull)
	if operator in ("previous", "next", "timespan"):
		raise NotInPlayground(f"the filter operator {operator!r}")
	if operator == "is":
		return _get_is_condition(f, column)
	if operator == "between":
		return f"{column} between {_get_between(f)}"
	value, fallback = _get_value(f, operator)
	if _needs_no_ifnull(f, operator) or ignore_ifnull:
		return f"{column} {operator} {value}"
	return f"ifnull({column}, {fallback}) {operator} {value}"


def _needs_no_ifnull(f: frappe._dict, operator: str) -> bool:
	"""NULL can't match: the column has none, or the comparison is with a value that isn't empty."""
	is_time = f.fieldname in ("creation", "modified") or f.fieldtype in ("Date", "Datetime")
	return (
		f.fieldname in NEVER_NULL
		or f.fieldtype in NUMBERS
		or (operator in (">", ">=") and is_time)
		or bool(f.value and operator in ("=", "like"))
	)


def _get_value(f: frappe._dict, operator: str) -> tuple[str, str]:
	"""The value as SQL, and what NULL in the column counts as."""
	if f.fieldtype == "Date":
		return _quote(frappe.db.format_date(f.value)), "'0001-01-01'"
	is_time = f.fieldname in ("creation", "modified")
	if f.fieldtype == "Datetime" or isinstance(f.value, datetime.datetime) or (is_time and f.value):
		return _quote(frappe.db.format_datetime(f.value)), FIRST_DATETIME
	if f.fieldtype == "Time":
		return _quote(get_time(f.value).strftime("%H:%M:%S.%f")), "'00:00:00'"
	is_number = f.fieldtype in NUMBERS
	if operator in ("like", "not like") or (isinstance(f.value, str) and not is_number):
		return _quote("" if f.value is None else f.value), "''"
	if (operator == "=" and f.fieldtype in ("Link", "Data")) or f.fieldname == "name":
		return _quote(f.value or ""), "''"
	return str(flt(f.value)), "0"


def _quote(value: Any) -> str:
	return frappe.db.escape(cstr(value), percent=False)


def _get_is_condition(f: frappe._dict, column: str) -> str:
	if f.value == "set":
		return f"{column} != ''"
	if f.value == "not set":
		fallback = "''"
		return f"ifnull({column}, {fallback}) = ''"
	frappe.throw(frappe._("Invalid argument for operator 'IS'"))


def _get_list_condition(f: frappe._dict, column: str, operator: str, ignore_ifnull: bool) -> str:
	values = f.value or ""
	values = values.split(",") if isinstance(values, str) else list(values)
	can_be_null = f.fieldname not in NEVER_NULL
	if operator == "in":
		can_be_null = can_be_null and (not f.value or any(value is None or value == "" for value in values))
	texts = [cstr(to_column(f.fieldtype, value)).strip() for value in values]
	return _compare_list(column, operator, texts, can_be_null, ignore_ifnull)


def _compare_list(
	column: str, operator: str, values: list[str], can_be_null: bool, ignore_ifnull: bool
) -> str:
	listed = ", ".join(_quote(value) for value in values) or "''"
	if can_be_null and not ignore_ifnull:
		column = f"CAST(ifnull({column}, '') AS TEXT)"  # a number is only equal to its text as text
	return f"{column} {operator} ({listed})"


def _get_between(f: frappe._dict) -> str:
	"""Both ends belong to it; a date as the end of a range of times is its last moment."""
	value = list(f.value) if isinstance(f.value, list | tuple) else []
	start, end = (value + [frappe.utils.nowdate()] * 2)[:2] if len(value) < 2 else value[:2]
	if f.fieldtype == "Date":
		return f"{_quote(frappe.db.format_date(start))} AND {_quote(frappe.db.format_date(end))}"
	start = _to_moment(start, datetime.time())
	end = _to_moment(end, datetime.time(23, 59, 59, 999999))
	return f"{_quote(frappe.db.format_datetime(start))} AND {_quote(frappe.db.format_datetime(end))}"


def _to_moment(value: Any, time: datetime.time) -> datetime.datetime:
	if isinstance(value, str):
		value = frappe.utils.get_datetime(value) if " " in value.strip() else frappe.utils.getdate(value)
	return value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, time)


def _get_tree_names(f: frappe._dict, operator: str) -> tuple[str, list[str]]:
	df = frappe.get_meta(f.doctype).get_field(f.fieldname)
	doctype = df.options if df else f.doctype
	lft, rgt = frappe.db.get_value(doctype, f.value, ["lft", "rgt"]) or (0, 0) if f.value else ("", "")
	if "descendants" in operator:
		filters, order = {"lft": [">", lft], "rgt": ["<", rgt]}, "`lft` ASC"
	else:
		filters, order = {"lft": ["<", lft], "rgt": [">", rgt]}, "`lft` DESC"
	names = frappe.get_all(doctype, filters=filters, order_by=order, pluck="name")
	if operator == "descendants of (inclusive)":
		names.append(f.value)
	return ("not in" if operator.startswith("not") else "in"), names
