"""Assets, projects, banks and journals. Each step is one transaction; see `support.erpnext.chains`."""

import frappe
from frappe.utils import add_days, add_months, get_last_day, nowdate

from support.erpnext.inside.company import ABBR, COMPANY, ELSEWHERE, GIRO, LOCATION
from support.erpnext.inside.masters import item_and_parties, make_customer
from support.erpnext.inside.production import asset_item
from support.erpnext.inside.vouchers import CASH, new_payment, submit

# --- assets ----------------------------------------------------------------------------------------------------------


def asset_item_and_customer(made: dict) -> None:
	asset_item(made)
	doc = frappe.get_doc("Item", made["item"])
	doc.auto_create_assets = 0
	doc.save()
	make_customer(made)


def own_asset(made: dict) -> None:
	"""Of which ERPNext works out a schedule."""
	doc = frappe.new_doc("Asset", asset_name=f"{made['kind']} machine", item_code=made["item"])
	doc.update({"company": COMPANY, "location": LOCATION, "is_existing_asset": 1})
	day = add_months(nowdate(), -3)
	doc.update({"purchase_date": day, "available_for_use_date": day})
	amount = {"gross_purchase_amount": 1200, "net_purchase_amount": 1200, "purchase_amount": 1200}
	doc.update({field: value for field, value in amount.items() if doc.meta.has_field(field)})
	doc.calculate_depreciation = 1
	row = {"depreciation_method": "Straight Line", "frequency_of_depreciation": 1}
	row.update({"total_number_of_depreciations": 12, "depreciation_start_date": get_last_day(day)})
	doc.append("finance_books", row)
	submit(doc, made, "asset")


def depreciate(made: dict) -> None:
	"""What ERPNext's daily job does."""
	from erpnext.assets.doctype.asset import depreciation

	asset = frappe.get_doc("Asset", made["asset"])
	if hasattr(depreciation, "make_depreciation_entry_for_all_asset_depr_schedules"):
		depreciation.make_depreciation_entry_for_all_asset_depr_schedules(asset, nowdate())
	else:
		name = frappe.db.get_value("Asset Depreciation Schedule", {"asset": asset.name, "docstatus": 1})
		depreciation.make_depreciation_entry(name, nowdate())


def move_asset(made: dict) -> None:
	doc = frappe.new_doc("Asset Movement", company=COMPANY, purpose="Transfer")
	doc.transaction_date = frappe.utils.now_datetime()
	row = {"asset": made["asset"], "source_location": LOCATION, "target_location": ELSEWHERE}
	doc.append("assets", row)
	submit(doc, made, "movement")


def revalue_asset(made: dict) -> None:
	from erpnext.assets.doctype.asset.asset import get_asset_value_after_depreciation

	doc = frappe.new_doc("Asset Value Adjustment", company=COMPANY, asset=made["asset"], date=nowdate())
	value = get_asset_value_after_depreciation(made["asset"])
	doc.update({"current_asset_value": value, "new_asset_value": value - 100})
	doc.update({"cost_center": f"Main - {ABBR}", "difference_account": f"Write Off - {ABBR}"})
	submit(doc, made, "adjustment")


def sell_asset(made: dict) -> None:
	from erpnext.assets.doctype.asset.asset import make_sales_invoice

	doc = make_sales_invoice(made["asset"], made["item"], COMPANY)
	doc.customer = made["customer"]
	doc.items[0].rate = 700
	submit(doc, made, "invoice")


def scrap_asset(made: dict) -> None:
	from erpnext.assets.doctype.asset.depreciation import scrap_asset

	scrap_asset(made["asset"])


# --- projects --------------------------------------------------------------------------------------------------------


def project(made: dict) -> None:
	doc = frappe.new_doc("Project", project_name=f"{made['kind']} house", company=COMPANY)
	doc.customer = made["customer"]
	doc.insert()
	made["project"] = doc.name
	task = frappe.new_doc("Task", subject=f"{made['kind']} walls", project=doc.name)
	task.insert()
	made["task"] = task.name


def activity(made: dict) -> None:
	item_and_parties(made)
	doc = frappe.new_doc("Activity Type", activity_type=f"{made['kind']} building", billing_rate=50)
	made["activity"] = doc.insert().name


def timesheet(made: dict) -> None:
	doc = frappe.new_doc("Timesheet", company=COMPANY, customer=made["customer"])
	doc.parent_project = made["project"]
	start = f"{add_days(nowdate(), -1)} 08:00:00"
	row = {"activity_type": made["activity"], "from_time": start, "hours": 3, "billing_hours": 3}
	row.update({"project": made["project"], "task": made["task"], "is_billable": 1, "billing_rate": 50})
	doc.append("time_logs", row)
	submit(doc, made, "timesheet")


def invoice_timesheet(made: dict) -> None:
	from erpnext.projects.doctype.timesheet.timesheet import make_sales_invoice

	doc = make_sales_invoice(made["timesheet"], made["item"], made["customer"])
	submit(doc, made, "invoice")


