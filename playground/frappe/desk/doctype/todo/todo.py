"""Things to do. Here a ToDo is a document like any other: what it would do to the document that it is about is left out."""

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES, get_doctype_roles


class ToDo(Document):
	def validate(self) -> None:
		if self.reference_type and self.reference_name:
			raise frappe.NotInPlayground("a ToDo about a document (assignments)")


def get_permission_query_conditions(user: str | None) -> str | None:
	user = user or frappe.session.user
	if _sees_all(user, "read"):
		return None
	name = frappe.db.escape(user, percent=False)
	return f"(`tabToDo`.allocated_to = {name} or `tabToDo`.assigned_by = {name})"


def has_permission(doc: Any, ptype: str = "read", user: str | None = None) -> bool:
	user = user or frappe.session.user
	return _sees_all(user, ptype) or user in (doc.allocated_to, doc.assigned_by)


def _sees_all(user: str, ptype: str) -> bool:
	"""By a role that was given the right and that isn't everybody's."""
	roles = set(get_doctype_roles("ToDo", ptype)) - set(AUTOMATIC_ROLES)
	return not roles.isdisjoint(frappe.get_roles(user))
