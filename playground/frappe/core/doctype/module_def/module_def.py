"""Modules: which app a group of DocTypes belongs to."""

import frappe
from frappe.model.document import Document


class ModuleDef(Document):
	def on_update(self) -> None:
		frappe.cache.delete_value("app_modules")
		frappe.setup_module_map()
