"""`frappe.qb.get_query`: a query from fields, filters and order in the words of documents."""

import re
from typing import Any

from pypika import Order
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, Field, Term

import frappe
from frappe.database.operator_map import NESTED_SET, OPERATOR_MAP
from frappe.exceptions import NotInPlayground
from frappe.query_builder import functions

TABLE_NAME = re.compile(r"^[\w -]*$", flags=re.ASCII)
PLAIN = re.compile(r"^[\w]+$", flags=re.ASCII)
FUNCTION = re.compile(
	r"^(count|sum|avg|min|max|abs)\(\s*(distinct\s+)?([\w`*]+)\s*\)(?:\s+as\s+(\w+))?$", re.I
)


def get_query(
	table: str | Table,
	fields: Any = None,
	filters: Any = None,
	order_by: str | None = None,
	group_by: str | None = None,
	limit: int | None = None,
	offset: int | None = None,
	distinct: bool = False,
	for_update: bool = False,
	update: bool = False,
	into: bool = False,
	delete: bool = False,
	*,
	validate_filters: bool = False,
	skip_locked: bool = False,
	wait: bool = True,
) -> QueryBuilder:
	builder = Builder(table)
	if update:
		query = frappe.qb.update(builder.table)
	elif into:
		query = frappe.qb.into(builder.table)
	elif delete:
		query = frappe.qb.from_(builder.table).delete()
	else:
		query = frappe.qb.from_(builder.table).select(*builder.parse_fields(fields))
	query = builder.apply_filters(query, filters)
	query = builder.apply_order(query, order_by)
	query = query.limit(limit) if limit else query
	query = query.offset(offset) if offset else query
	query = query.distinct() if distinct else query
	if for_update:
		query = query.for_update(skip_locked=skip_locked, nowait=not wait)
	return query.groupby(group_by) if group_by else query


class Builder:
	def __init__(self, table: str | Table) -> None:
		if isinstance(table, Table):
			self.table, self.doctype = table, table._table_name.removeprefix("tab")
			return
		if not TABLE_NAME.match(table):
			frappe.throw(frappe._("Invalid DocType: {0}").format(table))
		self.table, self.doctype = frappe.qb.DocType(table), table

	def parse_fields(self, fields: Any) -> list:
		if not fields:
			return [self.table.name]
		if isinstance(fields, str) and "," in fields:
			fields = [part.strip() for part in fields.split(",")]
		if not isinstance(fields, list | tuple | set):
			fields = [fields]
		return [self._parse_field(field) for field in fields if field]

	def _parse_field(self, field: Any) -> Any:
		if isinstance(field, Term):
			return field
		if not isinstance(field, str):
			raise NotInPlayground(f"{type(field).__name__} as a field of frappe.qb.get_query")
		if field == "*":
			return self.table.star
		if match := FUNCTION.match(field):
			return self._parse_function(*match.groups())
		name, _as, alias = field.partition(" as ")
		name = name.strip("` ")
		if not PLAIN.match(name):
			raise NotInPlayground(f"the field {field!r} in frappe.qb.get_query")
		return self.table[name].as_(alias.strip()) if alias else self.table[name]

	def _parse_function(self, name: str, distinct: str | None, argument: str, alias: str | None) -> Any:
		term = "*" if argument == "*" else self.table[argument.strip("`")]
		call = getattr(functions, name.capitalize())(term)
		call = call.distinct() if distinct else call
		return call.as_(alias) if alias else call

	def apply_filters(self, query: QueryBuilder, filters: Any) -> QueryBuilder:
		if filters is None:
			return query
		if isinstance(filters, str | int):
			return query.where(self.table.name == str(filters))
		if isinstance(filters, Criterion):
			return query.where(filters)
		if isinstance(filters, dict):
			for field, value in filters.items():
				operator, value = value if isinstance(value, list | tuple) else ("=", value)
				query = self._where(query, field, operator, value)
			return query
		if filters and all(isinstance(part, str | int) for part in filters):
			return query.where(self.table.name.isin([str(name) for name in filters]))
		for part in filters:
			if isinstance(part, str | int | Criterion | dict):
				query = self.apply_filters(query, part)
			else:
				query = self._apply_list(query, part)
		return query

	def _apply_list(self, query: QueryBuilder, part: Any) -> QueryBuilder:
		if len(part) == 2:
			return self._where(query, part[0], "=", part[1])
		if len(part) == 3:
			return self._where(query, *part)
		doctype, field, operator, value = part
		if doctype != self.doctype:
			raise NotInPlayground("filters on another DocType in frappe.qb.get_query")
		return self._where(query, field, operator, value)

	def _where(self, query: QueryBuilder, field: Any, operator: str, value: Any) -> QueryBuilder:
		if isinstance(field, str):
			if not PLAIN.match(field):
				frappe.throw(frappe._("Invalid filter: {0}").format(field))
			field = self.table[field]
		if isinstance(value, bool):
			value = int(value)
		elif isinstance(value, list | tuple) and not value:
			value = ("",)
		operator = operator.casefold()
		if operator in NESTED_SET:
			raise NotInPlayground(f"the operator {operator!r} in frappe.qb.get_query")
		if operator not in OPERATOR_MAP:
			raise KeyError(operator)
		if value is None and isinstance(field, Field):
			return query.where(field.isnull())
		if isinstance(field, Field) and not isinstance(value, list | tuple | Term):
			value = self._to_column(field.name, value)
		return query.where(OPERATOR_MAP[operator](field, value))

	def _to_column(self, fieldname: str, value: Any) -> Any:
		"""Dates are compared as text here, so they need the form in which they are stored."""
		try:
			return frappe.db.to_column(self.doctype, fieldname, value)
		except (ValueError, OverflowError):
			return value  # no date: matches nothing

	def apply_order(self, query: QueryBuilder, order_by: str | None) -> QueryBuilder:
		if not order_by or order_by == "KEEP_DEFAULT_ORDERING":
			return query
		for declaration in order_by.split(","):
			field, *direction = declaration.split()
			ascending = bool(direction) and direction[0].lower() == "asc"
			query = query.orderby(field.strip("`"), order=Order.asc if ascending else Order.desc)
		return query
