"""A tool of the shop that pays bills with a submitted payment: it writes its rows, and posts what follows, past any life cycle."""

import frappe
from frappe.utils import flt

from streaming_shop.streaming_shop.doctype.shop_bill.shop_bill import post


def reconcile(payment: str, bill: str) -> None:
	outstanding = flt(frappe.db.get_value("Shop Bill", bill, "outstanding"))
	frappe.get_doc("Shop Payment", payment).allocate(bill, outstanding)
	_set_outstanding(bill)


def post_again(doc, diff: dict) -> None:
	"""Hook `event_streaming_after_direct_change`."""
	if "bills" not in (diff.get("added") or {}):
		return
	for row in doc.bills:
		frappe.db.delete("Shop Posting", {"payment_row": row.name})
		post(row.bill, row.allocated, row.name)
		_set_outstanding(row.bill)


def _set_outstanding(bill: str) -> None:
	paid = frappe.get_all("Shop Posting", {"bill": bill}, pluck="amount", limit=0)
	amount = flt(frappe.db.get_value("Shop Bill", bill, "amount"))
	frappe.db.set_value("Shop Bill", bill, "outstanding", amount - sum(paid))
