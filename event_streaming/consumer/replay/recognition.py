"""Which documents of the producer are here already under another key: this site's own, come back, or come by another site.

A producer could claim any home, so it is believed only where this site has agreed to it. Each document is looked up once in
the life of a `Replayer`.
"""

from collections import defaultdict
from collections.abc import Iterable

import frappe

from event_streaming import site
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity import register
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.identity.presence import UNKNOWN
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.link.protocol import Born, Identity, Key


class Recognition:
	def __init__(self, subscription: Subscription, names: IdentityMap):
		self.subscription = subscription
		self.names = names
		self._looked_up: set[tuple[Key, Identity]] = set()
		self._abroad: dict[str, dict[Identity, str | None]] = defaultdict(dict)  # what `_by_home` said

	def of_documents(self, documents: Iterable[tuple[Key, Identity]]) -> set[Key]:
		"""
		:returns: keys of those that were found only now
		"""
		fresh = [document for document in documents if document not in self._looked_up]
		unknown = self._one_name_each(
			{key: identity for key, identity in fresh if identity.home and not self.names.is_known(key)}
		)
		self._looked_up.update(unknown.items())
		self._come_back(unknown)
		abroad: dict[str, dict[Identity, Key]] = defaultdict(dict)
		for key, identity in unknown.items():
			if self.names.is_known(key):
				continue
			local_doctype = self.subscription.local_doctype(key[0])
			if self.is_own(identity):
				if not self._is_given_back(key):
					continue
				if name := self._own_name(local_doctype, identity):
					self.names.record(key, local_doctype, name, identity=identity)
				else:  # gone, and come back by another site
					abroad[local_doctype][identity] = key
			elif self._is_shared(key):
				abroad[local_doctype][identity] = key
		for local_doctype, keys in abroad.items():
			for identity, name in self._by_home(local_doctype, keys).items():
				self.names.record(keys[identity], local_doctype, name, identity=identity)
		return {key for key in unknown if self.names.local_name(key)}

	def _one_name_each(self, documents: dict[Key, Identity]) -> dict[Key, Identity]:
		"""Without further names of the same documents: under these they are found by their `creation`."""
		first: dict[tuple[str, str], Key] = {}
		return {
			key: identity
			for key, identity in documents.items()
			if not identity.created
			or (
				not self.names.is_created(key[0], identity.created)
				and first.setdefault((key[0], identity.created), key) == key
			)
		}

	def _come_back(self, unknown: dict[Key, Identity]) -> None:
		"""Documents that the producer had deleted, and got back from a site that kept them: made there again, but the same
		ones, as their births tell."""
		births: dict[str, dict[Born, Key]] = defaultdict(dict)
		for key, identity in unknown.items():
			if identity.born and identity.born[1] != identity.created and self._is_given_back(key):
				births[key[0]][identity.born] = key
		for doctype, keys in births.items():
			for born, entry in register.read_by_birth(self.subscription.producer, doctype, keys).items():
				if not self.names.is_anothers(entry, keys[born], entry.remote_creation):
					self.names.rebind(keys[born], entry, unknown[keys[born]])

	def of_events(self, events: list[Event]) -> None:
		"""A document that came by another way is at the state of that way: its first event here ends no gap, but where an
		earlier one was due that this site has not had."""
		for key in self.of_documents((event.key, event.identity) for event in events):
			first = next(event for event in events if event.key == key)
			if not first.is_due:
				self.names.saw(key, min(first.previous, first.id - 1))  # the first event itself is news

	def elsewhere(self, key: Key, identity: Identity) -> str | None:
		"""Name here of a document that this site made, or got by another site: links may mean it, even where the producer may not change it."""
		local_doctype = self.subscription.local_doctype(key[0])
		if not identity.home:
			return None
		if self.is_own(identity):
			return self._own_name(local_doctype, identity)
		self._look_abroad(local_doctype, [identity])
		name = self._abroad[local_doctype][identity]
		return name if name and self.names.exists(local_doctype, name) else None

	def look_elsewhere(self, documents: Iterable[tuple[Key, Identity]]) -> None:
		"""What `elsewhere` would ask for one by one. Nothing of it changes in the life of a `Replayer`: rows of other producers
		alone are asked for."""
		wanted: dict[str, list[Identity]] = defaultdict(list)
		for key, identity in documents:
			if identity.home and not self.is_own(identity) and not self.names.is_known(key):
				wanted[self.subscription.local_doctype(key[0])].append(identity)
		for local_doctype, identities in wanted.items():
			self._look_abroad(local_doctype, identities)

	def _look_abroad(self, local_doctype: str, identities: list[Identity]) -> None:
		known = self._abroad[local_doctype]
		if unknown := [identity for identity in identities if identity not in known]:
			known.update(dict.fromkeys(unknown))
			known.update(self._by_home(local_doctype, unknown))

	def known_as(self, event: Event, config: Configuration) -> str | None:
		"""The name here of an event's document, even if it is gone by now."""
		return self.name_of(event.key, event.identity, config)

	def name_of(self, key: Key, identity: Identity, config: Configuration) -> str | None:
		entry = self.names.entry(key)
		if entry and entry.local_name:
			return entry.local_name
		home = identity.home
		if home and home[0] in self.subscription.own_urls:
			return home[1]
		return key[1] if config.use_same_name else None

	def is_own(self, identity: Identity) -> bool:
		"""Whether it was first made here."""
		if identity.born:
			return identity.born[0] == site.own_id()
		return identity.home[0] in self.subscription.own_urls

	def _is_shared(self, key: Key) -> bool:
		"""Whether the producer may change documents that came from other sites."""
		return self.subscription.configuration(key[0]).shared

	def _is_given_back(self, key: Key) -> bool:
		"""Whether it may change documents that were made here."""
		return self._is_shared(key) or self.subscription.gives(key[0])

	def _own_name(self, local_doctype: str, identity: Identity) -> str | None:
		"""The document of this site that has come back: the one made at that moment, under its first name or a later one."""
		name = identity.home[1]
		if not identity.born:
			return name if self.names.exists(local_doctype, name) else None
		if self.names.presence.creation(local_doctype, name) == identity.born[1]:
			return name
		if not frappe.db.table_exists(local_doctype):
			return None
		table = frappe.qb.DocType(local_doctype)
		query = frappe.qb.from_(table).select(table.name).where(table.creation == identity.born[1]).limit(2)
		names = [str(name) for (name,) in query.run()]
		return names[0] if len(names) == 1 else None

	def _by_home(self, local_doctype: str, identities: Iterable[Identity]) -> dict[Identity, str]:
		found = register.read_by_home(local_doctype, identities, but_not_from=self.subscription.producer)
		return {
			identity: name
			for identity, (name, creation) in found.items()
			if (here := self.names.presence.creation(local_doctype, name)) is not None
			and (creation is None or here in (UNKNOWN, creation))
		}
