from frappe.model.document import Document


class ShopCompany(Document):
	pass
