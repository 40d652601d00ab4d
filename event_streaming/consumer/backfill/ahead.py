"""What a producer has of several DocTypes, one document after the other in the order in which they were made there.

A DocType whose newest are wanted first comes before the others, each of its documents after those that were made later. A
producer that doesn't know that gives the oldest first.

A producer of version 0.1 lists names only: of such a DocType all come at once, before those whose order is known.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from frappe import _

from event_streaming.consumer.backfill.state import START, BackfillRun, Place
from event_streaming.consumer.feed.source import Source
from event_streaming.exceptions import RemoteError
from event_streaming.link.protocol import Key


class Listed(NamedTuple):
	key: Key
	log_id: int  # the highest that it contained when it was listed
	place: Place


@dataclass
class Ahead:
	"""Of one DocType: what was listed and not taken yet."""

	begins: Place  # where its run stands
	end: Place = START  # what the producer has looked at
	more: bool = True
	documents: deque[Listed] = field(default_factory=deque)


class TimeOrder:
	"""The DocTypes of one producer, merged."""

	def __init__(self, source: Source, size: int):
		"""
		:param size: documents of one page
		"""
		self._source = source
		self._size = size
		self._ahead: dict[str, Ahead] = {}  # by the run's name

	def look_ahead(self, run: BackfillRun, note_total: Callable[[int], None]) -> None:
		"""Asks the producer what comes next, unless that is known.

		:param note_total: called with the number of all documents, when the run begins
		"""
		place = run.place
		ahead = self._ahead.get(run.name)
		if not ahead or ahead.begins != place:
			ahead = self._ahead[run.name] = Ahead(place, place)
		if ahead.documents or not ahead.more:
			return
		listed = self._ask(run, ahead.end)
		if place == START and ahead.end == START:
			note_total(listed["total"])
		created = listed.get("created") or {}
		ahead.documents.extend(
			Listed((run.remote_doctype, name), log_id, (created.get(name, ""), name))
			for name, log_id, _digest in listed["documents"]
		)
		ahead.end = (listed.get("last_created") or "", listed["last"])
		ahead.more = listed["more"]

	def _ask(self, run: BackfillRun, after: Place) -> dict:
		created, name = after
		in_time: dict[str, Any] = {"created_after": created} if created or not name else {}
		if run.newest_first:
			in_time["newest_first"] = True
		only = {"filters": json.loads(run.part)} if run.part else {}
		listed = self._source.list_documents(
			run.remote_doctype, name, self._size, count=after == START, **in_time, **only
		)
		if only and listed.get("filtered") is not True:
			raise RemoteError(
				_("The other site can't give a part of its documents: its version is too old. Fetch all.")
			)
		return listed

	def page(self, runs: list[BackfillRun]) -> list[Listed]:
		"""The documents that come next. It ends where it isn't known of each DocType what comes."""
		waiting = {run.name: deque(self._ahead[run.name].documents) for run in runs}
		page: list[Listed] = []
		while len(page) < self._size:
			if any(not waiting[run.name] and self._ahead[run.name].more for run in runs):
				break
			heads = [
				("" if run.newest_first else waiting[run.name][0].place[0], number)
				for number, run in enumerate(runs)
				if waiting[run.name]
			]
			if not heads:
				break
			page.append(waiting[runs[min(heads)[1]].name].popleft())
		return page

	def took(self, run: BackfillRun, documents: int) -> None:
		"""So many of its documents are done with, and it stands behind them."""
		ahead = self._ahead[run.name]
		for _number in range(documents):
			ahead.documents.popleft()
		ahead.begins = run.place

	def moved(self, run: BackfillRun) -> None:
		"""To the end of what was listed; if that is all, nothing is known of it any more."""
		if self._ahead[run.name].more:
			self.took(run, 0)
		else:
			del self._ahead[run.name]

	def end_of(self, run: BackfillRun) -> tuple[Place, bool, bool]:
		"""
		:returns: what the producer has looked at, whether there is more behind it, and whether all before it was taken
		"""
		ahead = self._ahead[run.name]
		return ahead.end, ahead.more, not ahead.documents
