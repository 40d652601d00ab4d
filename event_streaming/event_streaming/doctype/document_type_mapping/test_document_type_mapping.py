import frappe

from event_streaming.exceptions import MappingError
from event_streaming.tests.order_mapping_case import (
	ORDER,
	PARTY,
	OrderMappingCase,
	create_test_document_type_mapping,
)


class TestDocumentTypeMapping(OrderMappingCase):
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
