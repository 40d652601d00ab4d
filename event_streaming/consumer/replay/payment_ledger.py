"""ERPNext's payment ledger of a payment that was reconciled with invoices where it came from.

Payment Reconciliation writes references into a submitted Payment Entry or Journal Entry and posts its payment ledger anew,
past any life cycle. The references come as a change of the payment; the ledger is made of them by ERPNext itself.
"""

from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint

from event_streaming.consumer.replay.child_rows import remote_name, without_stand_in
from event_streaming.link.protocol import ROW_PARTS

if TYPE_CHECKING:
	from frappe.model.document import Document

TABLES = {"Payment Entry": "references", "Journal Entry": "accounts"}
LEDGER = "Payment Ledger Entry"


def post_again(doc: "Document", diff: dict) -> None:
	"""Hook `event_streaming_after_direct_change`."""
	table = TABLES[doc.doctype]
	if "erpnext" not in frappe.get_installed_apps() or not any(
		table in (diff.get(part) or {}) for part in ROW_PARTS
	):
		return
	if cint(doc.get("book_advance_payments_in_separate_party_account")):
		return _post_allocations(doc, (diff.get("added") or {}).get(table) or [])
	before = _paid_by(doc)
	repost = frappe.get_module("erpnext.accounts.doctype.repost_payment_ledger.repost_payment_ledger")
	repost.repost_ple_for_voucher(doc.doctype, doc.name, doc.build_gl_map())
	for voucher in before - _paid_by(doc):
		frappe.get_module("erpnext.accounts.utils").update_voucher_outstanding(*voucher)


def _post_allocations(doc: "Document", added: list[dict]) -> None:
	"""Advances on an account of their own move to the party's with each allocation."""
	names = {without_stand_in(row["name"]) for row in added}
	for row in doc.references:
		if remote_name(row) in names:
			doc.make_advance_gl_entries(entry=row)


def _paid_by(doc: "Document") -> set[tuple]:
	"""What the payment ledger says that it pays: with account and party."""
	fields = ["against_voucher_type", "against_voucher_no", "account", "party_type", "party"]
	of = {"voucher_type": doc.doctype, "voucher_no": doc.name, "delinked": 0}
	return {tuple(row.values()) for row in frappe.get_all(LEDGER, of, fields, limit=0)}
