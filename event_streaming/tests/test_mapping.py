import frappe

from event_streaming.consumer.mapping.mapper import LocalName, Mapper
from event_streaming.exceptions import MappingError
from event_streaming.tests.mapping_case import PURCHASE, MappingTestCase, Source
from event_streaming.tests.order_mapping_case import (
	ORDER,
	PARTY,
	create_test_document_type_mapping,
)


class TestMappingOfWholeDocuments(MappingTestCase):
	def test_mapped_fields_take_their_local_names_and_all_others_are_dropped(self):
		mapper = self.mapper(
			{"local_fieldname": "title", "remote_fieldname": "subject"},
			{"local_fieldname": "quantity", "remote_fieldname": "pieces"},
			{"local_fieldname": "note", "remote_fieldname": "subject"},
		)
		self.assertEqual(
			mapper.map_document(PURCHASE, Source()),
			{
				"doctype": ORDER,
				"name": "P-1",
				"docstatus": 1,
				"title": "Paper",
				"quantity": 4,
				"note": "Paper",
			},
		)
		self.assertEqual((mapper.remote_doctype, mapper.local_doctype), ("Purchase", ORDER))

	def test_a_default_stands_in_for_what_is_missing_null_or_empty_but_not_for_zero(self):
		mapper = self.mapper(
			{"local_fieldname": "quantity", "remote_fieldname": "pieces", "default_value": "7"}
		)
		without = {field: value for field, value in PURCHASE.items() if field != "pieces"}
		for doc, quantity in (
			(without, 7),
			({**without, "pieces": None}, 7),
			({**without, "pieces": ""}, 7),
			({**without, "pieces": 0}, 0),
		):
			self.assertEqual(mapper.map_document(doc, Source())["quantity"], quantity)

	def test_a_remote_field_that_did_not_come_leaves_the_local_one_alone(self):
		mapper = self.mapper({"local_fieldname": "quantity", "remote_fieldname": "no_such_field"})
		self.assertNotIn("quantity", mapper.map_document(PURCHASE, Source()))

	def test_defaults_have_the_type_of_their_field(self):
		mapper = self.mapper(
			*(
				{"local_fieldname": fieldname, "default_value": default}
				for fieldname, default in {
					"title": "12",
					"quantity": "12",
					"amount": "12",
					"is_paid": "1",
					"due_on": "2026-12-31",
					"placed_at": "2026-12-31 10:30:00",
					"state": "Paid",
				}.items()
			)
		)
		mapped = mapper.map_document({"doctype": "Purchase", "name": "P-2"}, Source())
		self.assertEqual(
			mapped,
			{
				"doctype": ORDER,
				"name": "P-2",
				"title": "12",
				"quantity": 12,
				"amount": 12.0,
				"is_paid": 1,
				"due_on": "2026-12-31",
				"placed_at": "2026-12-31 10:30:00",
				"state": "Paid",
			},
		)
		self.assertIsInstance(mapped["amount"], float)

	def test_a_default_link_names_a_document_of_this_site(self):
		party = frappe.get_doc({"doctype": PARTY, "title": "Unknown client"}).insert()
		mapper = self.mapper(
			{"local_fieldname": "party", "remote_fieldname": "client", "default_value": party.name}
		)
		default = mapper.map_document({**PURCHASE, "client": None}, Source())["party"]
		self.assertEqual(default, party.name)
		self.assertIsInstance(default, LocalName)
		self.assertNotIsInstance(mapper.map_document(PURCHASE, Source())["party"], LocalName)
		order = frappe.get_doc({"doctype": ORDER, "title": "Paper", "party": default}).insert()
		self.assertEqual(frappe.db.get_value(ORDER, order.name, "party"), party.name)

	def test_values_that_no_field_of_the_type_can_have_are_refused_by_name(self):
		mapper = self.mapper({"local_fieldname": "quantity", "remote_fieldname": "subject"})
		with self.assertRaises(MappingError) as refusal:
			mapper.map_document(PURCHASE, Source())
		self.assertEqual(
			str(refusal.exception),
			f"Mapping {mapper.name}: the value 'Paper' of subject does not fit the field quantity, "
			"which is of type Int.",
		)

	def test_rows_of_child_tables_are_mapped_and_keep_their_names_and_order(self):
		mapper = self.mapper(
			{"local_fieldname": "title", "remote_fieldname": "subject"},
			self.lines(
				{"local_fieldname": "item", "remote_fieldname": "article", "default_value": "Unnamed"},
				{"local_fieldname": "qty", "remote_fieldname": "count"},
				{"local_fieldname": "unit", "default_value": "Piece"},
			),
		)
		self.assertEqual(
			mapper.map_document(PURCHASE, Source())["lines"],
			[
				{"name": "r1", "idx": 1, "docstatus": 1, "item": "A4", "qty": 2.0, "unit": "Piece"},
				{"name": "r2", "idx": 2, "docstatus": 1, "item": "Unnamed", "qty": 1.0, "unit": "Piece"},
			],
		)

	def test_rows_of_the_same_doctype_pass_as_they_are(self):
		mapper = self.mapper(
			{"local_fieldname": "title", "remote_fieldname": "title"},
			{"local_fieldname": "returns", "remote_fieldname": "lines", "is_child_table": 1},
			remote_doctype=ORDER,
		)
		rows = [{"name": "r1", "idx": 1, "docstatus": 0, "item": "A4", "qty": 2.0, "unit": "Box"}]
		mapped = mapper.map_document({"doctype": ORDER, "name": "O-1", "title": "x", "lines": rows}, Source())
		self.assertEqual(mapped["returns"], rows)
		self.assertNotIn("lines", mapped)

	def test_a_table_that_is_none_at_the_source_is_refused_by_name(self):
		mapper = self.mapper(self.lines({"local_fieldname": "item", "remote_fieldname": "article"}))
		with self.assertRaises(MappingError) as refusal:
			mapper.map_document({**PURCHASE, "articles": "A4, A5"}, Source())
		self.assertEqual(
			str(refusal.exception),
			"articles is not a table at the source. Fix the row of the mapping that is for lines.",
		)

	def test_the_mapped_document_is_not_touched(self):
		before = frappe.as_json(PURCHASE)
		mapper = self.mapper(self.lines({"local_fieldname": "item", "remote_fieldname": "article"}))
		mapper.map_document(PURCHASE, Source())["lines"][0]["item"] = "changed"
		self.assertEqual(frappe.as_json(PURCHASE), before)

	def test_an_edited_mapping_counts_from_the_next_mapper_on(self):
		mapping = create_test_document_type_mapping(
			ORDER, "Purchase", [{"local_fieldname": "title", "remote_fieldname": "subject"}]
		)
		self.assertEqual(Mapper(mapping.name).map_document(PURCHASE, Source())["title"], "Paper")
		mapping.field_mapping[0].remote_fieldname = "company"
		mapping.save()
		self.assertEqual(Mapper(mapping.name).map_document(PURCHASE, Source())["title"], "Mill")

	def test_a_mapping_that_is_gone_is_named(self):
		with self.assertRaises(MappingError) as refusal:
			Mapper("No Such Mapping")
		self.assertEqual(
			str(refusal.exception),
			"There is no Document Type Mapping No Such Mapping. Make it, or choose another one for the DocType.",
		)

	def test_a_mapping_to_a_field_that_is_gone_says_which_row(self):
		mapping = create_test_document_type_mapping(
			ORDER, "Purchase", [{"local_fieldname": "title", "remote_fieldname": "subject"}]
		)
		frappe.db.set_value(
			"Document Type Field Mapping", mapping.field_mapping[0].name, "local_fieldname", "gone"
		)
		frappe.clear_document_cache("Document Type Mapping", mapping.name)
		with self.assertRaises(MappingError) as refusal:
			Mapper(mapping.name)
		self.assertEqual(
			str(refusal.exception),
			f"Row 1 of the mapping {mapping.name} no longer fits Mapped Order. "
			"Open the mapping, save it and do what it asks for.",
		)


