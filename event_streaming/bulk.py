"""Many rows at once, for the tables in which this app keeps its books.

The query builder writes each statement once in a process's life, with placeholders; to let it write every value
of every row costs more than the database takes to read or store them.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import frappe
from frappe.query_builder import Case
from pypika.terms import Function, LiteralValue, Parameter, Term

from event_streaming.json_text import stored_size

ROWS_AT_ONCE = 500
STATEMENT_BYTES = 256 * 1024  # of text in several rows; MariaDB's least packet is 1 MB
MAX_BYTES = 32 * 1024 * 1024  # of text in one row
ESCAPED = 3  # times as long may be what is sent as what is stored
STEP = (
	50  # lists of values are filled up to a multiple of this with their last value, so that few statements do
)

_packets: dict[tuple, int] = {}  # by database, for the life of the process


def insert(doctype: str, columns: tuple[str, ...], rows: Iterable[Sequence], numbered: bool = False) -> None:
	"""In as many statements as the database's bound on one demands.

	:param rows: values in the order of `columns`, as the database takes them
	:param numbered: the names of this DocType are numbers; the database gives the next ones
	"""
	for chunk in _chunks_by_size(list(rows)):
		statement, more = _insert_statement(frappe.db.db_type, doctype, columns, numbered)
		# nosemgrep -- written by the query builder, or of one database alone
		frappe.db.sql(statement + more * (len(chunk) - 1), tuple(value for row in chunk for value in row))


def select(doctype: str, fields: tuple[str, ...], column: str, values: Iterable, **where: Any) -> list[tuple]:
	"""`fields` of all rows whose `column` is one of `values`, and whose other columns are as `where` says."""
	found: list[tuple] = []
	for chunk in _chunks(list(values)):
		filled = _filled(chunk)
		statement = _select_statement(frappe.db.db_type, doctype, fields, column, len(filled), tuple(where))
		# nosemgrep -- written by the query builder, or of one database alone
		found += frappe.db.sql(statement, (*where.values(), *filled))
	return found


def set_each(doctype: str, columns: tuple[str, ...], values: dict[str, tuple]) -> None:
	"""
	:param values: of `columns`, by the row's name
	"""
	for chunk in _chunks(list(values.items())):
		filled = _filled(chunk)
		statement = _set_statement(frappe.db.db_type, doctype, columns, len(filled))
		pairs = (part for place in range(len(columns)) for name, row in filled for part in (name, row[place]))
		# nosemgrep -- written by the query builder, or of one database alone
		frappe.db.sql(statement, (*pairs, *(name for name, _row in filled)))


def max_bytes() -> int:
	"""Text that one statement may carry, with room for what escaping adds to it.

	MariaDB breaks the connection of a client that sends more than its `max_allowed_packet`.
	"""
	if frappe.db.db_type != "mariadb":
		return MAX_BYTES
	key = (frappe.conf.db_host, frappe.conf.db_port, frappe.conf.db_name)
	if key not in _packets:
		# nosemgrep -- written by the query builder, or of one database alone
		_packets[key] = int(frappe.db.sql("select @@max_allowed_packet")[0][0])
	return min(_packets[key] // ESCAPED, MAX_BYTES)


def new_name() -> str:
	"""A name that no row has, and that sorts behind those made before: such rows lie side by side."""
	return f"{time.time_ns() // 1000:014x}{frappe.generate_hash(length=6)}"


def _chunks(rows: list) -> Iterator[list]:
	for start in range(0, len(rows), ROWS_AT_ONCE):
		yield rows[start : start + ROWS_AT_ONCE]


def _chunks_by_size(rows: list) -> Iterator[list]:
	"""Each of at most ROWS_AT_ONCE rows, and of no more bytes than one statement carries unless a single row has more."""
	chunk: list = []
	size = 0
	for row in rows:
		more = sum(stored_size(value) for value in row if isinstance(value, str))
		if chunk and (len(chunk) == ROWS_AT_ONCE or size + more > STATEMENT_BYTES):
			yield chunk
			chunk, size = [], 0
		chunk.append(row)
		size += more
	if chunk:
		yield chunk


def _filled(values: list) -> list:
	return values + values[-1:] * (-len(values) % STEP)


# nosemgrep -- the same for all sites: what the code itself says
@cache
def _insert_statement(
	db_type: str, doctype: str, columns: tuple[str, ...], numbered: bool
) -> tuple[str, str]:
	"""The INSERT of one row, and what each further row adds to it."""
	values: list[Term] = [Parameter("%s") for _column in columns]
	if numbered and db_type != "sqlite":  # which numbers rows itself
		columns, values = ("name", *columns), [_next_number(db_type, doctype), *values]
	statement = frappe.qb.into(frappe.qb.DocType(doctype)).columns(*columns).insert(*values).get_sql()
	return statement, f",({','.join(str(value) for value in values)})"


def _next_number(db_type: str, doctype: str) -> Function:
	"""Of the sequence that Frappe keeps for a DocType named by autoincrement."""
	sequence = frappe.scrub(f"{doctype}_id_seq")
	return Function("nextval", LiteralValue(f"`{sequence}`" if db_type == "mariadb" else f"'\"{sequence}\"'"))


# nosemgrep -- the same for all sites: what the code itself says
@cache
def _select_statement(
	db_type: str, doctype: str, fields: tuple[str, ...], column: str, count: int, where: tuple[str, ...]
) -> str:
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*(table[field] for field in fields))
	for field in where:
		query = query.where(table[field] == Parameter("%s"))
	return query.where(table[column].isin([Parameter("%s")] * count)).get_sql()


# nosemgrep -- the same for all sites: what the code itself says
@cache
def _set_statement(db_type: str, doctype: str, columns: tuple[str, ...], count: int) -> str:
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.update(table)
	for column in columns:
		value = Case()
		for _number in range(count):
			value = value.when(table.name == Parameter("%s"), Parameter("%s"))
		query = query.set(table[column], value.else_(table[column]))
	return query.where(table.name.isin([Parameter("%s")] * count)).get_sql()
