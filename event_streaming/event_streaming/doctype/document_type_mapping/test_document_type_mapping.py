import json

import frappe

from event_streaming.exceptions import MappingError
from event_streaming.tests.case import IntegrationTestCase

ORDER, ORDER_ROW, PARTY = "Mapped Order", "Mapped Order Row", "Mapped Party"

PARTY_FIELDS = [
	{"fieldname": "title", "fieldtype": "Data", "reqd": 1},
	{"fieldname": "email", "fieldtype": "Data"},
]
ORDER_ROW_FIELDS = [
	{"fieldname": "item", "fieldtype": "Data"},
	{"fieldname": "qty", "fieldtype": "Float"},
	{"fieldname": "unit", "fieldtype": "Select", "options": "Box\nPiece"},
	{"fieldname": "supplier", "fieldtype": "Link", "options": PARTY},
]
ORDER_FIELDS = [
	{"fieldname": "title", "fieldtype": "Data", "reqd": 1},
	{"fieldname": "section", "fieldtype": "Section Break"},
	{"fieldname": "party", "fieldtype": "Link", "options": PARTY},
	{"fieldname": "previous_order", "fieldtype": "Link", "options": ORDER},
	{"fieldname": "state", "fieldtype": "Select", "options": "Open\nPaid"},
	{"fieldname": "quantity", "fieldtype": "Int"},
	{"fieldname": "amount", "fieldtype": "Currency"},
	{"fieldname": "is_paid", "fieldtype": "Check"},
	{"fieldname": "due_on", "fieldtype": "Date"},
	{"fieldname": "placed_at", "fieldtype": "Datetime"},
	{"fieldname": "note", "fieldtype": "Small Text"},
	{"fieldname": "secret", "fieldtype": "Password"},
	{"fieldname": "lines", "fieldtype": "Table", "options": ORDER_ROW},
	{"fieldname": "returns", "fieldtype": "Table", "options": ORDER_ROW},
]


def create_test_doctype(name: str, fields: list[dict], **properties) -> None:
	"""A DocType made by hand in Desk, for as long as a test class runs."""
	if frappe.db.exists("DocType", name):
		return
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": name,
			"module": "Custom",
			"custom": 1,
			"autoname": "hash",
			"fields": [{"label": frappe.unscrub(field["fieldname"]), **field} for field in fields],
			"permissions": [] if properties.get("istable") else [{"role": "System Manager", "read": 1}],
			**properties,
		}
	).insert()


def create_order_doctypes() -> None:
	create_test_doctype(PARTY, PARTY_FIELDS)
	create_test_doctype(ORDER_ROW, ORDER_ROW_FIELDS, istable=1)
	create_test_doctype(ORDER, ORDER_FIELDS)
	frappe.db.commit()  # on Postgres a new table belongs to the transaction, which `tearDown` rolls back


def delete_order_doctypes() -> None:
	for doctype in (ORDER, ORDER_ROW, PARTY):
		frappe.delete_doc("DocType", doctype, force=True)
	frappe.db.commit()  # so that the test case's rollback does not bring back rows of dropped tables


def create_test_document_type_mapping(
	local_doctype: str = PARTY,
	remote_doctype: str = "Client",
	rows: list[dict] | None = None,
	mapping_name: str | None = None,
):
	"""A saved mapping; by default of Client to Mapped Party. Filters in `rows` may be given as a dict."""
	rows = [{"local_fieldname": "title", "remote_fieldname": "client_name"}] if rows is None else rows
	return frappe.get_doc(
		{
			"doctype": "Document Type Mapping",
			"mapping_name": mapping_name or f"Mapping {frappe.generate_hash(length=10)}",
			"local_doctype": local_doctype,
			"remote_doctype": remote_doctype,
			"field_mapping": [
				{**row, "remote_value_filters": json.dumps(row["remote_value_filters"])}
				if isinstance(row.get("remote_value_filters"), dict)
				else row
				for row in rows
			],
		}
	).insert()


