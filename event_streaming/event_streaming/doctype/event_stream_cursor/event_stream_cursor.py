from frappe.model.document import Document


class EventStreamCursor(Document):
	pass
