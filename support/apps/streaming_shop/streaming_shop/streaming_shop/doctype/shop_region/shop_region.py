from frappe.model.document import Document


class ShopRegion(Document):
	pass
