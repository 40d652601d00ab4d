from frappe.model.document import Document


class ShopArticlePrice(Document):
	pass
