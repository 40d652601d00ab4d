"""Kinds of transactions as a branch makes them. Each step is one transaction; see `support.erpnext.kinds`."""

import frappe
from frappe.utils import add_days, nowdate

from support.erpnext.inside.company import ABBR, COMPANY

STORES, SHOP_FLOOR = f"Stores - {ABBR}", f"Finished Goods - {ABBR}"
CASH, DEBTORS, CREDITORS = f"Cash - {ABBR}", f"Debtors - {ABBR}", f"Creditors - {ABBR}"


def submit(doc, made: dict, key: str):
	"""As people do, who open a draft that was saved: some controllers look at what it is when they are made."""
	doc.insert()
	doc = frappe.get_doc(doc.doctype, doc.name)
	doc.submit()
	made[key] = doc.name
	return doc


def new_invoice(made: dict, qty: float = 10, rate: float = 10, **values):
	doc = frappe.new_doc("Sales Invoice", customer=made["customer"], company=COMPANY, **values)
	doc.append("items", {"item_code": made["item"], "qty": qty, "rate": rate, "warehouse": STORES})
	return doc


def new_stock_entry(made: dict, purpose: str, qty: float, **row):
	doc = frappe.new_doc("Stock Entry", stock_entry_type=purpose, purpose=purpose, company=COMPANY)
	doc.append("items", {"item_code": made["item"], "qty": qty, **row})
	return doc


def receive(made: dict, key: str = "receipt", qty: float = 20, rate: float = 8, **row) -> None:
	row = {"t_warehouse": STORES, "basic_rate": rate, **row}
	submit(new_stock_entry(made, "Material Receipt", qty, **row), made, key)


def receive_dearer(made: dict) -> None:
	receive(made, "dearer", qty=10, rate=16)


def issue(made: dict, key: str = "issue", qty: float = 15, **row) -> None:
	submit(new_stock_entry(made, "Material Issue", qty, s_warehouse=STORES, **row), made, key)


def transfer(made: dict, key: str = "transfer", qty: float = 3, **row) -> None:
	row = {"s_warehouse": STORES, "t_warehouse": SHOP_FLOOR, **row}
	submit(new_stock_entry(made, "Material Transfer", qty, **row), made, key)


def invoice(made: dict) -> None:
	submit(new_invoice(made), made, "invoice")


def invoice_with_taxes(made: dict) -> None:
	doc = new_invoice(made, apply_discount_on="Net Total", additional_discount_percentage=5)
	doc.append(
		"taxes",
		{
			"charge_type": "On Net Total",
			"account_head": f"Sales Tax - {ABBR}",
			"rate": 19,
			"description": "Tax",
		},
	)
	submit(doc, made, "invoice")


def invoice_with_stock(made: dict) -> None:
	submit(new_invoice(made, qty=4, update_stock=1), made, "invoice")


def invoice_in_dollars(made: dict) -> None:
	values = {"currency": "USD", "conversion_rate": 0.91, "debit_to": f"Debtors USD - {ABBR}"}
	submit(new_invoice(made, **values), made, "invoice")


def invoice_with_terms(made: dict) -> None:
	submit(new_invoice(made, payment_terms_template=made["terms"]), made, "invoice")


def order(made: dict) -> None:
	doc = frappe.new_doc("Sales Order", customer=made["customer"], company=COMPANY)
	doc.delivery_date = add_days(nowdate(), 7)
	doc.append("items", {"item_code": made["item"], "qty": 6, "rate": 10, "warehouse": STORES})
	submit(doc, made, "order")


def deliver(made: dict) -> None:
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	submit(make_delivery_note(made["order"]), made, "delivery")


def invoice_delivery(made: dict) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice

	submit(make_sales_invoice(made["delivery"]), made, "invoice")


def purchase_order(made: dict) -> None:
	doc = frappe.new_doc("Purchase Order", supplier=made["supplier"], company=COMPANY)
	doc.schedule_date = add_days(nowdate(), 7)
	doc.append("items", {"item_code": made["item"], "qty": 12, "rate": 5, "warehouse": STORES})
	submit(doc, made, "purchase_order")


def purchase_receipt(made: dict) -> None:
	from erpnext.buying.doctype.purchase_order.purchase_order import make_purchase_receipt

	submit(make_purchase_receipt(made["purchase_order"]), made, "purchase_receipt")


def purchase_invoice(made: dict) -> None:
	from erpnext.stock.doctype.purchase_receipt.purchase_receipt import make_purchase_invoice

	doc = make_purchase_invoice(made["purchase_receipt"])
	doc.bill_no = f"{made['kind']} bill"
	submit(doc, made, "purchase_invoice")


