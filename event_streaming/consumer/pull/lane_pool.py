"""Replays stretches of a producer's log by several workers at once, where the Event Producer says so (`lanes`).

```
lock ─> group, make missing link targets, open the fence ─> commit
lock ─> lanes: batches, each a transaction of documents and log rows ─> all have answered ─> move the cursor ─> commit
                                                                        something is left ─> replayed by the puller
```

Invariants:
- The link's lock is held while lanes work, so no other puller, retry, resync or backfill runs at the same time.
- The cursor moves past a stretch only when all of it is replayed. Whoever is killed before that leaves documents and rows
  that the next pull meets again: it skips the events that the register knows, and finds their rows written.
- What must keep its order does (see `grouping`). A lane replays only what goes well (see `lane`); failures, parked
  documents and whatever needs the producer are the puller's, after the lanes, in order.
- Link targets that the stretch needs are made before it, so no two lanes make the same one. They stay, also when the event
  that needs them fails.
- Whoever takes the link closes the fence first (see `fence`): a lane that was taken for dead commits nothing behind them.
- A lane that no worker is free for, or that is lost, costs time only: the puller replays alone, and so it does until at least
  two have come. Lanes never take the last free worker from other links.
"""

from collections.abc import Iterator

import frappe
from frappe.utils import cint
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import fence
from event_streaming.consumer.cursor import Busy, Cursor, hold
from event_streaming.consumer.dependencies.relations import Relations, group
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.pages import Page, Place, cut, place_of
from event_streaming.consumer.pull import lane_line
from event_streaming.consumer.pull.lane_line import PullersEnd
from event_streaming.consumer.pull.lane_worker import Share
from event_streaming.consumer.pull.partitioning import Stretch, deal, stretches
from event_streaming.consumer.pull.work import Sizes, Work
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.exceptions import StreamingError

MAX_LANES = 8


