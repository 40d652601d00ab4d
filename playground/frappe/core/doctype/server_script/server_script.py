"""Programs that are typed into a site: the playground knows what they are and runs none."""

import frappe
from frappe.model.document import Document


class ServerScript(Document):
	def validate(self) -> None:
		raise frappe.NotInPlayground("Server Script")
