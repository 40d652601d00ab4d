"""Which kind of failure an SQLite error is, and the error that Frappe raises for it."""

import sqlite3

from frappe.exceptions import QueryDeadlockError, QueryTimeoutError, ValidationError

NAME_IS_TAKEN = ".name"


class ErrorKinds:
	"""Asks that apps put to `frappe.db` about an exception."""

	ProgrammingError = sqlite3.ProgrammingError
	TableMissingError = sqlite3.OperationalError
	OperationalError = sqlite3.OperationalError
	InternalError = sqlite3.InternalError
	SQLError = sqlite3.OperationalError
	DataError = sqlite3.DataError
	IntegrityError = sqlite3.IntegrityError

	class InvalidColumnName(ValidationError):
		pass

	@staticmethod
	def is_locked(e: Exception) -> bool:
		return "database is locked" in str(e) or "database table is locked" in str(e)

	@staticmethod
	def is_table_missing(e: Exception) -> bool:
		return "no such table" in str(e)

	@staticmethod
	def is_missing_column(e: Exception) -> bool:
		return "no such column" in str(e) or "has no column named" in str(e)

	def is_missing_table_or_column(self, e: Exception) -> bool:
		return self.is_table_missing(e) or self.is_missing_column(e)

	@staticmethod
	def is_duplicate_entry(e: Exception) -> bool:
		return "UNIQUE constraint failed" in str(e)

	def is_primary_key_violation(self, e: Exception) -> bool:
		return self.is_duplicate_entry(e) and str(e).endswith(NAME_IS_TAKEN)

	def is_unique_key_violation(self, e: Exception) -> bool:
		return self.is_duplicate_entry(e) and not self.is_primary_key_violation(e)

	def _raise(self, error: sqlite3.Error) -> None:
		"""Raises Frappe's error for a transaction that reads what is old and wants to write; else the error."""
		if self.is_locked(error):
			raise QueryDeadlockError(error) from error
		raise error

	@staticmethod
	def _raise_timeout(error: sqlite3.Error) -> None:
		raise QueryTimeoutError(error) from error
