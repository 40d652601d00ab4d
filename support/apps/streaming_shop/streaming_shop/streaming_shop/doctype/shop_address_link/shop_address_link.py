from frappe.model.document import Document


class ShopAddressLink(Document):
	pass
