"""People outside, named by their full names."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import append_number_if_name_exists


class Contact(Document):
	def autoname(self) -> None:
		self.name = append_number_if_name_exists("Contact", self._full_name())

	def validate(self) -> None:
		self.full_name = self._full_name()
		if len(self.email_ids) == 1:
			self.email_ids[0].is_primary = 1
		self.email_id = self._primary("email_ids", "is_primary", "email_id").strip()
		self.phone = self._primary("phone_nos", "is_primary_phone", "phone")
		self.mobile_no = self._primary("phone_nos", "is_primary_mobile_no", "phone")
		if not self.user and self.email_id:
			self.user = frappe.db.get_value("User", {"email": self.email_id})

	def _full_name(self) -> str:
		names = [(name or "").strip() for name in (self.first_name, self.middle_name, self.last_name)]
		return " ".join(filter(None, names)) or self.company_name or ""

	def _primary(self, table: str, flag: str, value: str) -> str:
		"""The value of the one row that carries the flag."""
		found = [row.get(value) for row in self.get(table) if row.get(flag)]
		if len(found) > 1:
			frappe.throw(_("Only one {0} can be set as primary.").format(frappe.bold(_(value))))
		return found[0] if found else ""
