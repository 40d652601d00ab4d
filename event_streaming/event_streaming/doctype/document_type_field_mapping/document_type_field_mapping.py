from frappe.model.document import Document


class DocumentTypeFieldMapping(Document):
	pass
