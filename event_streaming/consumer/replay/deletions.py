"""Delete events: what is gone at the producer goes here too, unless people changed it here."""

from frappe import _

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay import lifecycle
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.subscription import Configuration
from event_streaming.consumer.sync_log import SYNCED
from event_streaming.link.protocol import Key
from event_streaming.producer import capture
from event_streaming.producer.consumed_doctypes import consumed_doctypes


class Deletions:
	def __init__(self, parts: Parts):
		self.parts = parts
		self.names = parts.names

	def replay(self, event: Event, config: Configuration) -> Outcome:
		lost: list[dict] = []
		if local_name := self.names.local_name(event.key):
			stays, lost = self.parts.both_sites.survives(event, config, local_name)
			if stays:
				return Outcome(SYNCED, local_name, _("Deleted there, but changed here: it stays."), lost)
		elif config.shared:
			self._pass_on(event, config)
		outcome = self.remove(event.key)
		outcome.conflicts += lost
		return outcome

	def _pass_on(self, event: Event, config: Configuration) -> None:
		"""A deletion of what is not here, gone already or never come, may be news for a site that has it."""
		identity, doctype = event.identity, config.local_doctype
		if not identity.home or doctype not in consumed_doctypes():
			return
		name = self.parts.recognition.known_as(event, config) or event.name
		gone = self.parts.both_sites.place(event, config, name)
		if gone.creation is None and self.names.exists(doctype, name):
			return
		told = {"docstatus": event.docstatus or 0}
		if not (gone.creation and self.parts.recognition.is_own(identity)):
			told["made_at"] = {"home": identity.home, "born": identity.born}
		capture.write("Delete", doctype, name, told, gone.creation)

	def remove(self, key: Key) -> Outcome:
		"""The document is no longer at the source: it goes here too."""
		config = self.parts.subscription.configuration(key[0])
		local_name = self.names.local_name(key)
		if not local_name:
			stopped = self.parts.stopped_by_merge(key)
			self.names.forget(key)
			return stopped or Outcome(SYNCED, None, _("There was nothing to delete here."))
		lifecycle.delete(config.local_doctype, local_name)
		self.names.forget(key)
		self.names.mark_present(config.local_doctype, local_name, False)
		return Outcome(SYNCED, local_name)
