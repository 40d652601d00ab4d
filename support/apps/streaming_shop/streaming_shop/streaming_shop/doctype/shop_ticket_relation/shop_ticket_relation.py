from frappe.model.document import Document


class ShopTicketRelation(Document):
	pass
