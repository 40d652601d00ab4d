"""Pages of a producer's log: asked for, checked, and asked for ahead while the one before is replayed.

Nothing here reads or writes the database. What a page says is believed in form only: positions ascend and lie where they
were asked for. A page that was asked for ahead tells the producer how far this site has really come.
"""

import contextvars
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from frappe import _

from event_streaming.consumer.cursor import Cursor
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import Source
from event_streaming.exceptions import AnswerTooLarge, InvalidEvent
from event_streaming.link.answers import is_name, site_id
from event_streaming.link.messages import plain_text
from event_streaming.link.protocol import MAX_PAGE

FIRST_PAGE = 100  # events: replay begins while the next page, a full one, is on its way
SHRINK = 5  # a page that is too large for one answer is asked for with a fifth of the events


@dataclass
class Place:
	"""Where in the log: a position and the key of the event there."""

	position: int
	event_key: str


@dataclass
class KeptBack:
	"""What the producer's administrator keeps from this site: names of fields as one text, and whether of documents too."""

	left_out: str = ""
	filtered: bool = False


@dataclass
class Page:
	events: list[Event]
	end: Place
	more: bool
	head: int
	passed: int  # log rows that it covers, hidden ones too
	behind: int | None  # log rows behind it, if they were counted
	statuses: dict = field(default_factory=dict)
	rules: dict = field(
		default_factory=dict
	)  # {the producer's DocType: its own choice for conflicts with this site}
	unreadable: set[str] = field(default_factory=set)  # DocTypes that the Event Subscriber may not read there
	kept_back: dict[str, KeptBack] = field(default_factory=dict)  # by DocType
	still_given: set[str] = field(default_factory=set)  # as approved before, while a change waits there
	conditions: dict[str, str] = field(
		default_factory=dict
	)  # by DocType, digest of the one that was asked for
	schemas: dict[str, str] = field(default_factory=dict)  # digest of its fields there, by DocType
	held: dict[str, str] = field(
		default_factory=dict
	)  # by DocType, why nothing of it comes until that is put right
	passed_over: set[str] = field(
		default_factory=set
	)  # DocTypes with changes that it covers and holds back: `held` or unreadable
	site_id: str | None = None  # of the producer; None of one of version 0.1
	time_zone: str = ""  # of the producer, where it told moments of another clock on this site's

	def batches(self, size: int) -> Iterator[tuple[list[Event], Place]]:
		"""See `cut`."""
		return cut(self.events, self.end, size)


def cut(events: list[Event], end: Place, size: int) -> Iterator[tuple[list[Event], Place]]:
	"""The events in pieces, each with the place where it ends; one empty piece when there are none."""
	for start in range(0, max(len(events), 1), size):
		piece = events[start : start + size]
		is_last = start + size >= len(events)
		yield piece, end if is_last else place_of(piece[-1])


def place_of(event: Event) -> Place:
	return Place(event.position, event.event_key)


