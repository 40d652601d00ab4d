"""Default values kept per user, for all users, and for the site itself (`__global`)."""

from typing import Any

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def get_defaults(user: str | None = None) -> frappe._dict:
	user = user or (frappe.session.user if frappe.session else "Guest")
	everyones = get_defaults_for()
	if not user:
		return everyones
	out = everyones.copy()
	out.update(get_defaults_for(user))
	out.update(user=user, owner=user)
	return out


def get_defaults_for(parent: str = "__default") -> frappe._dict:
	if frappe.flags.in_install_db:
		return frappe._dict()  # a new site, without tables
	known = frappe.cache.hget("defaults", parent)
	if known is not None:
		return known
	out = frappe._dict()
	rows = frappe.get_all("DefaultValue", {"parent": parent}, ["defkey", "defvalue"], order_by="creation")
	for row in rows:
		if row.defkey in out:
			present = out[row.defkey] if isinstance(out[row.defkey], list) else [out[row.defkey]]
			if row.defvalue not in present:
				out[row.defkey] = [*present, row.defvalue]
		elif row.defvalue is not None:
			out[row.defkey] = row.defvalue
	frappe.cache.hset("defaults", parent, out)
	return out


def set_default(key: str, value: Any, parent: str, parenttype: str | None = "__default") -> None:
	frappe.db.lock()
	frappe.db.delete("DefaultValue", {"defkey": key, "parent": parent})
	if value is not None:
		add_default(key, value, parent)
	else:
		_clear_cache(parent)


def add_default(key: str, value: Any, parent: str, parenttype: str | None = None) -> None:
	frappe.get_doc(
		doctype="DefaultValue",
		parent=parent,
		parenttype=parenttype or "__default",
		parentfield="system_defaults",
		defkey=key,
		defvalue=value,
	).insert(ignore_permissions=True)
	_clear_cache(parent)


def _clear_cache(parent: str | None) -> None:
	frappe.clear_cache(user=parent) if parent and not parent.startswith("__") else frappe.cache.delete_value(
		"defaults"
	)


def get_global_default(key: str) -> Any:
	return _first(get_defaults().get(key))


def _first(value: Any) -> Any:
	return value[0] if isinstance(value, list) and value else value
