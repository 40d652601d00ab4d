"""New documents with their defaults."""

import copy
from typing import Any

import frappe
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.model import data_fieldtypes
from frappe.permissions import filter_allowed_docs_for_doctype, get_allowed_docs_for_doctype
from frappe.utils import cstr, now_datetime, nowdate, nowtime


def get_new_doc(
	doctype: str, parent_doc: Any = None, parentfield: str | None = None, as_dict: bool = False
) -> Any:
	templates = frappe.local.new_doc_templates
	if doctype not in templates:
		templates[doctype] = _make_template(doctype)
	doc = copy.copy(templates[doctype])
	_set_changing_defaults(doc, parent_doc, parentfield)
	return doc if as_dict else frappe.get_doc(doc)


def _make_template(doctype: str) -> frappe._dict:
	"""What stays the same for this user within the request."""
	doc = frappe.get_doc({"doctype": doctype, "__islocal": 1, "owner": frappe.session.user, "docstatus": 0})
	permissions = get_user_permissions()
	defaults = frappe.defaults.get_defaults()
	for df in doc.meta.get("fields"):
		if df.fieldtype in data_fieldtypes:
			_set_default(doc, df, permissions.get(df.options, []), defaults)
	doc._fix_numeric_types()
	values = doc.get_valid_dict(sanitize=False)
	values.update(doctype=doctype, __islocal=1)
	if not doc.meta.issingle:
		values["__unsaved"] = 1
	return values


def _set_default(doc: Any, df: Any, permissions: list, defaults: dict) -> None:
	allowed, default_doc = filter_allowed_docs_for_doctype(permissions, df.parent, with_default_doc=True)
	value = _get_user_default(df, defaults, permissions, allowed, default_doc)
	if value is not None:
		if df.fieldtype != "Link" or frappe.db.exists(df.options, value):
			doc.set(df.fieldname, value)
	elif df.fieldname != doc.meta.get("title_field"):
		value = _get_static_default(df, permissions, allowed)
		if value is not None:
			doc.set(df.fieldname, value)


def _get_user_default(df: Any, defaults: dict, permissions: list, allowed: list, default_doc: Any) -> Any:
	if df.fieldtype != "Link" or df.options == "User":
		return None
	if not df.ignore_user_permissions and default_doc:
		return default_doc
	value = defaults.get(df.fieldname)
	return value if value and _is_allowed(df, permissions, allowed, value) else None


def _get_static_default(df: Any, permissions: list, allowed: list) -> Any:
	if df.get("default"):
		if df.default == "__user":
			return frappe.session.user
		if df.default == "Today":
			return nowdate()
		if cstr(df.default).startswith(":"):
			return None
		if (
			df.fieldtype != "Link"
			or df.options == "User"
			or _is_allowed(df, permissions, allowed, df.default)
		):
			return df.default
	elif df.fieldtype == "Select" and df.options and df.options not in ("[Select]", "Loading..."):
		return df.options.split("\n", 1)[0]
	return None


def _is_allowed(df: Any, permissions: list, allowed: list, value: Any) -> bool:
	return not (_is_restricted(df, permissions) and allowed) or value in allowed


def _is_restricted(df: Any, permissions: list) -> bool:
	return bool(df.fieldtype == "Link" and not df.ignore_user_permissions and permissions)


def _set_changing_defaults(doc: frappe._dict, parent_doc: Any, parentfield: str | None) -> None:
	for df in frappe.get_meta(doc["doctype"]).get("fields"):
		if df.get("default"):
			if cstr(df.default).startswith(":"):
				value = _get_default_of_linked(df, parent_doc)
				if value is not None and not doc.get(df.fieldname):
					doc[df.fieldname] = value
			elif df.fieldtype == "Datetime" and df.default.lower() == "now":
				doc[df.fieldname] = now_datetime()
		if df.fieldtype == "Time":
			doc[df.fieldname] = nowtime()
	if parent_doc:
		doc["parent"] = parent_doc.name
		doc["parenttype"] = parent_doc.doctype
	if parentfield:
		doc["parentfield"] = parentfield


def _get_default_of_linked(df: Any, parent_doc: Any) -> Any:
	"""`:Company` as a default: this field's value in the company that the document or the user has."""
	doctype = df.default[1:]
	fieldname = doctype.lower().replace(" ", "_")
	name = parent_doc.get(fieldname) if parent_doc else frappe.db.get_default(fieldname)
	value = frappe.db.get_value(doctype, name, df.fieldname)
	permissions = get_user_permissions().get(df.options, [])
	if _is_restricted(df, permissions) and value not in get_allowed_docs_for_doctype(permissions, df.parent):
		return None
	return value
