"""Row locks without waiting, and whose fault an error is. The same on every database.

Every error that comes up while something is replayed is of one of these kinds:

- `is_transient`: the database gave up for now (deadlock, lock time-out, changed row), or a Redis was away. All of the transaction is
  gone or stale, and is tried again, so many times. What raises it each time is that event's own failure.
- `is_connection_lost`: the transaction is gone with its connection. Where a new connection is had, the same holds: an
  event that loses each of them (it is larger than the server takes, say) has failed.
- `stops_the_link`: this site or the other one can't work at present, or the job is to end. No document is blamed.
- anything else is the document's own failure.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

import frappe
from frappe.query_builder import Field
from frappe.utils.background_jobs import get_redis_conn
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq.timeouts import BaseTimeoutException

from event_streaming.exceptions import TransientError

Found = TypeVar("Found")

LOOK = "event_streaming_look"  # a savepoint
MARIADB_TRANSIENT = {1205, 1213, 1020}  # lock wait time-out, deadlock, row changed since the snapshot
POSTGRES_TRANSIENT = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
MARIADB_LOST = {1053, 1152, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2055}
MARIADB_UNABLE = {
	1021,
	1040,
	1041,
	1114,
	1203,
	1290,
	1836,
}  # disk or memory full, connections used up, read-only
POSTGRES_LOST = ("08", "57P")  # connection exception, shutdown
POSTGRES_UNABLE = ("25006", "53")  # read-only, out of disk, memory or connections
SQLITE_UNABLE = ("disk is full", "disk I/O", "readonly", "read-only", "unable to open")
DRIVERS = ("pymysql", "MySQLdb", "psycopg2", "sqlite3")
IDLE = {
	"mariadb": "SET SESSION idle_transaction_timeout = %s",
	"postgres": "SET SESSION idle_in_transaction_session_timeout = %s",
}
LOST_CLASSES = {"InterfaceError"}  # of all drivers: the connection was closed already
UNABLE = (TransientError, BaseTimeoutException, frappe.InReadOnlyMode)
REDIS_LOST = (RedisConnectionError, RedisTimeoutError)
LOST_PHRASES = ("server closed the connection", "connection already closed", "terminating connection")


def lock_row(doctype: str, name: str, fields: list[str]) -> frappe._dict | None:
	"""Locks one row until the transaction ends; None at once when another transaction holds it.

	Must be the first statement of its transaction, so that what is read next is no older than the lock.
	SQLite has one writer at a time: there, an UPDATE takes the write lock of the whole database.
	"""
	if frappe.db.db_type == "sqlite":
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(Field("idx"), Field("idx")).where(table.name == name).run()
		return frappe.db.get_value(doctype, name, fields, as_dict=True)
	return frappe.db.get_value(doctype, name, fields, as_dict=True, for_update=True, skip_locked=True)


def begin_to_write() -> None:
	"""To be called with nothing unsaved, between what a site was asked for and what is written of its answer. SQLite refuses
	at once to write in a transaction that has read what others have changed since; elsewhere locks are kept."""
	if frappe.db.db_type == "sqlite":
		frappe.db.rollback()


def end_when_idle(seconds: int) -> None:
	"""From now on the database ends a transaction of this connection that asks it nothing for so long, with its locks and its
	connection. To be called with nothing unsaved."""
	if statement := IDLE.get(frappe.db.db_type):
		# nosemgrep -- written by the query builder, or of one database alone
		frappe.db.sql(statement, (f"{seconds}s" if frappe.db.db_type == "postgres" else seconds,))
		frappe.db.commit()  # nosemgrep -- Postgres forgets it with the transaction


def rollback() -> None:
	"""Undoes the transaction; where its connection is broken, on a new one.

	:raises Exception: the database does not answer
	"""
	try:
		frappe.db.rollback()
	except Exception:
		with suppress(Exception):  # it may be closed already
			frappe.db.close()
		# nosemgrep -- the connection of this process, or a note that lives as long
		frappe.db._conn = None
		frappe.db.rollback()


def undone_if_it_fails(look: Callable[[], Found]) -> Found:
	"""Reads by an app's code: on Postgres what fails would end the transaction, too."""
	frappe.db.savepoint(LOOK)
	try:
		return look()
	except Exception as error:
		if not is_not_the_documents_fault(error):
			frappe.db.rollback(save_point=LOOK)
		raise


