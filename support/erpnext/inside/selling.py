"""From an enquiry to a sale. Each step is one transaction; see `support.erpnext.chains`."""

import frappe
from frappe.utils import add_days, add_months, nowdate

from support.erpnext.inside.company import ABBR, COMPANY
from support.erpnext.inside.masters import item_and_parties
from support.erpnext.inside.vouchers import DEBTORS, STORES, cancel, new_invoice, submit

# --- prices ----------------------------------------------------------------------------------------------------------


def promotional_scheme(made: dict) -> None:
	"""ERPNext makes the Pricing Rules of it."""
	item_and_parties(made)
	doc = frappe.new_doc(
		"Promotional Scheme", apply_on="Item Code", selling=1, company=COMPANY, currency="EUR"
	)
	doc.append("items", {"item_code": made["item"], "uom": "Nos"})
	for least, most, discount in ((5, 9, 10), (10, 20, 15)):
		row = {"rule_description": f"From {least}", "min_qty": least, "max_qty": most}
		row.update({"rate_or_discount": "Discount Percentage", "discount_percentage": discount})
		doc.append("price_discount_slabs", row)
	doc.insert(set_name=f"{made['kind']} scheme")
	made["scheme"] = doc.name


def change_scheme(made: dict) -> None:
	doc = frappe.get_doc("Promotional Scheme", made["scheme"])
	doc.price_discount_slabs[1].discount_percentage = 20
	doc.save()


def coupon(made: dict) -> None:
	item_and_parties(made)
	rule = frappe.new_doc("Pricing Rule", title=f"{made['kind']} rule", apply_on="Item Code", selling=1)
	rule.update({"company": COMPANY, "rate_or_discount": "Discount Percentage", "discount_percentage": 25})
	rule.update({"currency": "EUR", "price_or_product_discount": "Price", "coupon_code_based": 1})
	rule.append("items", {"item_code": made["item"]})
	rule.insert()
	doc = frappe.new_doc("Coupon Code", coupon_name=f"{made['kind']} spring", coupon_type="Promotional")
	doc.update({"coupon_code": f"{made['kind']} SPRING", "pricing_rule": rule.name, "maximum_use": 1})
	doc.insert()
	made["coupon"] = doc.name


def order_with_coupon(made: dict) -> None:
	"""The last that it is good for."""
	submit(new_order(made, coupon_code=made["coupon"]), made, "order")


# --- from an enquiry to an order -------------------------------------------------------------------------------------


def new_order(made: dict, **values):
	doc = frappe.new_doc("Sales Order", customer=made["customer"], company=COMPANY, **values)
	doc.delivery_date = add_days(nowdate(), 7)
	doc.append("items", {"item_code": made["item"], "qty": 6, "rate": 10, "warehouse": STORES})
	return doc


def quote(made: dict) -> None:
	doc = frappe.new_doc("Quotation", quotation_to="Customer", party_name=made["customer"], company=COMPANY)
	doc.append("items", {"item_code": made["item"], "qty": 6, "rate": 10})
	submit(doc, made, "quotation")


def order_quotation(made: dict) -> None:
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	doc = make_sales_order(made["quotation"])
	doc.delivery_date = add_days(nowdate(), 7)
	for row in doc.items:
		row.warehouse = STORES
	submit(doc, made, "order")


def lead(made: dict) -> None:
	doc = frappe.new_doc("Lead", first_name=f"{made['kind']} lead", company_name=f"{made['kind']} firm")
	doc.update({"company": COMPANY, "email_id": "lead@example.com"})
	doc.insert()
	made["lead"] = doc.name


def opportunity(made: dict) -> None:
	from erpnext.crm.doctype.lead.lead import make_opportunity

	doc = make_opportunity(made["lead"])
	doc.append("items", {"item_code": made["item"], "qty": 6, "rate": 10})
	doc.company = COMPANY
	doc.insert()
	made["opportunity"] = doc.name


def quote_opportunity(made: dict) -> None:
	from erpnext.crm.doctype.opportunity.opportunity import make_quotation

	submit(make_quotation(made["opportunity"]), made, "quotation")


