import frappe
from frappe.model.document import Document


class ShopArticle(Document):
	"""Makes other documents on the way, as an ERP's Item does with its Item Price."""

	def after_insert(self) -> None:
		if self.selling_rate:
			self.make_price()
		if self.makes_label:
			self.make_label()

	def make_price(self) -> None:
		frappe.get_doc(
			{"doctype": "Shop Article Price", "article": self.name, "rate": self.selling_rate}
		).insert()

	def make_label(self) -> None:
		title = f"Label of {self.name}"
		frappe.get_doc({"doctype": "Shop Article Label", "title": title, "article": self.name}).insert()
