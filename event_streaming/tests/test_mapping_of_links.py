import frappe

from event_streaming.exceptions import MappingError
from event_streaming.tests.mapping_case import PURCHASE, MappingTestCase, Source
from event_streaming.tests.order_mapping_case import (
	PARTY,
	create_test_document_type_mapping,
)


class TestMappingOfLinkedDocuments(MappingTestCase):
	def party(self, **row) -> dict:
		client = create_test_document_type_mapping(PARTY, "Client")
		return {"local_fieldname": "party", "mapping_type": "Document", "mapping": client.name, **row}

	def test_without_filters_the_remote_value_names_the_linked_document(self):
		row = self.party(remote_fieldname="client")
		mapper, source = self.mapper(row), Source()
		self.assertEqual(mapper.map_document(PURCHASE, source)["party"], "C-7")
		self.assertEqual(
			mapper.map_diff({"changed": {"client": "C-8"}}, source), {"changed": {"party": "C-8"}}
		)
		self.assertEqual(source.asked, [])
		self.assertEqual(mapper.link_targets(), {(None, "party"): ("Client", row["mapping"])})

	def test_filters_look_up_the_linked_document_at_the_source(self):
		mapper = self.mapper(
			self.party(
				remote_value_filters={
					"email": "doc.contact_email",
					"company": ["in", ["doc.company", "Group"]],
					"disabled": 0,
				}
			)
		)
		source = Source(names=["C-9"])
		self.assertEqual(mapper.map_document(PURCHASE, source)["party"], "C-9")
		self.assertEqual(
			source.asked,
			[
				(
					"Client",
					{
						"email": ["=", "ada@example.com"],
						"company": ["in", ["Mill", "Group"]],
						"disabled": ["=", 0],
					},
				)
			],
		)

	def test_no_or_several_documents_that_match_are_an_error_that_says_which(self):
		mapper = self.mapper(self.party(remote_value_filters={"email": "doc.contact_email"}))
		shown = 'Client at the source {} {{"email": ["=", "ada@example.com"]}}'
		for names, message in (
			(
				[],
				f"No document of {shown.format('matches')}. Create it there, or fix the remote value filters."
				" Also subscribe to Client if no document that this site may have links to it.",
			),
			(
				["C-1", "C-2"],
				f"Several documents of {shown.format('match')}. Make the remote value filters narrower.",
			),
		):
			with self.assertRaises(MappingError) as refusal:
				mapper.map_document(PURCHASE, Source(names=names))
			self.assertEqual(str(refusal.exception), message)

	def test_an_empty_reference_means_that_nothing_is_linked(self):
		source = Source()
		mapper = self.mapper(self.party(remote_value_filters={"email": "doc.contact_email"}))
		self.assertIsNone(mapper.map_document({**PURCHASE, "contact_email": ""}, source)["party"])
		self.assertEqual(
			mapper.map_diff({"changed": {"contact_email": None}}, source), {"changed": {"party": None}}
		)
		self.assertEqual(source.asked, [])

	def test_a_default_stands_in_for_a_linked_document_that_is_not_named(self):
		party = frappe.get_doc({"doctype": PARTY, "title": "Unknown client"}).insert()
		mapper = self.mapper(
			self.party(remote_value_filters={"email": "doc.contact_email"}, default_value=party.name)
		)
		self.assertEqual(
			mapper.map_document({**PURCHASE, "contact_email": ""}, Source())["party"], party.name
		)

	def test_a_reference_to_a_field_that_did_not_come_is_an_error_that_names_it(self):
		mapper = self.mapper(self.party(remote_value_filters={"email": "doc.emial"}))
		with self.assertRaises(MappingError) as refusal:
			mapper.map_document(PURCHASE, Source())
		self.assertEqual(
			str(refusal.exception),
			"The remote document has no field emial, or the subscriber may not read it. Fix doc.emial.",
		)

	def test_a_diff_looks_up_the_link_only_when_a_referenced_field_has_changed(self):
		mapper = self.mapper(
			self.party(remote_value_filters={"email": "doc.contact_email", "company": "doc.company"}),
			{"local_fieldname": "title", "remote_fieldname": "subject"},
		)
		source = Source(document=PURCHASE, names=["C-9"])
		self.assertEqual(mapper.map_diff({"changed": {"subject": "x"}}, source), {"changed": {"title": "x"}})
		self.assertEqual(source.asked, [])
		changed = {"contact_email": "bob@example.com"}
		self.assertEqual(mapper.map_diff({"changed": changed}, source), {"changed": {"party": "C-9"}})
		filters = {"email": ["=", "bob@example.com"], "company": ["=", "Mill"]}
		self.assertEqual(source.asked, ["whole document", ("Client", filters)])

	def test_a_diff_that_holds_all_referenced_fields_does_not_ask_for_the_whole_document(self):
		mapper = self.mapper(self.party(remote_value_filters={"email": "doc.contact_email"}))
		source = Source(names=["C-9"])
		mapper.map_diff({"changed": {"contact_email": "bob@example.com"}}, source)
		self.assertEqual(source.asked, [("Client", {"email": ["=", "bob@example.com"]})])

	def test_a_link_of_a_document_that_is_gone_from_the_source_is_left_alone(self):
		mapper = self.mapper(
			self.party(remote_value_filters={"email": "doc.contact_email", "company": "doc.company"}),
			{"local_fieldname": "title", "remote_fieldname": "company"},
		)
		self.assertEqual(
			mapper.map_diff({"changed": {"company": "Mine"}}, Source(document=None)),
			{"changed": {"title": "Mine"}},
		)

	def test_filters_in_rows_refer_to_fields_of_the_row(self):
		supplier = self.party(remote_value_filters={"code": "doc.maker", "article": "doc.article"})
		mapper = self.mapper(self.lines({**supplier, "local_fieldname": "supplier"}))
		source = Source(document=PURCHASE, names=["S-9"])
		rows = mapper.map_document(PURCHASE, source)["lines"]
		self.assertEqual([row["supplier"] for row in rows], ["S-9", None])
		source.asked.clear()
		diff = {"row_changed": {"articles": {"r1": {"maker": "S-2"}, "gone": {"maker": "S-3"}}}}
		self.assertEqual(
			mapper.map_diff(diff, source), {"row_changed": {"lines": {"r1": {"supplier": "S-9"}}}}
		)
		self.assertIn(("Client", {"code": ["=", "S-2"], "article": ["=", "A4"]}), source.asked)
		self.assertEqual(mapper.link_targets(), {("lines", "supplier"): ("Client", supplier["mapping"])})

	def test_a_link_to_the_own_kind_goes_through_the_own_mapping(self):
		mapper = self.mapper({"local_fieldname": "previous_order", "remote_fieldname": "follows"})
		self.assertEqual(mapper.link_targets(), {(None, "previous_order"): ("Purchase", mapper.name)})

	def test_filters_without_a_mapping_look_in_the_doctype_of_the_same_name(self):
		mapper = self.mapper(
			{
				"local_fieldname": "party",
				"mapping_type": "Document",
				"remote_value_filters": {"email": "doc.contact_email"},
			}
		)
		source = Source(names=["P-1"])
		mapper.map_document(PURCHASE, source)
		self.assertEqual(source.asked[0][0], PARTY)
		self.assertEqual(mapper.link_targets(), {(None, "party"): (PARTY, None)})
