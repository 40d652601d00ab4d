"""Changes of one document that follow each other in a backlog are one save here.

Invariant: the documents, and the rows of the Event Sync Log, are what they would be if each change had been saved. What is left out
are the states in between, and what a controller does at each of them (a Version, a notification); one that it would have
refused, and that was mended since, is not refused.

So it is done only where much is to be made up for, and nobody needs these states:
- Plain changes of a draft by one route, one right after the other in the document's own history: no submit, cancellation,
  `db_set`, rename or deletion among them, nothing that brought another change about or was brought about by one.
- Nothing between them belongs together with the document (see `relations`): it neither links to it nor is linked from it, by
  what the events say, what they say was before, or what is here. All of it would be replayed after the last of these changes.
- This site gives the DocType to nobody: what is logged here has to carry each change's own time.
- Nothing is in conflict: each change finds here what it found there, where it says what that was.
- None of them fails. Else they are undone and replayed each by itself, as they are where the Event Configuration says so.

The changes are replayed where the first of them stands. Where a batch ends before their events are reached, these are done and
logged ahead of the cursor, as those of lanes are.
"""

from collections.abc import Callable, Iterator
from itertools import groupby, pairwise

import frappe
from frappe.utils import cint

from event_streaming.consumer.dependencies.relations import Relations, group, is_plain
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay import conflicts, history
from event_streaming.consumer.replay.lifecycle import DRAFT, MergedChange, NotAsOne
from event_streaming.consumer.replay.parts import Outcome, Parts
from event_streaming.consumer.replay.updates import Updates, nothing_here
from event_streaming.consumer.subscription import Configuration
from event_streaming.consumer.sync_log import SYNCED
from event_streaming.document import snapshot
from event_streaming.link.protocol import POSTED_AGAIN
from event_streaming.producer.consumed_doctypes import consumed_doctypes

Runs = dict[int, list[Event]]  # by the position of the first event

LEAST = 50  # events that a batch has to make up for; of fewer, people here are to see each


class Coalescing:
	def __init__(self, parts: Parts, updates: Updates):
		self.parts = parts
		self.updates = updates
		self._allowed: dict[str, bool] = {}

	def runs(self, events: list[Event]) -> Runs:
		"""Of the events of one batch those that may be replayed together: at least two each."""
		found: Runs = {}
		if len(events) < LEAST:
			return found
		for plain, some in groupby(events, key=is_plain):
			stretch = list(some)
			if plain and self._has_several(stretch):
				for related in self._groups(stretch):
					found.update((run[0].position, run) for run in self._runs_in(related) if len(run) > 1)
		return found

	def replay(
		self,
		events: list[Event],
		config: Configuration,
		local_name: str,
		begin: Callable[[Event], None],
		with_remarks: Callable[[Outcome], Outcome],
	) -> list[Outcome]:
		"""
		:param begin: called before each event is looked at
		:param with_remarks: adds to an outcome what was remarked since it was called last
		:raises NotAsOne: to be undone, and replayed each by itself
		"""
		doc = frappe.get_doc(config.local_doctype, local_name)
		if cint(doc.docstatus) != DRAFT:
			raise NotAsOne
		merged = MergedChange(doc)
		outcomes = []
		for event in events:
			begin(event)
			outcomes.append(with_remarks(self._merge(event, config, local_name, merged)))
		merged.save()
		history.keep(config, local_name, events[-1].written)
		outcomes[-1] = with_remarks(outcomes[-1])
		return outcomes

	def _merge(self, event: Event, config: Configuration, local_name: str, merged: MergedChange) -> Outcome:
		incoming, deferred_links = self.updates.incoming(event, config, local_name)
		if deferred_links:
			raise NotAsOne
		if not any(incoming.diff.values()):
			return nothing_here(local_name)
		found = conflicts.resolve(merged.doc, incoming, self.parts.subscription.rule(config), None)
		if found.conflicts:
			raise NotAsOne
		merged.add(found.diff, found.given)
		return Outcome(SYNCED, local_name)

	def _has_several(self, events: list[Event]) -> bool:
		seen = set()
		for event in events:
			if self._is_simple(event):
				if event.key in seen:
					return True
				seen.add(event.key)
		return False

	def _groups(self, stretch: list[Event]) -> list[list[Event]]:
		"""What is between the changes of one document is looked at only if there is anything."""
		last: dict = {}
		for number, event in enumerate(stretch):
			if number - last.get(event.key, number - 1) > 1:
				relations = Relations(self.parts.subscription, self.parts.finder, self.parts.names)
				return group(stretch, relations.between(stretch))
			last[event.key] = number
		return [stretch]

	def _runs_in(self, events: list[Event]) -> Iterator[list[Event]]:
		"""
		:param events: that belong together
		"""
		run = events[:1]
		for before, event in pairwise(events):
			if not self._follows(before, event):
				yield run
				run = []
			run.append(event)
		yield run

	def _follows(self, one: Event, other: Event) -> bool:
		return (
			one.key == other.key
			and self._is_simple(one)
			and self._is_simple(other)
			and other.previous <= one.id < other.id
			and (one.identity, one.origin, one.path) == (other.identity, other.origin, other.path)
		)

	def _is_simple(self, event: Event) -> bool:
		data = event.data
		return (
			event.update_type == "Update"
			and event.docstatus == DRAFT
			and not (event.trouble or event.is_whole or event.now or event.cause)
			and not (cint(data.get("direct")) or data.get(POSTED_AGAIN))
			and "docstatus" not in (data.get("changed") or {})
			and self._is_allowed(event.doctype)
			and not self.parts.effects.is_cause(event.key)
			and not self._needs_what_is_here(event)
		)

	def _is_allowed(self, doctype: str) -> bool:
		if doctype not in self._allowed:
			config = self.parts.subscription.configuration(doctype)
			self._allowed[doctype] = bool(
				config.subscribed
				and not config.replays_each
				and not config.leaves_out_changes
				and not self.parts.subscription.is_given(config)
				and config.local_doctype not in consumed_doctypes()
				and not _has_numbered_rows(config.local_doctype)
			)
		return self._allowed[doctype]

	def _needs_what_is_here(self, event: Event) -> bool:
		"""Whether only the document, as it is by then, tells what a Dynamic Link means."""
		config = self.parts.subscription.configuration(event.doctype)
		if config.mapping:
			return self.parts.finder.has_dynamic_links(config.local_doctype)
		return self.parts.finder.names_alone(event.data, config.local_doctype)


def _has_numbered_rows(doctype: str) -> bool:
	"""Rows that have other names on each site are replaced as a whole."""
	tables = snapshot.table_fields(frappe.get_meta(doctype)).values()
	return any(frappe.get_meta(child).autoname == "autoincrement" for child in tables)
