"""What a shop does every week, and no other kind has: suppliers are paid, money is moved, goods are put away, prices are shipped
and discounted, an invoice repeats itself. Each step is one transaction; see `support.erpnext.everyday`."""

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.utils import add_days, add_months, nowdate

from support.erpnext.inside.company import ABBR, COMPANY, GIRO
from support.erpnext.inside.masters import item_and_parties
from support.erpnext.inside.vouchers import (
	CASH,
	CREDITORS,
	STORES,
	amend,
	cancel,
	new_invoice,
	new_payment,
	new_transfer,
	submit,
)

MAIN = f"Main - {ABBR}"

# --- orders that change ----------------------------------------------------------------------------------------------


def amend_order(made: dict) -> None:
	"""Of which something was delivered, before that was cancelled."""
	amend(made, "Sales Order", "order", qty=4)


def amend_payment(made: dict) -> None:
	amend(made, "Payment Entry", "payment")


def cancel_purchase_invoice(made: dict) -> None:
	cancel(made, "Purchase Invoice", "purchase_invoice")


def return_purchase_invoice(made: dict) -> None:
	from erpnext.accounts.doctype.purchase_invoice.purchase_invoice import make_debit_note

	doc = make_debit_note(made["purchase_invoice"])
	doc.items[0].qty = -2
	submit(doc, made, "debit_note")


# --- money -----------------------------------------------------------------------------------------------------------


def pay_supplier(made: dict) -> None:
	submit(new_payment(made, "Purchase Invoice", "purchase_invoice", account=GIRO), made, "payment")


def pay_less(made: dict) -> None:
	"""The bank keeps its fee."""
	doc = new_payment(made, account=GIRO)
	doc.update({"paid_amount": 98, "received_amount": 98})
	doc.append("deductions", {"account": f"Write Off - {ABBR}", "cost_center": MAIN, "amount": 2})
	submit(doc, made, "payment")


def advance_to_supplier(made: dict) -> None:
	party = {"party_type": "Supplier", "party": made["supplier"]}
	submit(new_transfer("Pay", CASH, CREDITORS, 20, **party), made, "advance")


def bill_with_advance(made: dict) -> None:
	doc = frappe.new_doc("Purchase Invoice", supplier=made["supplier"], company=COMPANY)
	doc.update({"bill_no": f"{made['kind']} bill", "allocate_advances_automatically": 1})
	doc.append("items", {"item_code": made["item"], "qty": 12, "rate": 5, "warehouse": STORES})
	submit(doc, made, "purchase_invoice")


def take_to_bank(made: dict) -> None:
	doc = new_transfer("Internal Transfer", CASH, GIRO, 15, cost_center=MAIN)
	doc.update({"reference_no": f"{made['kind']} 1", "reference_date": nowdate()})
	submit(doc, made, "payment")


def sell_for_cash(made: dict) -> None:
	"""An invoice that is paid in the shop, with change."""
	doc = new_invoice(made, qty=2, is_pos=1, update_stock=1, pos_profile=made["profile"])
	doc.append("payments", {"mode_of_payment": "Cash", "amount": 30, "account": CASH, "default": 1})
	doc.update({"change_amount": 10, "base_change_amount": 10, "account_for_change_amount": CASH})
	submit(doc, made, "invoice")


def pay_salaries(made: dict) -> None:
	"""Of several lines, one against the other."""
	doc = frappe.new_doc("Journal Entry", company=COMPANY, posting_date=nowdate(), voucher_type="Bank Entry")
	doc.update({"cheque_no": f"{made['kind']} 1", "cheque_date": nowdate(), "user_remark": made["kind"]})
	for account in ("Salary", "Travel Expenses"):
		row = {"account": f"{account} - {ABBR}", "debit_in_account_currency": 30, "cost_center": MAIN}
		doc.append("accounts", row)
	doc.append("accounts", {"account": GIRO, "credit_in_account_currency": 60})
	submit(doc, made, "journal_entry")


