"""Which logs are cleared after how many days."""

import frappe
from frappe.model.document import Document
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class LogSettings(Document):
	def validate(self) -> None:
		seen: set[str] = set()
		for row in list(self.logs_to_clear):
			if row.ref_doctype in seen or not _supports_log_clearing(row.ref_doctype):
				self.remove(row)
			seen.add(row.ref_doctype)
		self.add_default_logtypes()

	def add_default_logtypes(self) -> None:
		present = {row.ref_doctype for row in self.logs_to_clear}
		for doctype, days in frappe.get_hooks("default_log_clearing_doctypes", {}).items():
			if doctype not in present and _supports_log_clearing(doctype):
				self.append("logs_to_clear", {"ref_doctype": doctype, "days": frappe.cint(days[-1])})


def _get_controller(doctype: str) -> type:
	from frappe.model.base_document import get_controller

	return get_controller(doctype)


def _supports_log_clearing(doctype: str) -> bool:
	return frappe.db.exists("DocType", doctype) and callable(
		getattr(_get_controller(doctype), "clear_old_logs", None)
	)
