from string import ascii_lowercase

import frappe
from hypothesis import given, settings
from hypothesis import strategies as st

from event_streaming.consumer.mapping.mapper import LocalName, Mapper
from event_streaming.document.difference import difference
from event_streaming.document.field_types import cast, fits
from event_streaming.event_streaming.doctype.document_type_mapping.test_document_type_mapping import (
	ORDER,
	ORDER_ROW,
	PARTY,
	create_order_doctypes,
	create_test_document_type_mapping,
	delete_order_doctypes,
)
from event_streaming.exceptions import MappingError
from event_streaming.tests.case import IntegrationTestCase

PURCHASE = {
	"doctype": "Purchase",
	"name": "P-1",
	"docstatus": 1,
	"subject": "Paper",
	"pieces": 4,
	"total": 12.5,
	"client": "C-7",
	"contact_email": "ada@example.com",
	"company": "Mill",
	"paid": 0,
	"wanted_by": "2026-03-01",
	"internal": "not for others",
	"articles": [
		{"name": "r1", "idx": 1, "docstatus": 1, "article": "A4", "count": 2.0, "maker": "S-1", "shelf": 9},
		{"name": "r2", "idx": 2, "docstatus": 1, "article": "", "count": 1.0, "maker": None, "shelf": 3},
	],
}


class Source:
	"""A LinkedLookup on one remote document, that says what it was asked."""

	def __init__(self, document: dict | None = None, names: list[str] | None = None):
		self.document = document
		self.names = names
		self.asked: list = []

	def find(self, remote_doctype: str, filters: dict) -> list[str]:
		self.asked.append((remote_doctype, filters))
		return [f"{remote_doctype} with {filters}"] if self.names is None else self.names

	def whole_document(self) -> dict | None:
		self.asked.append("whole document")
		return self.document


