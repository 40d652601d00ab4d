"""What a page of events needs that isn't here, fetched at once and made in the right order.

`prefetch` looks at a whole page: which link targets are missing, one bulk request for them, again for what
those link to, until nothing is missing. `LinkSupply.ensure` then makes a missing target, after the targets that it
links to itself, so parents of trees come before their children. A document that is being made and is
linked to from below closes a circle: that link stays empty until both are here, then it is set.
"""

from collections.abc import Iterable

from frappe import _

from event_streaming.consumer.dependencies.link_fields import Link, LinkFinder
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.subscription import Subscription
from event_streaming.exceptions import DependencyMissing
from event_streaming.link.protocol import Key

MAX_ROUNDS = 50


class MissingLinks:
	"""Which link targets of events and documents aren't here."""

	def __init__(
		self, subscription: Subscription, names: IdentityMap, finder: LinkFinder, fetched: FetchedDocuments
	):
		"""
		:param fetched: told which document each link was found in
		"""
		self.subscription = subscription
		self.names = names
		self.finder = finder
		self.fetched = fetched

	def of_events(self, events: Iterable[Event]) -> set[Key]:
		"""What a mapping makes of links is left to the moment of replay."""
		links: list[Link] = []
		for event in events:
			found = list(self._in_event(event))
			self._note(found, event.key)
			links += found
		return self._not_here(links)

	def _in_event(self, event: Event) -> Iterable[Link]:
		config = self.subscription.configuration(event.doctype)
		if not config.mapping and event.update_type == "Create":
			return self.finder.in_document(event.data, config.local_doctype, {})
		if not config.mapping and event.update_type == "Update":
			return self.finder.in_difference(event.data, config.local_doctype, {}, {})
		return ()

	def of_documents(self, docs: Iterable[dict]) -> set[Key]:
		links: list[Link] = []
		for doc in docs:
			config = self.subscription.configuration(doc["doctype"])
			if not config.mapping and self.subscription.has_doctype(config.local_doctype):
				found = list(self.finder.in_document(doc, config.local_doctype, {}))
				self._note(found, (doc["doctype"], doc["name"]))
				links += found
		return self._not_here(links)

	def _note(self, links: Iterable[Link], holder: Key) -> None:
		for link in links:
			self.fetched.note_link(link.target, holder)

	def _not_here(self, links: Iterable[Link]) -> set[Key]:
		targets = {(link.target, link.local_doctype) for link in links}
		keys = {key for key, doctype in targets if self.subscription.takes(doctype)}
		self.names.load(keys)
		return {
			key for key in keys if not self.names.link_value(key, self.subscription.means_namesakes(key[0]))
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


class NeverTaken:
	"""Links to what the framework is made of (letter heads, print headings, users): where the target is not on this site, an
	optional one is left empty, since it is never taken. A Dynamic Link names its DocType itself, and is not."""

	def __init__(self, subscription: Subscription, names: IdentityMap):
		self.subscription = subscription
		self.names = names

	def is_left_empty(self, link: Link) -> bool:
		"""
		:param link: that its document can do without
		"""
		if link.doctype_field or self.subscription.takes(link.local_doctype):
			return False
		config = self.subscription.configuration(link.target[0])
		return not self.names.link_value(link.target, config.use_same_name)


def check_may_create(subscription: Subscription, key: Key) -> None:
	"""
	:raises DependencyMissing: a link target of this DocType is never made here
	"""
	doctype, name = key
	local_doctype = subscription.local_doctype(doctype)
	if not subscription.has_doctype(local_doctype):
		raise DependencyMissing(
			_("It links to {0} {1}, but this site has no DocType {2}.").format(doctype, name, local_doctype)
		)
	if not subscription.takes(local_doctype):
		raise DependencyMissing(
			_(
				"It links to {0} {1}, which isn't on this site. A {0} is never taken from another site: create it here, then Resync."
			).format(doctype, name)
		)
