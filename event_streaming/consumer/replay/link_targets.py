"""What a link of a document is here: its target is made if need be, and where that goes round in a circle, the circle is
broken at a link that its document can do without."""

from collections.abc import Callable

from frappe import _

from event_streaming.consumer.dependencies.converter import Converter, LocalLink
from event_streaming.consumer.dependencies.link_fields import Link
from event_streaming.consumer.dependencies.missing import NeverTaken
from event_streaming.consumer.replay.circular_links import ClosesCircle, DeferredLinks
from event_streaming.consumer.subscription import Configuration
from event_streaming.context import remark
from event_streaming.link.protocol import Key


class LinkTargets:
	def __init__(self, converter: Converter, never_taken: NeverTaken, ensure: Callable[[Key], str | None]):
		"""
		:param ensure: see `LinkSupply.ensure`
		"""
		self.converter = converter
		self.never_taken = never_taken
		self.ensure = ensure
		self.making: list[Key] = []  # each for the sake of the one before
		self.deferred = DeferredLinks()
		self._open_for: frozenset[Key] = frozenset()

	def begin(self) -> None:
		"""The next event: no circle of links reaches beyond one."""
		self.deferred = DeferredLinks()

	def of(self, config: Configuration) -> LocalLink:
		"""
		:param config: of the document whose links they are
		"""
		return lambda link: self._resolve(link, config)

	def made(self, key: Key, local_name: str, links: list[Link], local_doctype: str) -> None:
		"""A document is here now.

		:param links: of it, that were left open
		"""
		self.deferred.remember(links, local_doctype, local_name)
		self.deferred.set_links_to(key, local_name)
		for target in self.deferred.postponed_until(key):
			if target_name := self.ensure(target):  # this site's controller may have made it meanwhile
				self.deferred.set_links_to(target, target_name)

	def _resolve(self, link: Link, config: Configuration) -> str | None:
		"""
		:raises ClosesCircle: see there
		"""
		if self.never_taken.is_left_empty(link) and not self.converter.is_mandatory(link, config):
			remark(_("{0} {1} is not on this site: the link to it is left empty.").format(*link.target))
			return ""
		if link.target in self.making[:-1] and link.target not in self._open_for:
			if self.converter.is_mandatory(link, config):
				raise ClosesCircle(link.target)
		try:
			return self.ensure(link.target)
		except ClosesCircle as circle:
			if not self.converter.is_mandatory(link, config):
				self.deferred.postpone(link.target, until=circle.key)
				return None
			if circle.key != self.making[-1]:
				raise
		return self._ensure_leaving_open(link.target)

	def _ensure_leaving_open(self, key: Key) -> str | None:
		"""No link of a circle can be done without: those to the document being made are left empty for a while."""
		before, self._open_for = self._open_for, self._open_for | {self.making[-1]}
		try:
			return self.ensure(key)
		finally:
			self._open_for = before