def is_transient(error: BaseException) -> bool:
	"""Whether the database gave up for now (deadlock, lock time-out, changed row), or Redis, and a new try may pass.

	After such an error the whole transaction is gone or stale: roll all of it back, never to a savepoint.
	"""
	return any(map(_says_transient, _causes(error)))


def is_connection_lost(error: BaseException) -> bool:
	"""Whether the connection to this site's database broke. See `rollback`."""
	return any(map(_says_lost, _causes(error)))


def stops_the_link(error: BaseException) -> bool:
	"""Whether no document is to blame: the other site can't be asked, this site's database or Redis can't work (a full
	disk, read-only, no connections left), or the time of this job is over."""
	return any(map(_says_unable, _causes(error)))


def is_not_the_documents_fault(error: BaseException) -> bool:
	"""Whether this error ends the transaction that it came up in, instead of failing one document in it."""
	return stops_the_link(error) or is_transient(error) or is_connection_lost(error)


def _says_transient(error: BaseException) -> bool:
	if isinstance(
		error, frappe.QueryDeadlockError | frappe.QueryTimeoutError | frappe.TimestampMismatchError
	):
		return True
	if isinstance(error, REDIS_LOST):
		return True
	if _number(error) in MARIADB_TRANSIENT or _sqlstate(error) in POSTGRES_TRANSIENT:
		return True
	return _is_of_sqlite(error) and "locked" in _text(error)


def _says_lost(error: BaseException) -> bool:
	if not _is_of_a_driver(error):
		return False
	if _number(error) in MARIADB_LOST or _sqlstate(error).startswith(POSTGRES_LOST):
		return True
	if type(error).__name__ in LOST_CLASSES:
		return True
	return any(phrase in _text(error) for phrase in LOST_PHRASES)


def _says_unable(error: BaseException) -> bool:
	if isinstance(error, UNABLE):
		return True
	if isinstance(error, REDIS_LOST):
		return not _redis_answers()  # else it was away for a moment, or is one that only a controller asks
	if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
		return True
	if not _is_of_a_driver(error):
		return False
	if _number(error) in MARIADB_UNABLE or _sqlstate(error).startswith(POSTGRES_UNABLE):
		return True
	return _is_of_sqlite(error) and any(phrase in _text(error) for phrase in SQLITE_UNABLE)


def _redis_answers() -> bool:
	"""This site's own, of the cache and of the queues."""
	try:
		return bool(frappe.cache.ping() and get_redis_conn().ping())
	except REDIS_LOST:
		return False


def _causes(error: BaseException | None) -> Iterator[BaseException]:
	"""The error and all that it was raised from or while handling."""
	seen: set[int] = set()
	waiting = [error]
	while waiting:
		one = waiting.pop()
		if one is None or id(one) in seen:
			continue
		seen.add(id(one))
		yield one
		waiting += [one.__cause__, one.__context__]


def _is_of_a_driver(error: BaseException) -> bool:
	modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
	return not modules.isdisjoint(DRIVERS)


def _is_of_sqlite(error: BaseException) -> bool:
	return any(kind.__module__ == "sqlite3" for kind in type(error).__mro__)


def _number(error: BaseException) -> int:
	number = error.args[0] if error.args else 0
	return number if isinstance(number, int) and not isinstance(number, bool) else 0


def _sqlstate(error: BaseException) -> str:
	return str(getattr(error, "pgcode", None) or "")


def _text(error: BaseException) -> str:
	try:
		return str(error)
	except Exception:
		return ""
