from frappe.model.document import Document


class ShopArticleLabel(Document):
	pass
