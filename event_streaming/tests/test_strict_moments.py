from unittest.mock import patch

import frappe

from event_streaming.document import strict_moments
from event_streaming.tests.case import IntegrationTestCase

DOCTYPE = "Event"


class TestStrictMoments(IntegrationTestCase):
	def spell(self, fieldtype: str, value: str | None, db_type: str = "sqlite") -> str | None:
		values, field = {"moment": value}, frappe._dict(fieldname="moment", fieldtype=fieldtype)
		meta = frappe._dict(fields=[field])
		with patch.object(frappe, "get_meta", return_value=meta), patch.object(frappe.db, "db_type", db_type):
			strict_moments.spell([(values, DOCTYPE)])
		return values["moment"]

	def test_a_time_as_mariadb_tells_it(self):
		self.assertEqual(self.spell("Time", "6:07:08"), "06:07:08")
		self.assertEqual(self.spell("Time", "16:07:08.000001"), "16:07:08.000001")

	def test_what_is_one_and_what_is_empty_stays(self):
		for fieldtype, value in (
			("Date", "2026-11-27"),
			("Datetime", "2026-11-27 01:02:03.000004"),
			("Time", None),
			("Date", ""),
		):
			self.assertEqual(self.spell(fieldtype, value), value)

	def test_what_is_none_is_refused(self):
		for fieldtype in strict_moments.READERS:
			with self.assertRaisesRegex(frappe.ValidationError, "moment can't keep plain"):
				self.spell(fieldtype, "plain")

	def test_a_database_that_looks_at_types_does_so_itself(self):
		self.assertEqual(self.spell("Time", "plain", db_type="mariadb"), "plain")
