import frappe

from event_streaming.document.streamable import check_streamable, doctype_query, is_plantable
from event_streaming.exceptions import NotStreamable
from event_streaming.tests.case import IntegrationTestCase

PLANTABLE = (
	"User",
	"Role",
	"Has Role",
	"User Permission",
	"DocType",
	"Custom Field",
	"Property Setter",
	"Server Script",
	"Client Script",
	"Report",
	"Print Format",
	"Webhook",
	"Workflow",
	"Notification",
	"Email Template",
	"Letter Head",
	"File",
	"Event Producer",
	"Event Consumer",
	"Document Type Mapping",
)


class TestStreamable(IntegrationTestCase):
	def test_what_could_plant_code_or_rights_is_never_taken(self):
		for doctype in PLANTABLE:
			if frappe.db.exists("DocType", doctype):
				self.assertTrue(is_plantable(doctype), doctype)
				self.assertRaises(NotStreamable, check_streamable, doctype)

	def test_master_data_of_the_framework_is_taken(self):
		for doctype in ("Address", "Contact", "Country", "Currency", "Note", "ToDo"):
			if frappe.db.exists("DocType", doctype):
				self.assertFalse(is_plantable(doctype), doctype)
				check_streamable(doctype)

	def test_a_doctype_that_is_not_here_is_named(self):
		with self.assertRaisesRegex(NotStreamable, "no DocType Spaceship"):
			check_streamable("Spaceship")

	def test_a_doctype_made_by_hand_is_taken_unless_it_holds_programs(self):
		fields = [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}]
		script = {"fieldname": "script", "fieldtype": "Code", "options": "Python", "label": "Script"}
		harmless = create_test_doctype("Streamable Test Harmless", fields)
		self.assertFalse(is_plantable(harmless))
		self.assertTrue(is_plantable(create_test_doctype("Streamable Test Program", [*fields, script])))

	def test_the_query_offers_what_can_be_streamed_and_nothing_else(self):
		offered = {row[0] for row in doctype_query("DocType", "", "name", 0, 1000, {})}
		self.assertIn("ToDo", offered)
		for doctype in offered:
			check_streamable(doctype)
		self.assertEqual(offered & set(PLANTABLE), set())

	def test_the_query_searches_and_pages(self):
		found = [row[0] for row in doctype_query("DocType", "ToD", "name", 0, 20, {})]
		self.assertIn("ToDo", found)
		self.assertNotIn("Note", found)
		self.assertEqual(len(doctype_query("DocType", "", "name", 0, 2, {})), 2)


def create_test_doctype(name: str, fields: list[dict]) -> str:
	if not frappe.db.exists("DocType", name):
		doctype = frappe.get_doc(
			{"doctype": "DocType", "name": name, "module": "Custom", "custom": 1, "fields": fields}
		)
		doctype.append("permissions", {"role": "System Manager", "read": 1})
		doctype.insert()
	return name