class MappingTestCase(IntegrationTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.addClassCleanup(delete_order_doctypes)
		create_order_doctypes()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def mapper(self, *rows: dict, local_doctype: str = ORDER, remote_doctype: str = "Purchase") -> Mapper:
		return Mapper(create_test_document_type_mapping(local_doctype, remote_doctype, list(rows)).name)

	def lines(self, *rows: dict) -> dict:
		"""The row of a mapping for the child table `lines`, fed by `articles`."""
		child = create_test_document_type_mapping(ORDER_ROW, "Purchase Line", list(rows))
		return {
			"local_fieldname": "lines",
			"remote_fieldname": "articles",
			"is_child_table": 1,
			"child_table_mapping": child.name,
		}


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
			"articles is no table at the source. Mend the row of the mapping that is for lines.",
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
				" Subscribe to Client, too, if no document that this site may have links to it.",
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
			"The remote document has no field emial, or the subscriber may not read it. Mend doc.emial.",
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


text = st.one_of(st.none(), st.text(ascii_lowercase, max_size=3))
row_values = st.fixed_dictionaries(
	{
		"article": text,
		"count": st.integers(0, 3).map(float),
		"maker": text,
		"shelf": st.integers(0, 3),
	}
)


@st.composite
def remote_rows(draw) -> list[dict]:
	names = draw(st.lists(st.sampled_from(["r1", "r2", "r3", "r4"]), unique=True))
	return [{"name": name, "idx": idx, **draw(row_values)} for idx, name in enumerate(names, 1)]


purchases = st.fixed_dictionaries(
	{
		"doctype": st.just("Purchase"),
		"name": st.just("P-1"),
		"docstatus": st.integers(0, 2),
		"subject": text,
		"pieces": st.one_of(st.none(), st.integers(0, 3)),
		"total": st.integers(0, 3).map(float),
		"contact_email": text,
		"company": text,
		"paid": st.integers(0, 1),
		"wanted_by": st.one_of(st.none(), st.just(""), st.dates().map(str)),
		"internal": text,
		"articles": remote_rows(),
	}
)


def apply_diff(doc: dict, diff: dict) -> dict:
	"""What replay makes of a document and the data of an Update, on plain values."""
	doc = {**doc, **diff.get("changed", {})}
	for table in [field for field, value in doc.items() if isinstance(value, list)]:
		rows = {row["name"]: row for row in doc[table]}
		for name in diff.get("removed", {}).get(table, []):
			del rows[name]
		for name, values in diff.get("row_changed", {}).get(table, {}).items():
			rows[name] = {**rows[name], **values}
		rows |= {row["name"]: row for row in diff.get("added", {}).get(table, [])}
		order = diff.get("order", {}).get(table, list(rows))
		doc[table] = [{**rows[name], "idx": idx} for idx, name in enumerate(order, 1)]
	return doc


class TestMappingOfHistories(MappingTestCase):
	@settings(max_examples=300, deadline=None)
	@given(before=purchases, after=purchases)
	def test_a_mapped_diff_makes_of_the_mapped_document_the_mapping_of_the_changed_one(self, before, after):
		mapper = self.history_mapper()
		source = Source(document=after)
		mapped = apply_diff(
			mapper.map_document(before, source), mapper.map_diff(difference(before, after), source)
		)
		self.assertEqual(mapped, mapper.map_document(after, source))

	def history_mapper(self) -> Mapper:
		if not hasattr(self, "_mapper"):
			supplier = {"local_fieldname": "supplier", "mapping_type": "Document"}
			self._mapper = self.mapper(
				{"local_fieldname": "title", "remote_fieldname": "subject", "default_value": "Untitled"},
				{"local_fieldname": "note", "remote_fieldname": "subject"},
				{"local_fieldname": "quantity", "remote_fieldname": "pieces", "default_value": "7"},
				{"local_fieldname": "amount", "remote_fieldname": "total"},
				{"local_fieldname": "is_paid", "remote_fieldname": "paid"},
				{"local_fieldname": "due_on", "remote_fieldname": "wanted_by", "default_value": "2026-12-31"},
				{"local_fieldname": "state", "default_value": "Open"},
				{
					"local_fieldname": "party",
					"mapping_type": "Document",
					"remote_value_filters": {"email": "doc.contact_email", "company": "doc.company"},
				},
				self.lines(
					{"local_fieldname": "item", "remote_fieldname": "article", "default_value": "Unnamed"},
					{"local_fieldname": "qty", "remote_fieldname": "count"},
					{"local_fieldname": "unit", "default_value": "Box"},
					{**supplier, "remote_value_filters": {"code": "doc.maker", "article": "doc.article"}},
				),
			)
		return self._mapper


class TestFieldTypes(IntegrationTestCase):
	def test_a_field_takes_values_of_its_type_as_they_are(self):
		for fieldtype, value in {
			"Data": "x",
			"Int": 3,
			"Float": 2.5,
			"Check": 1,
			"Date": "2026-12-31",
			"Datetime": "2026-12-31 10:30:00.123456",
			"Time": "9:05:00",
			"Rating": 0.8,
			"Duration": 90.0,
		}.items():
			self.assertEqual(cast(fieldtype, value), value)

	def test_empty_stays_empty(self):
		for fieldtype in ("Data", "Int", "Check", "Date", "Time"):
			self.assertIsNone(cast(fieldtype, None))
			self.assertEqual(cast(fieldtype, ""), "")

	def test_values_of_other_types_are_taken_without_loss_or_not_at_all(self):
		for fieldtype, value, taken in (
			("Data", 3, "3"),
			("Data", 2.5, "2.5"),
			("Int", 3.0, 3),
			("Int", "3", 3),
			("Float", "2.5", 2.5),
			("Date", "2026-12-31 10:30:00", "2026-12-31"),
			("Datetime", "2026-12-31", "2026-12-31 00:00:00"),
		):
			self.assertEqual(cast(fieldtype, value), taken)
		for fieldtype, value in (
			("Int", 2.5),
			("Int", "2.5"),
			("Int", float("inf")),
			("Float", "1,200.50"),
			("Check", 2),
			("Date", "31.12.2026"),
			("Datetime", 5),
			("Time", "noon"),
			("Data", ["a"]),
			("Int", {"a": 1}),
		):
			with self.assertRaises(ValueError, msg=f"{fieldtype} {value}"):
				cast(fieldtype, value)

	def test_types_fit_when_each_value_of_the_one_can_be_kept_by_the_other(self):
		self.assertTrue(fits("Int", "Float"))
		self.assertTrue(fits("Check", "Int"))
		self.assertTrue(fits("Datetime", "Data"))
		self.assertTrue(fits("Link", "Data"))
		self.assertTrue(fits("Datetime", "Date"))
		self.assertFalse(fits("Float", "Int"))
		self.assertFalse(fits("Int", "Check"))
		self.assertFalse(fits("Data", "Date"))
		self.assertFalse(fits("Date", "Time"))
