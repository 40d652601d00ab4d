"""Notes: their owner's, or everybody's."""

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_days


class Note(Document):
	def validate(self) -> None:
		if self.notify_on_login and not self.expire_notification_on:
			self.expire_notification_on = add_days(self.creation, 7)
		if not self.public:
			self.notify_on_login = 0
		if not self.content:
			self.content = "<span></span>"


def get_permission_query_conditions(user: str | None) -> str:
	name = frappe.db.escape(user or frappe.session.user, percent=False)
	return f"(`tabNote`.owner = {name} or `tabNote`.public = 1)"


def has_permission(doc: Any, user: str) -> bool:
	return bool(doc.public or doc.owner == user)
