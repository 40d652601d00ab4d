from contextlib import contextmanager
from unittest.mock import patch

import frappe

from event_streaming.desk import mapping_help, remote_fields
from event_streaming.desk.remote_fields import RemoteFields
from event_streaming.event_streaming.doctype.document_type_mapping import document_type_mapping as form
from event_streaming.exceptions import ConnectionFailed, MappingError
from event_streaming.tests.calling import LinkTestCase, create_test_subscriber
from event_streaming.tests.order_mapping_case import (
	ORDER,
	ORDER_ROW,
	PARTY,
	create_order_doctypes,
	create_test_document_type_mapping,
	delete_order_doctypes,
)

SITE = "https://there.example"
PURCHASE = [
	{"fieldname": "title", "label": "Title", "fieldtype": "Data", "reqd": 1},
	{"fieldname": "amount", "label": "Amount", "fieldtype": "Data"},
	{"fieldname": "remark", "label": "Note", "fieldtype": "Small Text"},
	{"fieldname": "party", "label": "Party", "fieldtype": "Link", "options": "Client"},
	{
		"fieldname": "lines",
		"label": "Lines",
		"fieldtype": "Table",
		"options": "Purchase Line",
		"fields": [{"fieldname": "article", "label": "Article", "fieldtype": "Data"}],
	},
]
DOCUMENT = {
	"title": "First",
	"docstatus": 0,
	"amount": "12.5",
	"remark": "<b>bold</b>",
	"state": "Open",
	"party": "C-1",
	"lines": [{"name": "r1", "idx": 1, "article": "Nail"}, {"name": "r2", "idx": 2, "article": None}],
}


class Other:
	"""The other site, as far as it is asked."""

	documents = {"P-1": DOCUMENT}

	def __init__(self):
		self.asked = []

	def describe_doctype(self, doctype):
		self.asked.append(doctype)
		return PURCHASE

	def find_documents(self, doctype, filters, limit, linked_from=()):
		return list(self.documents)[:limit]

	def get_documents(self, keys, linked_from=()):
		found = [
			{"doctype": doctype, "name": name, "log_id": 1, "doc": self.documents[name]}
			for doctype, name in keys
			if name in self.documents
		]
		return {"documents": found, "missing": [], "position": 0, "event_key": None}


