"""Rename events, merges among them.

A document that is not here under its old name is taken whole under its new one. A document that was taken whole under its
new name before the event joins the copy under the old name.
"""

from frappe import _
from frappe.utils import cint

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity.origin_fields import write_origin
from event_streaming.consumer.replay import conflicts
from event_streaming.consumer.replay.deletions import Deletions
from event_streaming.consumer.replay.local_names import LocalNames
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.replay.whole_writer import WholeWriter
from event_streaming.consumer.subscription import Configuration
from event_streaming.consumer.sync_log import SYNCED


class Renames:
	def __init__(self, parts: Parts, whole: WholeWriter, local_names: LocalNames, deletions: Deletions):
		self.parts = parts
		self.whole = whole
		self.local_names = local_names
		self.deletions = deletions
		self.names = parts.names

	def replay(self, event: Event, config: Configuration) -> Outcome:
		new_key, merge = event.new_key, bool(cint(event.data.get("merge")))
		if stopped := self.parts.stopped_by_merge(event.key):
			if not merge:
				self.names.rename(event.key, new_key, stopped.docname)
			return stopped
		local_name, new_local = self.names.local_name(event.key), self.names.local_name(new_key)
		if self.names.is_same(event.key, new_key):
			new_local = local_name if local_name == new_key[1] or not config.use_same_name else None
		if new_local and new_local == (local_name or new_local):
			return Outcome(SYNCED, new_local, _("It has its new name already."))
		if not local_name:
			return self._take_unknown(event, config)
		if merge:
			return self._merge(event, config, local_name, new_local)
		if new_local:
			if not self.names.displace(new_key, event.identity):
				# It was taken whole under its new name before this event: the copy under the old name joins it.
				self._rename(event, config, local_name, new_local)
				return self.whole.take(new_key)
			self.local_names.make_way(new_key, config)
		return self._rename_or_keep(event, config, local_name)

	def _take_unknown(self, event: Event, config: Configuration) -> Outcome:
		"""Of a document that isn't here: it never came, or was deleted here."""
		known_as = self.parts.recognition.known_as(event, config)
		if self.parts.both_sites.was_deleted_here(event, config, known_as):
			lost = conflicts.renamed(event.name, "", event.data["new_name"], stays=True)
			return Outcome(SYNCED, None, _("It was deleted here after that change."), lost)
		undone = self.parts.both_sites.undone_deletion(event, config, known_as)
		outcome = self.whole.take_instead_of(event, event.new_key)
		if outcome.status == SYNCED:
			outcome.conflicts += undone
		return outcome

	def _rename_or_keep(self, event: Event, config: Configuration, local_name: str) -> Outcome:
		"""A name is a value: where both sites gave one, one of the two stands."""
		if config.use_same_name and local_name == event.new_key[1]:
			return self._note_name(event, local_name)
		stays, lost = (
			self.parts.both_sites.keeps_name(event, config, local_name)
			if config.use_same_name
			else (False, [])
		)
		if stays:
			self.names.rename(event.key, event.new_key, local_name)
			outcome = Outcome(SYNCED, local_name, _("It was also renamed here: it keeps that name."))
		else:
			outcome = self._follow(event, config, local_name, None)
		outcome.conflicts += lost
		return outcome

	def _note_name(self, event: Event, local_name: str) -> Outcome:
		"""People here gave it the very name that it gets there."""
		gap = self.parts.comes_after_gap(event)
		self.names.rename(event.key, event.new_key, local_name)
		if gap:
			return self.whole.take(_present_key(event))
		return Outcome(SYNCED, local_name, _("It has its new name already."))

	def _merge(self, event: Event, config: Configuration, local_name: str, new_local: str | None) -> Outcome:
		if not new_local:  # what it was joined with isn't here yet
			present_key = _present_key(event)
			self.whole.take(present_key)
			new_local = self.names.local_name(present_key)
			if not new_local:
				return self.deletions.remove(event.key)
		return self._follow(event, config, local_name, new_local)

	def _follow(self, event: Event, config: Configuration, local_name: str, new_local: str | None) -> Outcome:
		"""
		:param new_local: name here of the document that it is merged into; None where it is not
		"""
		new_key, gap = event.new_key, self.parts.comes_after_gap(event)
		if not config.use_same_name and not new_local:
			self.names.rename(event.key, new_key, local_name)
			write_origin(config.local_doctype, local_name, self.parts.subscription.producer, new_key[1])
			if gap:
				self.whole.take(_present_key(event))
			return Outcome(SYNCED, local_name, _("Renamed at the producer; it keeps its name here."))
		if not new_local and self.names.exists(config.local_doctype, new_key[1]):
			raise self.parts.adoption.name_taken(new_key, config)
		outcome = self._rename(event, config, local_name, new_local or new_key[1])
		return self.whole.take(_present_key(event)) if gap else outcome

	def _rename(self, event: Event, config: Configuration, local_name: str, new_name: str) -> Outcome:
		name = self.local_names.rename(event.key, event.new_key, config, local_name, new_name)
		return Outcome(SYNCED, name)


def _present_key(event: Event) -> tuple[str, str]:
	return event.present_key if event.now else event.new_key
