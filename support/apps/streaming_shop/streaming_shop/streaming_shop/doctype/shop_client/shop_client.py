from frappe.model.document import Document


class ShopClient(Document):
	pass
