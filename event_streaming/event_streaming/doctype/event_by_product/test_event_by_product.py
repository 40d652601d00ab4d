import frappe

from event_streaming.event_streaming.doctype.event_by_product.event_by_product import EventByProduct
from event_streaming.tests.calling import insert_aged
from event_streaming.tests.case import IntegrationTestCase


def create_test_event_by_product(days_old: int = 0) -> str:
	values = {"event_producer": "https://there.example", "local_doctype": "ToDo", "local_docname": "1"}
	return insert_aged("Event By-Product", days_old, **values)


class TestEventByProduct(IntegrationTestCase):
	def test_clearing_takes_what_is_old(self):
		old, new = create_test_event_by_product(91), create_test_event_by_product(89)
		EventByProduct.clear_old_logs(90)
		self.assertFalse(frappe.db.exists("Event By-Product", old))
		self.assertTrue(frappe.db.exists("Event By-Product", new))
