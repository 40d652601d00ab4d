from uuid import uuid4

import frappe

HEAD = "head"
ORIGIN_FIELDS = ("remote_site_name", "remote_document_name")


def after_install() -> None:
	make_log_head()


def before_uninstall() -> None:
	"""Frappe removes the DocTypes and what belongs to the module; the rest of what this app made goes here."""
	remove_origin_fields()
	remove_settings()


def make_log_head() -> None:
	"""Give this site's Update Log its identity, once. A second call keeps the first one's."""
	if frappe.db.exists("Update Log Head", HEAD):
		return

	head = frappe.new_doc("Update Log Head", epoch=str(uuid4()), position=0)
	head.insert(ignore_permissions=True, set_name=HEAD)


def remove_origin_fields() -> None:
	ours = {"fieldname": ("in", ORIGIN_FIELDS), "module": "Event Streaming"}
	for field in frappe.get_all("Custom Field", filters=ours, pluck="name"):
		frappe.delete_doc("Custom Field", field, force=True, ignore_permissions=True)


def remove_settings() -> None:
	"""Rows about this app in tables of the framework."""
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "event_streaming.%")})
	frappe.db.delete("Logs To Clear", {"ref_doctype": "Event Sync Log"})
	frappe.db.delete("__Auth", {"doctype": ("in", ["Event Producer", "Event Consumer"])})
