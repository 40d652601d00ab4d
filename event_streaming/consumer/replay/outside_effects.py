"""What this site tells people and other systems of a replayed document: as of any other, or nothing.

A backfill of ten years' invoices is not to mail ten years' customers. Each function that speaks to the outside does nothing
while a replay that is not to speak goes on; for all else that runs in the process it is what it was.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import frappe

from event_streaming.context import replay_context

# As read in Frappe 15.101 and 16.9. Each is looked up in its module whenever it is called.
OF_FRAPPE = (
	"frappe.sendmail",
	"frappe.core.doctype.comment.comment.notify_mentions",
	"frappe.desk.form.assign_to.notify_assignment",
	"frappe.email.doctype.notification.notification.evaluate_alert",
	"frappe.integrations.doctype.webhook._add_webhook_to_queue",
	"frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions",
	"frappe.automation.doctype.assignment_rule.assignment_rule.apply",
	"frappe.automation.doctype.assignment_rule.assignment_rule.update_due_date",
	"frappe.social.doctype.energy_point_rule.energy_point_rule.process_energy_points",
	"frappe.integrations.doctype.google_calendar.google_calendar.insert_event_in_google_calendar",
	"frappe.integrations.doctype.google_calendar.google_calendar.update_event_in_google_calendar",
	"frappe.integrations.doctype.google_calendar.google_calendar.delete_event_from_google_calendar",
	"frappe.integrations.doctype.google_contacts.google_contacts.insert_contacts_to_google_contacts",
	"frappe.integrations.doctype.google_contacts.google_contacts.update_contacts_to_google_contacts",
)
HOOK = "event_streaming_outside_effects"  # of other apps: more such functions, by their dotted paths


def guard() -> None:
	"""All that is installed, once in a process's life."""
	for path in (*OF_FRAPPE, *frappe.get_hooks(HOOK)):
		_guard(path)


# nosemgrep -- the same for all sites: what the code itself says
@cache
def _guard(path: str) -> None:
	module, _dot, name = path.rpartition(".")
	try:
		holder = frappe.get_module(module)
	except ImportError:
		return  # not in this version of Frappe
	if function := vars(holder).get(name):
		setattr(holder, name, _silent_in_replay(function))


def _silent_in_replay(function: Callable) -> Callable:
	@wraps(function)
	def guarded(*args: Any, **kwargs: Any) -> Any:
		context = replay_context()
		if context and not context.speaks:
			return None
		return function(*args, **kwargs)

	return guarded
