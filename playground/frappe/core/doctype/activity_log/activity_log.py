from frappe.model.document import Document


class ActivityLog(Document):
	pass
