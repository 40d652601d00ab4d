import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt


class ShopInvoice(Document):
	def validate(self) -> None:
		self.validate_quantities()
		self.set_amounts()
		self.set_totals()

	def before_update_after_submit(self) -> None:
		self.set_totals()

	def on_submit(self) -> None:
		self.db_set("status", "Unpaid")

	def on_cancel(self) -> None:
		self.db_set("status", "Cancelled")

	def validate_quantities(self) -> None:
		for row in self.items:
			if flt(row.qty) <= 0:
				frappe.throw(_("Row {0}: quantity must be above zero").format(row.idx))

	def set_amounts(self) -> None:
		for row in self.items:
			if not row.rate:
				row.rate = frappe.db.get_value("Shop Item", row.item, "standard_rate")
			row.amount = flt(row.qty) * flt(row.rate)

	def set_totals(self) -> None:
		self.total = sum(flt(row.amount) for row in self.items)
		for tax in self.taxes:
			tax.amount = self.total * flt(tax.rate) / 100
		self.total_taxes = sum(flt(tax.amount) for tax in self.taxes)
		self.grand_total = self.total + self.total_taxes
