"""Small questions about DocTypes."""

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def is_single_doctype(doctype: str) -> bool:
	return bool(frappe.get_meta(doctype).issingle)


def is_virtual_doctype(doctype: str) -> bool:
	return False  # the playground has none: importing one raises
