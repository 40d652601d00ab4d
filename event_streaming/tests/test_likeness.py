import frappe
from frappe.tests.utils import FrappeTestCase

from event_streaming.consumer.identity.likeness import equal_texts, is_same, nearness

# A ToDo's links: reference_type and reference_name, role, sender; allocated_to and assigned_by are users.
TODO = {
	"doctype": "ToDo",
	"name": "1",
	"reference_type": "Note",
	"reference_name": "Plan",
	"status": "Open",
	"allocated_to": "a@example.com",
	"description": "Call",
	"date": "2026-01-01",
}


class TestLikeness(FrappeTestCase):
	def test_told_apart_by_links_and_texts_of_one_line(self):
		texts = equal_texts("ToDo", TODO)
		self.assertEqual(texts["reference_name"], "Plan")
		for field in ("status", "date", "description"):
			self.assertNotIn(field, texts)

	def test_who_did_it_does_not_count(self):
		self.assertNotIn("allocated_to", equal_texts("ToDo", TODO))
		self.assertTrue(is_same("ToDo", {**TODO, "allocated_to": "b@example.com"}, TODO))

	def test_dates_states_and_long_texts_may_differ(self):
		other = {**TODO, "status": "Closed", "date": "2026-02-02", "description": "Call again"}
		self.assertTrue(is_same("ToDo", other, TODO))
		self.assertEqual(nearness("ToDo", TODO, TODO) - nearness("ToDo", other, TODO), 3)

	def test_a_link_may_not(self):
		self.assertFalse(is_same("ToDo", {**TODO, "reference_name": "Other"}, TODO))

	def test_empty_is_empty_in_every_way(self):
		self.assertTrue(is_same("ToDo", {**TODO, "role": None}, {**TODO, "role": ""}))
		self.assertFalse(is_same("ToDo", {**TODO, "role": None}, {**TODO, "role": "Guest"}))

	def test_what_was_not_sent_does_not_count(self):
		sent = {field: value for field, value in TODO.items() if field != "reference_name"}
		self.assertTrue(is_same("ToDo", TODO, sent))

	def test_the_links_of_rows_count_in_any_order(self):
		here = self.with_rows("Note", "ToDo")
		self.assertTrue(is_same("Event Producer", here, self.with_rows("ToDo", "Note")))
		self.assertFalse(is_same("Event Producer", here, self.with_rows("Note")))
		self.assertFalse(is_same("Event Producer", here, self.with_rows("Note", "Event")))

	@staticmethod
	def with_rows(*doctypes: str) -> dict:
		rows = [{"name": frappe.generate_hash(), "ref_doctype": doctype} for doctype in doctypes]
		return {"doctype": "Event Producer", "name": "1", "producer_doctypes": rows}
