import datetime
from decimal import Decimal

import frappe

from event_streaming.document.digest import OWN, Digester, combined, in_both, stored_fields
from event_streaming.document.values import canonical
from event_streaming.tests.case import IntegrationTestCase

ALIKE = [
	("Int", [1, "1", 1.0, True]),
	("Check", [0, "0", None, "", False]),
	("Float", [0.1, "0.1", Decimal("0.100000000"), 0.1000000001]),
	("Currency", [0, None, "", "0.000000", -0.0]),
	("Date", ["2026-03-01", datetime.date(2026, 3, 1), "2026-03-01 00:00:00"]),
	("Date", [None, ""]),
	("Datetime", ["2026-03-01 09:30:00", "2026-03-01 09:30:00.000000", datetime.datetime(2026, 3, 1, 9, 30)]),
	("Time", ["00:00:00", "0:00:00", datetime.timedelta(0)]),
	("Time", ["09:30:00", "9:30:00", datetime.timedelta(hours=9, minutes=30)]),
	("Data", ["", None]),
	("Link", ["X", "X"]),
	("JSON", ['{"a": 1, "b": ["ü"]}', '{"b":["\\u00fc"],"a":1}', {"a": 1, "b": ["ü"]}]),
	("JSON", [None, ""]),
]
UNLIKE = [
	("Int", [0, 1, -1]),
	("Float", [0.1, 0.1001, -0.1]),
	("Date", ["2026-03-01", "2026-03-02", None]),
	("Time", ["00:00:00", "00:00:01", None]),
	("Data", ["a", "A", " a", "0", ""]),
	("Date", ["not a date", "2026-03-01"]),
	("Float", ["1e999", 1]),
	("JSON", ['{"a": 1}', '{"a": "1"}', "{}", "[1, 2]", "[2, 1]", "no JSON", "[" * 100_000, None]),
	("Data", ['{"a": 1}', '{"a":1}']),
]
TODO = {"name": "T-1", "description": "Call", "status": "Open", "priority": "Low", "date": "2026-03-01"}


class TestDigest(IntegrationTestCase):
	def test_values_that_are_stored_as_the_same_are_the_same(self):
		for fieldtype, values in ALIKE:
			with self.subTest(fieldtype, values=values):
				self.assertEqual(len({canonical(fieldtype, value) for value in values}), 1)

	def test_values_that_differ_differ(self):
		for fieldtype, values in UNLIKE:
			with self.subTest(fieldtype, values=values):
				self.assertEqual(len({canonical(fieldtype, value) for value in values}), len(values))

	def test_a_digest_tells_name_and_fields_and_nothing_else(self):
		digester = Digester("ToDo", {OWN: ["description", "status"]})
		digest = digester.digest("T-1", TODO)
		self.assertEqual(digest, digester.digest("T-1", {**TODO, "priority": "High", "unknown": 1}))
		self.assertNotEqual(digest, digester.digest("T-2", TODO))
		self.assertNotEqual(digest, digester.digest("T-1", {**TODO, "status": "Closed"}))
		swapped = {**TODO, "description": TODO["status"], "status": TODO["description"]}
		self.assertNotEqual(digest, digester.digest("T-1", swapped))

	def test_the_order_in_which_fields_are_named_means_nothing(self):
		one, other = (Digester("ToDo", {OWN: fields}) for fields in (["status", "date"], ["date", "status"]))
		self.assertEqual(one.digest("T-1", TODO), other.digest("T-1", TODO))

	def test_rows_count_with_their_names_values_and_order(self):
		digester = Digester("Contact", stored_fields("Contact"))
		rows = [{"name": "r1", "email_id": "a@example.com"}, {"name": "r2", "email_id": "b@example.com"}]
		contact = {"first_name": "Ada", "email_ids": rows}
		different = [
			contact,
			{**contact, "email_ids": rows[::-1]},
			{**contact, "email_ids": rows[:1]},
			{**contact, "email_ids": [rows[0], {**rows[1], "email_id": "c@example.com"}]},
			{**contact, "email_ids": [rows[0], {**rows[1], "name": "r3"}]},
			{**contact, "email_ids": [], "phone_nos": rows},
		]
		self.assertEqual(len({digester.digest("Ada", doc) for doc in different}), len(different))

	def test_a_set_of_documents_has_one_digest_whatever_their_order(self):
		digester = Digester("ToDo", stored_fields("ToDo"))
		digests = [digester.digest(f"T-{number}", TODO) for number in range(5)]
		self.assertEqual(combined(digests), combined(digests[::-1]))
		self.assertNotEqual(combined(digests), combined(digests[1:]))
		self.assertEqual(combined([]), "0" * 32)

	def test_only_fields_that_both_have_count(self):
		one = {OWN: ["a", "b"], "rows": ["x", "y"], "mine": ["z"]}
		other = {OWN: ["b", "c"], "rows": ["y"], "yours": ["z"]}
		self.assertEqual(in_both(one, other), {OWN: ["b"], "rows": ["y"]})

	def test_passwords_and_what_each_site_keeps_for_itself_are_no_part_of_it(self):
		fields = {name for names in stored_fields("Contact").values() for name in names}
		self.assertFalse(fields & {"name", "owner", "creation", "modified", "modified_by", "parent", "idx"})
		secret = {
			field.fieldname for field in frappe.get_meta("User").fields if field.fieldtype == "Password"
		}
		self.assertTrue(secret)
		self.assertFalse(secret & set(stored_fields("User")[OWN]))
