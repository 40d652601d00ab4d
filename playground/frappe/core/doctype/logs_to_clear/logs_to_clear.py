from frappe.model.document import Document


class LogsToClear(Document):
	pass
