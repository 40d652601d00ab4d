"""Values in queries: as named parameters, dates and times in the one form in which SQLite stores them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from pypika.queries import QueryBuilder
from pypika.terms import Criterion, Function, ValueWrapper
from pypika.utils import format_alias_sql

from frappe.database.values import to_stored


class NamedParameterWrapper:
	"""Collects values under the names param1, param2, …"""

	def __init__(self) -> None:
		self.parameters: dict[str, Any] = {}

	def get_sql(self, param_value: Any, **_kwargs: Any) -> str:
		name = f"param{len(self.parameters) + 1}"
		self.parameters[name] = param_value
		return f"%({name})s"

	def get_parameters(self) -> dict[str, Any]:
		return self.parameters


class ParameterizedValueWrapper(ValueWrapper):
	def get_sql(
		self,
		quote_char: str | None = None,
		secondary_quote_char: str = "'",
		param_wrapper: NamedParameterWrapper | None = None,
		**kwargs: Any,
	) -> str:
		if isinstance(self.value, datetime | date | time | timedelta):
			self.value = to_stored(self.value)
		if isinstance(self.value, bool):
			sql = str(int(self.value))
		elif param_wrapper and isinstance(self.value, str | bytes | float):
			sql = param_wrapper.get_sql(self.value)
		else:
			sql = self.get_value_sql(
				quote_char=quote_char,
				secondary_quote_char=secondary_quote_char,
				param_wrapper=param_wrapper,
				**kwargs,
			)
		return format_alias_sql(sql, self.alias, quote_char=quote_char, **kwargs)


class ParameterizedFunction(Function):
	"""A function whose arguments become parameters too."""

	def get_sql(self, **kwargs: Any) -> str:
		with_alias = kwargs.pop("with_alias", False)
		inner = {
			key: kwargs.pop(key, None) for key in ("with_namespace", "quote_char", "dialect", "param_wrapper")
		}
		sql = self.get_function_sql(**{**inner, "with_namespace": inner["with_namespace"] or False})
		if self.schema is not None:
			schema = self.schema.get_sql(quote_char=inner["quote_char"], dialect=inner["dialect"], **kwargs)
			sql = f"{schema}.{sql}"
		if with_alias:
			return format_alias_sql(sql, self.alias, quote_char=inner["quote_char"], **kwargs)
		return sql


class SubQuery(Criterion):
	def __init__(self, subq: QueryBuilder, alias: str | None = None) -> None:
		super().__init__(alias)
		self.subq = subq

	def get_sql(self, **kwargs: Any) -> str:
		kwargs["subquery"] = True
		return self.subq.get_sql(**kwargs)


subqry = SubQuery
