import frappe
from frappe.model.document import Document


class ShopCompany(Document):
	"""Makes its contact when it has none, as an ERP's Customer does: under a name that it gives, past its own life cycle."""

	def on_update(self) -> None:
		if self.contact_name and not self.contact:
			contact = frappe.get_doc(
				{"doctype": "Shop Contact", "contact_name": self.contact_name, "company": self.name}
			)
			self.db_set("contact", contact.insert().name)
