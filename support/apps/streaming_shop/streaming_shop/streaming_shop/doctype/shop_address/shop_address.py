from frappe.model.document import Document


class ShopAddress(Document):
	pass