def direct_receipt(
	made: dict, key: str = "purchase_receipt", qty: float = 6, rate: float = 5, **values
) -> None:
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY, **values)
	doc.append("items", {"item_code": made["item"], "qty": qty, "rate": rate, "warehouse": STORES})
	submit(doc, made, key)


def late_receipt(made: dict) -> None:
	"""Of yesterday, so what was sold since costs something else."""
	values = {"set_posting_time": 1, "posting_date": add_days(nowdate(), -1), "posting_time": "10:00:00"}
	direct_receipt(made, "late_receipt", qty=10, rate=20, **values)


def reconcile_stock(made: dict) -> None:
	doc = frappe.new_doc("Stock Reconciliation", company=COMPANY, purpose="Stock Reconciliation")
	doc.expense_account = f"Stock Adjustment - {ABBR}"
	row = {"item_code": made["item"], "warehouse": STORES, "qty": 17, "valuation_rate": 9}
	doc.append("items", row)
	submit(doc, made, "reconciliation")


def credit_note(made: dict) -> None:
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	doc = make_sales_return(made["invoice"])
	doc.items[0].qty = -2
	submit(doc, made, "credit_note")


def debit_note(made: dict) -> None:
	from erpnext.stock.doctype.purchase_receipt.purchase_receipt import make_purchase_return

	submit(make_purchase_return(made["purchase_receipt"]), made, "debit_note")


def new_payment(
	made: dict, doctype: str = "Sales Invoice", of: str = "invoice", amount: float = 0, account: str = CASH
):
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	doc = get_payment_entry(doctype, made[of], party_amount=amount or None, bank_account=account)
	doc.update({"reference_no": f"{made['kind']} 1", "reference_date": nowdate()})
	return doc


def pay_invoice(made: dict, key: str = "payment", amount: float = 0) -> None:
	submit(new_payment(made, amount=amount), made, key)


def pay_part(made: dict) -> None:
	pay_invoice(made, "part", 40)


def pay_rest(made: dict) -> None:
	pay_invoice(made, "rest")


def new_transfer(payment_type: str, paid_from: str, paid_to: str, amount: float, **values):
	doc = frappe.new_doc("Payment Entry", payment_type=payment_type, company=COMPANY, **values)
	doc.update({"paid_from": paid_from, "paid_to": paid_to, "paid_amount": amount})
	doc.update({"received_amount": amount, "source_exchange_rate": 1, "target_exchange_rate": 1})
	return doc


def advance(made: dict) -> None:
	party = {"party_type": "Customer", "party": made["customer"]}
	submit(new_transfer("Receive", DEBTORS, CASH, 60, **party), made, "advance")


def invoice_with_advance(made: dict) -> None:
	doc = new_invoice(made, allocate_advances_automatically=1)
	submit(doc, made, "invoice")


def reconcile_payment(made: dict) -> None:
	tool = frappe.get_doc("Payment Reconciliation")
	tool.update({"company": COMPANY, "party_type": "Customer", "party": made["customer"]})
	tool.receivable_payable_account = DEBTORS
	tool.get_unreconciled_entries()
	invoices = [row.as_dict() for row in tool.invoices]
	payments = [row.as_dict() for row in tool.payments]
	tool.allocate_entries(frappe._dict({"invoices": invoices, "payments": payments}))
	tool.reconcile()


def journal_entry(made: dict) -> None:
	doc = frappe.new_doc(
		"Journal Entry", company=COMPANY, posting_date=nowdate(), voucher_type="Journal Entry"
	)
	cost_center = f"Main - {ABBR}"
	doc.append("accounts", {"account": CASH, "debit_in_account_currency": 25.5, "cost_center": cost_center})
	doc.append(
		"accounts",
		{"account": f"Sales - {ABBR}", "credit_in_account_currency": 25.5, "cost_center": cost_center},
	)
	submit(doc, made, "journal_entry")


def journal_for_invoice(made: dict) -> None:
	doc = frappe.new_doc(
		"Journal Entry", company=COMPANY, posting_date=nowdate(), voucher_type="Journal Entry"
	)
	doc.append("accounts", {"account": CASH, "debit_in_account_currency": 30})
	party = {"party_type": "Customer", "party": made["customer"]}
	reference = {"reference_type": "Sales Invoice", "reference_name": made["invoice"]}
	doc.append("accounts", {"account": DEBTORS, "credit_in_account_currency": 30, **party, **reference})
	submit(doc, made, "journal_for_invoice")


def cancel(made: dict, doctype: str, key: str) -> None:
	frappe.get_doc(doctype, made[key]).cancel()


def amend(made: dict, doctype: str, key: str, qty: float | None = None) -> None:
	doc = frappe.copy_doc(frappe.get_doc(doctype, made[key]))
	doc.amended_from = made[key]
	doc.docstatus = 0
	if qty:
		doc.items[0].qty = qty
	submit(doc, made, key)


