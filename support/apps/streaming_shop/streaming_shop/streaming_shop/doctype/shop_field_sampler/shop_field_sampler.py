from frappe.model.document import Document


class ShopFieldSampler(Document):
	pass
