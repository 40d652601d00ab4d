import frappe
from frappe.model.document import Document
from frappe.utils import flt

from streaming_shop.streaming_shop.doctype.shop_bill.shop_bill import make_voucher, post, set_outstanding


class ShopPayment(Document):
	"""Paid in advance: bills allocate it when they are submitted."""

	def validate(self) -> None:
		self.unallocated = flt(self.amount)

	def on_submit(self) -> None:
		"""Of bills that it names from the beginning."""
		for row in self.bills:
			post(row.bill, row.allocated, row.name)
			set_outstanding(row.bill)

	def on_cancel(self) -> None:
		"""What it posted goes; its rows, in tables of their own, may let go of their bills."""
		self.ignore_linked_doctypes = ("Shop Bill", "Shop Posting")
		for row in self.bills:
			frappe.db.delete("Shop Posting", {"payment_row": row.name})
			set_outstanding(row.bill)
			if frappe.conf.shop_payments_let_go:
				row.db_set("bill", None)

	def allocate(self, bill: str, wanted: float) -> float:
		"""As much as is left of it, and a posting that names the row."""
		allocated = min(flt(self.unallocated), wanted)
		if not allocated:
			return 0
		row = self.append("bills", {"bill": bill, "allocated": allocated})
		self.unallocated = flt(self.unallocated) - allocated
		self.book_difference()
		self.flags.ignore_validate_update_after_submit = True
		self.save()
		post(bill, allocated, row.name)
		return allocated

	def book_difference(self) -> None:
		"""Of the rates at which it and a bill were made: called by the bill."""
		if amount := frappe.conf.shop_payments_book_differences:
			make_voucher(self.title, amount)
