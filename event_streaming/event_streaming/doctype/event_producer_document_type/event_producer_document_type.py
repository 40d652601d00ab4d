from frappe.model.document import Document


class EventProducerDocumentType(Document):
	pass