class MappingHelpTestCase(LinkTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.addClassCleanup(delete_order_doctypes)
		create_order_doctypes()

	def setUp(self):
		super().setUp()
		self.other = Other()
		self.use(patch.object(remote_fields.ProducerClient, "for_producer", self.client))
		frappe.cache.delete_keys("event_streaming:remote_fields")
		self.addCleanup(frappe.cache.delete_keys, "event_streaming:remote_fields")
		self.use(patch.object(form, "_known_producer", side_effect=lambda producer: producer))

	@contextmanager
	def client(self, name):
		yield self.other

	def given(self, *rows: dict, **values) -> dict:
		"""A mapping as a form holds it, not saved."""
		header = {"mapping_name": "New", "local_doctype": ORDER, "remote_doctype": "Purchase"}
		return {**header, "field_mapping": list(rows), "doctype": "Document Type Mapping", **values}

	def map(self, local: str, remote: str, **values) -> dict:
		return {"local_fieldname": local, "remote_fieldname": remote, **values}


class TestLookUp(MappingHelpTestCase):
	def test_the_fields_of_the_other_site_are_offered_with_their_labels_and_types(self):
		fields = form.look_up(self.given(), SITE)["fields"]
		self.assertEqual(fields[0], {"value": "title", "label": "title", "description": "Title (Data)"})
		self.assertEqual([field["value"] for field in fields[-2:]], ["name", "docstatus"])

	def test_it_is_asked_once_in_a_while(self):
		for _time in range(3):
			form.look_up(self.given(), SITE)
		self.assertEqual(self.other.asked, ["Purchase"])

	def test_a_site_that_cannot_be_asked_leaves_names_to_be_typed(self):
		with patch.object(
			self.other, "describe_doctype", side_effect=ConnectionFailed("It is off."), create=True
		):
			self.assertEqual(form.look_up(self.given(), SITE), {"error": "It is off."})
		self.assertEqual(frappe.local.message_log, [])

	def test_rows_that_do_not_fit_are_told(self):
		rows = [
			self.map("title", "title"),
			self.map("amount", "amount"),
			self.map("note", "no_such"),
			self.map("returns", "title", is_child_table=1),
			self.map("party", "party"),
			self.map("due_on", "title"),
		]
		clashes = form.look_up(self.given(*rows), SITE)["clashes"]
		self.assertEqual([clash["idx"] for clash in clashes], [2, 3, 4, 5, 6])
		self.assertEqual(
			clashes[0]["message"],
			"amount is of type Currency and does not take all values of amount, which is of type Data.",
		)
		self.assertIn("has no field no_such on the other site", clashes[1]["message"])
		self.assertIn("is a table and the other is not", clashes[2]["message"])
		self.assertIn("links to Mapped Party and party to Client", clashes[3]["message"])

	def test_only_what_has_the_form_of_a_field_is_believed(self):
		answer = [
			5,
			{"fieldname": {}},
			{"fieldname": "a"},
			{"fieldname": "b", "fieldtype": "Data", "label": []},
		]
		with patch.object(self.other, "describe_doctype", return_value=answer, create=True):
			fields = RemoteFields(SITE, "Odd").all
		self.assertEqual([field.fieldname for field in fields], ["b", "name", "docstatus"])
		self.assertEqual(fields[0].label, "B")

	def test_rows_that_are_still_empty_do_not_count(self):
		rows = [{"idx": 1}, {**self.map("amount", "amount"), "idx": 2}]
		self.assertEqual([clash["idx"] for clash in form.look_up(self.given(*rows), SITE)["clashes"]], [2])

	def test_what_is_missing_on_the_form_is_asked_for(self):
		for missing in (
			{"local_doctype": ""},
			{"remote_doctype": None},
			{"local_doctype": "No Such DocType"},
		):
			self.assertRaisesRegex(MappingError, "first", form.look_up, self.given(**missing), SITE)

	def test_only_a_system_manager_may_ask(self):
		frappe.set_user(create_test_subscriber())
		self.addCleanup(frappe.set_user, "Administrator")
		self.use(patch.dict(frappe.local.flags, {"in_test": False}))  # in tests everybody has every role
		for function in (form.look_up, form.suggest_fields, form.preview):
			self.assertRaises(frappe.PermissionError, function, self.given(), SITE)


class TestSuggest(MappingHelpTestCase):
	def suggest(self, *rows: dict) -> dict:
		return form.suggest_fields(self.given(*rows), SITE)

	def test_fields_of_the_same_name_or_label_that_fit_are_suggested(self):
		rows = self.suggest()["rows"]
		self.assertEqual(rows, [self.map("title", "title"), self.map("note", "remark")])

	def test_what_is_mapped_already_is_left_alone(self):
		rows = self.suggest(self.map("title", "remark"))["rows"]
		self.assertEqual(rows, [])

	def test_why_a_namesake_does_not_fit_is_told(self):
		left = self.suggest()["left"]
		self.assertTrue(any(line.startswith("amount is of type Currency") for line in left), left)
		self.assertTrue(any("make one from Purchase Line to Mapped Order Row" in line for line in left), left)
		self.assertTrue(any(line.startswith("party links to Mapped Party") for line in left), left)

	def test_mappings_that_are_there_are_used_for_rows_and_links(self):
		lines = create_test_document_type_mapping(
			ORDER_ROW, "Purchase Line", [{"local_fieldname": "item", "remote_fieldname": "article"}]
		)
		party = create_test_document_type_mapping(PARTY, "Client")
		rows = self.suggest()["rows"]
		self.assertIn(self.map("lines", "lines", is_child_table=1, child_table_mapping=lines.name), rows)
		self.assertIn(self.map("party", "party", mapping_type="Document", mapping=party.name), rows)
		create_test_document_type_mapping(ORDER, "Purchase", rows)

	def test_a_mandatory_field_without_a_source_is_told(self):
		mapping = form._unsaved(self.given())
		with patch.object(remote_fields, "_ask", return_value=[]):
			left = mapping_help.suggest(mapping, RemoteFields(SITE, "Empty"))["left"]
		self.assertEqual(
			left,
			["title is mandatory here, and no field there has its name. Choose one, or fill in a default."],
		)


class TestPreview(MappingHelpTestCase):
	def setUp(self):
		super().setUp()
		self.lines = create_test_document_type_mapping(
			ORDER_ROW, "Purchase Line", [{"local_fieldname": "item", "remote_fieldname": "article"}]
		).name
		self.table = self.map("lines", "lines", is_child_table=1, child_table_mapping=self.lines)

	def preview(self, *rows: dict, name: str | None = None) -> dict:
		return form.preview(self.given(*rows), SITE, name)

	def test_remote_values_stand_beside_what_becomes_of_them_and_nothing_is_saved(self):
		before = frappe.db.count(ORDER), frappe.db.count("Document Type Mapping")
		shown = self.preview(self.map("title", "title"), self.map("amount", "amount"), self.table)
		self.assertEqual((shown["name"], shown["names"], shown["problems"]), ("P-1", ["P-1"], []))
		self.assertEqual(
			[(row["remote"], row["local"]) for row in shown["fields"]], [("First", "First"), ("12.5", "12.5")]
		)
		[table] = shown["tables"]
		self.assertEqual([row[0]["local"] for row in table["rows"]], ["Nail", ""])
		self.assertEqual((frappe.db.count(ORDER), frappe.db.count("Document Type Mapping")), before)

	def test_a_default_and_a_link_that_is_not_here_are_told(self):
		party = create_test_document_type_mapping(PARTY, "Client")
		link = self.map("party", "party", mapping_type="Document", mapping=party.name)
		shown = self.preview(self.map("title", "subtitle", default_value="None given"), link)
		self.assertEqual(
			[(row["local"], row["note"]) for row in shown["fields"]],
			[("None given", "Default Value"), ("C-1", "not here yet: it would be fetched first")],
		)

	def test_a_link_tells_its_name_here(self):
		party = create_test_document_type_mapping(PARTY, "Client")
		key = {"event_producer": SITE, "remote_doctype": "Client", "remote_docname": "C-1"}
		here = {"local_doctype": PARTY, "local_docname": "party-7"}
		frappe.get_doc({"doctype": "Remote Document", **key, **here}).insert(ignore_permissions=True)
		link = self.map("party", "party", mapping_type="Document", mapping=party.name)
		self.assertEqual(self.preview(self.map("title", "title"), link)["fields"][1]["note"], "here party-7")

	def test_what_could_not_be_saved_here_is_told(self):
		shown = self.preview(self.map("title", "nothing"), self.map("state", "remark"))
		self.assertEqual(
			shown["problems"],
			["title is mandatory here and would be empty.", "<b>bold</b> is not an option of state here."],
		)

	def test_what_the_mapping_could_not_be_saved_with_is_refused_in_a_sentence(self):
		with self.assertRaises(MappingError) as refusal:
			self.preview(self.map("titel", "title"))
		self.assertEqual(
			str(refusal.exception), "Row 1: Mapped Order has no field titel. Choose one of its fields."
		)

	def test_a_value_that_does_not_fit_is_refused_in_a_sentence(self):
		with self.assertRaisesRegex(
			MappingError, "the value 'First' of title does not fit the field quantity"
		):
			self.preview(self.map("quantity", "title"))

	def test_a_document_that_is_not_there_is_refused_in_a_sentence(self):
		self.assertRaisesRegex(
			MappingError, "no Purchase P-9", self.preview, self.map("title", "title"), name="P-9"
		)
		with patch.object(self.other, "documents", {}, create=True):
			self.assertRaisesRegex(
				MappingError, "nothing to preview", self.preview, self.map("title", "title")
			)