def cancel_invoice(made: dict) -> None:
	cancel(made, "Sales Invoice", "invoice")


def amend_invoice(made: dict) -> None:
	amend(made, "Sales Invoice", "invoice", qty=3)


def cancel_receipt(made: dict) -> None:
	cancel(made, "Stock Entry", "dearer")


def cancel_payment(made: dict) -> None:
	cancel(made, "Payment Entry", "payment")


def draft_invoice(made: dict) -> None:
	made["draft"] = new_invoice(made, qty=1).insert().name


def delete_draft(made: dict) -> None:
	frappe.delete_doc("Sales Invoice", made["draft"])


# --- batches and serial numbers --------------------------------------------------------------------------------------


def batch_of(made: dict) -> str:
	[name] = frappe.get_all("Batch", {"item": made["item"]}, pluck="name", order_by="creation", limit=1)
	return name


def serials_of(made: dict, count: int) -> str:
	filters = {"item_code": made["item"], "warehouse": STORES}
	return "\n".join(frappe.get_all("Serial No", filters, pluck="name", order_by="name", limit=count))


def issue_batch(made: dict) -> None:
	issue(made, qty=5, use_serial_batch_fields=1, batch_no=batch_of(made))


def transfer_batch(made: dict) -> None:
	transfer(made, use_serial_batch_fields=1, batch_no=batch_of(made))


def sell_batch(made: dict) -> None:
	doc = new_invoice(made, qty=2, update_stock=1)
	doc.items[0].update({"use_serial_batch_fields": 1, "batch_no": batch_of(made)})
	submit(doc, made, "invoice")


def receive_serials(made: dict) -> None:
	receive(made, qty=4)


def issue_serial(made: dict) -> None:
	issue(made, qty=1, use_serial_batch_fields=1, serial_no=serials_of(made, 1))


def transfer_serial(made: dict) -> None:
	transfer(made, qty=1, use_serial_batch_fields=1, serial_no=serials_of(made, 1))


def sell_serial(made: dict) -> None:
	doc = new_invoice(made, qty=1, update_stock=1)
	doc.items[0].update({"use_serial_batch_fields": 1, "serial_no": serials_of(made, 1)})
	submit(doc, made, "invoice")


def receive_with_own_bundle(made: dict) -> None:
	"""The user picks the serial numbers in the form: a bundle is there before its voucher."""
	from erpnext.stock.serial_batch_bundle import SerialBatchCreation

	bundle = SerialBatchCreation(
		{
			"item_code": made["item"],
			"warehouse": STORES,
			"voucher_type": "Purchase Receipt",
			"qty": 2,
			"type_of_transaction": "Inward",
			"company": COMPANY,
			"do_not_submit": True,
		}
	).make_serial_and_batch_bundle()
	doc = frappe.new_doc("Purchase Receipt", supplier=made["supplier"], company=COMPANY)
	row = {"item_code": made["item"], "qty": 2, "rate": 7, "warehouse": STORES}
	doc.append("items", {**row, "serial_and_batch_bundle": bundle.name})
	submit(doc, made, "own_bundle")


# --- point of sale ---------------------------------------------------------------------------------------------------


def open_till(made: dict) -> None:
	frappe.set_user("cashier@example.com")
	doc = frappe.new_doc("POS Opening Entry", pos_profile=made["profile"], company=COMPANY)
	doc.update({"user": "cashier@example.com", "period_start_date": frappe.utils.now_datetime()})
	doc.append("balance_details", {"mode_of_payment": "Cash", "opening_amount": 100})
	submit(doc, made, "opening")


def sell_at_till(made: dict) -> None:
	frappe.set_user("cashier@example.com")
	for number in (1, 2):
		doc = frappe.new_doc("POS Invoice", customer=made["customer"], company=COMPANY, is_pos=1)
		doc.update({"pos_profile": made["profile"], "update_stock": 1})
		doc.append("items", {"item_code": made["item"], "qty": number, "rate": 10, "warehouse": STORES})
		doc.append(
			"payments", {"mode_of_payment": "Cash", "amount": 10 * number, "account": CASH, "default": 1}
		)
		submit(doc, made, f"pos_{number}")


def close_till(made: dict) -> None:
	from erpnext.accounts.doctype.pos_closing_entry.pos_closing_entry import make_closing_entry_from_opening

	frappe.set_user("cashier@example.com")
	doc = make_closing_entry_from_opening(frappe.get_doc("POS Opening Entry", made["opening"]))
	for row in doc.payment_reconciliation:
		row.closing_amount = row.expected_amount
	submit(doc, made, "closing")