# --- prices ----------------------------------------------------------------------------------------------------------


def shipped_item(made: dict) -> None:
	"""With taxes of its own, and a rule of what shipping costs."""
	item_and_parties(made)
	template = frappe.new_doc("Item Tax Template", title=f"{made['kind']} less", company=COMPANY)
	template.append("taxes", {"tax_type": f"Sales Tax - {ABBR}", "tax_rate": 7})
	template.insert()
	made["tax_template"] = template.name
	rule = frappe.new_doc("Shipping Rule", label=f"{made['kind']} parcel", company=COMPANY)
	rule.update({"account": f"Freight and Forwarding Charges - {ABBR}", "cost_center": MAIN})
	rule.update({"shipping_rule_type": "Selling", "calculate_based_on": "Fixed", "shipping_amount": 5})
	made["shipping"] = rule.insert().name


def invoice_with_shipping(made: dict) -> None:
	doc = new_invoice(made, shipping_rule=made["shipping"])
	doc.items[0].item_tax_template = made["tax_template"]
	doc.update({"apply_discount_on": "Grand Total", "discount_amount": 3})
	tax = {"charge_type": "On Net Total", "account_head": f"Sales Tax - {ABBR}", "rate": 19}
	doc.append("taxes", {**tax, "description": "Tax"})
	submit(doc, made, "invoice")


# --- goods -----------------------------------------------------------------------------------------------------------


def shelved_item(made: dict) -> None:
	item_and_parties(made)
	rule = frappe.new_doc("Putaway Rule", item_code=made["item"], warehouse=STORES, company=COMPANY)
	rule.update({"capacity": 4, "uom": "Nos", "priority": 1})
	made["rule"] = rule.insert().name


def receive_on_shelves(made: dict) -> None:
	"""More than the shelf holds: ERPNext makes two rows of the one, or leaves the rest out."""
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY)
	doc.apply_putaway_rule = 1
	doc.append("items", {"item_code": made["item"], "qty": 4, "rate": 5, "warehouse": STORES})
	submit(doc, made, "purchase_receipt")


def install(made: dict) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_installation_note

	doc = make_installation_note(made["delivery"])
	doc.update({"inst_date": nowdate(), "territory": "All Territories"})
	submit(doc, made, "installation")


def plan_maintenance(made: dict) -> None:
	doc = frappe.new_doc("Maintenance Schedule", customer=made["customer"], company=COMPANY)
	doc.transaction_date = nowdate()
	row = {"item_code": made["item"], "start_date": add_days(nowdate(), 1), "no_of_visits": 2}
	row.update({"end_date": add_months(nowdate(), 2), "periodicity": "Monthly"})
	doc.append("items", row)
	doc.generate_schedule()
	submit(doc, made, "schedule")


def visit(made: dict) -> None:
	doc = frappe.new_doc("Maintenance Visit", customer=made["customer"], company=COMPANY)
	doc.update({"mntc_date": nowdate(), "completion_status": "Fully Completed"})
	doc.maintenance_type = "Unscheduled"
	row = {"item_code": made["item"], "work_done": "Oiled", "description": "Oil"}
	doc.append("purposes", {**row, "service_person": made["person"]})
	submit(doc, made, "visit")


# --- what repeats itself ---------------------------------------------------------------------------------------------


def repeat_invoice(made: dict) -> None:
	make_property_setter("Sales Invoice", None, "allow_auto_repeat", 1, "Check", for_doctype=True)
	doc = frappe.new_doc("Auto Repeat", reference_doctype="Sales Invoice", reference_document=made["invoice"])
	doc.update({"frequency": "Monthly", "start_date": nowdate(), "submit_on_creation": 1})
	made["repeat"] = doc.insert().name


def run_repeat(made: dict) -> None:
	"""What Frappe's daily job does, at the site where people ask for it."""
	doc = frappe.get_doc("Auto Repeat", made["repeat"])
	doc.create_documents()
