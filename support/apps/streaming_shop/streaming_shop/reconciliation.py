"""A tool of the shop that pays bills with a submitted payment: it writes its rows, and posts what follows, past any life cycle."""

import frappe
from frappe.utils import flt

from streaming_shop.streaming_shop.doctype.shop_bill.shop_bill import post, set_outstanding


def reconcile(payment: str, bill: str) -> None:
	outstanding = flt(frappe.db.get_value("Shop Bill", bill, "outstanding"))
	frappe.get_doc("Shop Payment", payment).allocate(bill, outstanding)
	set_outstanding(bill)


def post_again(doc, diff: dict) -> None:
	"""Hook `event_streaming_after_direct_change`: what the payment had posted goes, and what its rows say now comes."""
	if not any("bills" in (diff.get(part) or {}) for part in ("added", "removed", "row_changed")):
		return
	rows = [row.name for row in (*doc.get_doc_before_save().bills, *doc.bills)]
	before = frappe.get_all("Shop Posting", {"payment_row": ("in", rows)}, pluck="bill", limit=0)
	frappe.db.delete("Shop Posting", {"payment_row": ("in", rows)})
	for row in doc.bills:
		post(row.bill, row.allocated, row.name)
	for bill in {*before, *(row.bill for row in doc.bills)}:
		set_outstanding(bill)


def rebook(payment: str, allocated: float) -> None:
	"""Another amount for the payment's first bill, in the save of what people may change in a submitted one."""
	doc = frappe.get_doc("Shop Payment", payment)
	doc.title = "rebooked"
	doc.bills[0].allocated = allocated
	doc.flags.ignore_validate_update_after_submit = True
	doc.save()
	post_again(doc, {"row_changed": {"bills": {}}})


def add_item(invoice: str, item: str) -> None:
	"""To a submitted invoice, as a tool does that saves rows alone: until the invoice is saved, too, the row is a draft."""
	doc = frappe.get_doc("Shop Invoice", invoice)
	row = doc.append("items", {"item": item, "qty": 3, "rate": 2, "description": "added"})
	row.flags.ignore_validate_update_after_submit = True
	row.insert()
	doc.reload()
	doc.flags.ignore_validate_update_after_submit = True
	doc.save()
