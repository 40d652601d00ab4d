"""The connection of one site: SQL, transactions, locks."""

import random
import re
import sqlite3
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import frappe
from frappe.database.errors import ErrorKinds
from frappe.database.reading import Reading
from frappe.database.schema import Schema
from frappe.database.values import TYPE_MAP, register_converters, to_stored
from frappe.database.writing import Writing
from frappe.exceptions import ImplicitCommitError, NotInPlayground, TooManyWritesError
from frappe.utils import CallbackManager

# As on Frappe 16, and less where the site config's `playground_busy_timeout` says so.
BUSY_TIMEOUT = 15  # seconds
MAX_WRITES = 200_000
WRITES = ("insert", "update", "delete", "replac")
WRITE_NOTHING = 'UPDATE "tabSingles" SET "value"="value" WHERE 0'  # takes the write lock
DDL = ("start", "alter", "drop", "create", "truncate")
# Methods of Frappe's databases that are not rebuilt.
LEFT_OUT = frozenset(
	"""use set_execution_timeout get_database_size mogrify lazy_mogrify explain_query log_query add_default
	get_creation_count get_last_created get_system_setting is_access_denied rename_column change_column_type
	get_row_size log_touched_tables create_sequence get_column_index get_column_type unbuffered_cursor
	field_exists convert_to_lists multisql sql_list is_interface_error is_read_only_mode_error
	is_data_too_long is_syntax_error a_row_exists rename_table estimate_count has_index""".split()
)
# Literals and names are left alone; of the rest, %s and %(name)s are parameters.
TOKENS = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|%\((\w+)\)s|%s|%%""")


class Database(ErrorKinds, Reading, Writing, Schema):
	"""Transactions begin at connect, commit and rollback. What a transaction reads, it reads as of its first
	reading; at its first write it waits for other writers, and sees what they have committed from then on.

	SQLite itself refuses to write in a transaction that has read something older, and on Frappe 16 that is a
	QueryDeadlockError. The site config's `playground_strict_snapshots` brings that about here too.
	"""

	db_type = "sqlite"
	type_map = TYPE_MAP
	MAX_COLUMN_LENGTH = 64
	OPTIONAL_COLUMNS = ("_user_tags", "_comments", "_assign", "_liked_by")
	DEFAULT_SHORTCUTS = ("_Login", "__user", "_Full Name", "Today", "__today", "now", "Now")
	MAX_WRITES_PER_TRANSACTION = MAX_WRITES

	def __init__(self, cur_db_name: str) -> None:
		self.cur_db_name = cur_db_name
		self._conn: sqlite3.Connection | None = None
		self._is_writing = False
		self._savepoints: list[str] = []
		self.transaction_writes = 0
		self.auto_commit_on_many_writes = 0
		self.value_cache: dict = {}
		self.last_query = ""
		self.before_commit = CallbackManager()
		self.after_commit = CallbackManager()
		self.before_rollback = CallbackManager()
		self.after_rollback = CallbackManager()

	def __getattr__(self, name: str) -> Any:
		if name in LEFT_OUT:
			raise NotInPlayground(f"frappe.db.{name}")
		raise AttributeError(name)

	# Connection

	def get_db_path(self) -> Path:
		return Path(frappe.local.site_path) / "db" / f"{self.cur_db_name}.db"

	@property
	def busy_timeout(self) -> float:
		return float(frappe.conf.get("playground_busy_timeout") or BUSY_TIMEOUT)

	def connect(self) -> None:
		register_converters()
		self._conn = sqlite3.connect(
			self.get_db_path(),
			timeout=self.busy_timeout,
			detect_types=sqlite3.PARSE_DECLTYPES,
			isolation_level=None,
			cached_statements=256,
		)
		self._conn.execute("PRAGMA journal_mode=WAL")
		self._conn.execute("PRAGMA synchronous=OFF")  # survives a killed process; a power cut needn't be
		self._conn.create_function("regexp", 2, lambda pattern, text: bool(re.search(pattern, text or "")))
		self._cursor = self._conn.cursor()
		self.begin()

	def close(self) -> None:
		if self._conn:
			self._conn.close()  # an open transaction is rolled back
			self._conn = None

	# SQL

	def sql(
		self,
		query: Any,
		values: Any = (),
		*,
		as_dict: bool = False,
		as_list: bool = False,
		debug: bool = False,
		ignore_ddl: bool = False,
		auto_commit: bool = False,
		update: dict | None = None,
		explain: bool = False,
		run: bool = True,
		pluck: bool = False,
		as_iterator: bool = False,
	) -> Any:
		"""Runs one statement. Rows come as tuples, on request as dicts, lists or single values."""
		if as_iterator:
			raise NotInPlayground("frappe.db.sql(as_iterator=True)")
		query = str(query).strip()
		if not run:
			return query
		if not self._conn:
			self.connect()
		self._check_transaction_status(query)
		if auto_commit:
			self.commit()
		if query[:6].lower().startswith(WRITES):
			self.lock()
		try:
			self._execute(query, values)
		except sqlite3.Error as error:
			if not (ignore_ddl and self.is_missing_table_or_column(error)):
				self._raise(error)
		if auto_commit:
			self.commit()
		if not self._cursor.description:
			return ()
		return self._fetch(as_dict, as_list, pluck, update)

	def _execute(self, query: str, values: Any) -> None:
		if values is None or (isinstance(values, tuple | list | dict) and not values):
			self.last_query = query
			self._cursor.execute(query)
			return
		if not isinstance(values, tuple | list | dict):
			values = (values,)
		self.last_query, values = bind(query, values)
		self._cursor.execute(self.last_query, values)

	def _fetch(self, as_dict: bool, as_list: bool, pluck: bool, update: dict | None) -> Any:
		rows = self._cursor.fetchall()
		if pluck:
			return [row[0] for row in rows]
		if as_dict:
			keys = [column[0] for column in self._cursor.description]
			return [frappe._dict(zip(keys, row, strict=False), **(update or {})) for row in rows]
		if as_list:
			return [list(row) for row in rows]
		return tuple(rows)

	def sql_ddl(self, query: str, debug: bool = False) -> None:
		"""Changes the schema, in a transaction of its own."""
		self.commit()
		self.sql(query)
		self.commit()

	@staticmethod
	def escape(s: Any, percent: bool = True) -> str:
		text = str(s).replace("'", "''")
		return "'" + (text.replace("%", "%%") if percent else text) + "'"

	def _check_transaction_status(self, query: str) -> None:
		word = query[:6].lower()
		if self.transaction_writes and word.startswith(tuple(part[:6] for part in DDL)):
			raise ImplicitCommitError("This statement can cause implicit commit", query)
		if word.startswith(WRITES):
			self.transaction_writes += 1
			if self.transaction_writes > self.MAX_WRITES_PER_TRANSACTION:
				if not self.auto_commit_on_many_writes:
					raise TooManyWritesError(frappe._("Too many changes to database in single action."))
				self.commit()

	# Transactions

	def begin(self, *, read_only: bool = False) -> None:
		if read_only:
			raise NotInPlayground("frappe.db.begin(read_only=True)")
		if not self._conn:
			self.connect()
		if not self._conn.in_transaction:
			self._cursor.execute("BEGIN")
			self._is_writing = False
			self._savepoints = []

	def commit(self) -> None:
		if not self._conn:
			self.connect()
		self.before_rollback.reset()
		self.after_rollback.reset()
		self.before_commit.run()
		try:
			self._conn.commit()
		except sqlite3.Error as error:
			self._raise(error)
		self.transaction_writes = 0
		self.begin()
		self.after_commit.run()

	def rollback(self, *, save_point: str | None = None) -> None:
		if save_point:
			self.sql(f"rollback to savepoint {save_point}")
			self._forget_savepoints(save_point)
			self._savepoints.append(save_point)
			return
		if not self._conn:
			self.connect()
		self.before_commit.reset()
		self.after_commit.reset()
		self.before_rollback.run()
		self._conn.rollback()
		self.transaction_writes = 0
		self.begin()
		self.after_rollback.run()

	def savepoint(self, save_point: str) -> None:
		self.sql(f"savepoint {save_point}")
		self._savepoints.append(save_point)

	def release_savepoint(self, save_point: str) -> None:
		self.sql(f"release savepoint {save_point}")
		self._forget_savepoints(save_point)

	def _forget_savepoints(self, first: str) -> None:
		"""This one and those within it."""
		if first in self._savepoints:
			place = len(self._savepoints) - 1 - self._savepoints[::-1].index(first)
			del self._savepoints[place:]

	def lock(self, nowait: bool = False, skip_locked: bool = False) -> bool:
		"""Takes the database's write lock for this transaction: what a lock on a row comes to on SQLite.

		False with `skip_locked` if another transaction has it; with `nowait`, QueryTimeoutError at once.
		"""
		if not self._conn:
			self.connect()
		if self._is_writing:
			return True
		self._conn.execute("PRAGMA busy_timeout=0")
		try:
			self._conn.execute(WRITE_NOTHING)
		except sqlite3.OperationalError as error:
			if not self.is_locked(error) or frappe.conf.playground_strict_snapshots:
				self._raise(error)
			wait = 0 if nowait or skip_locked else self.busy_timeout
			if not self._begin_again(wait):
				if skip_locked:
					return False
				self._raise_timeout(error)
		finally:
			self._conn.execute(f"PRAGMA busy_timeout={int(self.busy_timeout * 1000)}")
		self._is_writing = True
		return True

	def _begin_again(self, wait: float) -> bool:
		"""Nothing is written yet, so a new transaction can take this one's place. False if another writes on."""
		savepoints = self._savepoints
		self._conn.rollback()
		self._conn.execute(f"PRAGMA busy_timeout={int(wait * 1000)}")
		try:
			self._conn.execute("BEGIN IMMEDIATE")
			return True
		except sqlite3.OperationalError:
			self._conn.execute("BEGIN")
			return False
		finally:
			for name in savepoints:
				self._conn.execute(f"savepoint {name}")


def bind(query: str, values: Any) -> tuple[str, Any]:
	"""The query with SQLite's placeholders, and the values as it stores them."""
	replace = lambda match: _placeholder(match)  # noqa: E731
	query = TOKENS.sub(replace, query)
	if isinstance(values, dict):
		return query, {key: to_stored(value) for key, value in values.items()}
	if any(isinstance(value, list | tuple | set) for value in values):
		raise NotInPlayground("a list as one value of frappe.db.sql")
	return query, tuple(to_stored(value) for value in values)


def _placeholder(match: re.Match) -> str:
	text = match.group()
	if text == "%s":
		return "?"
	if text == "%%":
		return "%"
	return f":{match.group(1)}" if match.group(1) else text.replace("%%", "%")


@contextmanager
def savepoint(catch: type | tuple[type, ...] = Exception) -> Iterator[None]:
	"""What fails inside is undone and passed over; the transaction goes on."""
	name = "".join(random.sample(string.ascii_lowercase, 10))
	frappe.db.savepoint(name)
	try:
		yield
	except catch:
		frappe.db.rollback(save_point=name)
	else:
		frappe.db.release_savepoint(name)
