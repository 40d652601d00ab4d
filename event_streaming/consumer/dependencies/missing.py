"""What a page of events needs that isn't here, fetched at once and made in the right order.

`prefetch` looks at a whole page: which link targets are missing, one bulk request for them, again for what
those link to, until nothing is missing. `Replayer.ensure` then makes a missing target, after the targets that it
links to itself, so parents of trees come before their children. A document that is being made and is
linked to from below closes a circle: that link stays empty until both are here, then it is set.
"""

from collections.abc import Iterable
from typing import Protocol

import frappe
from frappe import _

from event_streaming.consumer.dependencies.link_fields import Link, LinkFinder
from event_streaming.consumer.feed.events import MAX_NAME, Event, home_of
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.identity.register import Key
from event_streaming.consumer.subscription import Subscription
from event_streaming.document.streamable import is_takeable
from event_streaming.exceptions import (
	AnswerTooLarge,
	CredentialsRefused,
	DependencyMissing,
	InvalidEvent,
	NotFrappe,
	ServerUnavailable,
	WrongSite,
)

REQUEST_SIZE = 200
MAX_ROUNDS = 50
LINK_TROUBLE = (CredentialsRefused, InvalidEvent, NotFrappe, WrongSite)  # no fault of any document


class Source(Protocol):
	"""The producer, as far as replay needs it."""

	def get_documents(self, documents: list[Key]) -> dict: ...

	def find_documents(self, doctype: str, filters: dict | list, limit: int) -> list[str]: ...


class WaitsFor(Exception):
	"""A link target is parked: what links to it waits until that is mended."""

	def __init__(self, key: Key):
		self.key = key
		super().__init__(_("waits for {0} {1}, which could not be replayed yet").format(*key))


class FetchedDocuments:
	"""Whole documents fetched from the source during one batch, those it doesn't have or give, and those that
	are too large to send."""

	def __init__(self, source: Source):
		self.source = source
		self.documents: dict[Key, dict] = {}
		self.refused: set[Key] = set()
		self.too_large: dict[Key, AnswerTooLarge] = {}
		self.seen = (0, "")  # the source's position, and its key, behind all that they contain

	def get(self, key: Key, fresh: bool = False) -> dict | None:
		"""`{"doc", "log_id", "home"}` of one document, None when the source doesn't have or give it.

		:raises AnswerTooLarge: it has it, but no answer can hold it
		:raises TransientError: it could not be asked, which is the fault of no document
		"""
		if fresh:
			self.forget([key])
		self.fetch([key])
		if key in self.too_large:
			raise self.too_large[key]
		return self.documents.get(key)

	def forget(self, keys: Iterable[Key]) -> None:
		"""They are fetched anew when they are needed next."""
		for key in keys:
			self.documents.pop(key, None)
			self.refused.discard(key)

	def fetch(self, keys: Iterable[Key]) -> None:
		known = self.documents.keys() | self.refused | self.too_large.keys()
		keys = [key for key in dict.fromkeys(keys) if key not in known]
		for start in range(0, len(keys), REQUEST_SIZE):
			self._ask_for(keys[start : start + REQUEST_SIZE])

	def _ask_for(self, keys: list[Key]) -> None:
		"""In halves where the documents are too large for one answer."""
		try:
			answer = self.source.get_documents(keys)
		except AnswerTooLarge as error:
			if len(keys) == 1:
				self.too_large[keys[0]] = error
				return
			self._ask_for(keys[: len(keys) // 2])
			return self._ask_for(keys[len(keys) // 2 :])
		except LINK_TROUBLE as error:
			raise ServerUnavailable(str(error)) from error
		self._keep(keys, answer)

	def _keep(self, asked: list[Key], answer: dict) -> None:
		self.seen = max(self.seen, (answer.get("position") or 0, (answer.get("event_key") or "")[:MAX_NAME]))
		for found in answer.get("documents") or []:
			key = (found.get("doctype"), found.get("name"))
			if key in asked:  # nobody asked for anything else
				self.documents[key] = {
					"doc": {**found["doc"], "doctype": key[0], "name": key[1]},  # whatever it calls itself
					"log_id": int(found.get("log_id") or 0),
					"home": home_of(found),
				}
		self.refused.update(key for key in asked if key not in self.documents)


class MissingLinks:
	"""Which link targets of events and documents aren't here."""

	def __init__(self, subscription: Subscription, names: IdentityMap, finder: LinkFinder):
		self.subscription = subscription
		self.names = names
		self.finder = finder

	def of_events(self, events: Iterable[Event]) -> set[Key]:
		"""What a mapping makes of links is left to the moment of replay."""
		links: list[Link] = []
		for event in events:
			config = self.subscription.configuration(event.doctype)
			if config.mapping:
				continue
			if event.update_type == "Create":
				links += self.finder.in_document(event.data, config.local_doctype, {})
			elif event.update_type == "Update":
				links += self.finder.in_difference(event.data, config.local_doctype, {}, {})
		return self._not_here(links)

	def of_documents(self, docs: Iterable[dict]) -> set[Key]:
		links: list[Link] = []
		for doc in docs:
			config = self.subscription.configuration(doc["doctype"])
			if not config.mapping and frappe.db.exists("DocType", config.local_doctype):
				links += self.finder.in_document(doc, config.local_doctype, {})
		return self._not_here(links)

	def _not_here(self, links: Iterable[Link]) -> set[Key]:
		targets = {(link.target, link.local_doctype) for link in links}
		takeable = {doctype for doctype in {doctype for _key, doctype in targets} if is_takeable(doctype)}
		keys = {key for key, doctype in targets if doctype in takeable}
		self.names.load(keys)
		return {
			key
			for key in keys
			if not self.names.link_value(key, self.subscription.configuration(key[0]).use_same_name)
		}


def prefetch(
	fetched: FetchedDocuments, needed: Iterable[Key], missing_links: MissingLinks, expected: set[Key]
) -> None:
	"""Fetches `needed` documents and, round by round, what the documents fetched so far link to.

	:param expected: documents that events of this page will make
	"""
	wanted = set(needed)
	seen: set[Key] = set()
	for _round in range(MAX_ROUNDS):
		wanted -= seen | expected
		if not wanted:
			return
		fetched.fetch(wanted)
		seen |= wanted
		found = [fetched.documents[key]["doc"] for key in wanted if key in fetched.documents]
		wanted = missing_links.of_documents(found)


def check_may_create(subscription: Subscription, key: Key) -> None:
	"""
	:raises DependencyMissing: a link target of this DocType is never made here
	"""
	doctype, name = key
	local_doctype = subscription.local_doctype(doctype)
	if not frappe.db.exists("DocType", local_doctype):
		raise DependencyMissing(
			_("It links to {0} {1}, but this site has no DocType {2}.").format(doctype, name, local_doctype)
		)
	if not is_takeable(local_doctype):
		raise DependencyMissing(
			_(
				"It links to {0} {1}, which isn't on this site. A {0} is never taken from another site: create it here, then Resync."
			).format(doctype, name)
		)
