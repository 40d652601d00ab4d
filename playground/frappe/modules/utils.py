"""Names that Frappe keeps here too."""

import frappe
from frappe.modules import get_doctype_module, load_doctype_module
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)
__all__ = ["get_doctype_module", "get_module_app", "load_doctype_module"]


def get_module_app(module: str) -> str:
	app = frappe.local.module_app.get(frappe.scrub(module))
	if app is None:
		frappe.throw(frappe._("Module {} not found").format(module), exc=frappe.DoesNotExistError)
	return app
