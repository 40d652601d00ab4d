"""Kinds of change that a row of the Event Configuration leaves out: submits, later changes, cancellations, deletions.

What is left out is told in the row of the change that brought it. A document that is not here comes as a whole, whatever is left out.
"""

from dataclasses import replace

from frappe import _
from frappe.utils import cint

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay.lifecycle import CANCELLED, DRAFT, SUBMITTED
from event_streaming.consumer.subscription import Configuration
from event_streaming.context import remark


def without_submits(event: Event, config: Configuration) -> Event:
	"""An event as it is for a site that reviews each document itself: there it is a draft, whatever it is at the source."""
	if not config.as_draft:
		return event
	state = (event.data.get("changed") or event.data).get("docstatus")
	if cint(state) == SUBMITTED and event.update_type == "Update":
		remark(_("It was submitted there; this site submits it itself."))
	if cint(state) == CANCELLED:
		remark(_("It was cancelled there."))
	return replace(event, docstatus=event.docstatus and DRAFT)


def why_left_out(event: Event, config: Configuration, is_here: bool) -> str:
	"""Why this site does not take an event; "" where it does."""
	if not is_here:
		return ""
	if event.update_type == "Delete" and config.leaves_out_deletes:
		return _("It was deleted there. This site leaves out deletions, so it stays.")
	if event.update_type != "Update":
		return ""
	state = (event.data.get("changed") or {}).get("docstatus")
	if cint(state) == CANCELLED and config.leaves_out_cancels and not config.as_draft:
		return _("It was cancelled there. This site leaves out cancellations, so it stays as it is.")
	if state is None and config.leaves_out_changes:
		return _("It was changed there. This site leaves out later changes, so it stays as it is.")
	return ""


def state_taken(there: int, here: int, config: Configuration) -> int:
	"""The docstatus that a document which is here gets from a whole document of the source."""
	if config.leaves_out_cancels and there == CANCELLED and here == SUBMITTED:
		return here
	return there
