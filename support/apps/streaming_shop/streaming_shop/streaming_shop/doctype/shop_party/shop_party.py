from frappe.model.document import Document


class ShopParty(Document):
	pass
