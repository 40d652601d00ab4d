import frappe
from frappe import _
from frappe.model.document import Document


class ShopPacking(Document):
	"""Made for a bill, and submitted by it."""

	def validate(self) -> None:
		if self.docstatus == 1 and frappe.db.get_value("Shop Bill", self.bill, "docstatus") != 1:
			frappe.throw(_("Packing {0} is not linked to a submitted bill").format(self.name))
