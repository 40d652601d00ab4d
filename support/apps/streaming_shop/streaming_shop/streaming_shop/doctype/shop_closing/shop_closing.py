from frappe.model.document import Document

from streaming_shop.streaming_shop.doctype.shop_bill.shop_bill import make_voucher


class ShopClosing(Document):
	"""Of a day: its submit does nothing but make a voucher."""

	def on_submit(self) -> None:
		make_voucher(self.title, 9)
