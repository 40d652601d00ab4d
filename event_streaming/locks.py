"""Row locks without waiting, and which database errors pass by themselves. The same on every database."""

import frappe
from frappe.query_builder import Field

MARIADB_TRANSIENT = {1205, 1213, 1020}  # lock wait time-out, deadlock, row changed since the snapshot
POSTGRES_TRANSIENT = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available


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


def is_transient(error: BaseException) -> bool:
	"""Whether the database gave up for now (deadlock, lock time-out, changed row) and a new try may pass.

	After such an error the whole transaction is gone or stale: roll all of it back, never to a savepoint.
	"""
	seen = set()
	while error and id(error) not in seen:
		seen.add(id(error))
		if isinstance(
			error, frappe.QueryDeadlockError | frappe.QueryTimeoutError | frappe.TimestampMismatchError
		):
			return True
		if error.args and error.args[0] in MARIADB_TRANSIENT:
			return True
		if getattr(error, "pgcode", None) in POSTGRES_TRANSIENT:
			return True
		if type(error).__module__ == "sqlite3" and "locked" in str(error):
			return True
		error = error.__cause__ or error.__context__
	return False
