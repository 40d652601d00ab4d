"""What version 0.1 left as Rejected is refused: it is given in no other way either, until it is approved."""

import frappe


def execute() -> None:
	table = frappe.qb.DocType("Event Consumer Document Type")
	frappe.qb.update(table).set(table.refused, 1).where(table.status == "Rejected").run()
