"""Mappings of orders, for the tests beside Document Type Mapping."""

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


class OrderMappingCase(IntegrationTestCase):
	"""Mappings to an order, its rows and its party: DocTypes that are here for as long as the class runs."""

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
