"""What the scheduler starts each minute."""

from unittest.mock import Mock, patch

import frappe

from event_streaming import scheduled
from event_streaming.monitoring import reporting
from event_streaming.takeover import joining
from event_streaming.tests.case import IntegrationTestCase


class TestEachMinute(IntegrationTestCase):
	def test_it_is_one_job_for_a_site(self):
		jobs = frappe.get_hooks("scheduler_events")["cron"]["* * * * *"]
		ours = [job for job in jobs if job.startswith("event_streaming.")]
		self.assertEqual(ours, ["event_streaming.scheduled.each_minute"])

	def test_what_fails_keeps_nothing_else_from_being_done_and_is_logged(self):
		def broken() -> None:
			raise ValueError("this step is broken")

		after = Mock(__name__="after")
		with patch.object(scheduled, "STEPS", (broken, after)):
			scheduled.each_minute()
		after.assert_called_once_with()
		[logged] = frappe.get_all(
			"Error Log", {"error": ("like", "%this step is broken%")}, ["name", "method"], limit=2
		)
		self.assertEqual(logged.method, "Event Streaming: broken failed")
		frappe.delete_doc("Error Log", logged.name, force=True)
		frappe.db.commit()

	def test_where_there_is_nothing_to_ask_or_tell_no_job_is_begun(self):
		with patch("frappe.enqueue") as enqueue:
			scheduled.each_minute()
			joining.begin_to_join()
			reporting.begin_to_report()
		enqueue.assert_not_called()
