"""What the producer's documents link to, made here if need be.

A target comes from the event on the page that creates it, or from the source. It is never overwritten: a link does not permit
changing a document that is here.
"""

import frappe
from frappe import _
from frappe.utils import cint, cstr

from event_streaming.consumer.dependencies.link_fields import Link
from event_streaming.consumer.dependencies.missing import check_may_create
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.parking import WaitsFor
from event_streaming.consumer.replay.parts import Parts
from event_streaming.consumer.replay.whole_writer import WholeWriter
from event_streaming.consumer.replay.worked_out import without_declared
from event_streaming.document import snapshot
from event_streaming.document.streamable import is_takeable
from event_streaming.exceptions import DependencyMissing
from event_streaming.link.protocol import Key
from event_streaming.locks import is_not_the_documents_fault


class LinkSupply:
	def __init__(self, parts: Parts, whole: WholeWriter, parked: set[Key]):
		self.whole = whole
		self.parked = parked
		self.subscription = parts.subscription
		self.names = parts.names
		self.fetched = parts.fetched
		self.finder = parts.finder
		self.recognition = parts.recognition
		self.making = parts.links.making
		self._to_come: dict[Key, Event] = {}
		self._position = 0

	def expect(self, page: list[Event]) -> None:
		"""The events of a page, whose Creates may be what others link to."""
		self._to_come = {event.key: event for event in page if event.update_type == "Create"}

	def begin(self, event: Event) -> None:
		self._position = event.position

	def ensure(self, key: Key) -> str | None:
		"""The local name of a link target, which is made here if need be; None while it is being made.

		:raises DependencyMissing: it isn't here and can't be had
		:raises WaitsFor: it is parked
		"""
		if key in self.making:
			return None
		if local_name := self.names.link_value(key, self.subscription.means_namesakes(key[0])):
			return local_name
		if key in self.parked:
			raise WaitsFor(key)
		check_may_create(self.subscription, key)
		found = self._event_to_come(key) or self._fetch(key)
		if not found:
			raise DependencyMissing(
				_(
					"It links to {0} {1}, which isn't here and which the producer doesn't have or doesn't give."
				).format(*key)
			)
		if local_name := self._recognized(key, found):
			return local_name
		local_name = self._make(key, found)
		self.whole.log_fetched(key, local_name, found, "Dependency")
		return local_name

	def linked_here(self, key: Key, data: dict) -> set[tuple[str, str]]:
		"""Documents here that a document links to: as it was sent, and as it is here. Made here if need be.

		:param data: the whole document, or a difference, as it was sent
		"""
		config = self.subscription.configuration(key[0])
		links = [] if config.mapping else self._sent_links(data, config.local_doctype)
		names = {
			(link.local_doctype, self.ensure(link.target))
			for link in links
			if is_takeable(link.local_doctype)
		}
		if local_name := self.names.local_name(key):
			here = snapshot.read(config.local_doctype, local_name)
			names |= {
				(link.local_doctype, cstr(link.values[link.field]))
				for link in self.finder.in_document(here, config.local_doctype, {})
			}
		return {(doctype, name) for doctype, name in names if name}

	def _sent_links(self, data: dict, local_doctype: str) -> list[Link]:
		links = [*self.finder.in_document(data, local_doctype, {})]
		if "doctype" not in data:
			links += self.finder.in_difference(data, local_doctype, {}, {})
		return links

	def _recognized(self, key: Key, found: dict) -> str | None:
		"""The name here of a target that came by another route or under another key."""
		self.names.identify(key, found["identity"], current=True)
		self.recognition.of_documents([(key, found["identity"])])
		return self.names.link_value(key, by_name=False) or self.recognition.elsewhere(key, found["identity"])

	def _make(self, key: Key, found: dict) -> str:
		try:
			return self.whole.write(key, found)
		except (DependencyMissing, WaitsFor):
			raise
		except frappe.ValidationError as error:
			if is_not_the_documents_fault(error):
				raise
			raise DependencyMissing(
				_("It links to {0} {1}, which could not be made here: {2}").format(*key, error)
			) from error

	def _fetch(self, key: Key) -> dict | None:
		"""What nobody subscribed to is kept up to date by this site's own controllers, from the beginning."""
		found = self.fetched.get(key)
		if (
			not found
			or cint(found["doc"].get("docstatus"))
			or self.subscription.configuration(key[0]).subscribed
		):
			return found
		return {**found, "doc": without_declared(found["doc"])}

	def _event_to_come(self, key: Key) -> dict | None:
		"""A document whose Create is behind the present event on the page, as one that was fetched. The producer logs what a
		controller makes before the save that made it, so much of what is linked to is yet to come."""
		event = self._to_come.get(key)
		if not event or event.position <= self._position:
			return None  # what became of it since, only the source can tell
		doc = {**event.data, "doctype": key[0], "name": key[1]}
		passed = {"origin": event.origin, "path": event.path, "changed_at": event.changed_at}
		return {"doc": doc, "log_id": event.id, "identity": event.identity, **passed}
