"""Rows of a mapping that take other mappings: child tables and linked documents."""

from event_streaming.exceptions import MappingError
from event_streaming.tests.order_mapping_case import (
	ORDER,
	OrderMappingCase,
	create_test_document_type_mapping,
)


class TestTablesAndLinkedDocuments(OrderMappingCase):
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

	def test_rows_of_a_known_remote_table_must_be_those_that_the_child_mapping_takes(self):
		child = self.create_child_mapping()
		self.assertRefused(
			f"Row 1: The rows of seen_by are Note Seen By, but the mapping {child.name} takes Purchase Line. "
			"Choose a mapping from Note Seen By.",
			[{**self.table_row(child.name), "remote_fieldname": "seen_by"}],
			remote_doctype="Note",
		)
