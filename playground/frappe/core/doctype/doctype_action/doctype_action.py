from frappe.model.document import Document


class DocTypeAction(Document):
	pass