class TestDocumentTypeMapping(IntegrationTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.addClassCleanup(delete_order_doctypes)
		create_order_doctypes()

	def setUp(self) -> None:
		frappe.clear_messages()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def assertRefused(self, message: str, rows: list[dict], local_doctype: str = ORDER, **fields) -> None:
		with self.assertRaises(MappingError) as refusal:
			create_test_document_type_mapping(local_doctype, rows=rows, **fields)
		self.assertEqual(str(refusal.exception), message)

	def messages(self) -> list[str]:
		return [frappe.parse_json(message)["message"] for message in frappe.get_message_log()]

	def create_child_mapping(self):
		return create_test_document_type_mapping(
			ORDER_ROW, "Purchase Line", [{"local_fieldname": "item", "remote_fieldname": "article"}]
		)

	def table_row(self, child_mapping: str) -> dict:
		return {
			"local_fieldname": "lines",
			"remote_fieldname": "articles",
			"is_child_table": 1,
			"child_table_mapping": child_mapping,
		}

	def test_a_mapping_without_faults_is_saved_without_a_word(self):
		child = self.create_child_mapping()
		party = create_test_document_type_mapping()
		mapping = create_test_document_type_mapping(
			ORDER,
			"Purchase",
			[
				{"local_fieldname": "title", "remote_fieldname": "subject"},
				{"local_fieldname": "quantity", "default_value": "3"},
				self.table_row(child.name),
				{
					"local_fieldname": "party",
					"mapping_type": "Document",
					"mapping": party.name,
					"remote_value_filters": {"email": "doc.contact_email", "disabled": 0},
				},
			],
		)
		self.assertEqual(mapping.name, mapping.mapping_name)
		self.assertEqual(len(mapping.field_mapping), 4)
		self.assertEqual(self.messages(), [])

	def test_a_local_doctype_that_is_not_here_is_refused(self):
		with self.assertRaisesRegex(frappe.LinkValidationError, "No Such DocType"):
			create_test_document_type_mapping("No Such DocType")

	def test_a_single_document_takes_nothing(self):
		self.assertRefused(
			"System Settings is a single document and cannot receive documents from other sites. "
			"Choose another Local Document Type.",
			[{"local_fieldname": "language", "remote_fieldname": "language"}],
			local_doctype="System Settings",
		)

	def test_a_local_field_that_does_not_exist_is_refused(self):
		self.assertRefused(
			"Row 2: Mapped Order has no field titel. Choose one of its fields.",
			[
				{"local_fieldname": "title", "remote_fieldname": "subject"},
				{"local_fieldname": "titel", "remote_fieldname": "subject"},
			],
		)

	def test_the_name_is_no_field_to_map_to(self):
		self.assertRefused(
			"Row 1: Mapped Order has no field name. Choose one of its fields.",
			[{"local_fieldname": "name", "remote_fieldname": "code"}],
		)

	def test_layout_and_password_fields_take_no_value(self):
		for fieldname in ("section", "secret"):
			self.assertRefused(
				f"Row 1: The field {fieldname} of Mapped Order cannot take a value from another site. "
				"Choose another field.",
				[{"local_fieldname": fieldname, "remote_fieldname": "anything"}],
			)

	def test_a_local_field_can_be_mapped_only_once(self):
		self.assertRefused(
			"Row 2: title is mapped in row 1 already. Remove one of the two.",
			[
				{"local_fieldname": "title", "remote_fieldname": "subject"},
				{"local_fieldname": "title", "remote_fieldname": "headline"},
			],
		)

	def test_one_remote_field_may_feed_several_local_ones(self):
		mapping = create_test_document_type_mapping(
			ORDER,
			rows=[
				{"local_fieldname": "title", "remote_fieldname": "subject"},
				{"local_fieldname": "note", "remote_fieldname": "subject"},
			],
		)
		self.assertTrue(frappe.db.exists("Document Type Mapping", mapping.name))

	def test_a_row_must_say_where_its_value_comes_from(self):
		self.assertRefused(
			"Row 1: Fill in a Remote Fieldname or a Default Value.", [{"local_fieldname": "title"}]
		)

	def test_a_remote_fieldname_must_be_a_technical_name(self):
		self.assertRefused(
			"Row 1: Client Name is not a fieldname. Fill in the technical name of the field.",
			[{"local_fieldname": "title", "remote_fieldname": "Client Name"}],
		)

	def test_remote_fields_that_never_travel_are_refused(self):
		for fieldname in ("modified", "owner", "idx"):
			self.assertRefused(
				f"Row 1: {fieldname} belongs to each site and is never sent. "
				"Choose another Remote Fieldname.",
				[{"local_fieldname": "note", "remote_fieldname": fieldname}],
			)

	def test_the_remote_name_and_state_may_be_kept_in_fields(self):
		mapping = create_test_document_type_mapping(
			ORDER,
			ORDER,
			[
				{"local_fieldname": "title", "remote_fieldname": "name"},
				{"local_fieldname": "quantity", "remote_fieldname": "docstatus"},
			],
		)
		self.assertEqual([row.remote_fieldname for row in mapping.field_mapping], ["name", "docstatus"])
		self.assertEqual(self.messages(), [])

	def test_a_table_must_be_ticked_as_one(self):
		self.assertRefused(
			"Row 1: lines is a table. Tick Is Child Table.",
			[{"local_fieldname": "lines", "remote_fieldname": "articles"}],
		)
		self.assertRefused(
			"Row 1: title is not a table. Untick Is Child Table.",
			[{"local_fieldname": "title", "remote_fieldname": "articles", "is_child_table": 1}],
		)

	def test_a_table_needs_a_remote_table(self):
		self.assertRefused(
			"Row 1: Fill in the Remote Fieldname of the child table.",
			[{"local_fieldname": "lines", "is_child_table": 1}],
		)

	def test_a_table_of_unknown_rows_needs_a_child_mapping(self):
		self.assertRefused(
			"Row 1: Choose a Child Table Mapping for lines. Only a table whose rows are known to be "
			"Mapped Order Row on both sites needs none.",
			[{"local_fieldname": "lines", "remote_fieldname": "articles", "is_child_table": 1}],
		)

	def test_a_table_of_the_same_rows_needs_no_child_mapping(self):
		mapping = create_test_document_type_mapping(
			ORDER,
			ORDER,
			[
				{"local_fieldname": "title", "remote_fieldname": "title"},
				{"local_fieldname": "returns", "remote_fieldname": "lines", "is_child_table": 1},
			],
		)
		self.assertFalse(mapping.field_mapping[1].child_table_mapping)

	def test_a_child_mapping_must_make_the_rows_of_the_table(self):
		party = create_test_document_type_mapping()
		self.assertRefused(
			f"Row 1: The rows of lines are Mapped Order Row, but the mapping {party.name} makes Mapped Party. "
			"Choose a mapping to Mapped Order Row.",
			[self.table_row(party.name)],
		)

	def test_rows_cannot_be_in_two_tables_of_one_doctype(self):
		child = self.create_child_mapping()
		self.assertRefused(
			"Row 2: The rows of articles become Mapped Order Row in row 1 already. Remove one of the two.",
			[self.table_row(child.name), {**self.table_row(child.name), "local_fieldname": "returns"}],
		)

	def test_child_mappings_never_make_a_circle(self):
		child = self.create_child_mapping()
		mapping = create_test_document_type_mapping(
			ORDER, rows=[{"local_fieldname": "title", "default_value": "Order"}, self.table_row(child.name)]
		)
		for other in (mapping, create_test_document_type_mapping(ORDER)):
			other.append("field_mapping", {**self.table_row(mapping.name), "local_fieldname": "returns"})
			with self.assertRaises(MappingError) as refusal:
				other.save()
			self.assertEqual(
				str(refusal.exception),
				f"Row {len(other.field_mapping)}: The mapping {mapping.name} maps child tables itself, "
				"and rows have none. Choose a mapping of single fields.",
			)

	def test_only_a_link_field_has_a_linked_document(self):
		self.assertRefused(
			"Row 1: title is not a Link field, so it has no linked document. Clear the Mapping Type.",
			[{"local_fieldname": "title", "remote_fieldname": "client", "mapping_type": "Document"}],
		)

	def test_a_linked_document_needs_a_mapping_or_filters(self):
		self.assertRefused(
			"Row 1: Choose the Mapping of the linked document, or fill in Remote Value Filters that find it.",
			[{"local_fieldname": "party", "remote_fieldname": "client", "mapping_type": "Document"}],
		)

	def test_the_mapping_of_a_linked_document_must_make_what_the_field_links_to(self):
		order = create_test_document_type_mapping(ORDER, "Purchase")
		self.assertRefused(
			f"Row 1: party links to Mapped Party, but the mapping {order.name} makes Mapped Order. "
			"Choose a mapping to Mapped Party.",
			[
				{
					"local_fieldname": "party",
					"remote_fieldname": "client",
					"mapping_type": "Document",
					"mapping": order.name,
				}
			],
		)

	def test_a_mapping_may_map_the_documents_that_link_to_their_own_kind(self):
		mapping = create_test_document_type_mapping(
			ORDER, rows=[{"local_fieldname": "title", "remote_fieldname": "subject"}]
		)
		mapping.append(
			"field_mapping",
			{
				"local_fieldname": "previous_order",
				"remote_fieldname": "follows",
				"mapping_type": "Document",
				"mapping": mapping.name,
			},
		)
		mapping.save()
		self.assertEqual(mapping.field_mapping[1].mapping, mapping.name)

	def test_malformed_filters_are_refused_by_name(self):
		for filters, message in {
			"email = doc.email": 'Remote Value Filters must be a JSON object such as {"email": "doc.email"}.',
			'["email", "doc.email"]': (
				'Remote Value Filters must be a JSON object such as {"email": "doc.email"}.'
			),
			'{"e mail": "doc.email"}': "Remote Value Filters: e mail is not a fieldname.",
			'{"email": "doc.email.lower()"}': (
				"Remote Value Filters: doc.email.lower() is not a field of the remote document. "
				"Write doc.<fieldname>."
			),
			'{"email": ["regexp", "doc.email"]}': (
				"Remote Value Filters: email uses regexp. Use one of these operators: "
				"=, !=, >, <, >=, <=, like, not like, in, not in, between, is"
			),
			'{"email": ["in", "doc.email"]}': (
				"Remote Value Filters: email takes a list with in, not in, between, and only with these."
			),
			'{"email": ["=", "a", "b"]}': (
				'Remote Value Filters: write email as a value or as ["operator", value].'
			),
			'{"qty": ["between", [1]]}': "Remote Value Filters: qty needs two values for between.",
			'{"email": ["is", "empty"]}': "Remote Value Filters: email can only be “set” or “not set”.",
			'{"email": null}': (
				"Remote Value Filters: email needs a text or a number. "
				'For empty fields use ["is", "not set"].'
			),
		}.items():
			self.assertRefused(
				f"Row 1: {message}",
				[
					{
						"local_fieldname": "party",
						"mapping_type": "Document",
						"remote_value_filters": filters,
					}
				],
			)

	def test_a_default_must_fit_the_type_of_its_field(self):
		for fieldname, fieldtype, default in (
			("quantity", "Int", "many"),
			("quantity", "Int", "1.5"),
			("amount", "Currency", "nan"),
			("is_paid", "Check", "2"),
			("due_on", "Date", "31.12.2026"),
			("placed_at", "Datetime", "noon"),
		):
			self.assertRefused(
				f"Row 1: The default {default} does not fit a field of type {fieldtype}.",
				[{"local_fieldname": fieldname, "default_value": default}],
			)

	def test_a_default_of_a_select_must_be_one_of_its_options(self):
		self.assertRefused(
			"Row 1: The default Closed is not an option of state. Choose one of these: Open, Paid",
			[{"local_fieldname": "state", "default_value": "Closed"}],
		)

	def test_a_default_of_a_link_must_be_here(self):
		self.assertRefused(
			"Row 1: The default of party must be a document of this site, and there is no Mapped Party Nobody. "
			"Make it first.",
			[{"local_fieldname": "party", "default_value": "Nobody"}],
		)

	def test_known_types_that_do_not_fit_are_refused(self):
		self.assertRefused(
			"Row 1: quantity is of type Int and does not take all values of description, "
			"which is of type Text Editor.",
			[{"local_fieldname": "quantity", "remote_fieldname": "description"}],
			remote_doctype="ToDo",
		)
		self.assertRefused(
			"Row 1: One of title and seen_by is a table and the other is not. Choose another Remote Fieldname.",
			[{"local_fieldname": "title", "remote_fieldname": "seen_by"}],
			remote_doctype="Note",
		)
		self.assertRefused(
			"Row 1: party links to Mapped Party and allocated_to to User. Set Mapping Type to Document "
			"and choose a mapping from User to Mapped Party.",
			[{"local_fieldname": "party", "remote_fieldname": "allocated_to"}],
			remote_doctype="ToDo",
		)
		self.assertRefused(
			"Row 1: The field new_password of User is never sent. Choose another Remote Fieldname.",
			[{"local_fieldname": "note", "remote_fieldname": "new_password"}],
			remote_doctype="User",
		)

	def test_rows_of_a_known_remote_table_must_be_those_that_the_child_mapping_takes(self):
		child = self.create_child_mapping()
		self.assertRefused(
			f"Row 1: The rows of seen_by are Note Seen By, but the mapping {child.name} takes Purchase Line. "
			"Choose a mapping from Note Seen By.",
			[{**self.table_row(child.name), "remote_fieldname": "seen_by"}],
			remote_doctype="Note",
		)

	def test_types_of_a_doctype_made_by_hand_are_not_judged(self):
		mapping = create_test_document_type_mapping(
			PARTY,
			ORDER,
			[
				{"local_fieldname": "title", "remote_fieldname": "title"},
				{"local_fieldname": "email", "remote_fieldname": "lines"},
			],
		)
		self.assertTrue(frappe.db.exists("Document Type Mapping", mapping.name))

	def test_mandatory_fields_that_stay_empty_are_pointed_out(self):
		create_test_document_type_mapping(
			ORDER, rows=[{"local_fieldname": "note", "remote_fieldname": "text"}]
		)
		self.assertEqual(
			self.messages(),
			[
				"Mapped Order can't be saved without these fields. Map them or give them a default: title",
			],
		)

	def test_remote_fields_that_are_not_known_here_are_pointed_out(self):
		create_test_document_type_mapping(
			PARTY, "ToDo", [{"local_fieldname": "title", "remote_fieldname": "headline"}]
		)
		self.assertEqual(
			self.messages(),
			["ToDo has no such fields on this site. Make sure that the other site has them: headline"],
		)

	def test_the_doctypes_of_a_mapping_in_use_stay(self):
		party = create_test_document_type_mapping()
		order = create_test_document_type_mapping(
			ORDER,
			"Purchase",
			[
				{"local_fieldname": "title", "remote_fieldname": "subject"},
				{
					"local_fieldname": "party",
					"remote_fieldname": "client",
					"mapping_type": "Document",
					"mapping": party.name,
				},
			],
		)
		party.remote_doctype = "Customer"
		with self.assertRaises(MappingError) as refusal:
			party.save()
		self.assertEqual(
			str(refusal.exception),
			"The DocTypes of a mapping in use can't be changed. Make a new mapping; this one is used by "
			f"Document Type Mapping {order.name}.",
		)

	def test_the_doctypes_of_a_mapping_that_nothing_uses_can_be_changed(self):
		mapping = create_test_document_type_mapping()
		mapping.remote_doctype = "Customer"
		mapping.save()
		self.assertEqual(
			frappe.db.get_value("Document Type Mapping", mapping.name, "remote_doctype"), "Customer"
		)
