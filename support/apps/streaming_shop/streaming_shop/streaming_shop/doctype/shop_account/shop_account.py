import frappe
from frappe.model.document import Document


class ShopAccount(Document):
	"""Can't be without its company, as an ERP's Account."""

	def validate(self) -> None:
		frappe.get_doc("Shop Company", self.company)
