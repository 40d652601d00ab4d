"""Stands in for a function of Desk, so that a tag that is taken away is heard: Frappe tells nobody of it."""

import frappe

from event_streaming.producer import annotations


@frappe.whitelist(methods=["POST"])
def remove_tag(tag: str, dt: str, dn: str) -> None:
	"""As `frappe.desk.doctype.tag.tag.remove_tag`."""
	frappe.get_doc(dt, dn).check_permission("write")
	annotations.remove_tag(tag, dt, dn)
