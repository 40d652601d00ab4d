import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, now_datetime

from streaming_shop import armed, outside


class ShopVoucher(Document):
	"""Asks the clock, drops rows, saves and sets itself behind its own back, and books into a ledger: as an ERP's vouchers do."""

	def validate(self) -> None:
		armed.reject_poison(self.title)
		self.set_posting_time_of_today()
		self.stamped_at = clock()
		if not frappe.conf.get("shop_keeps_all_lines"):
			self.lines = [row for row in self.lines if flt(row.amount)]
		if frappe.conf.get("shop_fills_lines_anew"):
			self.fill_lines_anew()
		if frappe.conf.get("shop_forgets_suppliers"):
			self.supplier = None
		for row in self.lines:
			row.booked_on = getdate(clock())
		self.total = sum(flt(row.amount) for row in self.lines)
		if self.due_date and getdate(self.due_date) < getdate(self.posting_date):
			frappe.throw([_("Due Date cannot be before Posting Date"), _("Fix one of the two")], as_list=True)
		self.check_supplier()
		self.check_shift()

	def fill_lines_anew(self) -> None:
		"""With the rows that were there, under new names."""
		lines = self.lines
		self.lines = []
		for row in lines:
			row.idx = row.name = None
			self.append("lines", row)

	def check_shift(self) -> None:
		"""The shop's till is open for a day."""
		if frappe.conf.get("shop_open_on") and getdate(frappe.conf.shop_open_on) != getdate(clock()):
			frappe.throw(_("The till of {0} is closed").format(frappe.conf.shop_open_on))

	def set_posting_time_of_today(self) -> None:
		if not self.set_posting_time:
			self.posting_date = clock().strftime("%Y-%m-%d")
			self.posting_time = clock().strftime("%H:%M:%S.%f")

	def check_supplier(self) -> None:
		if self.supplier and frappe.get_cached_value("Shop Supplier", self.supplier, "disabled"):
			frappe.throw(_("Supplier {0} is disabled").format(self.supplier))

	def before_submit(self) -> None:
		self.stamped_at = clock()
		self.status = "Open"

	def on_update(self) -> None:
		if frappe.conf.get("shop_adds_a_line"):
			row = self.append("lines", {"account": "Rounding", "amount": 0.01})
			row.db_insert()
		if frappe.conf.get("shop_saves_twice") and not frappe.flags.shop_saving_twice:
			frappe.flags.shop_saving_twice = True
			frappe.get_doc(self.doctype, self.name).save()
			frappe.flags.shop_saving_twice = False

	def on_submit(self) -> None:
		self.book()
		frappe.db.set_value(self.doctype, self.name, "status", "Booked")
		outside.report(self)

	def on_cancel(self) -> None:
		self.book(reversal=1)

	def book(self, reversal: int = 0) -> None:
		for row in self.lines:
			frappe.get_doc(
				{
					"doctype": "Shop Ledger Entry",
					"voucher": self.name,
					"posting_date": self.posting_date,
					"posting_time": self.posting_time,
					"stamped_at": self.stamped_at,
					"account": row.account,
					"amount": -row.amount if reversal else row.amount,
					"reversal": reversal,
				}
			).insert(ignore_permissions=True)


def clock():
	"""With `shop_days_later` in the site config this site lives that many days later."""
	return add_days(now_datetime(), frappe.conf.get("shop_days_later") or 0)
