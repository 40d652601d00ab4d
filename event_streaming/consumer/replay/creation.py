"""A document of the producer comes to be here: one that was here becomes it, or it is inserted.

Its row in the register is written before it, see `identity_map`. What it links to is made first, and it is itself in the
making meanwhile: that is how a circle of links is noticed.
"""

from frappe import _
from frappe.utils import cint

from event_streaming.consumer.dependencies.link_fields import Link
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity.origin_fields import write_origin
from event_streaming.consumer.replay import history, lifecycle
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.replay.silence import Methods, silent
from event_streaming.consumer.replay.worked_out import (
	methods_that_double,
	only_makes,
	without_declared,
	without_present_state,
)
from event_streaming.consumer.subscription import Configuration
from event_streaming.consumer.sync_log import SYNCED
from event_streaming.context import remark
from event_streaming.document import snapshot
from event_streaming.link.protocol import Identity, Key


class Creation:
	def __init__(self, parts: Parts):
		self.parts = parts
		self.subscription = parts.subscription
		self.names = parts.names
		self.adoption = parts.adoption
		self.converter = parts.converter
		self.links = parts.links

	def make(
		self, key: Key, doc: dict, log_id: int | None, identity: Identity, written: dict | None = None
	) -> str:
		"""
		:param doc: the whole document, in the producer's shape
		:param log_id: the highest Update Log id that it contains; None for that of its own Create
		:param written: who made and changed it there, and when; see `history`
		:returns: its name here
		:raises NameTaken: a document that is not the producer's has its name, or is it
		"""
		config = self.subscription.configuration(key[0])
		self.links.making.append(key)
		doc = self._as_of_then(key, doc, config, identity)
		try:
			values, deferred_links = self.converter.document(key, doc, config, self.links.of(config))
			methods = self._methods_left_out()
			with silent(methods):
				local_name = self.adoption.become(key, values, config, identity)
			if not local_name:
				self._check_not_here(key, config, identity)
				ignore_mandatory = any(
					self.converter.leaves_mandatory_empty(link, config) for link in deferred_links
				)
				values = history.without(values) | history.of_new(config, written)
				others = self.parts.mutual.needed_by(doc, config, self._made_for(key))
				first = {**without_declared(values), "docstatus": lifecycle.DRAFT} if others else values
				with silent(methods):
					local_name = self._insert(key, first, config, ignore_mandatory, log_id, identity)
				if others:
					known = _without_open(values, deferred_links)  # they are set by then
					self.parts.mutual.remember(config.local_doctype, local_name, known, others, methods)
			else:
				history.keep(config, local_name, written)
		finally:
			self.links.making.remove(key)
		self.links.made(key, local_name, deferred_links, config.local_doctype)
		return local_name

	def _check_not_here(self, key: Key, config: Configuration, identity: Identity) -> None:
		"""
		:raises NameTaken: it is here, under whatever name, and only this site may change it; or another one has its name
		"""
		recognition = self.parts.recognition
		if identity.home and recognition.is_own(identity) and (here := recognition.elsewhere(key, identity)):
			raise self.adoption.comes_by_two_ways(here, config)
		self.adoption.check_name_free(key, config, identity, matched=True)

	def _as_of_then(self, key: Key, doc: dict, config: Configuration, identity: Identity) -> dict:
		"""Where the documents that have changed it since are still to come, and it is settled after these: without what they did."""
		if key[0] not in self.subscription.settled_later:
			return doc
		doc = self.parts.later_rows.left_out(key, doc, config, identity)
		return without_present_state(doc, config.local_doctype, self.subscription.keeps_present_state)

	def settle(self, event: Event, local_name: str) -> Outcome:
		"""A Create of what this site's controllers have made on the way already."""
		config = self.subscription.configuration(event.doctype)
		values, deferred_links = self.converter.document(event.key, event.data, config, self.links.of(config))
		lifecycle.become(config.local_doctype, local_name, values)
		self.links.made(event.key, local_name, deferred_links, config.local_doctype)
		history.keep(config, local_name, event.written)
		return Outcome(SYNCED, local_name)

	def _made_for(self, key: Key) -> set[Key]:
		"""Documents for whose sake this one is made."""
		underway = self.parts.underway
		return {*self.links.making, *([underway] if underway else [])} - {key}

	def _insert(
		self,
		key: Key,
		values: dict,
		config: Configuration,
		ignore_mandatory: bool,
		log_id: int | None,
		identity: Identity,
	) -> str:
		doctype = config.local_doctype
		name = key[1] if config.use_same_name else None
		if name:
			self.parts.counters.pass_by(doctype, [name])
			self.names.record(key, doctype, name, log_id, identity)
			self.names.mark_present(doctype, name, False)
		local = lifecycle.insert(
			doctype,
			values,
			name,
			ignore_mandatory,
			self.parts.free_names,
			inserted=lambda name: self.links.deferred.set_links_to(key, name),
			as_it_is=self._comes_as_it_is(config, values),
		)
		if not name:
			write_origin(doctype, local.name, self.subscription.producer, key[1])
		if cint(values.get("docstatus")) == lifecycle.CANCELLED:
			remark(
				_("It was cancelled before it came, and is written as it is: nothing is posted for it here.")
			)
		creation = snapshot.as_creation(local.creation)
		self.names.record(key, doctype, str(local.name), log_id, identity, creation)
		return str(local.name)

	def _comes_as_it_is(self, config: Configuration, values: dict) -> bool:
		"""A submitted document of the past whose submit would only double what comes by itself."""
		return bool(
			self.subscription.takes_whole
			and cint(values.get("docstatus")) == lifecycle.SUBMITTED
			and only_makes(config.local_doctype, self.subscription.subscribed_doctypes)
		)

	def _methods_left_out(self) -> Methods:
		if not self.subscription.takes_whole:
			return frozenset()
		return methods_that_double(self.subscription.subscribed_doctypes)


def _without_open(values: dict, links: list[Link]) -> dict:
	open_fields: set[str | None] = set()
	for link in links:
		if link.table:
			for field in (link.field, link.doctype_field):
				link.values.pop(field, None)
		else:
			open_fields |= {link.field, link.doctype_field}
	return {field: value for field, value in values.items() if field not in open_fields}
