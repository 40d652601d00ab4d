import errno
import sqlite3
from unittest.mock import patch

import frappe
from redis.exceptions import ConnectionError as RedisOff
from rq.timeouts import JobTimeoutException

from event_streaming import locks
from event_streaming.exceptions import ConnectionFailed
from event_streaming.link.messages import text_of
from event_streaming.tests.case import IntegrationTestCase


class Unspeakable(Exception):
	def __str__(self) -> str:
		raise RuntimeError("no words")


def of_driver(module: str, name: str, *arguments, **values) -> Exception:
	"""An error as a database driver raises it, whether it is installed or not."""
	error = type(name, (Exception,), {"__module__": module})(*arguments)
	for attribute, value in values.items():
		setattr(error, attribute, value)
	return error


DEADLOCKS = (
	of_driver("pymysql.err", "OperationalError", 1213, "Deadlock found"),
	of_driver("MySQLdb", "OperationalError", 1205, "Lock wait timeout exceeded"),
	of_driver("psycopg2.errors", "SerializationFailure", "could not serialize", pgcode="40001"),
	frappe.QueryDeadlockError("deadlock"),
	sqlite3.OperationalError("database is locked"),
)
LOST = (
	of_driver("pymysql.err", "OperationalError", 2013, "Lost connection"),
	of_driver("pymysql.err", "InterfaceError", 0, ""),
	of_driver("psycopg2", "OperationalError", "server closed the connection unexpectedly"),
	of_driver("psycopg2.errors", "AdminShutdown", "terminating", pgcode="57P01"),
)
UNABLE = (
	of_driver("pymysql.err", "OperationalError", 1021, "Disk full"),
	of_driver("pymysql.err", "OperationalError", 1290, "--read-only"),
	of_driver("psycopg2.errors", "DiskFull", "could not extend file", pgcode="53100"),
	sqlite3.OperationalError("attempt to write a readonly database"),
	OSError(errno.ENOSPC, "No space left on device"),
	ConnectionFailed("off"),
	JobTimeoutException("too long"),
)
THE_DOCUMENTS = (
	frappe.ValidationError(["Row 1", "Row 2"]),
	frappe.ValidationError({"a": 1}),
	Exception(),
	KeyError("x"),
	OSError("nothing known"),
	Unspeakable(),
	of_driver("pymysql.err", "OperationalError", 1153, "Got a packet bigger than 'max_allowed_packet' bytes"),
	of_driver("pymysql.err", "DataError", 1406, "Data too long"),
	MemoryError(),
	RecursionError(),
)


class TestLocks(IntegrationTestCase):
	def test_what_passes_by_itself(self):
		for error in DEADLOCKS:
			self.assertTrue(locks.is_transient(error), error)
			self.assertFalse(locks.stops_the_link(error), error)

	def test_what_a_lost_connection_says(self):
		for error in LOST:
			self.assertTrue(locks.is_connection_lost(error), error)
			self.assertFalse(locks.stops_the_link(error), error)

	def test_what_stops_the_link(self):
		for error in UNABLE:
			self.assertTrue(locks.stops_the_link(error), error)

	def test_a_redis_that_is_away_stops_the_link_while_it_is_this_sites_own(self):
		error = RedisOff("off")
		self.assertTrue(locks.is_transient(error))
		self.assertFalse(locks.stops_the_link(error), "this site's own answers")
		with patch.object(locks, "get_redis_conn", side_effect=RedisOff("off")):
			self.assertTrue(locks.stops_the_link(error))

	def test_what_is_the_documents_own(self):
		for error in THE_DOCUMENTS:
			self.assertFalse(locks.is_not_the_documents_fault(error), type(error))

	def test_an_error_that_hides_another_counts_as_it(self):
		for hidden in (*DEADLOCKS, *LOST, *UNABLE):
			try:
				try:
					raise hidden
				except Exception:
					frappe.throw("Could not save")
			except frappe.ValidationError as error:
				self.assertTrue(locks.is_not_the_documents_fault(error), hidden)

	def test_two_errors_that_name_each_other_are_no_endless_chain(self):
		one, other = ValueError("one"), ValueError("other")
		one.__context__, other.__cause__ = other, one
		self.assertFalse(locks.is_not_the_documents_fault(one))

	def test_every_error_has_words_or_none(self):
		self.assertEqual(text_of(frappe.ValidationError(["Row 1", "Row 2"])), "Row 1 Row 2")
		self.assertEqual(text_of(Unspeakable()), "")
		self.assertEqual(text_of(ValueError("plain")), "plain")

	def test_a_broken_connection_is_replaced(self):
		name = frappe.db.get_value("User", "Administrator")
		broken = frappe.db._conn
		broken.close()
		locks.rollback()
		self.assertIsNot(frappe.db._conn, broken)
		self.assertEqual(frappe.db.get_value("User", "Administrator"), name)
