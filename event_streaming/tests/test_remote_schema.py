from event_streaming.consumer.mapping.remote_schema import read
from event_streaming.consumer.mapping.schema_differences import compare
from event_streaming.document import schema
from event_streaming.tests.case import IntegrationTestCase

DEEP: dict = {"fieldname": "rows", "fieldtype": "Table", "options": "ToDo"}
for _level in range(200):
	DEEP = {"fieldname": "rows", "fieldtype": "Table", "options": "ToDo", "fields": [DEEP]}


class TestRemoteSchema(IntegrationTestCase):
	def test_only_what_has_the_form_of_a_field_is_read(self):
		for told in (
			None,
			5,
			"x",
			{"fieldname": "a"},
			[None, 5, [], {}, {"fieldname": "a"}, {"fieldtype": "Data"}],
		):
			self.assertEqual(read(told), {})
		for name in ("<b>", "a b", "", "x" * 141, 5, None, ["a"]):
			self.assertEqual(read([{"fieldname": name, "fieldtype": "Data"}]), {})

	def test_values_of_any_kind_are_harmless(self):
		odd = {"label": "<img onerror=x>", "options": {"a": 1}, "reqd": "yes", "length": [], "precision": 5}
		[field] = read([{"fieldname": "a", "fieldtype": "Data", **odd}]).values()
		self.assertNotIn("<", field.label)
		self.assertEqual((field.options, field.reqd, field.length), ("", False, 0))

	def test_tables_have_rows_and_no_more_levels(self):
		[table] = read([DEEP]).values()
		[row] = table.rows.values()
		self.assertEqual(row.rows, {})

	def test_a_doctype_is_as_its_own_description_says(self):
		for doctype in ("ToDo", "Note", "Contact"):
			self.assertEqual(compare(schema.describe(doctype), doctype).differences, [])

	def test_so_many_differences_are_told_and_no_more(self):
		described = [{"fieldname": f"extra_{number}", "fieldtype": "Data"} for number in range(900)]
		self.assertEqual(len(compare(described, "Note").differences), 500)
