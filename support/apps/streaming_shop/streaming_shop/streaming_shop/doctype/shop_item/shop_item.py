import frappe
from frappe import _
from frappe.model.document import Document


class ShopItem(Document):
	def validate(self) -> None:
		self.set_item_name()
		self.validate_alternative()

	def set_item_name(self) -> None:
		if not self.item_name:
			self.item_name = self.item_code

	def validate_alternative(self) -> None:
		if self.alternative_item and self.alternative_item == self.item_code:
			frappe.throw(_("Item {0} cannot be its own alternative").format(self.item_code))
