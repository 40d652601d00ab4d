"""`frappe.get_list` and `frappe.get_all` for filters that hold what another site or a person wrote.

What a filter says is written here as a condition, the same for each database and version of Frappe, and its values go to the
database next to the statement. Frappe's own way differs: version 15 writes values into the text of the statement, and then
changes that text ("ifnull(" everywhere, for Postgres backticks, "from tab", "locate(" and each number behind =, < or >),
also within the quotes; and both compare dates and durations with "" where Postgres knows no such date.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import frappe
from frappe.utils import cint
from pypika.functions import Coalesce
from pypika.terms import Criterion, Parameter, Term

from event_streaming.document import singles
from event_streaming.document.comparing import comparisons, is_text, kind_of
from event_streaming.document.field_types import NUMBERS
from event_streaming.document.names import NUMBERED
from event_streaming.document.values import NEVER_NULL

TAKES_CRITERIA = int(frappe.__version__.partition(".")[0]) >= 16
STANDARD_FIELDS = frozenset({"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"})
EMPTY_MOMENTS = {"Date": "0001-01-01", "Datetime": "0001-01-01 00:00:00", "Time": "00:00:00"}
END_OF_DAY = " 23:59:59.999999"

Filter = list  # [DocType, fieldname, operator, value], as `document.comparing` makes it
Wrap = Callable[[Any], Any]


def get_list(doctype: str, filters: list[Filter], **options: Any) -> list:
	"""
	:param filters: of the DocType, or of the rows of one of its tables
	"""
	if singles.is_single(doctype):
		return _list_single(doctype, filters, **options)
	if TAKES_CRITERIA:
		return frappe.get_list(doctype, filters=[_as_given(doctype, row) for row in filters], **options)
	pluck = options.pop("pluck", None)
	fields = options.pop("fields", None) or [pluck or "name"]
	places = _Places()
	marked = [places.marked(row) for row in filters]
	statement = frappe.get_list(doctype, fields=fields, filters=marked, run=False, **options)
	if not isinstance(statement, str):  # nothing may be read
		return []
	# nosemgrep -- written by the query builder, or of one database alone
	rows = frappe.db.sql(places.filled(statement), places.values, as_dict=True)
	return [row[pluck] for row in rows] if pluck else rows


def _list_single(doctype: str, filters: list[Filter], **options: Any) -> list:
	"""The one document, where it may be read and no filter but its name is given: what is in no table no statement finds."""
	is_given = options.get("ignore_permissions") or frappe.has_permission(
		doctype, "read", user=options.get("user")
	)
	if not is_given or not all(_names(doctype, row) for row in filters):
		return []
	row = singles.read(frappe.get_meta(doctype))
	if pluck := options.get("pluck"):
		return [row[pluck]]
	return [frappe._dict((field, row.get(field)) for field in options.get("fields") or ["name"])]


def _names(doctype: str, row: Filter) -> bool:
	_doctype, field, operator, value = row
	return field == "name" and (
		(operator == "in" and doctype in value) or (operator == "=" and doctype == value)
	)


def get_all(doctype: str, filters: dict, **options: Any) -> list:
	"""
	:param filters: {fieldname: value or (operator, value)}
	"""
	rows = []
	for field, value in filters.items():
		operator, value = value if isinstance(value, list | tuple) else ("=", value)
		value = list(value) if isinstance(value, list | tuple | set | dict) else value
		rows += [[doctype, field, *one] for one in comparisons(doctype, field, operator, value)]
	return get_list(doctype, rows, ignore_permissions=True, **options)


def condition(row: Filter, wrap: Wrap = lambda value: value) -> Criterion:
	"""
	:param wrap: makes of a value what stands in the statement
	"""
	doctype, fieldname, operator, value = row
	column, kind = frappe.qb.DocType(doctype)[fieldname], kind_of(doctype, fieldname)
	if operator == "is":
		is_empty = column.isnull() | (column == wrap("")) if is_text(kind) else column.isnull()
		return is_empty if value == "not set" else is_empty.negate()
	if operator == "between":
		low, high = value
		high = f"{high}{END_OF_DAY}" if kind == "Datetime" and len(str(high)) == 10 else high
		return column.between(wrap(low), wrap(high))
	empty = "" if is_text(kind) else 0 if kind in NUMBERS else EMPTY_MOMENTS.get(kind)
	if empty is None:  # a number or UUID for a name
		other = _compare(column, operator, value, wrap)
		return other | column.isnull() if operator in ("!=", "not in") else other
	has_null = fieldname not in STANDARD_FIELDS and kind not in NEVER_NULL
	if has_null and _may_mean_empty(operator, value, empty):
		column = Coalesce(column, wrap(empty))
	return _compare(column, operator, value, wrap)


def behind(doctype: str, name: str) -> Filter:
	"""Of the documents whose names come after this one's."""
	return [doctype, "name", ">", cint(name) if frappe.get_meta(doctype).autoname == NUMBERED else name]


