"""What a user is told of. Nothing is sent by e-mail here."""

from frappe.model.document import Document


class NotificationLog(Document):
	pass
