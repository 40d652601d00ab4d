from frappe.model.document import Document


class ShopPartyContact(Document):
	pass
