from frappe.model.document import Document


class ShopSettings(Document):
	pass
