"""What is done to documents that stand already. Each step is one transaction; see `support.erpnext.kinds`."""

import json

import frappe
from frappe.utils import add_days, nowdate

from support.erpnext.inside.company import ABBR, COMPANY, LOYALTY
from support.erpnext.inside.vouchers import (
	CASH,
	STORES,
	batch_of,
	issue,
	new_invoice,
	new_payment,
	submit,
)


def issue_some(made: dict) -> None:
	issue(made, qty=4)


# --- orders ----------------------------------------------------------------------------------------------------------


def update_items(made: dict) -> None:
	"""The button of a submitted order: other quantities and prices, another item."""
	_update_items("Sales Order", made["order"], made, "delivery_date")


def update_purchased_items(made: dict) -> None:
	_update_items("Purchase Order", made["purchase_order"], made, "schedule_date")


def _update_items(doctype: str, name: str, made: dict, date_field: str) -> None:
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	[row] = frappe.get_doc(doctype, name).items
	date = str(row.get(date_field))
	rows = [
		{"docname": row.name, "item_code": row.item_code, "qty": 15, "rate": 11, date_field: date},
		{"item_code": made["second"], "qty": 2, "rate": 12, date_field: date},
	]
	for row in rows:
		row.update({"conversion_factor": 1, "uom": "Nos"})
	update_child_qty_rate(doctype, json.dumps(rows), name)


def deliver_some(made: dict) -> None:
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	doc = make_delivery_note(made["order"])
	doc.items[0].update({"qty": 2, "stock_qty": 2})
	submit(doc, made, "delivery")


def remove_item(made: dict) -> None:
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	row = frappe.get_doc("Sales Order", made["order"]).items[0]
	kept = {"docname": row.name, "item_code": row.item_code, "qty": row.qty, "rate": row.rate}
	kept.update({"delivery_date": str(row.delivery_date), "conversion_factor": 1, "uom": "Nos"})
	update_child_qty_rate("Sales Order", json.dumps([kept]), made["order"])


def close_order(made: dict) -> None:
	frappe.get_doc("Sales Order", made["order"]).update_status("Closed")


def close_purchase_order(made: dict) -> None:
	frappe.get_doc("Purchase Order", made["purchase_order"]).update_status("Closed")


# --- stock -----------------------------------------------------------------------------------------------------------


def landed_cost(made: dict) -> None:
	"""Freight, which raises what is in stock of a receipt, and what was issued of it."""
	doc = frappe.new_doc("Landed Cost Voucher", company=COMPANY, distribute_charges_based_on="Qty")
	doc.append(
		"purchase_receipts",
		{"receipt_document_type": "Purchase Receipt", "receipt_document": made["purchase_receipt"]},
	)
	account = f"Freight and Forwarding Charges - {ABBR}"
	doc.append("taxes", {"expense_account": account, "description": "Freight", "amount": 12})
	doc.get_items_from_purchase_receipts()
	submit(doc, made, "landed_cost")


def reconcile_batch(made: dict) -> None:
	doc = frappe.new_doc("Stock Reconciliation", company=COMPANY, purpose="Stock Reconciliation")
	doc.expense_account = f"Stock Adjustment - {ABBR}"
	row = {"item_code": made["item"], "warehouse": STORES, "qty": 13, "valuation_rate": 9}
	doc.append("items", {**row, "use_serial_batch_fields": 1, "batch_no": batch_of(made)})
	submit(doc, made, "reconciliation")


def return_invoice(made: dict) -> None:
	"""With what was sold."""
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	submit(make_sales_return(made["invoice"]), made, "credit_note")


def return_delivery(made: dict) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

	doc = make_sales_return(made["delivery"])
	doc.items[0].update({"qty": -2, "stock_qty": -2})
	submit(doc, made, "returned")


def draft_receipt(made: dict) -> None:
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY)
	doc.append("items", {"item_code": made["item"], "qty": 6, "rate": 5, "warehouse": STORES})
	made["purchase_receipt"] = doc.insert().name