def _may_mean_empty(operator: str, value: Any, empty: Any) -> bool:
	"""Whether what is not filled in may be among what is asked for."""
	if operator == "=":
		return value == empty
	if operator == "in":
		return not value or empty in value
	return operator not in (">", ">=") or empty == 0


def _compare(column: Term, operator: str, value: Any, wrap: Wrap) -> Criterion:
	if operator in ("in", "not in"):
		values = [wrap(one) for one in value or [""]]
		return column.isin(values) if operator == "in" else column.notin(values)
	if operator in ("like", "not like"):
		return _like(column, operator, wrap(_as_pattern(str(value))))
	return _COMPARISONS[operator](column, wrap(value))


_COMPARISONS: dict[str, Callable[[Term, Any], Criterion]] = {
	"=": lambda column, value: column == value,
	"!=": lambda column, value: column != value,
	">": lambda column, value: column > value,
	"<": lambda column, value: column < value,
	">=": lambda column, value: column >= value,
	"<=": lambda column, value: column <= value,
}


def _like(column: Term, operator: str, value: Any) -> Criterion:
	if frappe.db.db_type == "postgres":  # the others tell no cases apart
		return column.ilike(value) if operator == "like" else column.not_ilike(value)
	return column.like(value) if operator == "like" else column.not_like(value)


def _as_pattern(value: str) -> str:
	"""In patterns a backslash stands for itself."""
	return value if frappe.db.db_type == "sqlite" else value.replace("\\", "\\\\")


def _as_given(doctype: str, row: Filter) -> Filter | Criterion:
	"""For what is asked of rows, Frappe has to join their table; it is names that are asked for there."""
	return condition(row) if row[0] == doctype else row


class _Places:
	"""Where in a statement conditions are to stand that Frappe 15 can't be given: it writes a comparison of names there."""

	def __init__(self) -> None:
		self.values: dict[str, Any] = {}
		self._prefix = f"es{uuid4().hex}x"
		self._rows: list[Filter] = []

	def marked(self, row: Filter) -> Filter:
		self._rows.append(row)
		return [row[0], "name", "=", self._mark(len(self._rows) - 1)]

	def filled(self, statement: str) -> str:
		statement = statement.replace("%", "%%")
		for number, row in enumerate(self._rows):
			place = re.compile(
				rf"""(?:cast\()?[`"]tab[^`"]+[`"]\.[`"]name[`"](?: as varchar\))? = '{self._mark(number)}'""",
				re.IGNORECASE,
			)
			quote = "`" if frappe.db.db_type == "mariadb" else '"'
			text = condition(row, self._wrap).get_sql(quote_char=quote, with_namespace=True)
			statement, found = place.subn(f"({text})".replace("\\", r"\\"), statement)
			if found != 1:
				raise RuntimeError(f"no place for a filter in {statement}")
		return statement

	def _wrap(self, value: Any) -> Parameter:
		key = f"{self._prefix}{len(self.values)}v"
		self.values[key] = value
		return Parameter(f"%({key})s")

	def _mark(self, number: int) -> str:
		return f"{self._prefix}{number}n"
