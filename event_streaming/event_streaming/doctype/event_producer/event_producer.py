from frappe.model.document import Document


class EventProducer(Document):
	pass
