"""Terms of Frappe's own."""

from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)
