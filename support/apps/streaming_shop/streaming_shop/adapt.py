"""How this app adapts a document that is replayed: here, with `shop_replay_prefix`, a voucher's remarks say where it is from."""

import frappe


def before_replay(doc, action: str, context) -> None:
	prefix = frappe.conf.get("shop_replay_prefix")
	if prefix and doc.doctype == "Shop Voucher":
		doc.remarks = f"{prefix} {action} {context.kind}"
