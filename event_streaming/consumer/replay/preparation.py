"""Reads and fetches at once what the replay of a batch would else ask for one by one.

Nothing depends on it but the number of queries and requests: whatever was not prepared is read when it is needed.
"""

from collections.abc import Iterable

from event_streaming.consumer.dependencies.missing import prefetch
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay.parts import Parts
from event_streaming.link.protocol import Key


class Preparation:
	def __init__(self, parts: Parts):
		self.parts = parts
		self.subscription = parts.subscription
		self.names = parts.names
		self.fetched = parts.fetched

	def of_events(self, events: list[Event], page: list[Event]) -> None:
		"""
		:param page: `events` and those to come, of which only the link targets are looked up; all of them subscribed
		"""
		self.names.load_identified((event.key, event.identity) for event in events)
		self.names.load(
			{event.key for event in page if event.update_type == "Update"}
			| {event.new_key for event in events if event.update_type == "Rename"}
		)
		self.parts.recognition.of_events(events)
		self._own_changes(events)
		created = {event.key for event in page if event.update_type == "Create"}
		missing_links = self.parts.missing_links()
		needed = self._needed_whole(page, created) | missing_links.of_events(page)
		prefetch(self.fetched, needed, missing_links, created)
		self._recognise(self.fetched.documents)
		self._pass_counters([*created, *self.fetched.documents])
		self._expect([event for event in events if event.update_type == "Create"])

	def of_whole_documents(self, keys: list[Key]) -> None:
		"""The same for whole documents that are to be taken."""
		self.names.load(keys)
		prefetch(self.fetched, keys, self.parts.missing_links(), set())
		found = {key: self.fetched.documents[key] for key in keys if key in self.fetched.documents}
		self._pass_counters(self.fetched.documents)
		self.names.load_identified((key, document["identity"]) for key, document in found.items())
		self.parts.recognition.of_documents((key, document["identity"]) for key, document in found.items())
		self.names.expect(
			(key, config.local_doctype, key[1], document["identity"])
			for key, document in found.items()
			if (config := self.subscription.configuration(key[0])).use_same_name
		)

	def of_link_targets(self, events: list[Event]) -> None:
		"""The same for link targets that are to be made before the events that link to them."""
		created = {event.key for event in events if event.update_type == "Create"}
		prefetch(self.fetched, self.missing_link_targets(events), self.parts.missing_links(), created)

	def missing_link_targets(self, events: list[Event]) -> list[Key]:
		"""What subscribed events link to and what is neither here nor among their own documents."""
		own = {event.key for event in events}
		return sorted(self.parts.missing_links().of_events(self.parts.subscribed(events)) - own)

	def _recognise(self, documents: dict[Key, dict]) -> None:
		"""What was fetched for its sake may be here under another name, or have come by another way."""
		found = [(key, document["identity"]) for key, document in documents.items()]
		self.names.load_identified(found)
		self.parts.recognition.look_elsewhere(found)

	def _own_changes(self, events: list[Event]) -> None:
		"""What this site's log says of the same documents."""
		configurations = ((event, self.subscription.configuration(event.doctype)) for event in events)
		self.parts.both_sites.prepare(
			(event, config, self.parts.recognition.known_as(event, config))
			for event, config in configurations
		)

	def _needed_whole(self, page: list[Event], created: set[Key]) -> set[Key]:
		return {
			event.present_key
			for event in page
			if event.update_type == "Update"
			and not event.left
			and event.key not in created
			and (event.is_whole or not self.names.local_name(event.key))
		}

	def _expect(self, creates: list[Event]) -> None:
		configs = {event.doctype: self.subscription.configuration(event.doctype) for event in creates}
		self.names.expect(
			(event.key, configs[event.doctype].local_doctype, event.name, event.identity)
			for event in creates
			if configs[event.doctype].use_same_name
		)
		for doctype, config in configs.items():
			if not config.mapping:  # by which rows may get other names
				docs = (event.data for event in creates if event.doctype == doctype)
				self.parts.free_names.look_up(config.local_doctype, docs)

	def _pass_counters(self, keys: Iterable[Key]) -> None:
		"""Of documents that are to have their producer's names: at once, since each move is a transaction."""
		names: dict[str, set[str]] = {}
		for doctype, name in keys:
			names.setdefault(doctype, set()).add(name)
		for doctype, some in names.items():
			config = self.subscription.configuration(doctype)
			if config.use_same_name and self.subscription.has_doctype(config.local_doctype):
				self.parts.counters.pass_by(config.local_doctype, some)
