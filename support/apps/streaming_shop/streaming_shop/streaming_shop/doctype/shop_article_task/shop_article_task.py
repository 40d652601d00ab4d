from frappe.model.document import Document


class ShopArticleTask(Document):
	pass
