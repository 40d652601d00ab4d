from types import SimpleNamespace
from unittest.mock import patch

from event_streaming.consumer.replay import worked_out
from event_streaming.tests.case import IntegrationTestCase

DECLARED = {"Has Role": ["role"], "User": ["language"]}


class TestWorkedOut(IntegrationTestCase):
	def past(self, docstatus: int, **options) -> dict:
		"""A document with rows as it was before others changed it; nothing is stored."""
		values = {"docstatus": docstatus, "language": "de", "first_name": "Ada"}
		values["roles"] = [{"name": "r1", "role": "Auditor", "parentfield": "roles"}]
		with patch.object(worked_out, "_declared", lambda doctype: set(DECLARED.get(doctype, ()))):
			return worked_out.without_present_state(values, "User", **options)

	def test_declared_fields_of_a_submitted_document_and_its_rows_are_left_out(self):
		kept = self.past(docstatus=1)
		self.assertEqual((kept.get("language"), kept["first_name"]), (None, "Ada"))
		self.assertEqual(kept["roles"], [{"name": "r1", "parentfield": "roles"}])

	def test_rows_of_a_draft_are_what_its_user_has_made_of_them(self):
		self.assertEqual(self.past(docstatus=0)["roles"][0]["role"], "Auditor")

	def test_rows_stay_where_a_document_cannot_be_made_without_them(self):
		self.assertEqual(self.past(docstatus=1, declared_only=True)["roles"][0]["role"], "Auditor")

	def test_numbers_that_an_app_says_to_be_brought_along_are_kept(self):
		of = {"fieldtype": "Currency", "read_only": 1, "no_copy": 1, "reqd": 0, "default": None}
		fields = [SimpleNamespace(fieldname=name, **of) for name in ("debit", "paid")]
		with patch("frappe.get_hooks", return_value={"Entry Line": ["debit"]}):
			found = worked_out.fields_of(SimpleNamespace(name="Entry Line", fields=fields))
		self.assertEqual(found, {"paid"})
