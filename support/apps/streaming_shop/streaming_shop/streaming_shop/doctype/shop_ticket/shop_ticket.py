from frappe.model.document import Document
from frappe.utils import today


class ShopTicket(Document):
	def before_insert(self) -> None:
		if not self.opened_on:
			self.opened_on = today()
