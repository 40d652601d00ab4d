from frappe.model.document import Document


class EventConsumerDocumentType(Document):
	pass
