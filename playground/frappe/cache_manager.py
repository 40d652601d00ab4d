"""Which cached values go when something changes."""

import frappe
from frappe.model import table_fields
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

USER_KEYS = ("roles", "defaults", "user_permissions")
DOCTYPE_KEYS = ("doctype_meta", "table_columns")


def clear(user: str | None = None, doctype: str | None = None) -> None:
	"""The cache of one user, of one DocType, or all of it; in each case what this request remembers."""
	if doctype:
		clear_doctype_cache(doctype)
	elif user:
		clear_user_cache(user)
	else:
		kept = {
			key
			for prefix in frappe.get_hooks("persistent_cache_keys")
			for key in frappe.cache.get_keys(prefix)
		}
		frappe.cache.delete_value(list(set(frappe.cache.get_keys("")) - kept), make_keys=False)
		frappe.local.cache = {}
		frappe.local.new_doc_templates = {}
		for method in frappe.get_hooks("clear_cache"):
			frappe.get_attr(method)()
	frappe.local.role_permissions = {}
	for name in ("request_cache", "system_settings", "doc_events_hooks"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)


def clear_user_cache(user: str | None = None) -> None:
	for name in USER_KEYS:
		frappe.cache.hdel(name, user)
	frappe.cache.delete_keys(f"user:{user}")
	frappe.cache.hdel("defaults", "__default")
	frappe.cache.hdel("defaults", "__global")


def clear_doctype_cache(doctype: str | None = None) -> None:
	"""At once, and again when the transaction ends, since others may fill the cache in between."""
	clear_controller_cache(doctype)
	_clear_doctype_keys(doctype)
	frappe.db.after_commit.add(lambda: _clear_doctype_keys(doctype))
	frappe.db.after_rollback.add(lambda: _clear_doctype_keys(doctype))


def _clear_doctype_keys(doctype: str | None) -> None:
	for key in ("is_table", "doctype_modules"):
		frappe.cache.delete_value(key)
	if not doctype:
		for key in DOCTYPE_KEYS:
			frappe.cache.delete_value(key)
		frappe.cache.delete_keys("document_cache::")
		return
	for one in [doctype, *_get_parents(doctype)]:
		frappe.cache.delete_keys(f"document_cache::{one}::")
		for key in DOCTYPE_KEYS:
			frappe.cache.hdel(key, f"tab{one}" if key == "table_columns" else one)


def _get_parents(doctype: str) -> list[str]:
	filters = {"fieldtype": ("in", table_fields), "options": doctype}
	parents = frappe.get_all("DocField", filters, pluck="parent", order_by=None)
	if frappe.db.table_exists("Custom Field"):
		parents += frappe.get_all("Custom Field", filters, pluck="dt", order_by=None)
	return parents


def clear_controller_cache(doctype: str | None = None) -> None:
	known = frappe.controllers.get(frappe.local.site, {})
	if doctype:
		known.pop(doctype, None)
	else:
		known.clear()
