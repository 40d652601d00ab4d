from unittest.mock import patch

import frappe

from event_streaming.consumer.identity import origin_fields
from event_streaming.tests.case import IntegrationTestCase

DOCTYPE = "ToDo"


class RowTooLarge(Exception):
	pass


class TestOriginFields(IntegrationTestCase):
	def test_a_table_without_room_gets_neither_columns_nor_fields(self):
		full = RowTooLarge(1118, "Row size too large")
		with (
			patch.object(frappe.db, "db_type", "mariadb"),
			patch.object(frappe.db, "has_column", return_value=False),
			patch.object(frappe.db, "sql_ddl", side_effect=full),
			patch.object(frappe.db, "commit"),
		):
			self.assertIs(origin_fields.ensure_custom_fields(DOCTYPE), False)
		known = {"dt": DOCTYPE, "fieldname": origin_fields.SITE_FIELD}
		self.assertFalse(frappe.db.exists("Custom Field", known))

	def test_any_other_error_is_raised(self):
		with (
			patch.object(frappe.db, "db_type", "mariadb"),
			patch.object(frappe.db, "has_column", return_value=False),
			patch.object(frappe.db, "sql_ddl", side_effect=RowTooLarge(1205, "Lock wait timeout")),
			self.assertRaises(RowTooLarge),
		):
			origin_fields.ensure_custom_fields(DOCTYPE)
