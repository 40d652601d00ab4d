from frappe.model.document import Document


class ShopContact(Document):
	pass
