import frappe

from event_streaming.consumer.mapping.mapper import Mapper
from event_streaming.tests.case import IntegrationTestCase
from event_streaming.tests.order_mapping_case import (
	ORDER,
	ORDER_ROW,
	create_order_doctypes,
	create_test_document_type_mapping,
	delete_order_doctypes,
)

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
