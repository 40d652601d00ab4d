"""Filters in all their spellings, and whether a document meets them."""

import operator
import re
from typing import Any

import frappe
from frappe.playground.casting import cast


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
