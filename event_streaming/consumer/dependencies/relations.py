"""Which documents belong together: those that link to each other, and those that share something on this site.

By what the events say, by what they say was before, and by what is here. So what a controller does to a document that its own
links to comes in its order. DocTypes whose documents share something here are one group each: trees (the numbers of the nested
set), documents that get this site's own names (the counter), and mapped ones (only the mapping knows what their links become).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

import frappe
from frappe.utils import cint

from event_streaming.consumer.dependencies.link_fields import LinkFinder
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.subscription import Subscription
from event_streaming.document import snapshot
from event_streaming.link.protocol import Key

PLAIN = ("Create", "Update")

Pair = tuple[Hashable, Hashable]


def is_plain(event: Event) -> bool:
	"""A Delete and a Rename touch documents that they don't name: those that link to theirs."""
	return event.update_type in PLAIN and not event.refused and not event.left


def group(events: list[Event], pairs: Iterable[Pair]) -> list[list[Event]]:
	"""Groups in the order of their first events, each in the order of the log.

	:param pairs: what belongs together, keys of documents among them
	"""
	above: dict[Hashable, Hashable] = {}

	def top(item: Hashable) -> Hashable:
		while item in above:
			item = above[item]
		return item

	for one, other in pairs:
		if (one := top(one)) != (other := top(other)):
			above[one] = other
	groups = defaultdict(list)
	for event in events:
		groups[top(event.key)].append(event)
	return list(groups.values())


class Relations:
	"""Which documents of a stretch belong together."""

	def __init__(self, subscription: Subscription, finder: LinkFinder, names: IdentityMap):
		self.subscription = subscription
		self.finder = finder
		self.names = names

	def between(self, events: list[Event]) -> Iterator[Pair]:
		keys = {event.key for event in events}
		yield from self._by_doctype(keys)
		yield from self._told(events, keys)
		yield from self._here({event.key for event in events if event.update_type == "Update"}, keys)

	def _by_doctype(self, keys: set[Key]) -> Iterator[Pair]:
		shares_something = {doctype: self._shares_something(doctype) for doctype, _name in keys}
		for key in keys:
			if shares_something[key[0]]:
				yield key, self.subscription.local_doctype(key[0])

	def _shares_something(self, doctype: str) -> bool:
		config = self.subscription.configuration(doctype)
		if not config.subscribed:
			return False
		is_tree = cint(frappe.get_meta(config.local_doctype).get("is_tree"))
		return bool(is_tree or config.mapping or not config.use_same_name)

	def _told(self, events: list[Event], keys: set[Key]) -> Iterator[Pair]:
		doctypes = self._linking(keys)
		for event in events:
			if event.doctype not in doctypes:
				continue
			local_doctype = self.subscription.local_doctype(event.doctype)
			if event.update_type == "Create":
				links = [*self.finder.in_document(event.data, local_doctype, {})]
			else:
				links = [*self.finder.in_difference(event.data, local_doctype, {}, {})]
				links += self.finder.in_difference(event.data.get("was") or {}, local_doctype, {}, {})
			yield from ((event.key, link.target) for link in links if link.target in keys)

	def _here(self, changed: set[Key], keys: set[Key]) -> Iterator[Pair]:
		"""By the links that documents have here: the difference of a submission, say, tells none of them."""
		doctypes = self._linking(keys)
		changed = {key for key in changed if key[0] in doctypes}
		if not changed:
			return
		self.names.load(keys)
		by_local_name = {(key[0], name): key for key in keys if (name := self.names.local_name(key))}
		holders = defaultdict(dict)
		for (remote_doctype, name), key in by_local_name.items():
			if key in changed:
				holders[self.subscription.local_doctype(remote_doctype)][name] = key
		for local_doctype, by_name in holders.items():
			for name, doc in snapshot.read_many(local_doctype, by_name).items():
				for link in self.finder.in_document(doc, local_doctype, {}):
					if target := by_local_name.get(link.target):
						yield by_name[name], target

	def _linking(self, keys: set[Key]) -> set[str]:
		"""Those DocTypes whose documents may link to others of these at all."""
		doctypes = {doctype for doctype, _name in keys}
		targets = {self.subscription.local_doctype(doctype) for doctype in doctypes}
		return {
			doctype
			for doctype in doctypes
			if (config := self.subscription.configuration(doctype)).subscribed
			and not config.mapping
			and self.finder.may_link(config.local_doctype, targets)
		}
