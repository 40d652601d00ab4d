"""Things to do, and assignments: a ToDo about a document stands in that document's `_assign`, too, and in its comments."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES, get_doctype_roles
from frappe.utils import get_fullname


class ToDo(Document):
	def validate(self) -> None:
		self._assignment = None
		if self.is_new():
			text = _("{0} assigned {1}: {2}").format(
				get_fullname(self.assigned_by), get_fullname(self.allocated_to), self.description
			)
			self._assignment = ("Assigned", text)
		elif frappe.db.get_value("ToDo", self.name, "status") != self.status:
			text = _("Assignment of {0} removed by {1}").format(
				get_fullname(self.allocated_to), get_fullname(frappe.session.user)
			)
			self._assignment = ("Assignment Completed", text)

	def on_update(self) -> None:
		if self._assignment and self.reference_type and self.reference_name:
			frappe.get_doc(self.reference_type, self.reference_name).add_comment(*self._assignment)
		self.update_in_reference()

	def on_trash(self) -> None:
		self.update_in_reference()

	def update_in_reference(self) -> None:
		if not (self.reference_type and self.reference_name):
			return
		place = {"reference_type": self.reference_type, "reference_name": str(self.reference_name)}
		is_open = {"status": ("not in", ("Cancelled", "Closed")), "allocated_to": ("is", "set")}
		users = frappe.db.get_values("ToDo", {**place, **is_open}, "allocated_to", pluck=True)
		text = json.dumps(users[::-1]) if users else ""
		frappe.db.set_value(self.reference_type, self.reference_name, "_assign", text, update_modified=False)


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
