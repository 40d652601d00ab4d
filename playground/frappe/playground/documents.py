"""Documents at the top level of `frappe`: get, make, cache, list, delete, rename."""

import copy
from typing import Any

import frappe
from frappe.exceptions import DoesNotExistError
from frappe.playground.context import local
from frappe.playground.remote_calls import whitelist
from frappe.types.frappedict import _dict


def get_doc(*args: Any, **kwargs: Any) -> Any:
	"""A document of the database (DocType and name or filters), or a new one (a dict or keywords)."""
	from frappe.model.document import get_doc

	doc = get_doc(*args, **kwargs)
	key = _get_cache_key(args)
	if key and not kwargs.get("for_update") and frappe.cache.exists(key):
		frappe.cache.set_value(key, doc)  # what is cached may be older
	return doc


def get_cached_doc(*args: Any, **kwargs: Any) -> Any:
	key = _get_cache_key(args)
	if key and (doc := frappe.cache.get_value(key)):
		return doc
	doc = get_doc(*args, **kwargs)
	frappe.cache.set_value(key or get_document_cache_key(doc.doctype, doc.name), doc)
	return doc


def _get_cache_key(args: tuple) -> str | None:
	if not args:
		return None
	name = args[0] if len(args) == 1 or args[1] is None else args[1]
	if isinstance(args[0], str) and isinstance(name, str):
		return get_document_cache_key(args[0], name)
	return None


def get_document_cache_key(doctype: str, name: str) -> str:
	return f"document_cache::{doctype}::{name}"


def clear_document_cache(doctype: str, name: str | None = None) -> None:
	"""At once, and again at the end of the transaction: others may fill the cache in between."""

	def clear() -> None:
		if name is None:
			frappe.cache.delete_keys(get_document_cache_key(doctype, ""))
		else:
			frappe.cache.delete_value(get_document_cache_key(doctype, name))

	clear()
	if db := getattr(local, "db", None):
		db.after_commit.add(clear)
		db.after_rollback.add(clear)
	if doctype == "System Settings" and hasattr(local, "system_settings"):
		del local.system_settings


def get_cached_value(doctype: str, name: str, fieldname: Any = "name", as_dict: bool = False) -> Any:
	try:
		doc = get_cached_doc(doctype, name)
	except DoesNotExistError:
		frappe.clear_last_message()
		return None
	if isinstance(fieldname, str):
		if as_dict:
			frappe.throw("Cannot make dict for single fieldname")
		return doc.get(fieldname)
	values = [doc.get(field) for field in fieldname]
	return _dict(zip(fieldname, values, strict=False)) if as_dict else values


def get_last_doc(
	doctype: str, filters: Any = None, order_by: str = "creation desc", *, for_update: bool = False
) -> Any:
	names = get_all(doctype, filters=filters, limit_page_length=1, order_by=order_by, pluck="name")
	if not names:
		raise DoesNotExistError
	return get_doc(doctype, names[0], for_update=for_update)


def get_single(doctype: str) -> Any:
	return get_doc(doctype, doctype)


def get_meta(doctype: Any, cached: bool = True) -> Any:
	from frappe.model.meta import get_meta

	return get_meta(doctype, cached=cached)


def new_doc(
	doctype: str,
	*,
	parent_doc: Any = None,
	parentfield: str | None = None,
	as_dict: bool = False,
	**kwargs: Any,
) -> Any:
	"""A new document with its defaults."""
	from frappe.model.create_new import get_new_doc

	return get_new_doc(doctype, parent_doc, parentfield, as_dict=as_dict).update(kwargs)


def copy_doc(doc: Any, ignore_no_copy: bool = True) -> Any:
	"""A new document with the same values, without name, owner and times; `docstatus` stays in tests, as in Frappe."""
	cleared = ["name", "owner", "creation", "modified", "modified_by"]
	if not local.flags.in_test:
		cleared.append("docstatus")
	new = get_doc(copy.deepcopy(doc if isinstance(doc, dict) else doc.as_dict()))
	for part, fields in [(new, [*cleared, "amended_from", "amendment_date"])] + [
		(child, cleared) for child in new.get_all_children()
	]:
		part.set("__islocal", 1)
		for field in fields:
			part.set(field, None)
		if not ignore_no_copy:
			for df in part.meta.get("fields", {"no_copy": 1}):
				if hasattr(part, df.fieldname):
					part.set(df.fieldname, None)
	return new


def delete_doc(
	doctype: str | None = None,
	name: Any = None,
	force: bool = False,
	ignore_doctypes: list[str] | None = None,
	for_reload: bool = False,
	ignore_permissions: bool = False,
	flags: Any = None,
	ignore_on_trash: bool = False,
	ignore_missing: bool = True,
	delete_permanently: bool = False,
) -> Any:
	from frappe.model.delete_doc import delete_doc

	return delete_doc(
		doctype,
		name,
		force,
		ignore_doctypes,
		for_reload,
		ignore_permissions,
		flags,
		ignore_on_trash,
		ignore_missing,
		delete_permanently,
	)


@whitelist(methods=["POST", "PUT"])
def rename_doc(
	doctype: str,
	old: str,
	new: str,
	force: bool = False,
	merge: bool = False,
	*,
	ignore_if_exists: bool = False,
	show_alert: bool = True,
	rebuild_search: bool = True,
) -> str:
	from frappe.model.rename_doc import rename_doc

	return rename_doc(
		doctype=doctype,
		old=old,
		new=new,
		force=force,
		merge=merge,
		ignore_if_exists=ignore_if_exists,
		show_alert=show_alert,
		rebuild_search=rebuild_search,
	)


def get_list(doctype: str, *args: Any, **kwargs: Any) -> list:
	"""Rows that the user may read, with the fields that the user may read."""
	from frappe.model.db_query import DatabaseQuery

	return DatabaseQuery(doctype).execute(*args, **kwargs)


def get_all(doctype: str, *args: Any, **kwargs: Any) -> list:
	"""Rows whoever asks."""
	kwargs["ignore_permissions"] = True
	kwargs.setdefault("limit_page_length", 0)
	return get_list(doctype, *args, **kwargs)


def get_value(*args: Any, **kwargs: Any) -> Any:
	return local.db.get_value(*args, **kwargs)


def is_table(doctype: str) -> bool:
	tables = frappe.cache.get_value(
		"is_table", lambda: local.db.get_values("DocType", filters={"istable": 1}, order_by=None, pluck=True)
	)
	return doctype in tables


def get_system_settings(key: str) -> Any:
	if not hasattr(local, "system_settings"):
		try:
			local.system_settings = get_cached_doc("System Settings")
		except DoesNotExistError:
			frappe.clear_last_message()
			return None
	return local.system_settings.get(key)


def reload_doc(
	module: str,
	dt: str | None = None,
	dn: str | None = None,
	force: bool = False,
	reset_permissions: bool = False,
) -> Any:
	from frappe.modules import reload_doc

	return reload_doc(module, dt, dn, force=force, reset_permissions=reset_permissions)
