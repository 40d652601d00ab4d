"""Processes that replay a producer's events side by side: `python -m event_streaming.consumer.pull.lane_worker SITE PARENT PIPES…`,
one for each pair of pipes (see `lane_processes`).

Each line that comes is a share of a page, each line that goes says what of it is committed.

Invariants:
- A lane does what can't go wrong: Creates of documents that are not here, and Updates without a gap of those that are. It
  asks the producer for nothing, makes nothing but the documents of its events, and parks nothing. Whatever else an event
  needs, and whatever fails, is undone and left to the process that holds the link's lock, with all later events of its
  group.
- Documents, register and Event Sync Log rows of a batch are one transaction. The cursor is not a lane's to move.
- A lane ends with the process that started it, at once where the system can do that (Linux), else before its next commit.
"""

import ctypes
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

import frappe

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.cursor import Busy
from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user, undo_transaction
from event_streaming.consumer.subscription import Subscription
from event_streaming.link.protocol import Key
from event_streaming.locks import is_transient

TRIES = 4
MOST_LEFT = 5  # groups; where more than so many have to be left, all of the share is
PR_SET_PDEATHSIG = 1

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
	def keep_lock(self) -> None:
		"""The puller holds it."""

	def _fail(self, event: Event, error: Exception) -> str:
		raise NotForLane(event)

	def _wait(self, event: Event, message: str, waits_for: Key | None = None) -> str:
		raise NotForLane(event)


class Lane:
	def __init__(self, parent: int):
		"""
		:param parent: id of the process that holds the link's lock
		"""
		self.parent = parent

	def replay(self, producer: str, epoch: str, share: Share, size: int) -> dict[int, str]:
		"""Replays a share in batches of `size`. Commits.

		:returns: statuses, by position, of the events that are replayed; the others are left
		"""
		frappe.db.rollback()  # a fresh snapshot
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
					done |= self._replay_batch(subscription, epoch, [event for _group, event in piece])
				except NotForLane as trouble:
					left |= {group for group, event in piece if event is trouble.event}
				except Exception as error:
					say(f"a batch is left: {type(error).__name__}: {error}")
					left |= {group for group, _event in piece}
		return done

	def _replay_batch(self, subscription: Subscription, epoch: str, events: list[Event]) -> dict[int, str]:
		for number in range(TRIES):
			try:
				return self._try(subscription, epoch, events)
			except Exception as error:
				_undo(subscription, events)
				if not is_transient(error) or number == TRIES - 1:
					raise
				time.sleep(random.uniform(0.05, 0.2) * 2**number)
		return {}

	def _try(self, subscription: Subscription, epoch: str, events: list[Event]) -> dict[int, str]:
		frappe.db.rollback()
		at = cursors.read(subscription.producer)
		if not at or at.epoch != epoch:
			raise Busy
		batch = LaneBatch(subscription.producer, NothingFetched(), at, subscription)
		with as_user(subscription.subscriber):
			counts = batch.run(events)
		batch.finish()
		if os.getppid() != self.parent:
			sys.exit("its puller is gone")
		frappe.db.commit()  # nosemgrep -- documents and log rows together
		return {event.position: status for event, status in [*counts, *batch.ahead.values()]}


def _undo(subscription: Subscription, events: list[Event]) -> None:
	undo_transaction()
	for event in events:
		frappe.clear_document_cache(subscription.local_doctype(event.doctype), event.name)


def answer(lane: Lane, request: dict) -> dict:
	"""
	:param request: `{"producer", "epoch", "language", "size", "share": [[group, event as the feed gave it], …]}`
	:returns: `{"done": {position: status}}`
	"""
	frappe.local.lang = request["language"]
	share = [(group, Event.from_wire(raw)) for group, raw in request["share"]]
	return {"done": lane.replay(request["producer"], request["epoch"], share, request["size"])}


def end_with_parent(parent: int) -> None:
	"""
	:param parent: this process's parent when it was started
	"""
	prctl = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None
	if prctl:
		prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
	if os.getppid() != parent:
		sys.exit("its puller is gone")


def say(message: str) -> None:
	frappe.logger("event_streaming").error(f"lane {os.getpid()}: {message}")


def divide(parent: int, pipes: list[tuple[int, int]]) -> tuple[int, tuple[int, int]]:
	"""Becomes one process for each pair of pipes, before anything is open that they must not share.

	:returns: to each of them its parent and its pair; the others' are closed
	"""
	mine, first = pipes[0], os.getpid()
	for pair in pipes[1:]:
		# nosemgrep -- this interpreter with this app's own module, without a shell
		if os.fork() == 0:
			end_with_parent(first)
			mine, parent = pair, first
			break
	for pair in pipes:
		if pair != mine:
			for end in pair:
				os.close(end)
	return parent, mine


def load_modules(site: str) -> None:
	"""Loads, once for all processes, what the first document would load in each: the handlers of all apps' hooks."""
	frappe.init(site=site)
	frappe.connect()
	for events in frappe.get_doc_hooks().values():
		for handlers in events.values():
			for handler in handlers:
				with suppress(Exception):  # the document that needs it will say so
					frappe.get_attr(handler)
	frappe.destroy()


def serve(site: str, parent: int, requests: TextIO, answers: TextIO) -> None:
	frappe.init(site=site)
	frappe.connect()
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	lane = Lane(parent)
	told: dict = {"ready": True}
	while told:
		answers.write(json.dumps(told) + "\n")
		answers.flush()
		line = requests.readline()
		told = answer(lane, json.loads(line)) if line else {}
	frappe.destroy()


def main() -> None:
	site, parent = sys.argv[1], int(sys.argv[2])
	pipes = [
		(int(requests), int(answers)) for requests, answers in (pair.split(",") for pair in sys.argv[3:])
	]
	end_with_parent(parent)
	load_modules(site)
	parent, (requests, answers) = divide(parent, pipes)
	with os.fdopen(requests, encoding="utf-8") as asked, os.fdopen(answers, "w", encoding="utf-8") as said:
		serve(site, parent, asked, said)
	with suppress(ChildProcessError):
		while True:
			os.wait()  # with the first process, the others would end at once


if __name__ == "__main__":
	main()
