import time
from datetime import datetime, timedelta
from unittest.mock import patch

import frappe

from event_streaming import workers
from event_streaming.monitoring import alerts
from event_streaming.monitoring.faults import Fault
from event_streaming.tests.case import IntegrationTestCase

NOON = datetime(2026, 11, 26, 12)
HERE = "https://hq.example.com"
STOPPED = Fault("Stopped", "The link has stopped.", "Use Start Again.", "Event Producer", HERE)
SLOW_FAULT = Fault(
	"Failing", "It fails.", "Test Connection.", "Event Producer", HERE, patience=timedelta(minutes=10)
)


class TestAlerts(IntegrationTestCase):
	def setUp(self):
		frappe.db.delete(alerts.ALERT)
		frappe.db.delete("Notification Log")
		self.user = self.make_manager()

	def make_manager(self) -> str:
		name = "stream-manager@example.com"
		if not frappe.db.exists("User", name):
			frappe.get_doc(
				{
					"doctype": "User",
					"email": name,
					"first_name": "Manager",
					"send_welcome_email": 0,
					"roles": [{"role": "Event Streaming Manager"}],
				}
			).insert(ignore_permissions=True)
		return name

	def pass_by(self, minutes: float, *present: Fault):
		alerts.follow(list(present), NOON + timedelta(minutes=minutes))

	def told(self) -> list[str]:
		return frappe.get_all(
			"Notification Log", {"for_user": self.user}, pluck="subject", order_by="creation"
		)

	def test_a_fault_is_told_once_however_long_it_lasts(self):
		for minute in range(5):
			self.pass_by(minute, STOPPED)
		self.assertEqual(self.told(), [f"Stopped: {HERE}"])
		[notice] = frappe.get_all(
			"Notification Log", {"for_user": self.user}, ["email_content", "document_type", "document_name"]
		)
		self.assertIn("The link has stopped.", notice.email_content)
		self.assertIn("Use Start Again.", notice.email_content)
		self.assertEqual((notice.document_type, notice.document_name), ("Event Producer", HERE))

	def test_its_end_is_told_once(self):
		self.pass_by(0, STOPPED)
		for minute in (1, 11, 12, 30):
			self.pass_by(minute)
		self.assertEqual(self.told(), [f"Stopped: {HERE}", f"Over: Stopped: {HERE}"])

	def test_one_that_comes_and_goes_is_told_once_and_over_once(self):
		for minute in range(0, 40, 2):
			self.pass_by(minute, STOPPED)
			self.pass_by(minute + 1)
		self.assertEqual(self.told(), [f"Stopped: {HERE}"])
		self.pass_by(60)
		self.assertEqual(self.told(), [f"Stopped: {HERE}", f"Over: Stopped: {HERE}"])

	def test_one_that_ends_before_its_time_is_not_told(self):
		self.pass_by(0, SLOW_FAULT)
		self.pass_by(9, SLOW_FAULT)
		self.pass_by(10)
		self.assertEqual(self.told(), [])
		self.assertFalse(frappe.db.count(alerts.ALERT))

	def test_one_that_lasts_is_told_after_its_time(self):
		self.pass_by(0, SLOW_FAULT)
		self.pass_by(10, SLOW_FAULT)
		self.assertEqual(self.told(), [f"Failing: {HERE}"])

	def test_a_restart_tells_nothing_twice(self):
		"""The row is the memory: a process that knows nothing of it goes on where the last one was."""
		self.pass_by(0, STOPPED)
		frappe.clear_cache()
		self.pass_by(1, STOPPED)
		self.pass_by(2)
		frappe.clear_cache()
		self.pass_by(3, STOPPED)
		self.assertEqual(self.told(), [f"Stopped: {HERE}"])

	def test_the_end_of_a_fault_of_a_link_that_was_paused_meanwhile_is_not_told(self):
		self.pass_by(0, STOPPED)
		with patch.object(alerts, "_paused_links", return_value={("Event Producer", HERE)}):
			for minute in (1, 20, 40):
				self.pass_by(minute)
		self.pass_by(60)
		self.assertEqual(self.told(), [f"Stopped: {HERE}"])

	def test_two_faults_of_two_links_are_two(self):
		other = Fault("Stopped", "Another.", "Look.", "Event Producer", "https://other.example.com")
		self.pass_by(0, STOPPED, other)
		self.assertEqual(len(self.told()), 2)

	def test_a_fault_after_the_end_of_the_last_is_told_anew(self):
		self.pass_by(0, STOPPED)
		self.pass_by(15)
		self.pass_by(20, STOPPED)
		self.assertEqual(len(self.told()), 3)

	def test_a_template_that_fails_keeps_nobody_from_being_told(self):
		for body in ("{% if %}", "{{ message.no.such.field }}"):
			own = frappe._dict(subject="{{ fault }}", use_html=1, response_html=body)
			frappe.db.delete(alerts.ALERT)
			with patch.object(alerts, "_own_template", return_value=own):
				self.pass_by(0, STOPPED)
		self.assertEqual(self.told(), [f"Stopped: {HERE}"] * 2)
		self.assertTrue(frappe.db.count("Error Log", {"method": ("like", f"%{alerts.BEGUN_TEMPLATE}%")}))

	def test_a_schedule_that_stands_still_counts_as_off(self):
		key = frappe.cache.make_key(workers.BEGUN)
		self.addCleanup(frappe.cache.delete, key)
		with patch.object(workers, "is_scheduler_inactive", return_value=False):
			workers.note_schedule()
			self.assertIsNone(workers.no_scheduler())
			frappe.cache.set(key, f"{time.time() - 140} 60")
			self.assertIsNone(workers.no_scheduler())
			frappe.cache.set(key, f"{time.time() - 200} 60")
			self.assertIn("3 minutes", workers.no_scheduler().message)
			workers.note_schedule()
			self.assertIsNone(workers.no_scheduler())

	def test_what_a_remote_site_says_is_no_markup_in_a_notice(self):
		evil = Fault("Failing", "<img src=x onerror=alert(1)>", "Look.", "Event Producer", HERE)
		self.pass_by(0, evil)
		[body] = frappe.get_all("Notification Log", {"for_user": self.user}, pluck="email_content")
		self.assertNotIn("<img", body)
