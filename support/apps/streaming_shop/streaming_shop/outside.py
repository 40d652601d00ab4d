"""What a shop does outside of its controllers: what it tells the tax office, which here is a list in the cache; and what it does
when all others are done with a document."""

import frappe

REPORTS = "shop_reports"


def report(doc) -> None:
	frappe.cache.rpush(REPORTS, doc.name)


def mark_bill(doc, method: str | None = None) -> None:
	"""As another app does when all others are done with a document."""
	if doc.doctype == "Shop Bill" and frappe.conf.shop_marks_bills and doc.docstatus == 1:
		if not doc.title.endswith(", seen"):
			doc.db_set("title", f"{doc.title}, seen")