class Lanes:
	"""Use as a context: leaving it ends the lanes."""

	def __init__(self, number: int, sizes: Sizes | None = None):
		"""
		:param number: of workers; 1 for none besides the caller
		"""
		self.number = number
		self.sizes = sizes or Sizes()
		self._line: PullersEnd | None = None
		self._told = False

	@classmethod
	def of(cls, producer: str, sizes: Sizes | None = None) -> "Lanes":
		if not can_have_lanes():
			return cls(1)
		wanted = cint(frappe.db.get_value("Event Producer", producer, "lanes"))
		return cls(min(max(wanted, 1), MAX_LANES), sizes)

	def __enter__(self) -> "Lanes":
		return self

	def __exit__(self, *_exception) -> None:
		self._stop()

	def pieces(self, page: Page) -> Iterator[tuple[list[Event], Place, bool]]:
		"""A page in pieces, each with the place where it ends and whether lanes may replay it; the others are as large as
		a batch."""
		if not self._pay_for(page):
			yield from ((events, place, False) for events, place in page.batches(self.sizes.batch))
			return
		found = stretches(page.events, self.sizes.stretch)
		for stretch in found:
			end = page.end if stretch is found[-1] else place_of(stretch.events[-1])
			yield from self._pieces_of(stretch, end)

	def _pieces_of(self, stretch: Stretch, end: Place) -> Iterator[tuple[list[Event], Place, bool]]:
		rest = stretch.events
		for events, place in cut(stretch.events, end, self.sizes.batch):
			if stretch.plain and len(rest) >= self.sizes.stretch and self._are_ready():
				yield rest, end, True
				return
			yield events, place, False
			rest = rest[self.sizes.batch :]

	def replay(self, work: Work, at: Cursor, events: list[Event], place: Place) -> list[Event]:
		"""Replays a stretch and moves the cursor from `at` to `place`, unless it leaves something. Commits.

		:returns: what it left, to be replayed in this order before the cursor moves to `place`
		:raises Busy: another process holds the link or has moved the cursor
		"""
		token = frappe.generate_hash(length=16)
		shares = self._shares(work, at, events, token)
		if not shares or not self._line:
			return events
		held = hold(work.subscription.producer, at, stretch=token)
		statuses = self._work(work, token, shares)
		left = [event for event in events if event.position not in statuses]
		if left:
			frappe.db.rollback()  # what the lanes wrote is not in this snapshot
		else:
			cursors.keep(held)
			cursors.move(work.subscription.producer, place.position, place.event_key)
			frappe.db.commit()  # nosemgrep -- the lanes have committed all before it
		for event in events:
			if event.position in statuses:
				work.summary.count(event, statuses[event.position])
		return left

	def _pay_for(self, page: Page) -> bool:
		if self.number == 1 or len(page.events) < self.sizes.stretch:
			return False
		return bool(self._line) or page.more or len(page.events) >= self.sizes.lanes_start

	def _shares(self, work: Work, at: Cursor, events: list[Event], token: str) -> list[Share]:
		try:
			return _make_shares(work, at, events, len(self._line.lanes), token)
		except (Busy, StreamingError):
			raise
		except Exception as error:
			frappe.db.rollback()
			say(f"not used for a stretch of {work.subscription.producer}'s log: {error}")
			return []

	def _work(self, work: Work, token: str, shares: list[Share]) -> dict[int, str]:
		"""Returns when no lane works any more, or can commit what it does.

		:returns: statuses, by position, of what is known to be replayed
		"""
		request = {
			"producer": work.subscription.producer,
			"stretch": token,
			"language": frappe.local.lang,
			"size": self.sizes.batch,
		}
		try:
			answers = self._ask(request, shares)
		except RedisError as error:
			self._give_up(str(error))
			return {}
		if None in answers:
			say("one has been lost")
		return {int(position): status for done in answers if done for position, status in done.items()}

	def _ask(self, request: dict, shares: list[Share]) -> list[dict[str, str] | None]:
		asked = sorted(self._line.lanes)[: len(shares)]
		for lane, share in zip(asked, shares, strict=True):
			self._line.ask(lane, {**request, "share": [(number, event.raw) for number, event in share]})
		return list(self._line.answers(asked, request["stretch"]).values())

	def _are_ready(self) -> bool:
		"""Invites them if need be."""
		if self.number == 1:
			return False
		try:
			if not self._line:
				self._line = PullersEnd(self.number, self.sizes.lane_silence)
			if not self._line.invite() and not self._line.lanes and not self._told:
				self._told = True
				say(f"no worker of the queue {lane_line.queue()} is free")
			return self._line.are_there(self.sizes.lanes_within)
		except BaseTimeoutException:
			raise
		except Exception as error:  # of Redis, or a queue that takes nothing more
			return self._give_up(str(error))

	def _give_up(self, reason: str) -> bool:
		say(f"not used until the next pull: {reason}")
		self._stop()
		self.number = 1
		return False

	def _stop(self) -> None:
		if self._line:
			self._line.close()
		self._line = None


def can_have_lanes() -> bool:
	"""SQLite has one writer at a time."""
	return frappe.db.db_type != "sqlite"


def say(message: str) -> None:
	frappe.logger("event_streaming").error(f"lanes: {message}")


def _make_shares(work: Work, at: Cursor, events: list[Event], lanes: int, token: str) -> list[Share]:
	"""Under the lock, in a transaction of its own: each lane's share, before that what its documents link to, and the fence.

	:returns: nothing when one process does it as well
	"""
	held = hold(work.subscription.producer, at)
	batch = Batch(work.subscription.producer, work.fetched, held, work.subscription)
	with as_user(work.subscription.subscriber):
		relations = Relations(work.subscription, batch.replayer.finder, batch.names)
		groups = group(events, relations.between(events))
		shares = deal(
			[some for some in groups if not any(event.key in batch.parked for event in some)], lanes
		)
		if shares:
			batch.make_link_targets(events)
	batch.finish()
	if shares:
		fence.open_for(work.subscription.producer, token)
	frappe.db.commit()  # nosemgrep -- lanes have to see it
	return shares
