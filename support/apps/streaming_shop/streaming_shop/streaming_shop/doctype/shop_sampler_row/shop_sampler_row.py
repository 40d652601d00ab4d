from frappe.model.document import Document


class ShopSamplerRow(Document):
	pass
