"""What the parts of a `Replayer` share for one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from frappe import _

from event_streaming.consumer.dependencies.converter import Converter
from event_streaming.consumer.dependencies.link_fields import Link, LinkFinder
from event_streaming.consumer.dependencies.missing import MissingLinks, NeverTaken
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity import identity_map
from event_streaming.consumer.identity.by_products import Made
from event_streaming.consumer.identity.counters import Counters
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.replay.adoption import Adoption
from event_streaming.consumer.replay.both_sites import BothSites
from event_streaming.consumer.replay.child_rows import FreeNames
from event_streaming.consumer.replay.effects import Effects
from event_streaming.consumer.replay.later_rows import LaterRows
from event_streaming.consumer.replay.link_targets import LinkTargets
from event_streaming.consumer.replay.made_on_the_way import MadeOnTheWay
from event_streaming.consumer.replay.mutual import MutualDocuments
from event_streaming.consumer.replay.recognition import Recognition
from event_streaming.consumer.subscription import Subscription
from event_streaming.consumer.sync_log import SKIPPED
from event_streaming.context import replay_context
from event_streaming.exceptions import RemoteError
from event_streaming.link.protocol import Key


@dataclass
class Outcome:
	status: str
	docname: str | None = None
	message: str = ""
	conflicts: list[dict] = field(default_factory=list)
	stays: bool = False  # a whole document that was not taken, since it was carried further here


@dataclass
class Unwritten:
	"""All of a Replayer that can't be read again: what is written at the end of its transaction."""

	names: identity_map.Unwritten = field(default_factory=lambda: ({}, {}))
	by_products: list[Made] = field(default_factory=list)


class Parts:
	def __init__(
		self,
		subscription: Subscription,
		fetched: FetchedDocuments,
		ensure: Callable[[Key], str | None],
		unwritten: Unwritten,
	):
		"""
		:param ensure: see `LinkSupply.ensure`
		"""
		self.subscription = subscription
		self.fetched = fetched
		self.names = IdentityMap(
			subscription.producer, subscription.local_doctype, unwritten.names, self._is_there
		)
		self.recognition = Recognition(subscription, self.names)
		self.finder = LinkFinder(subscription)
		self.converter = Converter(subscription, self.finder, fetched)
		self.adoption = Adoption(subscription, self.names, self.recognition, unwritten.by_products)
		self.both_sites = BothSites(subscription, self.names)
		made = MadeOnTheWay(subscription, self.names, self._localise)
		self.effects = Effects(self._local_place, self._local_link, made)
		self.links = LinkTargets(self.converter, NeverTaken(subscription, self.names), ensure)
		self.mutual = MutualDocuments(self.finder)
		self.later_rows = LaterRows(subscription, self.names, self.finder, fetched)
		self.free_names = FreeNames()
		self.counters = Counters()
		self.underway: Key | None = None  # the document of the event that is replayed

	def missing_links(self) -> MissingLinks:
		return MissingLinks(self.subscription, self.names, self.finder, self.fetched)

	def subscribed(self, events: Iterable[Event]) -> list[Event]:
		return [
			event
			for event in events
			if not event.refused and self.subscription.configuration(event.doctype).subscribed
		]

	def stopped_by_merge(self, key: Key) -> Outcome | None:
		"""What became another document here changes with that one alone."""
		name = self.names.merged_into(key)
		if not name:
			return None
		return Outcome(
			SKIPPED,
			name,
			_("{0} was merged here into {1}, so the producer's changes of it no longer count.").format(
				key[1], name
			),
		)

	def comes_after_gap(self, event: Event) -> bool:
		"""Whether the producer has changed the document before, without this site having heard of it."""
		return event.previous > self.names.log_id(event.key)

	def known_link(self, link: Link) -> str:
		"""What a link of the past is here: for it, nothing is fetched."""
		if local_name := self.names.local_name(link.target):
			return local_name
		return "" if self.links.never_taken.is_left_empty(link) else link.target[1]

	def take_remarks(self) -> tuple[str, list[dict]]:
		"""What a row of the log says besides its status, and the values that were lost, since this was asked last."""
		context = replay_context()
		remarks, replaced = self.adoption.remarks()
		return " ".join(filter(None, (remarks, context and context.take_remarks()))), replaced

	def unwritten(self) -> Unwritten:
		return Unwritten(self.names.unwritten(), self.adoption.by_products.unwritten())

	def flush(self) -> None:
		"""Writes what was kept in memory until the end of the transaction."""
		self.names.flush()
		self.adoption.by_products.flush()

	def _is_there(self, key: Key, created: str) -> bool:
		try:
			found = self.fetched.get(key, fresh=True)
		except RemoteError:  # it has it, but can't send it
			return True
		return bool(found) and found["identity"].created == created

	def _local_place(self, key: Key) -> tuple[str, str] | None:
		local_name = self.names.local_name(key)
		return (self.subscription.local_doctype(key[0]), local_name) if local_name else None

	def _localise(self, event: Event, doc: dict) -> dict:
		config = self.subscription.configuration(event.doctype)
		return self.converter.document(event.key, doc, config, self.known_link)[0]

	def _local_link(self, key: Key) -> str:
		return self.names.local_name(key) or key[1]
