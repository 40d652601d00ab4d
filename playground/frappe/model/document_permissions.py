"""What the user may do with a document, and with its fields of higher levels."""

from typing import Any

import frappe
from frappe import _
from frappe.model import display_fieldtypes
from frappe.model.base_document import BaseDocument


class DocumentPermissions(BaseDocument):
	def check_permission(self, permtype: str = "read", permlevel: Any = None) -> None:
		if not self.has_permission(permtype):
			self.raise_no_permission_to(permtype)

	def has_permission(self, permtype: str = "read", *, debug: bool = False, user: str | None = None) -> bool:
		if self.flags.ignore_permissions:
			return True
		return frappe.permissions.has_permission(self.doctype, permtype, self, debug=debug, user=user)

	def raise_no_permission_to(self, perm_type: str) -> None:
		message = _("You need the '{0}' permission on {1} {2} to perform this action.")
		frappe.flags.error_message = message.format(
			_(perm_type), frappe.bold(_(self.doctype)), self.name or ""
		)
		raise frappe.PermissionError

	def validate_higher_perm_levels(self) -> None:
		if self.flags.ignore_permissions or frappe.flags.in_install or frappe.session.user == "Administrator":
			return
		has_access_to = self.get_permlevel_access()
		if fields := self.meta.get_high_permlevel_fields():
			self.reset_values_if_no_permlevel_access(has_access_to, fields)
		if self.is_new():
			return
		for df in self.meta.get_table_fields():
			if fields := frappe.get_meta(df.options).get_high_permlevel_fields():
				for row in self.get(df.fieldname):
					row.reset_values_if_no_permlevel_access(has_access_to, fields)

	def get_permlevel_access(self, permission_type: str = "write") -> list[int]:
		roles = frappe.get_roles()
		levels = [
			perm.permlevel
			for perm in self.get_permissions()
			if perm.role in roles and perm.get(permission_type)
		]
		return list(dict.fromkeys(levels))

	def get_permissions(self) -> list:
		meta = frappe.get_meta(self.parenttype) if self.meta.istable else self.meta
		return meta.permissions

	def apply_fieldlevel_read_permissions(self) -> None:
		"""Takes out the values above the user's permission levels."""
		if frappe.session.user == "Administrator":
			return
		levels = self.get_permlevel_access("read")
		for part in [self, *self.get_all_children()]:
			for df in part.meta.fields:
				if df.permlevel and df.permlevel not in levels:
					part.__dict__.pop(df.fieldname, None)

	def reset_values_if_no_permlevel_access(
		self, has_access_to: list[int], high_permlevel_fields: list
	) -> None:
		"""Gives fields above the user's permission levels their old value, in new documents their default."""
		ignored = self.flags.get("ignore_permlevel_for_fields", [])
		to_reset = [
			df
			for df in high_permlevel_fields
			if df.permlevel not in has_access_to
			and df.fieldtype not in display_fieldtypes
			and df.fieldname not in ignored
		]
		if not to_reset:
			return
		if self.is_new():
			reference = frappe.new_doc(self.doctype)
		elif self.parent_doc:
			rows = self.parent_doc.get_latest().get(self.parentfield)
			reference = next((row for row in rows if row.name == self.name), None)
		else:
			reference = self.get_latest()
		for df in to_reset if reference else ():
			self.set(df.fieldname, reference.get(df.fieldname))
