from uuid import uuid4

import frappe

HEAD = "head"
CUSTOM_FIELDS = ("remote_site_name", "remote_document_name")


def after_install() -> None:
	make_log_head()


def before_uninstall() -> None:
	"""Frappe removes DocTypes, workspace and module; what this app put into other DocTypes is removed here."""
	remove_custom_fields()


def make_log_head() -> None:
	"""Give this site's Update Log its identity, once. A second call keeps the first one's."""
	if frappe.db.exists("Update Log Head", HEAD):
		return

	head = frappe.new_doc("Update Log Head", epoch=str(uuid4()), position=0)
	head.insert(ignore_permissions=True, set_name=HEAD)


def remove_custom_fields() -> None:
	fields = frappe.get_all(
		"Custom Field",
		filters={"fieldname": ("in", CUSTOM_FIELDS), "module": "Event Streaming"},
		pluck="name",
	)
	for field in fields:
		frappe.delete_doc("Custom Field", field, force=True, ignore_permissions=True)
