"""Documents that a change at the producer took out of this site's sight: they stay, are marked, or go, as the Event
Configuration says."""

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay.deletions import Deletions
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.subscription import DELETE, MARK, Configuration
from event_streaming.consumer.sync_log import SKIPPED, SYNCED


class Leaving:
	def __init__(self, parts: Parts, deletions: Deletions):
		self.parts = parts
		self.deletions = deletions

	def replay(self, event: Event, config: Configuration) -> Outcome:
		local_name = self.parts.names.local_name(event.key)
		if not local_name:
			return Outcome(SKIPPED, None, _("It left the condition there before it was here."))
		if config.when_it_leaves == DELETE:
			return self._delete(event, config, local_name)
		if config.when_it_leaves == MARK:
			self._mark(config.local_doctype, local_name)
		return Outcome(SYNCED, local_name, _("It left the condition there, and stays as it is."))

	def _delete(self, event: Event, config: Configuration, local_name: str) -> Outcome:
		if cint(frappe.db.get_value(config.local_doctype, local_name, "docstatus")):
			message = _("It left the condition there. It was submitted here, and stays as it is.")
			return Outcome(SYNCED, local_name, message)
		stays, lost = self.parts.both_sites.survives(event, config, local_name)
		if stays:
			message = _("It left the condition there, but was changed here: it stays.")
			return Outcome(SYNCED, local_name, message, lost)
		outcome = self.deletions.remove(event.key)
		outcome.message = _("It left the condition there, and was deleted here.")
		outcome.conflicts += lost
		return outcome

	def _mark(self, doctype: str, name: str) -> None:
		text = _("This document left the condition at {0}. What changes there no longer comes.")
		# nosemgrep -- texts of this app, filled with values
		frappe.get_doc(doctype, name).add_comment("Info", text.format(self.parts.subscription.producer))
