"""What a shop tells the tax office: an outside effect that is no framework's. Here the office is a list in the cache."""

import frappe

REPORTS = "shop_reports"


def report(doc) -> None:
	frappe.cache.rpush(REPORTS, doc.name)