def customer_of_lead(made: dict) -> None:
	from erpnext.crm.doctype.lead.lead import make_customer

	doc = make_customer(made["lead"])
	doc.insert()
	made["customer"] = doc.name


def blanket_order(made: dict) -> None:
	doc = frappe.new_doc("Blanket Order", blanket_order_type="Selling", customer=made["customer"])
	doc.update({"company": COMPANY, "from_date": nowdate(), "to_date": add_months(nowdate(), 6)})
	doc.append("items", {"item_code": made["item"], "qty": 50, "rate": 9})
	submit(doc, made, "blanket_order")


def call_off(made: dict) -> None:
	from erpnext.manufacturing.doctype.blanket_order.blanket_order import make_order

	frappe.flags.args = frappe._dict(doctype="Sales Order")
	doc = make_order(made["blanket_order"])
	doc.delivery_date = add_days(nowdate(), 7)
	doc.items[0].update({"qty": 6, "warehouse": STORES})
	submit(doc, made, "order")


# --- from an order to a delivery -------------------------------------------------------------------------------------


def pick(made: dict) -> None:
	from erpnext.selling.doctype.sales_order.sales_order import create_pick_list

	submit(create_pick_list(made["order"]), made, "pick_list")


def deliver_picked(made: dict) -> None:
	from erpnext.stock.doctype.pick_list.pick_list import create_delivery_note

	doc = create_delivery_note(made["pick_list"])
	doc.submit()
	made["delivery"] = doc.name


def draft_delivery(made: dict) -> None:
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	made["delivery"] = make_delivery_note(made["order"]).insert().name


def pack(made: dict) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_packing_slip

	doc = make_packing_slip(made["delivery"])
	doc.from_case_no = 1
	submit(doc, made, "packing_slip")


def submit_delivery(made: dict) -> None:
	frappe.get_doc("Delivery Note", made["delivery"]).submit()


def reserve(made: dict) -> None:
	frappe.get_doc("Sales Order", made["order"]).create_stock_reservation_entries()


def cancel_order(made: dict) -> None:
	cancel(made, "Sales Order", "order")


def cancel_delivery(made: dict) -> None:
	cancel(made, "Delivery Note", "delivery")


def return_batch(made: dict) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

	doc = make_sales_return(made["delivery"])
	doc.items[0].update({"qty": -2, "stock_qty": -2})
	submit(doc, made, "returned")


# --- who sold it -----------------------------------------------------------------------------------------------------


def sellers(made: dict) -> None:
	item_and_parties(made)
	partner = frappe.new_doc("Sales Partner", partner_name=f"{made['kind']} partner", commission_rate=5)
	partner.territory = "All Territories"
	partner.insert()
	made["partner"] = partner.name
	person = frappe.new_doc("Sales Person", sales_person_name=f"{made['kind']} seller", commission_rate=2)
	person.parent_sales_person = "Sales Team"
	person.insert()
	made["person"] = person.name


def sell_for_partner(made: dict) -> None:
	doc = new_invoice(made, sales_partner=made["partner"], commission_rate=5)
	doc.append("sales_team", {"sales_person": made["person"], "allocated_percentage": 100})
	submit(doc, made, "invoice")


def sell_with_write_off(made: dict) -> None:
	"""At the counter, without a till's shift: money back, and some cents that nobody asks for."""
	doc = new_invoice(made, qty=1, rate=9.98, is_pos=1, update_stock=0)
	doc.append("payments", {"mode_of_payment": "Cash", "amount": 9.9})
	doc.update({"debit_to": DEBTORS, "write_off_amount": 0.08, "base_write_off_amount": 0.08})
	doc.update({"write_off_account": f"Write Off - {ABBR}", "write_off_cost_center": f"Main - {ABBR}"})
	submit(doc, made, "invoice")


def correct_rate(made: dict) -> None:
	"""A credit note that takes back a part of the price, and no goods."""
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	doc = make_sales_return(made["invoice"])
	doc.update({"is_return": 1, "update_stock": 0})
	doc.items[0].update({"qty": -1, "rate": 3})
	submit(doc, made, "credit_note")