class Pages:
	"""Use as a context: leaving it gives up the page that is still on its way."""

	def __init__(self, feed: Source, ahead: Source | None = None, size: int = MAX_PAGE):
		"""
		:param ahead: a second line to the producer, for pages that are asked for while `feed` is in use; without it
			each page is asked for when it is needed
		:param size: most events on a page
		"""
		self.feed = feed
		self.ahead = ahead
		self.requests = 0
		self.waited = 0.0  # seconds in which the caller had nothing to do
		self.limit = size
		self.leaving = False  # whether to hear of documents that leave a condition
		self._threads: ThreadPoolExecutor | None = None
		self._coming: tuple[Place, Future] | None = None

	@property
	def received(self) -> int:
		"""Bytes that came over the wire; 0 where the lines don't count."""
		return sum(getattr(line, "received", 0) for line in (self.feed, self.ahead))

	def __enter__(self) -> "Pages":
		return self

	def __exit__(self, *_exception) -> None:
		if self._coming and not self._coming[1].done():
			self.ahead.abort()
		if self._threads:
			self._threads.shutdown(wait=False, cancel_futures=True)

	def next(self, at: Cursor, count: bool = False) -> Page:
		"""The page behind the cursor `at`.

		:param count: whether to count what is behind the page
		"""
		begin = time.monotonic()
		try:
			return self._next(Place(at.position, at.event_key or ""), at, count)
		finally:
			self.waited += time.monotonic() - begin

	def _next(self, place: Place, at: Cursor, count: bool) -> Page:
		coming, self._coming = self._coming, None
		if coming and coming[0] == place:
			return coming[1].result()
		return self._ask(self.feed, place, at, count)

	def ask_ahead(self, page: Page, at: Cursor) -> None:
		"""Asks for the page behind `page`, in a thread of its own, while the caller goes on from the cursor `at`."""
		if not self.ahead or not page.more:
			return
		self._threads = self._threads or ThreadPoolExecutor(1, thread_name_prefix="pages")
		context = contextvars.copy_context()  # site config and language, for the client
		future = self._threads.submit(context.run, self._ask, self.ahead, page.end, at, False)
		self._coming = (page.end, future)

	def _ask(self, feed: Source, place: Place, at: Cursor, count: bool) -> Page:
		"""A page, a smaller one where the documents on it are too large for one answer.

		:raises AnswerTooLarge: a single event is
		"""
		done: dict[str, Any] = {"done": at.position, "done_key": at.event_key or ""}
		if self.leaving:
			done["leaving"] = True
		while True:
			limit = self.limit if self.requests or not self.ahead else min(self.limit, FIRST_PAGE)
			self.requests += 1
			try:
				answer = feed.get_updates(
					place.position, place.event_key, at.epoch, limit,
					seen=at.seen, seen_key=at.seen_key, count=count, **done,
				)  # fmt: skip
				return read_page(answer, place, at.epoch)
			except AnswerTooLarge:
				if limit == 1:
					raise
				self.limit = max(1, limit // SHRINK)


def read_page(answer: dict, after: Place, epoch: str) -> Page:
	"""
	:raises InvalidEvent: it is not a page of that log behind that place
	"""
	events = [Event.read(raw) for raw in answer["events"]]
	positions = [event.position for event in events]
	end = answer["position"]
	if answer["event_key"] and not is_name(answer["event_key"]):
		raise InvalidEvent(_("The producer answered with a key that is too long or contains < or >."))
	if answer["more"] and end == after.position:
		raise InvalidEvent(_("The producer says that there is more, but sends nothing."))
	if answer["epoch"] != epoch or end < after.position:
		raise InvalidEvent(_("The producer answered with a page of another log."))
	if positions != sorted(set(positions)) or any(not after.position < p <= end for p in positions):
		raise InvalidEvent(_("The producer answered with positions out of order."))
	return Page(
		events=events,
		end=Place(end, answer["event_key"] or ""),
		more=bool(answer["more"]),
		head=answer["head"],
		passed=answer["passed"],
		behind=answer["behind"],
		statuses=answer.get("doctypes") or {},
		rules=answer["rules"] if isinstance(answer.get("rules"), dict) else {},
		unreadable={name for name in answer.get("unreadable") or [] if isinstance(name, str)},
		still_given=_read_names(answer.get("still_given")),
		kept_back=_read_kept_back(answer.get("kept_back")),
		held=_read_held(answer.get("held")),
		passed_over=_read_names(answer.get("passed_over")),
		schemas=_read_held(answer.get("schemas")),
		conditions=_read_held(answer.get("conditions")),
		site_id=site_id(answer),
		time_zone=plain_text(answer["time_zone"]) if is_name(answer.get("time_zone")) else "",
	)


def _read_names(told: Any) -> set[str]:
	return {name for name in told if is_name(name)} if isinstance(told, list) else set()


def _read_held(told: Any) -> dict[str, str]:
	held = told if isinstance(told, dict) else {}
	return {name: plain_text(why) for name, why in held.items() if is_name(name) and isinstance(why, str)}


def _read_kept_back(told: Any) -> dict[str, KeptBack]:
	"""It is only shown: what is not of its form is nothing."""
	kept_back = {}
	for doctype, one in told.items() if isinstance(told, dict) else ():
		if isinstance(one, dict):
			paths = one.get("left_out") if isinstance(one.get("left_out"), list) else []
			left_out = plain_text(", ".join(str(path) for path in paths))
			kept_back[doctype] = KeptBack(left_out, bool(one.get("filtered")))
	return kept_back
