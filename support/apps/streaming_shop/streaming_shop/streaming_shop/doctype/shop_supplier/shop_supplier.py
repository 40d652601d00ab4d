from frappe.model.document import Document


class ShopSupplier(Document):
	pass
