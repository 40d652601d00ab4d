from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from event_streaming.event_streaming.doctype.event_consumer import event_consumer
from event_streaming.producer import consumed, link_state, notify
from event_streaming.tests.calling import LinkTestCase, create_test_consumer, create_test_subscriber

PENDING = [{"ref_doctype": "ToDo", "status": "Pending"}, {"ref_doctype": "Note", "status": "Pending"}]


class TestEventConsumer(LinkTestCase):
	def setUp(self):
		super().setUp()
		for doctype in ("Update Log", "Event Consumer Document Type"):
			frappe.db.delete(doctype)
		consumed.clear_consumed_cache()
		self.addCleanup(consumed.clear_consumed_cache)

	def consumed(self) -> set[str]:
		frappe.cache.delete_value([consumed.CONSUMED, consumed.CONSUMED_GUESS])
		frappe.local.event_streaming_consumed = None
		return consumed.consumed_doctypes()

	def statuses(self, consumer) -> list[str]:
		return [row.status for row in frappe.get_doc("Event Consumer", consumer.name).consumer_doctypes]

	def test_nothing_is_captured_before_approval_and_after_rejection(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		self.assertEqual(self.consumed(), set())
		event_consumer.approve_all(consumer.name)
		self.assertEqual(self.consumed(), {"ToDo", "Note"})
		event_consumer.reject_all(consumer.name)
		self.assertEqual(self.consumed(), set())

	def test_one_answer_for_all_doctypes_is_kept(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		event_consumer.approve_all(consumer.name)
		self.assertEqual(self.statuses(consumer), ["Approved", "Approved"])
		event_consumer.reject_all(consumer.name)
		self.assertEqual(self.statuses(consumer), ["Rejected", "Rejected"])

	def test_only_who_may_write_it_may_answer(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertRaises(frappe.PermissionError, event_consumer.approve_all, consumer.name)
		self.assertRaises(frappe.PermissionError, event_consumer.reject_all, consumer.name)

	def test_an_answer_wakes_up_the_other_site_and_nothing_else_does(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		with patch.object(notify, "hint") as hint:
			consumer.last_contact = now_datetime()
			consumer.save()
			hint.assert_not_called()
			event_consumer.approve_all(consumer.name)
			hint.assert_called_once_with(consumer.name)

	def test_the_same_doctype_twice_is_refused(self):
		with self.assertRaisesRegex(frappe.ValidationError, "Row 2: ToDo is there already"):
			create_test_consumer(consumer_doctypes=[PENDING[0], PENDING[0]])

	def test_the_state_tells_approval_pause_and_refusal(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		states = [link_state.read(consumer)["state"]]
		for status in ("Approved", "Rejected"):
			consumer.set_all(status)
			states.append(link_state.read(consumer)["state"])
		consumer.paused = 1
		states.append(link_state.read(consumer)["state"])
		self.assertEqual(states, ["Waiting for Approval", "Streaming", "Rejected", "Paused"])

	def test_behind_counts_approved_events_past_its_position_and_those_not_stamped_yet(self):
		consumer = create_test_consumer(position=5)
		log = frappe.qb.DocType("Update Log")
		rows = frappe.qb.into(log).columns("name", "creation", "ref_doctype", "position")
		for name, (doctype, position) in enumerate((("ToDo", 5), ("ToDo", 6), ("Note", 7), ("ToDo", 0)), 1):
			rows = rows.insert(name, now_datetime(), doctype, position)
		rows.run()
		self.assertEqual(link_state.read(consumer)["behind"], 2)
