from frappe.model.document import Document


class DocTypeState(Document):
	pass
