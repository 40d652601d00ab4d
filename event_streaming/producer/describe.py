"""The fields of a DocType, for people who map them from another site."""

import frappe
from frappe import _
from frappe.model import display_fieldtypes, table_fields
from frappe.utils import cint

SHOWN = ("fieldname", "label", "fieldtype", "options", "reqd")
HIDDEN_FIELDTYPES = {"Password", *display_fieldtypes}


def describe_doctype(doctype: str, user: str) -> list[dict]:
	"""What `user` may read of each document, in the order of the form; what a table's rows have, as its `fields`.

	:raises frappe.ValidationError: there is no such DocType, or the user may not read it
	"""
	if not frappe.db.exists("DocType", doctype) or not frappe.has_permission(doctype, "read", user=user):
		frappe.throw(_("{0} may not read {1}.").format(user, doctype))
	levels = _readable_levels(doctype, user)
	fields = _describe(doctype, levels)
	for field in fields:
		if field["fieldtype"] in table_fields:
			field["fields"] = _describe(field["options"], levels)
	return fields


def _describe(doctype: str, levels: set[int]) -> list[dict]:
	return [
		{key: field.get(key) for key in SHOWN}
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype not in HIDDEN_FIELDTYPES and cint(field.permlevel) in levels
	]


def _readable_levels(doctype: str, user: str) -> set[int]:
	meta = frappe.get_meta(doctype)
	if user == "Administrator":
		return {cint(level) for level in range(10)}
	return {cint(level) for level in meta.get_permlevel_access("read", user=user)} | {0}
