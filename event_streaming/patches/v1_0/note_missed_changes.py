"""Whether a DocType was approved for the first time, version 0.1 didn't say: whatever changes next may have missed
something, and is taken as a whole."""

import frappe


def execute() -> None:
	table = frappe.qb.DocType("Event Consumer Document Type")
	(
		frappe.qb.update(table)
		.set(table.missed_before, table.active_since)
		.where(table.active_since > 0)
		.where(table.missed_before == 0)
		.run()
	)
