"""Events: public ones are everybody's. Participants, repetition and calendars elsewhere are left out."""

from typing import Any

import frappe
from frappe.model.document import Document


class Event(Document):
	def validate(self) -> None:
		if self.starts_on == self.ends_on:
			self.ends_on = None
		if self.ends_on:
			self.validate_from_to_dates("starts_on", "ends_on")


def get_permission_query_conditions(user: str | None) -> str:
	name = frappe.db.escape(user or frappe.session.user, percent=False)
	return f"(`tabEvent`.`event_type` = 'Public' or `tabEvent`.`owner` = {name})"


def has_permission(doc: Any, user: str) -> bool:
	return bool(doc.event_type == "Public" or doc.owner == user)
