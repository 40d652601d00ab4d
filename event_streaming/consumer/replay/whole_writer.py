"""Makes a document here equal to what the source has of it now, but for what people did here.

This answers whatever does not fit: an Update of a document that isn't here, a gap, a name that another document has by now.
"""

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.feed.events import Event, check_document
from event_streaming.consumer.replay import both_sites, history, left_out, passed_on
from event_streaming.consumer.replay.creation import Creation
from event_streaming.consumer.replay.local_names import LocalNames
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.subscription import Configuration
from event_streaming.consumer.sync_log import SKIPPED, SYNCED, SyncLog
from event_streaming.context import remark
from event_streaming.document import snapshot
from event_streaming.document.difference import difference
from event_streaming.document.names import naming_field
from event_streaming.json_text import as_json_text
from event_streaming.link.protocol import ROW_PARTS, Key


class WholeWriter:
	def __init__(self, parts: Parts, creation: Creation, local_names: LocalNames, log: SyncLog):
		self.parts = parts
		self.creation = creation
		self.local_names = local_names
		self.log = log
		self.subscription = parts.subscription
		self.names = parts.names
		self.adoption = parts.adoption
		self.links = parts.links
		self._stays = False

	def take(
		self, key: Key, adopt: bool = False, own: str = both_sites.KEEP, event: Event | None = None
	) -> Outcome:
		"""
		:param adopt: a document here with the same name that came from nowhere becomes this one
		:param own: what becomes of changes made here; see `BothSites.become`
		:param event: of this document, in place of which it is taken
		"""
		found = self.parts.fetched.get(key)
		if not found:
			return Outcome(SKIPPED, None, _gone(key, found))
		self.names.identify(key, found["identity"], current=True)
		if stopped := self.parts.stopped_by_merge(key):
			return stopped
		self._stays = False
		local_name = self.write(key, found, adopt, own, event)
		self.adoption.merge_duplicates()
		message = carried_further() if self._stays else _("Whole document taken from the producer.")
		return Outcome(SYNCED, local_name, message, stays=self._stays)

	def settle(self, key: Key) -> Outcome:
		"""A document that is here is made equal to the source's past the controllers, which have worked out its values otherwise;
		what people did here stays. What was submitted or cancelled there since is left to the feed, which brings what that made
		there, too: here it would be made twice.

		:returns: SKIPPED where that changed nothing
		"""
		found, local_name = self.parts.fetched.get(key), self.names.local_name(key)
		if not found or not local_name:
			return Outcome(SKIPPED, local_name)
		doctype = self.subscription.configuration(key[0]).local_doctype
		before = snapshot.read(doctype, local_name) or {}
		has_gone_on = cint(found["doc"].get("docstatus")) != cint(before.get("docstatus"))
		if has_gone_on and found["log_id"] > self.names.log_id(key):
			return Outcome(SKIPPED, local_name)
		self.write(key, found, own=both_sites.SETTLE)
		local_name = self.names.local_name(key) or local_name
		changed = difference(before, snapshot.read(doctype, local_name) or {})
		if not changed:
			return Outcome(SKIPPED, local_name)
		remark(
			_("Worked out otherwise on this site, and set as at the producer: {0}.").format(
				", ".join(_fields_in(changed))
			)
		)
		return Outcome(SYNCED, local_name)

	def take_instead_of(self, event: Event, key: Key | None = None) -> Outcome:
		"""The event's own document: what has its name by now may be another one."""
		key = event.present_key if event.now or not key else key
		found, created = self.parts.fetched.get(key), event.identity.created
		if created and (not found or found["identity"].created not in (None, created)):
			names = self.parts.fetched.source.find_documents(key[0], {"creation": created}, 2)
			if len(names) != 1:
				return Outcome(SKIPPED, None, _gone(key, found))
			key = (key[0], names[0])
		return self.take(key, event=event)

	def write(
		self,
		key: Key,
		found: dict,
		adopt: bool = False,
		own: str = both_sites.KEEP,
		event: Event | None = None,
	) -> str:
		"""
		:param found: as `FetchedDocuments.get` returns it
		:returns: the document's name here
		"""
		with passed_on.told_as_of(found, self.subscription.producer):
			return self._write(key, found, adopt, own, event)

	def _write(self, key: Key, found: dict, adopt: bool, own: str, event: Event | None) -> str:
		doc, log_id, identity = found["doc"], found["log_id"], found["identity"]
		check_document(doc)
		self.names.identify(key, identity, current=True)
		self.parts.recognition.of_documents([(key, identity)])
		config = self.subscription.configuration(key[0])
		local_name = self.names.local_name(key)
		if not local_name:
			self.local_names.make_way(key, config)
			if adopt and config.use_same_name and self.names.exists(config.local_doctype, key[1]):
				local_name = self.names.presence.spelling(config.local_doctype, key[1])
			elif adopt and identity.home and self.parts.recognition.is_own(identity):
				local_name = self.parts.recognition.elsewhere(key, identity)
			if not local_name:
				self.adoption.check_name_free(key, config, identity)
				return self.creation.make(key, doc, log_id, identity, found.get("written"))
		before, local_name = local_name, self.local_names.follow_unheard_rename(key, config, local_name)
		self.adoption.note_lost(self.parts.both_sites.unheard_rename(config, found, before, local_name))
		values, deferred_links = self.parts.converter.document(key, doc, config, self.links.of(config))
		self._keep_state(values, config, local_name)
		field = None if config.mapping else naming_field(config.local_doctype)
		if field in values and doc.get(field) == key[1]:
			values[field] = local_name  # it may be called otherwise here
		former = self._former(event, config, local_name) if event else None
		self._stays, lost = self.parts.both_sites.become(config, local_name, values, found, own, former)
		self.adoption.note_lost(lost)
		creation = snapshot.as_creation(frappe.db.get_value(config.local_doctype, local_name, "creation"))
		self.names.record(key, config.local_doctype, local_name, log_id, identity, creation)
		self.links.made(key, local_name, deferred_links, config.local_doctype)
		history.keep(config, local_name, found.get("written"))
		return local_name

	def _former(self, event: Event, config: Configuration, local_name: str) -> dict:
		"""Values there before a change, in this site's shape."""
		was = event.data.get("was") if event.update_type == "Update" else None
		if not was:
			return {}
		convert = self.parts.converter.difference
		return convert(event.key, was, config, local_name, self.parts.known_link, past=True)[0]

	def _keep_state(self, values: dict, config: Configuration, local_name: str) -> None:
		if config.leaves_out_cancels:
			here = cint(frappe.db.get_value(config.local_doctype, local_name, "docstatus"))
			values["docstatus"] = left_out.state_taken(cint(values.get("docstatus")), here, config)

	def log_fetched(self, key: Key, local_name: str | None, found: dict, source: str) -> None:
		"""A row of the Event Sync Log for a whole document that was taken apart from any event."""
		config = self.subscription.configuration(key[0])
		remarks, replaced = self.parts.take_remarks()
		self.log.add(
			SYNCED,
			"Create",
			key,
			ref_doctype=config.local_doctype,
			docname=local_name,
			use_same_name=config.use_same_name,
			mapping=config.mapping,
			event_id=found["log_id"],
			source=source,
			message=remarks,
			conflict=as_json_text(replaced) if replaced else None,
			data=as_json_text({"data": found["doc"]}),
		)


def _gone(key: Key, found: dict | None) -> str:
	if found:
		return _("{0} {1} of the producer is another document by now.").format(*key)
	return _("The producer no longer has {0} {1}, or doesn't give it.").format(*key)


def carried_further() -> str:
	return _("It was submitted or cancelled here, and stays as it is.")


def _fields_in(diff: dict) -> list[str]:
	"""The fields and tables that a difference changes."""
	tables = {table for part in ROW_PARTS for table in diff.get(part) or {}}
	return sorted({*(diff.get("changed") or {}), *tables})
