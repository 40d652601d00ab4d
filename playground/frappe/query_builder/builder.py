"""The `frappe.qb` of SQLite."""

from typing import Any

from pypika import Order, SQLLiteQuery, terms
from pypika.dialects import SQLLiteQueryBuilder
from pypika.enums import Dialects
from pypika.queries import QueryBuilder, Schema, Table
from pypika.terms import Function
from pypika.utils import builder

from frappe.query_builder.terms import ParameterizedValueWrapper


class SQLiteBuilder(SQLLiteQueryBuilder):
	"""`FOR UPDATE` isn't SQL that SQLite knows. Here it takes the database's write lock before the query runs,
	so a locked row is as locked as elsewhere, and so is every other row."""

	QUERY_CLS = SQLLiteQuery

	def __init__(self, **kwargs: Any) -> None:
		QueryBuilder.__init__(self, dialect=Dialects.SQLLITE, wrapper_cls=ParameterizedValueWrapper, **kwargs)
		self._insert_or_replace = False
		self._lock_options: dict[str, bool] | None = None

	@builder
	def for_update(self, nowait: bool = False, skip_locked: bool = False, of: tuple = ()) -> "SQLiteBuilder":
		self._lock_options = {"nowait": nowait, "skip_locked": skip_locked}

	def _insert_sql(self, **kwargs: Any) -> str:
		return super()._insert_sql(**kwargs).replace("INSERT IGNORE", "INSERT OR IGNORE")


class SQLite(SQLLiteQuery):
	terms = terms
	desc = Order.desc
	asc = Order.asc
	Schema = Schema
	Table = Table
	Field = terms.Field
	_BuilderClasss = SQLiteBuilder

	@classmethod
	def _builder(cls, **kwargs: Any) -> SQLiteBuilder:
		return SQLiteBuilder(**kwargs)

	@staticmethod
	def functions(name: str, *args: Any, **kwargs: Any) -> Function:
		return Function(name, *args, **kwargs)

	@staticmethod
	def DocType(table_name: str, *args: Any, **kwargs: Any) -> Table:
		from frappe.utils import get_table_name

		return Table(get_table_name(table_name), *args, **kwargs)

	@staticmethod
	def get_query(*args: Any, **kwargs: Any) -> QueryBuilder:
		from frappe.database.query import get_query

		return get_query(*args, **kwargs)

	@classmethod
	def _table(cls, table: Any) -> Any:
		return cls.DocType(table) if isinstance(table, str) else table

	@classmethod
	def from_(cls, table: Any, *args: Any, **kwargs: Any) -> QueryBuilder:
		return super().from_(cls._table(table), *args, **kwargs)

	@classmethod
	def into(cls, table: Any, *args: Any, **kwargs: Any) -> QueryBuilder:
		return super().into(cls._table(table), *args, **kwargs)

	@classmethod
	def update(cls, table: Any, *args: Any, **kwargs: Any) -> QueryBuilder:
		return super().update(cls._table(table), *args, **kwargs)

	@staticmethod
	def max(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		return _aggregate("Max", dt, fieldname, filters, **kwargs)

	@staticmethod
	def min(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		return _aggregate("Min", dt, fieldname, filters, **kwargs)

	@staticmethod
	def sum(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		return _aggregate("Sum", dt, fieldname, filters, **kwargs)

	@staticmethod
	def avg(dt: str, fieldname: str, filters: Any = None, **kwargs: Any) -> Any:
		return _aggregate("Avg", dt, fieldname, filters, **kwargs)


def _aggregate(function: str, dt: str, fieldname: str, filters: Any, **kwargs: Any) -> Any:
	from pypika import functions

	field = getattr(functions, function)(terms.PseudoColumn(fieldname))
	return SQLite.get_query(dt, filters=filters, fields=[field]).run(**kwargs)[0][0] or 0
