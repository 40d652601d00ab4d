"""Running queries, and the short names that `frappe.query_builder` exports."""

from typing import Any

from pypika.queries import Column, QueryBuilder, _SetOperation

import frappe
from frappe.query_builder.terms import NamedParameterWrapper

__all__ = ["Column", "DocType", "Table", "get_query", "patch_query_execute"]


def DocType(*args: Any, **kwargs: Any) -> Any:
	return frappe.qb.DocType(*args, **kwargs)


def Table(*args: Any, **kwargs: Any) -> Any:
	return frappe.qb.Table(*args, **kwargs)


def get_query(*args: Any, **kwargs: Any) -> QueryBuilder:
	from frappe.database.query import get_query

	return get_query(*args, **kwargs)


def prepare_query(query: QueryBuilder) -> tuple[str, dict[str, Any]]:
	parameters = NamedParameterWrapper()
	return query.get_sql(param_wrapper=parameters), parameters.get_parameters()


def execute_query(query: QueryBuilder, *args: Any, **kwargs: Any) -> Any:
	locking = getattr(query, "_lock_options", None) if isinstance(query, QueryBuilder) else None
	if locking and not frappe.db.lock(**locking):
		return []  # skip_locked
	sql, parameters = prepare_query(query)
	return frappe.db.sql(sql, parameters, *args, **kwargs)


def patch_query_execute() -> None:
	for builder in (QueryBuilder, _SetOperation):
		builder.run = execute_query
		builder.walk = prepare_query
