from datetime import datetime

import frappe
from frappe.utils import add_to_date, now_datetime

from event_streaming.event_streaming.dashboard_chart_source.changes_per_hour import changes_per_hour
from event_streaming.tests.calling import create_test_subscriber
from event_streaming.tests.case import IntegrationTestCase


class TestChangesPerHour(IntegrationTestCase):
	def setUp(self):
		frappe.db.delete("Event Sync Log")
		frappe.db.delete("Update Log")

	def received(self) -> list[int]:
		return changes_per_hour.get()["datasets"][0]["values"]

	def log(self, hours_ago: int, status: str = "Synced"):
		log = frappe.get_doc(
			doctype="Event Sync Log",
			event_producer="https://there.example",
			status=status,
			remote_doctype="ToDo",
			remote_docname="x",
		).insert(ignore_permissions=True)
		at = add_to_date(now_datetime(), hours=-hours_ago)
		frappe.db.set_value(
			"Event Sync Log", log.name, {"creation": at, "modified": at}, update_modified=False
		)

	def test_each_hour_of_a_day_has_its_count(self):
		for hours_ago in (0, 0, 3, 30):
			self.log(hours_ago)
		values = self.received()
		self.assertEqual((len(values), values[-1], values[-4], sum(values)), (24, 2, 1, 3))

	def test_what_failed_has_not_been_received(self):
		self.log(0, "Failed")
		self.assertEqual(sum(self.received()), 0)

	def test_a_day_ends_with_the_hour_that_has_begun(self):
		hours = changes_per_hour.last_hours(datetime(2026, 3, 1, 5, 59))
		self.assertEqual((hours[0], hours[-1]), (datetime(2026, 2, 28, 6), datetime(2026, 3, 1, 5)))

	def test_only_administrators_see_it(self):
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertRaises(frappe.PermissionError, changes_per_hour.get)
