"""Jobs that replay a producer's events side by side, each on a worker of its own.

A lane is given shares of a page, and says what of them is committed (see `lane_line`).

Invariants:
- A lane does what can't go wrong: Creates of documents that are not here, and Updates without a gap of those that are. It
  asks the producer for nothing, makes nothing but the documents of its events, and parks nothing. Whatever else an event
  needs, and whatever fails, is undone and left to the process that holds the link's lock, with all later events of its
  group.
- Documents, register and Event Sync Log rows of a batch are one transaction. The cursor is not a lane's to move.
- It passes the fence of its stretch before each commit. A lane that was stopped, or cut off, and wakes up when another
  process has the link, commits nothing more. Meanwhile the database ends its transaction, so that nobody waits for its locks.
- It ends with its puller, and between two shares when other jobs wait for a worker.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

import frappe
from redis.exceptions import RedisError
from rq import get_current_job

from event_streaming import locks, workers
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import fence
from event_streaming.consumer.cursor import Cursor
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.fence import FenceClosed
from event_streaming.consumer.pull.lane_line import LanesEnd
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user, undo_transaction
from event_streaming.consumer.subscription import Subscription
from event_streaming.link.protocol import Key

TRIES = 4
MOST_LEFT = 5  # groups; where more than so many have to be left, all of the share is

Share = list[tuple[int, Event]]  # events with the numbers of their groups


class NotForLane(Exception):
	"""This event is not for a lane."""

	def __init__(self, event: Event | None = None):
		super().__init__("not for a lane")
		self.event = event


class NothingFetched(FetchedDocuments):
	"""Stands for the producer: an event that needs something from it is left."""

	def __init__(self):
		super().__init__(self)

	def fetch(self, keys: Iterable[Key]) -> None:
		"""Nothing is fetched ahead, and what `get` is then asked for is left."""

	def get(self, key: Key, fresh: bool = False) -> dict | None:
		raise NotForLane

	def find_documents(self, doctype: str, filters: dict | list, limit: int) -> list[str]:
		raise NotForLane


class LaneBatch(Batch):
	def __init__(self, held: Cursor, subscription: Subscription, token: str, at_each: Callable[[], object]):
		"""
		:param held: by the puller
		:param token: of the stretch
		:param at_each: called before each event
		"""
		self._token = token
		self._at_each = at_each
		super().__init__(subscription.producer, NothingFetched(), held, subscription)

	def keep_lock(self) -> None:
		fence.pass_through(self.producer, self._token)

	def _until_full(self, events: list[Event]) -> Iterator[Event]:
		for event in super()._until_full(events):
			self._at_each()
			yield event

	def _fail(self, event: Event, error: Exception) -> str:
		raise NotForLane(event)

	def _wait(self, event: Event, message: str, waits_for: Key | None = None) -> str:
		raise NotForLane(event)


class Lane:
	def __init__(self, at_each: Callable[[], object], idle: int):
		"""
		:param at_each: called before each event
		:param idle: seconds after which the database ends a transaction that asks nothing
		"""
		self._at_each = at_each
		self._idle = idle

	def replay(self, producer: str, token: str, share: Share, size: int) -> dict[int, str]:
		"""Replays a share in batches of `size`. Commits.

		:param token: of the stretch
		:returns: statuses, by position, of the events that are replayed; the others are left
		"""
		locks.rollback()  # a fresh snapshot
		subscription = Subscription(producer)
		done: dict[int, str] = {}
		left: set[int] = set()
		for start in range(0, len(share), size):
			piece = share[start : start + size]
			while piece := [
				(group, event) for group, event in piece if group not in left and event.position not in done
			]:
				if len(left) > MOST_LEFT:
					return done
				try:
					done |= self._replay_batch(subscription, token, [event for _group, event in piece])
				except NotForLane as trouble:
					left |= {group for group, event in piece if event is trouble.event}
				except FenceClosed:
					say("its stretch is another process's now")
					return done
				except Exception as error:
					if locks.stops_the_link(error):
						raise
					say(f"a batch is left: {type(error).__name__}: {error}")
					left |= {group for group, _event in piece}
		return done

	def _replay_batch(self, subscription: Subscription, token: str, events: list[Event]) -> dict[int, str]:
		for number in range(TRIES):
			try:
				return self._try(subscription, token, events)
			except Exception as error:
				_undo(subscription, events)
				if not locks.is_transient(error) or number == TRIES - 1:
					raise
				time.sleep(random.uniform(0.05, 0.2) * 2**number)
		return {}

	def _try(self, subscription: Subscription, token: str, events: list[Event]) -> dict[int, str]:
		locks.rollback()
		locks.end_when_idle(self._idle)  # the connection may be a new one
		held = cursors.read(subscription.producer)
		if not held or fence.token_of(subscription.producer) != token:
			raise FenceClosed
		batch = LaneBatch(held, subscription, token, self._at_each)
		with as_user(subscription.subscriber):
			counts = batch.run(events)
		batch.finish()
		frappe.db.commit()  # nosemgrep -- documents and log rows together
		return {event.position: status for event, status in [*counts, *batch.ahead.values()]}


def _undo(subscription: Subscription, events: list[Event]) -> None:
	undo_transaction()
	for event in events:
		frappe.clear_document_cache(subscription.local_doctype(event.doctype), event.name)


def lane_job(line: str, number: int, idle: int) -> None:
	"""Job: a lane, as long as its puller is there.

	:param idle: seconds after which the database ends a transaction of this lane that asks nothing
	"""
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	job = get_current_job()
	queue_names = workers.queue_names_of(job and job.worker_name)
	end = LanesEnd(line, number, queue_names)
	lane = Lane(end.say_alive, idle)
	try:
		if not end.is_open() or workers.is_last_of_its_kind(queue_names):
			return
		end.say("ready")
		while request := end.next_request():
			end.say("done", stretch=request["stretch"], done=answer(lane, request))
	except RedisError as error:
		say(f"cut off: {error}")
	finally:
		with suppress(RedisError):
			end.say("gone")
		locks.rollback()  # the database may have ended a connection that was idle


def answer(lane: Lane, request: dict) -> dict[int, str]:
	"""
	:param request: `{"producer", "stretch", "language", "size", "share": [[group, event as the feed gave it], …]}`
	:returns: `{position: status}`
	"""
	frappe.local.lang = request["language"]
	share = [(group, Event.from_wire(raw)) for group, raw in request["share"]]
	done = lane.replay(request["producer"], request["stretch"], share, request["size"])
	locks.rollback()  # it may be long until the next share
	return done


def say(message: str) -> None:
	frappe.logger("event_streaming").error(f"lane {os.getpid()}: {message}")
