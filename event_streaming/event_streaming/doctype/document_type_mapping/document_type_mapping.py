from frappe.model.document import Document


class DocumentTypeMapping(Document):
	pass
