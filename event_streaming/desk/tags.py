"""Stands in for a function of Desk, so that a tag that is taken away is heard: Frappe tells nobody of it."""

import frappe

from event_streaming.link import arguments
from event_streaming.producer import annotations


@frappe.whitelist(methods=["POST"])
def remove_tag(tag: str, dt: str, dn: str | int) -> None:
	"""As `frappe.desk.doctype.tag.tag.remove_tag`."""
	tag, doctype, name = (
		arguments.text(str(value), label) for value, label in ((tag, "tag"), (dt, "dt"), (dn, "dn"))
	)
	if not frappe.db.exists("DocType", doctype):
		raise frappe.DoesNotExistError
	frappe.get_doc(doctype, name).check_permission("write")
	annotations.remove_tag(tag, doctype, name)
