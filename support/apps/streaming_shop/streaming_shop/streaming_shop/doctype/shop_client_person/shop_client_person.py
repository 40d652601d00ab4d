from frappe.model.document import Document


class ShopClientPerson(Document):
	pass
