"""Documents that this app keeps from most users by code of its own."""

import frappe

HIDDEN = "Hidden"


def may_see_region(doc, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	return not (doc.head or "").startswith(HIDDEN)


def listed_articles(user: str | None = None, doctype: str | None = None) -> str:
	if frappe.conf.get("shop_articles_fail"):
		raise LookupError("a fault of this app")
	return f"substr(`tabShop Article`.article_code, 1, {len(HIDDEN)}) <> '{HIDDEN}'"
