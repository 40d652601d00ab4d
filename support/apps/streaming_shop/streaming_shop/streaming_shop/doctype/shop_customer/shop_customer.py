import frappe
from frappe import _
from frappe.model.document import Document


class ShopCustomer(Document):
	def validate(self) -> None:
		self.validate_discount()

	def validate_discount(self) -> None:
		if (self.discount or 0) > 100:
			frappe.throw(_("Discount of {0} is above 100 percent").format(self.customer_name))
