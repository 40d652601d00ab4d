"""User Permissions: which documents of a DocType a user is kept to."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils import cstr

__getattr__ = module_getattr(__name__)


class UserPermission(Document):
	def validate(self) -> None:
		same = {
			"allow": self.allow,
			"for_value": self.for_value,
			"user": self.user,
			"applicable_for": cstr(self.applicable_for),
			"apply_to_all_doctypes": self.apply_to_all_doctypes,
			"name": ["!=", self.name],
		}
		if frappe.get_all(self.doctype, filters=same, limit=1):
			frappe.throw(_("User permission already exists"), frappe.DuplicateEntryError)

	def on_update(self) -> None:
		frappe.cache.hdel("user_permissions", self.user)

	def on_trash(self) -> None:
		frappe.cache.hdel("user_permissions", self.user)


@frappe.whitelist()
def get_user_permissions(user: str | None = None) -> dict:
	"""By DocType the documents that the user is kept to; with a node of a tree go those below it."""
	user = user or frappe.session.user
	if not user or user in ("Administrator", "Guest"):
		return {}
	known = frappe.cache.hget("user_permissions", user)
	if known is not None:
		return known
	out = frappe._dict()
	if not frappe.db.table_exists("User Permission"):
		return out
	fields = ["allow", "for_value", "applicable_for", "is_default", "hide_descendants"]
	for row in frappe.get_all("User Permission", fields=fields, filters={"user": user}):
		names = [(row.for_value, row.is_default)]
		if frappe.get_meta(row.allow).is_nested_set() and not row.hide_descendants:
			names += [(name, False) for name in frappe.db.get_descendants(row.allow, row.for_value)]
		out.setdefault(row.allow, []).extend(
			frappe._dict(doc=name, applicable_for=row.applicable_for, is_default=is_default)
			for name, is_default in names
		)
	frappe.cache.hset("user_permissions", user, out)
	return out
