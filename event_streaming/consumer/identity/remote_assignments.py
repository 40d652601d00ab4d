"""What changed of a document's assignments on the other site since it last said something of them, see `document.assignments`."""

from dataclasses import dataclass, replace
from functools import cached_property

import frappe
from frappe import _
from frappe.model.document import Document

from event_streaming import site
from event_streaming.document.assignments import (
	CANCELLED,
	OPEN,
	Given,
	Known,
	known_of,
	read_known,
	todos_of,
	write_known,
)
from event_streaming.document.snapshot import as_creation

OF_EACH_SITE = ("Administrator", "Guest")


@dataclass
class Change:
	known: Known  # as it was before
	told: dict

	@property
	def is_first_look(self) -> bool:
		"""Whether nothing has changed: it is what this site gave, or has from elsewhere."""
		is_as_told = (self.known.state, self.known.user) == (self.told["state"], self.told.get("user"))
		return is_as_told and bool(self.known.todo)


class Assigned:
	"""The assignments of one document here, as one link has them."""

	def __init__(self, register_row: str, doctype: str, name: str):
		self.row, self.doctype, self.name = register_row, doctype, name
		self.creation = as_creation(frappe.db.get_value(doctype, name, "creation"))
		stored = frappe.db.get_value("Remote Document", register_row, "assigned_there")
		self.known = read_known(stored, self.creation)
		self.todos = self.read_todos()

	@cached_property
	def doc(self) -> Document:
		return frappe.get_doc(self.doctype, self.name)

	def read_todos(self) -> dict[str, frappe._dict]:
		return todos_of(self.doctype, [self.name]).get(self.name, {})

	def changes(self, told: list[dict], cut: bool) -> list[Change]:
		"""Those that ended come first, so that who was taken away and assigned again is assigned in the end.

		:param told: as of `expect_annotations`
		:param cut: whether there are more than are told
		"""
		listed = {(one["site"], one["name"]): one for one in told}
		changed = [
			Change(known, one)
			for given, one in listed.items()
			if (known := self._known_as(given, one)) and self._differs(known, one)
		]
		if not cut:
			gone = [known for given, known in self.known.items() if given not in listed]
			changed += [Change(known, {"state": CANCELLED}) for known in gone if _can_go(known)]
		return sorted(changed, key=lambda change: change.told["state"] == OPEN)

	def open_todo(self, user: str) -> str | None:
		todos = self.todos.items()
		return next((name for name, todo in todos if todo.allocated_to == user and todo.state == OPEN), None)

	def why_not(self, user: str) -> str:
		"""Why this user is not to be assigned here, or ""."""
		if user in OF_EACH_SITE:
			return _("{0} is not assigned: it is another one on each site.").format(user)
		enabled = frappe.db.get_value("User", user, "enabled")
		if enabled is None:
			return _("{0} is not assigned: there is no such user here.").format(user)
		if not enabled:
			return _("{0} is not assigned: the user is disabled here.").format(user)
		if not frappe.has_permission(self.doctype, "read", doc=self.doc, user=user):
			return _("{0} is not assigned: the user may not read the document here.").format(user)
		return ""

	def keep(self) -> None:
		text = write_known(self.known.values(), self.creation)
		frappe.db.set_value("Remote Document", self.row, "assigned_there", text, update_modified=False)

	def _known_as(self, given: Given, told: dict) -> Known | None:
		"""None of what ended before it came here, and of what this site never gave."""
		if given in self.known:
			return self.known[given]
		if given[0] == site.own_id():
			own = self.todos.get(given[1])
			return Known(*given, own.allocated_to, OPEN, todo=given[1]) if own else None
		brought = known_of(self.doctype, [self.name]).get(self.name, [])
		if same := next((one for one in brought if one.given == given and one.todo), None):
			return replace(same, state=OPEN)
		return Known(*given, told["user"]) if told["state"] == OPEN else None

	def _differs(self, known: Known, told: dict) -> bool:
		if known.given not in self.known or known.state != told["state"]:
			return True
		if told["state"] != OPEN:
			return False
		is_missing = not known.todo and self.why_not(known.user) != known.refused
		return is_missing or told["user"] != known.user


def _can_go(known: Known) -> bool:
	"""What was given here ends when the other site says so, not when it says nothing of it."""
	return known.state == OPEN and known.site != site.own_id()
