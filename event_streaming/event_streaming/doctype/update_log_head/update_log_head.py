from frappe.model.document import Document


class UpdateLogHead(Document):
	pass
