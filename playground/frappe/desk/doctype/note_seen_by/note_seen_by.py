from frappe.model.document import Document


class NoteSeenBy(Document):
	pass
