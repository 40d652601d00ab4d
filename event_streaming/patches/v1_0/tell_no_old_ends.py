"""What ended before this version is not told now."""

import frappe


def execute() -> None:
	for doctype in ("Event Backfill", "Event Reconciliation"):
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(table.told, 1).run()
