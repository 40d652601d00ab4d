from unittest.mock import patch

import frappe

from event_streaming import progress
from event_streaming.consumer import parking, sync_log
from event_streaming.consumer.recovery import resync as by_hand
from event_streaming.event_streaming.doctype.event_sync_log import event_sync_log
from event_streaming.event_streaming.doctype.event_sync_log.event_sync_log import EventSyncLog
from event_streaming.exceptions import ConnectionFailed, NameTaken
from event_streaming.link.messages import error_message
from event_streaming.tests.calling import LinkTestCase, create_test_subscriber, insert_aged, messages

SITE = "https://there.example"


def create_test_event_sync_log(status: str, days_old: int = 0, remote_docname: str = "1") -> str:
	log = {
		"status": status,
		"event_producer": SITE,
		"remote_doctype": "ToDo",
		"remote_docname": remote_docname,
	}
	return insert_aged("Event Sync Log", days_old, **log)


class TestEventSyncLog(LinkTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete("Event Sync Log")

	def test_clearing_keeps_what_is_needed_to_fix_a_document(self):
		old = {
			status: create_test_event_sync_log(status, 100)
			for status in ("Synced", "Skipped", "Failed", "Waiting")
		}
		young = create_test_event_sync_log("Synced", 80)
		EventSyncLog.clear_old_logs(days=90)
		left = set(frappe.get_all("Event Sync Log", pluck="name"))
		self.assertEqual(left, {old["Failed"], old["Waiting"], young})

	def test_only_a_system_manager_may_resync_or_skip(self):
		name = create_test_event_sync_log("Failed")
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		self.use(patch.dict(frappe.local.flags, {"in_test": False}))  # in tests everybody has every role
		for function in (
			event_sync_log.resync,
			event_sync_log.bulk_resync,
			event_sync_log.bulk_resync_from_source,
			event_sync_log.bulk_skip,
			event_sync_log.resync_from_source,
			event_sync_log.skip,
		):
			self.assertRaises(frappe.PermissionError, function, name)

	def test_a_resync_that_is_refused_tells_why(self):
		with (
			patch.object(by_hand, "resync", side_effect=ConnectionFailed("It is off.")),
			self.assertRaises(ConnectionFailed),
		):
			event_sync_log.resync(create_test_event_sync_log("Failed"))
		self.assertIn("It is off.", messages())

	def test_many_rows_are_resynced_by_a_job_that_tells_its_user_how_far_it_is(self):
		with patch.object(frappe, "enqueue") as enqueue:
			job = event_sync_log.bulk_resync('["a", "b"]')
		arguments = enqueue.call_args.kwargs
		self.assertEqual((arguments["names"], arguments["user"]), (["a", "b"], "Administrator"))
		result = {"fixed": 1, "failed": [{"doctype": "ToDo", "name": "b", "message": "Still wrong."}]}
		with patch.object(by_hand, "resync", return_value=result):
			event_sync_log.resync_with_progress(["a", "b"], "Administrator", job)
		told = progress.read(job)
		self.assertEqual((told["finished"], told["fixed"], told["failed"]), (True, 1, 1))
		self.assertEqual(told["messages"], ["Still wrong."])

	def test_many_documents_are_taken_from_their_source_each_once(self):
		rows = [create_test_event_sync_log("Failed", remote_docname=name) for name in ("1", "1", "2")]
		with patch.object(by_hand, "resync_from_source") as taken:
			result = by_hand.resync_many_from_source(rows)
		self.assertEqual((taken.call_count, result["fixed"], result["failed"]), (2, 2, []))

	def test_one_that_is_refused_holds_up_no_other(self):
		rows = [create_test_event_sync_log("Failed", remote_docname=name) for name in ("1", "2", "3")]
		told = []
		with (
			patch.object(frappe.db, "rollback"),
			patch.object(by_hand, "resync_from_source", side_effect=[None, NameTaken("Taken."), None]),
		):
			result = by_hand.resync_many_from_source(rows, progress=lambda *progress: told.append(progress))
		self.assertEqual(result["fixed"], 2)
		self.assertEqual([failure["message"] for failure in result["failed"]], ["Taken."])
		self.assertEqual(told, [(1, 3), (2, 3), (3, 3)])

	def test_a_site_that_is_off_is_not_asked_for_each_document(self):
		rows = [create_test_event_sync_log("Failed", remote_docname=name) for name in ("1", "2", "3")]
		off = ConnectionFailed("It is off.")
		with patch.object(by_hand, "resync_from_source", side_effect=off) as taken:
			self.assertRaises(ConnectionFailed, by_hand.resync_many_from_source, rows)
		self.assertEqual(taken.call_count, 1)

	def test_only_what_failed_or_waits_is_skipped(self):
		rows = {
			status: create_test_event_sync_log(status)
			for status in ("Synced", "Failed", "Waiting", "Skipped")
		}
		result = by_hand.skip_many(list(rows.values()))
		self.assertEqual((result["fixed"], result["failed"]), (2, []))
		left = {status: frappe.db.get_value("Event Sync Log", row, "status") for status, row in rows.items()}
		self.assertEqual(left, {**dict.fromkeys(rows, "Skipped"), "Synced": "Synced"})

	def test_a_row_that_is_opened_is_told_in_words(self):
		log = frappe.get_doc("Event Sync Log", create_test_event_sync_log("Failed"))
		log.update_type, log.data = "Delete", '{"data": {}}'
		log.error = "Traceback\nevent_streaming.exceptions.NameTaken: It is."
		log.run_method("onload")
		self.assertEqual(log.get_onload("change")["sentence"], "1 was deleted.")
		self.assertEqual(log.get_onload("remedy")["kind"], "NameTaken")
		self.assertFalse(log.get_onload("is_here"))

	def test_a_message_that_quotes_markup_is_kept_as_plain_text(self):
		"""Desk shows a read-only Small Text as HTML, also a tag that is never closed."""
		attack = 'It is <img src=x onerror="alert(1)"> and <img src=x onerror=alert(1) here'
		name = create_test_event_sync_log("Failed")
		sync_log.update(name, message=attack)
		parking.park(SITE, ("ToDo", "1"), attack)
		kept = [
			frappe.db.get_value("Event Sync Log", name, "message"),
			parking.message(SITE, ("ToDo", "1")),
			error_message(NameTaken(attack)),
		]
		self.assertEqual(kept, ["It is and img src=x onerror=alert(1) here"] * 3)

	def test_a_job_that_breaks_off_tells_its_user_why(self):
		with (
			patch.object(frappe.db, "rollback"),
			patch.object(by_hand, "resync", side_effect=ConnectionFailed("It is off.")),
			self.assertRaises(ConnectionFailed),
		):
			event_sync_log.resync_with_progress(["a"], "Administrator", "job")
		self.assertEqual(progress.read("job")["error"], "It is off.")

	def test_nobody_else_is_told(self):
		progress.tell("job", "Administrator", done=1)
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertIsNone(progress.read("job"))
