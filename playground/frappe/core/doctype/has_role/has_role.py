from frappe.model.document import Document


class HasRole(Document):
	pass
