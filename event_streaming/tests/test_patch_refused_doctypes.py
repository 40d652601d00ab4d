import frappe

from event_streaming.patches.v1_0 import note_refused_doctypes
from event_streaming.producer.terms import read_terms
from event_streaming.tests.calling import LinkTestCase, create_test_consumer


class TestRefusedDoctypes(LinkTestCase):
	def test_what_version_0_1_left_as_rejected_is_refused_and_nothing_else(self):
		rows = [
			{"ref_doctype": "ToDo", "status": "Rejected"},
			{"ref_doctype": "Note", "status": "Approved"},
			{"ref_doctype": "Event", "status": "Pending"},
		]
		consumer = create_test_consumer(consumer_doctypes=rows)
		frappe.db.set_value("Event Consumer Document Type", {"parent": consumer.name}, "refused", 0)
		for _time in range(2):
			note_refused_doctypes.execute()
			refused = {doctype for doctype, terms in read_terms(consumer.name).items() if terms.refused}
			self.assertEqual(refused, {"ToDo"})
