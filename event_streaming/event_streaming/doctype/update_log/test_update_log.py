import json

import frappe

from event_streaming.tests.calling import LinkTestCase, create_test_consumer

CONSUMER = "http://consumer.example"


class TestUpdateLog(LinkTestCase):
	def opened(self, position: int, path: list[str] | None = None, doctype: str = "ToDo"):
		"""A row as its form gets it."""
		log = frappe.get_doc(doctype="Update Log", update_type="Delete", ref_doctype=doctype, docname="gone")
		log.update({"position": position, "path": json.dumps(path or []), "data": "{}"})
		log.run_method("onload")
		return log

	def test_it_says_what_happened_and_whether_the_document_is_still_here(self):
		log = self.opened(3)
		self.assertEqual(log.get_onload("change")["sentence"], "gone was deleted.")
		self.assertFalse(log.get_onload("is_here"))

	def test_it_says_who_is_to_have_it_and_who_has(self):
		create_test_consumer(CONSUMER, position=5)
		for position, fetched in ((5, True), (6, False), (0, False)):
			[consumer] = self.opened(position).get_onload("consumers")
			self.assertEqual((consumer["site"], consumer["fetched"]), (CONSUMER, fetched))

	def test_sites_that_it_has_passed_or_that_were_not_approved_do_not_get_it(self):
		create_test_consumer(CONSUMER)
		self.assertEqual(self.opened(1, path=[CONSUMER]).get_onload("consumers"), [])
		self.assertEqual(self.opened(1, doctype="Note").get_onload("consumers"), [])
