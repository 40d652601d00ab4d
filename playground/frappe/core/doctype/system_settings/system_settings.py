"""Settings of the site."""

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class SystemSettings(Document):
	def on_update(self) -> None:
		for fieldname in (
			"time_zone",
			"session_expiry",
			"float_precision",
			"currency_precision",
			"number_format",
		):
			frappe.db.set_default(fieldname, self.get(fieldname))
		frappe.cache.delete_value("defaults")
		if hasattr(frappe.local, "system_settings"):
			del frappe.local.system_settings


def get_system_settings(key: str) -> Any:
	return frappe.get_system_settings(key)
