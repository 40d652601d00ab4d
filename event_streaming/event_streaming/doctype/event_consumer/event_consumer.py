from frappe.model.document import Document


class EventConsumer(Document):
	pass
