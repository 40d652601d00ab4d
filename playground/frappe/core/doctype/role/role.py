"""Roles."""

import frappe
from frappe import _
from frappe.model.document import Document


class Role(Document):
	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		if old in ("Guest", "Administrator", "System Manager", "All", "Desk User"):
			frappe.throw(_("Standard roles cannot be renamed"))

	def after_insert(self) -> None:
		frappe.cache.hdel("roles", "Administrator")

	def on_update(self) -> None:
		frappe.cache.delete_value("roles")
