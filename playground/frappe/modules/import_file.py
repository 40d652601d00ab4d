"""Records that apps keep as JSON files, brought into the database."""

import os
from typing import Any

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def import_file_by_path(
	path: str,
	force: bool = False,
	data_import: bool = False,
	pre_process: Any = None,
	ignore_version: bool | None = None,
	reset_permissions: bool = False,
) -> bool:
	"""Imports what the file holds, in place of what was there. False for kinds of records that playground
	sites don't have (workspaces, reports, print formats: what only the desk shows)."""
	if not os.path.exists(path):
		print(f"{path} missing")
		return False
	docs = frappe.get_file_json(path)
	for values in docs if isinstance(docs, list) else [docs]:
		if values["doctype"] != "DocType" and not frappe.db.exists("DocType", values["doctype"]):
			print(f"playground: {values['doctype']} {values['name']} is left out")
			return False
		import_doc(values)
	return True


def import_doc(values: dict) -> Any:
	"""Files of apps are trusted: no `validate`, no permissions, no checks of links and mandatory fields."""
	frappe.flags.in_import = True
	try:
		doc = frappe.get_doc({**values, "__islocal": 1})
		doc.run_method("before_import")
		if frappe.db.exists(doc.doctype, doc.name):
			frappe.delete_doc(doc.doctype, doc.name, force=1, for_reload=True)
		for flag in (
			"ignore_version",
			"ignore_links",
			"ignore_validate",
			"ignore_permissions",
			"ignore_mandatory",
		):
			doc.flags[flag] = True
		doc.insert()
	finally:
		frappe.flags.in_import = False
	return doc
