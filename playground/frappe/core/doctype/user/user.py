"""Users and their roles."""

import frappe
from frappe import STANDARD_USERS, _
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils.password import update_password

__getattr__ = module_getattr(__name__)


class User(Document):
	def autoname(self) -> None:
		if self.get("is_admin") or self.get("is_guest"):  # while a site is made
			self.name = self.first_name
		else:
			self.email = (self.email or "").strip().lower()
			self.name = self.email

	def validate(self) -> None:
		if self.name not in STANDARD_USERS:
			frappe.utils.validate_email_address(self.email, throw=True)
			self.validate_roles()
			self.user_type = "System User" if self.has_desk_access() else "Website User"
		self.full_name = " ".join(filter(None, [self.first_name, self.last_name]))
		self.__new_password = self.new_password
		self.new_password = ""

	def validate_roles(self) -> None:
		"""Each role once."""
		seen: set[str] = set()
		for row in list(self.roles):
			if row.role in seen:
				self.remove(row)
			seen.add(row.role)

	def has_desk_access(self) -> bool:
		roles = [row.role for row in self.roles]
		return bool(roles and frappe.db.count("Role", {"name": ("in", roles), "desk_access": 1}))

	def on_update(self) -> None:
		if password := getattr(self, "_User__new_password", None):
			update_password(user=self.name, pwd=password)
			self.__new_password = None
		frappe.clear_cache(user=self.name)

	def on_trash(self) -> None:
		if self.name in STANDARD_USERS:
			frappe.throw(_("User {0} cannot be deleted").format(self.name))
		frappe.clear_cache(user=self.name)
		frappe.db.delete("Sessions", {"user": self.name})

	def append_roles(self, *roles: str) -> None:
		present = {row.role for row in self.get("roles")}
		for role in roles:
			if role not in present:
				self.append("roles", {"role": role})

	def add_roles(self, *roles: str) -> None:
		self.append_roles(*roles)
		self.save()