class TestMappingOfDiffs(MappingTestCase):
	def test_only_what_has_changed_is_in_the_mapped_diff(self):
		mapper = self.mapper(
			{"local_fieldname": "title", "remote_fieldname": "subject"},
			{"local_fieldname": "note", "remote_fieldname": "subject"},
			{"local_fieldname": "quantity", "remote_fieldname": "pieces"},
			{"local_fieldname": "state", "default_value": "Open"},
		)
		diff = {"changed": {"subject": "Pens", "internal": "secret", "docstatus": 2}, "direct": True}
		self.assertEqual(
			mapper.map_diff(diff, Source()),
			{"changed": {"title": "Pens", "note": "Pens", "docstatus": 2}, "direct": True},
		)

	def test_a_diff_of_fields_that_are_not_mapped_is_empty(self):
		mapper = self.mapper(
			{"local_fieldname": "title", "remote_fieldname": "subject"},
			self.lines({"local_fieldname": "item", "remote_fieldname": "article"}),
		)
		diff = {
			"changed": {"internal": "secret"},
			"row_changed": {"articles": {"r1": {"shelf": 4}}, "notes": {"n1": {"text": "x"}}},
			"added": {"notes": [{"name": "n2", "idx": 2, "text": "y"}]},
			"order": {"notes": ["n1", "n2"]},
			"direct": True,
		}
		self.assertEqual(mapper.map_diff(diff, Source()), {})

	def test_a_default_stands_in_for_what_a_diff_empties(self):
		mapper = self.mapper(
			{"local_fieldname": "quantity", "remote_fieldname": "pieces", "default_value": "7"}
		)
		self.assertEqual(
			mapper.map_diff({"changed": {"pieces": None}}, Source()), {"changed": {"quantity": 7}}
		)
		self.assertEqual(mapper.map_diff({"changed": {"subject": "Pens"}}, Source()), {})

	def test_a_field_that_is_emptied_without_a_default_is_emptied_here(self):
		mapper = self.mapper({"local_fieldname": "due_on", "remote_fieldname": "wanted_by"})
		self.assertEqual(
			mapper.map_diff({"changed": {"wanted_by": None}}, Source()), {"changed": {"due_on": None}}
		)

	def test_each_kind_of_change_to_rows_is_told_of_the_local_table(self):
		mapper = self.mapper(
			self.lines(
				{"local_fieldname": "item", "remote_fieldname": "article", "default_value": "Unnamed"},
				{"local_fieldname": "unit", "default_value": "Piece"},
			)
		)
		diff = {
			"added": {"articles": [{"name": "r3", "idx": 1, "article": None, "shelf": 2}]},
			"removed": {"articles": ["r2"]},
			"row_changed": {"articles": {"r1": {"article": "A5"}, "r4": {"shelf": 5}}},
			"order": {"articles": ["r3", "r1", "r4"]},
		}
		self.assertEqual(
			mapper.map_diff(diff, Source()),
			{
				"added": {"lines": [{"name": "r3", "idx": 1, "item": "Unnamed", "unit": "Piece"}]},
				"removed": {"lines": ["r2"]},
				"row_changed": {"lines": {"r1": {"item": "A5"}}},
				"order": {"lines": ["r3", "r1", "r4"]},
			},
		)

	def test_changes_to_rows_of_the_same_doctype_pass_as_they_are(self):
		mapper = self.mapper(
			{"local_fieldname": "title", "remote_fieldname": "title"},
			{"local_fieldname": "returns", "remote_fieldname": "lines", "is_child_table": 1},
			remote_doctype=ORDER,
		)
		diff = {
			"added": {"lines": [{"name": "r2", "idx": 2, "item": "A5"}]},
			"row_changed": {"lines": {"r1": {"qty": 3.0}}},
			"order": {"lines": ["r1", "r2"]},
		}
		self.assertEqual(
			mapper.map_diff(diff, Source()), {part: {"returns": rows["lines"]} for part, rows in diff.items()}
		)
