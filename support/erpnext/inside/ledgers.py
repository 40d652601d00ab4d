"""What ERPNext has posted, without names and times that each site gives by itself."""

import frappe

from support import ops
from support.erpnext.inside.company import COMPANY

LEDGERS = ("GL Entry", "Payment Ledger Entry", "Stock Ledger Entry")
OWN = {
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"idx",
	"docstatus",
	"_assign",
	"_comments",
	"_liked_by",
	"_user_tags",
	"serial_and_batch_bundle",  # a name by chance; the bundles themselves are compared
	"redeem_against",  # the name of a row that each site makes
	"auto_created_serial_and_batch_bundle",  # whether ERPNext made the bundle or was given it, as here
}
BIN_FIELDS = (
	"item_code", "warehouse", "actual_qty", "planned_qty", "indented_qty", "ordered_qty", "reserved_qty",
	"reserved_qty_for_production", "reserved_qty_for_sub_contract", "reserved_stock", "projected_qty", "valuation_rate",
	"stock_value",
)  # fmt: skip


def read(vouchers: list[list[str]], items: list[str]) -> dict[str, list]:
	"""
	:param vouchers: DocType and name of those whose ledger rows are read
	:param items: whose Bins, serial numbers and batches are read
	"""
	names = [name for _doctype, name in vouchers] or ["-"]
	found = {ledger: _rows(ledger, {"voucher_no": ("in", names)}) for ledger in LEDGERS}
	of_items = {"item_code": ("in", items or ["-"])}
	found["Loyalty Point Entry"] = _rows("Loyalty Point Entry", {"invoice": ("in", names)})
	found["Bin"] = ops.as_plain_rows(frappe.get_all("Bin", of_items, list(BIN_FIELDS), limit=0))
	found["Serial and Batch Bundle"] = _of_bundles(of_items)
	found["Serial No"] = _documents("Serial No", of_items)
	found["Batch"] = _documents("Batch", {"item": ("in", items or ["-"])})
	return found


def _of_bundles(of_items: dict) -> list[dict]:
	"""Without their names and those of their rows: some are made by the ledger, and are nobody's but this site's."""
	bundles = _documents("Serial and Batch Bundle", of_items)
	for bundle in bundles:
		for part in (bundle, *bundle["entries"]):
			del part["name"]
	return bundles


def _rows(ledger: str, filters: dict) -> list[dict]:
	columns = [column for column in frappe.db.get_table_columns(ledger) if column not in OWN]
	return ops.as_plain_rows(frappe.get_all(ledger, filters, columns, limit=0))


def _documents(doctype: str, filters: dict) -> list[dict]:
	names = frappe.get_all(doctype, filters, pluck="name", limit=0)
	return ops.as_plain_rows([ops.stored_values(doctype, name) for name in names])


def repost() -> None:
	"""What ERPNext's hourly job does with receipts of the past."""
	from erpnext.stock.doctype.repost_item_valuation.repost_item_valuation import repost as repost_one

	for name in frappe.get_all(
		"Repost Item Valuation",
		{"status": ("in", ["Queued", "In Progress"]), "docstatus": 1},
		pluck="name",
		order_by="creation",
	):
		repost_one(frappe.get_doc("Repost Item Valuation", name))


def trial_balance() -> dict[str, float]:
	"""Balance by account of the company."""
	rows = frappe.get_all(
		"GL Entry", {"company": COMPANY, "is_cancelled": 0}, ["account", "debit", "credit"], limit=0
	)
	balances: dict[str, float] = {}
	for row in rows:
		balances[row.account] = balances.get(row.account, 0) + row.debit - row.credit
	return {account: round(value, 6) for account, value in balances.items()}
