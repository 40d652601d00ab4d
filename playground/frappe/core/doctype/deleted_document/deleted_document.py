from frappe.model.document import Document


class DeletedDocument(Document):
	pass