def inspect(made: dict) -> None:
	doc = frappe.new_doc(
		"Quality Inspection", inspection_type="Incoming", item_code=made["item"], sample_size=1
	)
	doc.update({"reference_type": "Purchase Receipt", "reference_name": made["purchase_receipt"]})
	doc.update({"report_date": nowdate(), "inspected_by": "Administrator", "status": "Accepted"})
	submit(doc, made, "inspection")


def submit_receipt(made: dict) -> None:
	frappe.get_doc("Purchase Receipt", made["purchase_receipt"]).submit()


# --- payments --------------------------------------------------------------------------------------------------------


def pay_dollars(made: dict) -> None:
	"""At another rate than the invoice's: ERPNext books the difference by a Journal Entry, in the payment's submit."""
	doc = new_payment(made)
	doc.update({"source_exchange_rate": 0.95, "received_amount": doc.paid_amount * 0.95})
	submit(doc, made, "payment")


def advance_in_dollars(made: dict) -> None:
	doc = frappe.new_doc("Payment Entry", payment_type="Receive", company=COMPANY, party_type="Customer")
	doc.update({"party": made["customer"], "paid_from": f"Debtors USD - {ABBR}", "paid_to": CASH})
	doc.update({"paid_amount": 60, "received_amount": 57, "source_exchange_rate": 0.95})
	doc.target_exchange_rate = 1
	submit(doc, made, "advance")


def invoice_with_advance_in_dollars(made: dict) -> None:
	values = {"currency": "USD", "conversion_rate": 0.91, "debit_to": f"Debtors USD - {ABBR}"}
	submit(new_invoice(made, allocate_advances_automatically=1, **values), made, "invoice")


def unreconcile(made: dict) -> None:
	doc = frappe.new_doc("Unreconcile Payment", company=COMPANY, voucher_type="Payment Entry")
	doc.voucher_no = made["payment"]
	doc.add_references()
	submit(doc, made, "unreconciled")


def request_payment(made: dict) -> None:
	from erpnext.accounts.doctype.payment_request.payment_request import make_payment_request

	values = {"recipient_id": "buyer@example.com", "mute_email": 1, "return_doc": 1, "party_type": "Customer"}
	doc = make_payment_request(dt="Sales Invoice", dn=made["invoice"], party=made["customer"], **values)
	doc.payment_account = CASH
	doc.save()  # inserted already, where Accounts Settings say so
	frappe.get_doc(doc.doctype, doc.name).submit()
	made["request"] = doc.name


def pay_request(made: dict) -> None:
	doc = frappe.get_doc("Payment Request", made["request"]).create_payment_entry()
	made["payment"] = doc.name


def overdue_invoice(made: dict) -> None:
	doc = new_invoice(
		made, set_posting_time=1, posting_date=add_days(nowdate(), -20), posting_time="09:00:00"
	)
	doc.due_date = add_days(nowdate(), -10)
	submit(doc, made, "invoice")


def dun(made: dict) -> None:
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import create_dunning

	doc = create_dunning(made["invoice"])
	doc.update({"rate_of_interest": 8, "income_account": f"Sales - {ABBR}"})
	submit(doc, made, "dunning")


def earn_points(made: dict) -> None:
	submit(new_invoice(made, loyalty_program=LOYALTY), made, "invoice")


def redeem_points(made: dict) -> None:
	doc = new_invoice(made, qty=3, redeem_loyalty_points=1, loyalty_points=20)
	doc.loyalty_program = LOYALTY
	submit(doc, made, "redeemed")


# --- point of sale ---------------------------------------------------------------------------------------------------


def return_at_till(made: dict) -> None:
	from erpnext.accounts.doctype.pos_invoice.pos_invoice import make_sales_return

	frappe.set_user("cashier@example.com")
	doc = make_sales_return(made["pos_1"])
	for row in doc.payments:
		row.amount = -10 if row.idx == 1 else 0
	submit(doc, made, "pos_return")
