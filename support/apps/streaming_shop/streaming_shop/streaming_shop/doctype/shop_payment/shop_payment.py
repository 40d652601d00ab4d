from frappe.model.document import Document
from frappe.utils import flt

from streaming_shop.streaming_shop.doctype.shop_bill.shop_bill import post


class ShopPayment(Document):
	"""Paid in advance: bills allocate it when they are submitted."""

	def validate(self) -> None:
		self.unallocated = flt(self.amount)

	def allocate(self, bill: str, wanted: float) -> float:
		"""As much as is left of it, and a posting that names the row."""
		allocated = min(flt(self.unallocated), wanted)
		if not allocated:
			return 0
		row = self.append("bills", {"bill": bill, "allocated": allocated})
		self.unallocated = flt(self.unallocated) - allocated
		self.flags.ignore_validate_update_after_submit = True
		self.save()
		post(bill, allocated, row.name)
		return allocated
