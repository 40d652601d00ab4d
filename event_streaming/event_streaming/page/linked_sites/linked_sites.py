import frappe

from event_streaming import roles
from event_streaming.monitoring import hub


@frappe.whitelist()
def get_sites() -> list[dict]:
	"""See `hub.sites`."""
	frappe.only_for(roles.USERS)
	return hub.sites()
