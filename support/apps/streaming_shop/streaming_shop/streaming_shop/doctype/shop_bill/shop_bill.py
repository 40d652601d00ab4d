import frappe
from frappe.model.document import Document
from frappe.utils import flt

from streaming_shop import armed

POSTING = "Shop Posting"


class ShopBill(Document):
	"""In its own submit it changes a payment and makes a packing; its own row it writes past itself."""

	def validate(self) -> None:
		armed.reject_poison(self.title)
		self.outstanding = flt(self.amount)

	def on_update(self) -> None:
		frappe.db.set_value(self.doctype, self.name, "status", self.present_status(), update_modified=False)

	def present_status(self) -> str:
		"""By the clock, which goes on."""
		if not self.docstatus:
			return "Draft"
		return "Overdue" if frappe.conf.shop_bills_are_overdue else "Unpaid"

	def on_submit(self) -> None:
		if frappe.conf.shop_bills_set_themselves:
			self.db_set("status", "Open")
			frappe.get_doc(self.doctype, self.name).db_set("status", self.present_status())
		self.pack()
		self.pack_again()
		if frappe.conf.shop_bills_are_boxed:
			box(self)
		self.make_vouchers()
		self.depreciate()
		self.write_postings()
		if self.payment:
			allocated = frappe.get_doc("Shop Payment", self.payment).allocate(self.name, flt(self.amount))
			frappe.db.set_value(self.doctype, self.name, "outstanding", flt(self.amount) - allocated)

	def on_cancel(self) -> None:
		self.ignore_linked_doctypes = ("Shop Payment", "Shop Packing", "Shop Posting")
		if self.packing:
			frappe.get_doc("Shop Packing", self.packing).cancel()
		if frappe.conf.shop_bills_let_go:
			self.db_set("packing", None)
		if not self.flags.keeps_gifts:
			self.take_gifts_back()

	def take_gifts_back(self) -> None:
		"""Vouchers that say whose they are."""
		of = {"remarks": f"Gift of {self.name}", "docstatus": 1}
		for name in frappe.get_all("Shop Voucher", of, pluck="name"):
			frappe.get_doc("Shop Voucher", name).cancel()

	def make_vouchers(self) -> None:
		for amount in frappe.conf.shop_bills_make_vouchers or ():
			make_voucher(self.title, amount)

	def depreciate(self) -> None:
		"""A schedule, and of each of its steps that has none yet a voucher, which the bill counts in."""
		if frappe.conf.shop_bills_depreciate:
			schedule = make_voucher(self.title, 0.5)
			if not schedule.origin_voucher:
				step = make_voucher(self.title, 5)
				schedule.db_set("origin_voucher", step.name)
				post(self.name, 5, step.name)

	def write_postings(self) -> None:
		"""Past all hooks."""
		for amount in frappe.conf.shop_bills_write_postings or ():
			frappe.get_doc(doctype=POSTING, bill=self.name, amount=amount).db_insert()

	def pack(self) -> None:
		if self.makes_packing and not self.packing:
			self.packing = (
				frappe.get_doc(
					doctype="Shop Packing", bill_type=self.doctype, bill=self.name, content=self.title
				)
				.insert()
				.name
			)
			frappe.db.set_value(self.doctype, self.name, "packing", self.packing)
		if self.packing:
			packing = frappe.get_doc("Shop Packing", self.packing)
			if packing.docstatus == 0:
				packing.submit()

	def pack_again(self) -> None:
		"""Whether there is one or not."""
		if frappe.conf.shop_bills_pack_again:
			packing = frappe.get_doc(doctype="Shop Packing", bill_type=self.doctype, bill=self.name)
			packing.content = frappe.generate_hash(length=6)
			packing.insert().submit()
			self.db_set("packing", packing.name)


def cancel_but_gifts(bill: str) -> None:
	doc = frappe.get_doc("Shop Bill", bill)
	doc.flags.keeps_gifts = True
	doc.cancel()


def box(bill: ShopBill) -> None:
	"""It is no controller's."""
	packing = frappe.get_doc(doctype="Shop Packing", bill_type=bill.doctype, bill=bill.name, content="a box")
	packing.insert().submit()


def post(bill: str, amount: float, payment_row: str) -> None:
	frappe.get_doc(doctype="Shop Posting", bill=bill, amount=amount, payment_row=payment_row).insert()


def set_outstanding(bill: str) -> None:
	paid = frappe.get_all("Shop Posting", {"bill": bill}, pluck="amount", limit=0)
	amount = flt(frappe.db.get_value("Shop Bill", bill, "amount"))
	frappe.db.set_value("Shop Bill", bill, "outstanding", amount - sum(paid))


def make_voucher(title: str, amount: float) -> Document:
	"""Nothing says whose it is, and its name is another one on each site."""
	title = f"{title} {frappe.generate_hash(length=6)}"
	voucher = frappe.get_doc(doctype="Shop Voucher", title=title)
	voucher.supplier = frappe.conf.shop_forgets_suppliers
	voucher.append("lines", {"account": "Rounding", "amount": amount})
	voucher.insert()
	voucher.submit()
	return voucher
