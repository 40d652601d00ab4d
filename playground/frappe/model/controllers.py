"""Which class a DocType's documents are of."""

from typing import Any

import frappe

FOR_DOCTYPE = {
	"fields": "DocField",
	"permissions": "DocPerm",
	"actions": "DocType Action",
	"links": "DocType Link",
	"states": "DocType State",
}
DOCTYPES_FOR_DOCTYPE = frozenset({"DocType", *FOR_DOCTYPE.values()})
DOCTYPE_TABLE_FIELDS = [
	frappe._dict(fieldname=fieldname, options=options, fieldtype="Table")
	for fieldname, options in FOR_DOCTYPE.items()
]


def get_controller(doctype: str) -> type:
	"""The controller class, from the DocType's module; Document itself for custom DocTypes."""
	known = frappe.controllers.setdefault(frappe.local.site, {})
	if doctype not in known:
		known[doctype] = import_controller(doctype)
	return known[doctype]


def import_controller(doctype: str) -> type:
	from frappe.model.base_document import BaseDocument
	from frappe.model.document import Document
	from frappe.modules import load_doctype_module
	from frappe.utils.nestedset import NestedSet

	module = "Core"
	if doctype not in DOCTYPES_FOR_DOCTYPE:
		info = frappe.db.get_value("DocType", doctype, ["module", "custom", "is_tree"], as_dict=True)
		if info and info.custom:
			return NestedSet if info.is_tree else Document
		module = info.module if info else module
	overrides = frappe.get_hooks("override_doctype_class", {}) if doctype not in DOCTYPES_FOR_DOCTYPE else {}
	if doctype in overrides:
		path, _dot, classname = overrides[doctype][-1].rpartition(".")
		python_module: Any = frappe.get_module(path)
	else:
		python_module = load_doctype_module(doctype, module)
		classname = doctype.replace(" ", "").replace("-", "")
	controller = vars(python_module).get(classname)
	if not (isinstance(controller, type) and issubclass(controller, BaseDocument)):
		raise ImportError(f"{doctype}: {classname} is no document class of {python_module.__name__}")
	return controller
