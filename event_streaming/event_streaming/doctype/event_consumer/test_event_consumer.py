from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from event_streaming.event_streaming.doctype.event_consumer import event_consumer
from event_streaming.producer import consumed_doctypes, link_state, notify, request_summary
from event_streaming.producer.readable_fields import ReadableFields
from event_streaming.tests.calling import LinkTestCase, create_test_consumer, create_test_subscriber

PENDING = [{"ref_doctype": "ToDo", "status": "Pending"}, {"ref_doctype": "Note", "status": "Pending"}]


class TestEventConsumer(LinkTestCase):
	def setUp(self):
		super().setUp()
		for doctype in ("Update Log", "Event Consumer Document Type"):
			frappe.db.delete(doctype)
		consumed_doctypes.clear_consumed_cache()
		self.addCleanup(consumed_doctypes.clear_consumed_cache)

	def consumed(self) -> set[str]:
		frappe.cache.delete_value([consumed_doctypes.CONSUMED, consumed_doctypes.CONSUMED_GUESS])
		frappe.local.event_streaming_consumed = None
		return consumed_doctypes.consumed_doctypes()

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

	def test_each_doctype_can_have_its_own_answer(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		event_consumer.answer(consumer.name, "Note", "Rejected")
		event_consumer.answer(consumer.name, "ToDo", "Approved")
		self.assertEqual(self.statuses(consumer), ["Approved", "Rejected"])

	def test_what_was_not_asked_for_or_no_answer_is_refused(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		with self.assertRaisesRegex(frappe.ValidationError, "does not ask for Contact"):
			event_consumer.answer(consumer.name, "Contact", "Approved")
		with self.assertRaisesRegex(frappe.ValidationError, "The answer is Approved or Rejected"):
			event_consumer.answer(consumer.name, "Note", "Pending")

	def test_what_was_not_read_is_not_answered(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING)
		with self.assertRaises(frappe.TimestampMismatchError):
			event_consumer.answer(consumer.name, "Note", "Approved", modified="2020-01-01 00:00:00")

	def test_only_who_may_write_it_may_answer_or_end_it(self):
		consumer = create_test_consumer(consumer_doctypes=PENDING).name
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		for attempt in (
			lambda: event_consumer.approve_all(consumer),
			lambda: event_consumer.reject_all(consumer),
			lambda: event_consumer.answer(consumer, "Note", "Approved"),
			lambda: event_consumer.set_paused(consumer, True),
			lambda: event_consumer.revoke_key(consumer),
			lambda: event_consumer.unpair(consumer),
			lambda: event_consumer.inspect_request(consumer),
			lambda: event_consumer.get_link_state(consumer),
		):
			self.assertRaises(frappe.PermissionError, attempt)

	def test_pausing_from_the_form_is_kept(self):
		consumer = create_test_consumer()
		event_consumer.set_paused(consumer.name, True)
		self.assertEqual(event_consumer.get_link_state(consumer.name)["state"], "Paused")

	def test_a_revoked_key_is_another_one(self):
		consumer = create_test_consumer()
		event_consumer.revoke_key(consumer.name)
		now = frappe.get_doc("Event Consumer", consumer.name)
		self.assertNotEqual(now.link_key, consumer.link_key)
		self.assertNotEqual(now.get_password("link_secret"), str(consumer.flags.secret))

	def test_unpairing_leaves_no_record(self):
		consumer = create_test_consumer()
		event_consumer.unpair(consumer.name)
		self.assertFalse(frappe.db.exists("Event Consumer", consumer.name))

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


class TestInspection(LinkTestCase):
	"""What the form says of a request before it is answered."""

	def setUp(self):
		super().setUp()
		frappe.db.delete("ToDo")
		for number in range(3):
			frappe.get_doc(
				doctype="ToDo", description=f"{number}", priority="High" if number else "Low"
			).insert()

	def inspect(self, user: str | None = None, **row) -> dict:
		rows = [{"ref_doctype": "ToDo", "status": "Pending", **row}]
		consumer = create_test_consumer(consumer_doctypes=rows, event_subscriber=user or "Administrator")
		return event_consumer.inspect_request(consumer.name)[0]

	def test_documents_that_fit_the_condition_are_counted(self):
		told = self.inspect(condition='{"priority": "High"}')
		self.assertEqual((told["matching"], told["readable"], told["restrictions"]), (2, 2, []))

	def test_they_are_counted_up_to_a_bound(self):
		with patch.object(request_summary, "MOST", 2):
			told = self.inspect()
		self.assertEqual((told["matching"], told["readable"], told["most"]), (2, 2, 2))

	def test_a_user_without_the_right_gets_nothing_and_the_form_says_so(self):
		with patch.object(request_summary.Visibility, "may_read", return_value=False):
			told = self.inspect(create_test_subscriber())
		self.assertEqual((told["matching"], told["may_read"], told["readable"]), (3, False, 0))

	def test_fields_above_the_users_level_are_named(self):
		field = frappe.get_meta("ToDo").get_field("priority")
		with patch.object(ReadableFields, "_read_hidden", return_value={field.fieldname}):
			self.assertEqual(self.inspect()["hidden_fields"], [field.label])

	def test_what_is_unsubscribed_is_not_asked_for(self):
		rows = [{"ref_doctype": "ToDo", "status": "Approved", "unsubscribed": 1}]
		consumer = create_test_consumer(consumer_doctypes=rows)
		self.assertEqual(event_consumer.inspect_request(consumer.name), [])
