from frappe.model.document import Document


class ShopSamplerTerritory(Document):
	pass
