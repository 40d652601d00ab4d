"""Where a DocType's files are."""

import importlib
import os
from types import ModuleType
from typing import Any

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def scrub(txt: str) -> str:
	return frappe.scrub(txt)


def get_module_path(module: str, *joins: str) -> str:
	return frappe.get_module_path(module, *joins)


def get_module_name(
	doctype: str, module: str, prefix: str = "", suffix: str = "", app: str | None = None
) -> str:
	app = frappe.scrub(app or frappe.local.module_app[frappe.scrub(module)])
	name = frappe.scrub(doctype)
	return f"{app}.{frappe.scrub(module)}.doctype.{name}.{prefix}{name}{suffix}"


def get_doctype_module(doctype: str) -> str:
	modules = frappe.cache.get_value(
		"doctype_modules", lambda: dict(frappe.db.sql('SELECT name, module FROM "tabDocType"'))
	)
	if doctype not in modules:
		frappe.throw(frappe._("DocType {} not found").format(doctype), exc=frappe.DoesNotExistError)
	return modules[doctype]


def load_doctype_module(
	doctype: str, module: str | None = None, prefix: str = "", suffix: str = ""
) -> ModuleType:
	module = module or get_doctype_module(doctype)
	name = get_module_name(doctype, module, prefix, suffix)
	try:
		return importlib.import_module(name)
	except ModuleNotFoundError as error:
		if error.name and name.startswith(error.name):
			raise ImportError(
				f"Module import failed for {doctype}, the DocType you're trying to open might be deleted. Error: {error}"
			) from error
		raise


def reload_doc(
	module: str,
	dt: str | None = None,
	dn: str | None = None,
	force: bool = False,
	reset_permissions: bool = False,
) -> Any:
	from frappe.modules.import_file import import_file_by_path

	dt, dn = frappe.scrub(dt), frappe.scrub(dn)
	path = os.path.join(get_module_path(module), dt, dn, f"{dn}.json")
	return import_file_by_path(path, force=force, reset_permissions=reset_permissions)