def end_task(made: dict) -> None:
	task = frappe.get_doc("Task", made["task"])
	task.status = "Completed"
	task.save()


# --- journals --------------------------------------------------------------------------------------------------------


def reverse_journal(made: dict) -> None:
	from erpnext.accounts.doctype.journal_entry.journal_entry import make_reverse_journal_entry

	doc = make_reverse_journal_entry(made["journal_entry"])
	doc.posting_date = nowdate()
	submit(doc, made, "reversed")


def journal_in_dollars(made: dict) -> None:
	doc = frappe.new_doc("Journal Entry", company=COMPANY, posting_date=nowdate(), multi_currency=1)
	doc.voucher_type = "Journal Entry"
	party = {"party_type": "Customer", "party": made["customer"]}
	row = {"account": f"Debtors USD - {ABBR}", "account_currency": "USD", "exchange_rate": 0.9}
	doc.append("accounts", {**row, **party, "debit_in_account_currency": 100})
	doc.append("accounts", {"account": CASH, "exchange_rate": 1, "credit_in_account_currency": 90})
	submit(doc, made, "journal_entry")


def revalue_dollars(made: dict) -> None:
	"""And the Journal Entry that comes of it."""
	doc = frappe.new_doc("Exchange Rate Revaluation", company=COMPANY, posting_date=nowdate())
	rows = [row for row in doc.get_accounts_data() if row.get("party") == made["customer"]]
	for row in rows:
		row["new_exchange_rate"] = 0.95
		row["new_balance_in_base_currency"] = row["balance_in_account_currency"] * 0.95
		row["gain_loss"] = row["new_balance_in_base_currency"] - row["balance_in_base_currency"]
		doc.append("accounts", row)
	submit(doc, made, "revaluation")
	doc = frappe.get_doc(doc.doctype, doc.name)
	doc.make_jv_entries()
	for name in frappe.get_all(
		"Journal Entry Account", {"reference_name": doc.name, "docstatus": 0}, pluck="parent", distinct=True
	):
		frappe.get_doc("Journal Entry", name).submit()


def opening_invoice(made: dict) -> None:
	tool = frappe.get_doc("Opening Invoice Creation Tool")
	tool.update({"company": COMPANY, "invoice_type": "Sales", "invoices": []})
	row = {"party_type": "Customer", "party": made["customer"], "item_name": "Opening", "qty": 1}
	row.update({"outstanding_amount": 70, "posting_date": add_days(nowdate(), -30), "due_date": nowdate()})
	row["temporary_opening_account"] = f"Temporary Opening - {ABBR}"
	tool.append("invoices", row)
	tool.make_invoices()


def subscription_plan(made: dict) -> None:
	item_and_parties(made)
	plan = frappe.new_doc("Subscription Plan", plan_name=f"{made['kind']} plan", item=made["item"])
	plan.update({"currency": "EUR", "price_determination": "Fixed Rate", "cost": 30})
	plan.update({"billing_interval": "Month", "billing_interval_count": 1})
	made["plan"] = plan.insert().name


def subscribe(made: dict) -> None:
	doc = frappe.new_doc("Subscription", party_type="Customer", party=made["customer"], company=COMPANY)
	doc.update(
		{"start_date": nowdate(), "generate_invoice_at": "Beginning of the current subscription period"}
	)
	doc.update({"submit_invoice": 1, "days_until_due": 0})
	doc.append("plans", {"plan": made["plan"], "qty": 1})
	doc.insert()
	made["subscription"] = doc.name


def bill_subscription(made: dict) -> None:
	doc = frappe.get_doc("Subscription", made["subscription"])
	doc.process(posting_date=nowdate())


# --- banks -----------------------------------------------------------------------------------------------------------


def bank(made: dict) -> None:
	item_and_parties(made)
	bank = frappe.new_doc("Bank", bank_name=f"{made['kind']} bank").insert()
	account = frappe.new_doc("Bank Account", account_name=f"{made['kind']} account", bank=bank.name)
	account.update({"is_company_account": 1, "company": COMPANY, "account": GIRO})
	made["bank_account"] = account.insert().name


def pay_to_bank(made: dict) -> None:
	submit(new_payment(made, account=GIRO), made, "payment")


def bank_statement(made: dict) -> None:
	doc = frappe.new_doc("Bank Transaction", date=nowdate(), company=COMPANY)
	doc.bank_account = made["bank_account"]
	doc.update({"deposit": 100, "currency": "EUR", "description": f"{made['kind']} pays"})
	submit(doc, made, "bank_transaction")


def reconcile_bank(made: dict) -> None:
	from erpnext.accounts.doctype.bank_reconciliation_tool.bank_reconciliation_tool import reconcile_vouchers

	voucher = {"payment_doctype": "Payment Entry", "payment_name": made["payment"], "amount": 100}
	reconcile_vouchers(made["bank_transaction"], frappe.as_json([voucher]))
