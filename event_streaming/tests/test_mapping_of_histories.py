from string import ascii_lowercase

from hypothesis import given, settings
from hypothesis import strategies as st

from event_streaming.consumer.mapping.mapper import Mapper
from event_streaming.document.difference import difference
from event_streaming.tests.mapping_case import MappingTestCase, Source

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
