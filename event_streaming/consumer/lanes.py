"""Replays stretches of a producer's log by several processes at once, where the Event Producer says so (`lanes`).

```
lock ─> group, make missing link targets ─> commit
lock ─> lanes: batches, each a transaction of documents and log rows ─> all have answered ─> move the cursor ─> commit
                                                                        something is left ─> replayed by the puller
```

Invariants:
- The link's lock is held while lanes work, so no other puller, retry, resync or backfill runs beside them.
- The cursor moves past a stretch only when all of it is replayed. Whoever is killed before that leaves documents and rows
  that the next pull meets again: it skips the events that the register knows, and finds their rows written.
- What must keep its order does (see `grouping`). A lane replays only what goes well (see `lane`); failures, parked
  documents and whatever needs the producer are the puller's, after the lanes, in order.
- Link targets that the stretch needs are made before it, so no two lanes make the same one. They stay, also when the event
  that needs them fails.
- A lane that can't be started, or ends, costs time only: the puller replays alone.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.batch import Batch, Busy, hold
from event_streaming.consumer.events import Event
from event_streaming.consumer.grouping import Relations, deal, group, stretches
from event_streaming.consumer.isolation import as_user
from event_streaming.consumer.lane import Share
from event_streaming.consumer.pages import Page, Place, cut, place_of
from event_streaming.exceptions import StreamingError

if TYPE_CHECKING:
	from event_streaming.consumer.pull import Work

MOST = 8
LEAST = 50  # events of a stretch for which it pays
START_AT = 300  # events of a page for which it pays to start processes, unless there are more pages
START_WITHIN = 30  # seconds


class Lanes:
	"""Use as a context: leaving it ends the processes."""

	def __init__(self, number: int):
		"""
		:param number: of processes; 1 for none besides the caller
		"""
		self.number = number
		self._processes: list[subprocess.Popen] = []

	@classmethod
	def of(cls, producer: str) -> "Lanes":
		if not can_have_lanes():
			return cls(1)
		return cls(min(max(cint(frappe.db.get_value("Event Producer", producer, "lanes")), 1), MOST))

	def __enter__(self) -> "Lanes":
		return self

	def __exit__(self, exception: type | None, *_more) -> None:
		self._stop(at_once=bool(exception))

	def pieces(self, page: Page, size: int) -> Iterator[tuple[list[Event], Place, bool]]:
		"""A page in pieces, each with the place where it ends and whether lanes may replay it; the others have up to
		`size` events."""
		if not self._pay_for(page):
			yield from ((events, place, False) for events, place in page.batches(size))
			return
		found = stretches(page.events, LEAST)
		for stretch in found:
			end = page.end if stretch is found[-1] else place_of(stretch.events[-1])
			if stretch.plain:
				yield stretch.events, end, True
			else:
				yield from ((events, place, False) for events, place in cut(stretch.events, end, size))

	def replay(
		self, work: "Work", at: frappe._dict, events: list[Event], place: Place, size: int
	) -> list[Event]:
		"""Replays a stretch and moves the cursor from `at` to `place`, unless it leaves something. Commits.

		:param size: events of a lane's batch
		:returns: what it left, to be replayed in this order before the cursor moves to `place`
		:raises Busy: another process holds the link or has moved the cursor
		"""
		shares = self._shares(work, at, events)
		if not shares or not self._start():
			return events
		hold(work.subscription.producer, at)
		statuses = self._work(work, at, shares, size)
		left = [event for event in events if event.position not in statuses]
		if left:
			frappe.db.rollback()  # what the lanes wrote is not in this snapshot
		else:
			cursors.move(work.subscription.producer, place.position, place.event_key)
			frappe.db.commit()  # the lanes have committed all before it
		for event in events:
			if event.position in statuses:
				work.summary.count(event, statuses[event.position])
		return left

	def _pay_for(self, page: Page) -> bool:
		if self.number == 1 or len(page.events) < LEAST:
			return False
		return bool(self._processes) or page.more or len(page.events) >= START_AT

	def _shares(self, work: "Work", at: frappe._dict, events: list[Event]) -> list[Share]:
		try:
			return _make_shares(work, at, events, self.number)
		except (Busy, StreamingError):
			raise
		except Exception as error:
			frappe.db.rollback()
			say(f"not used for a stretch of {work.subscription.producer}'s log: {error}")
			return []

	def _work(self, work: "Work", at: frappe._dict, shares: list[Share], size: int) -> dict[int, str]:
		"""Returns when no lane works any more.

		:returns: statuses, by position, of what is replayed
		"""
		request = {
			"producer": work.subscription.producer,
			"epoch": at.epoch,
			"language": frappe.local.lang,
			"size": size,
		}
		busy = self._processes[: len(shares)]
		for process, share in zip(busy, shares, strict=True):
			_send(process, {**request, "share": [(number, event.raw) for number, event in share]})
		answers = [_receive(process) for process in busy]
		if None in answers:
			self._give_up("one has ended")
		return {
			int(position): status for told in answers if told for position, status in told["done"].items()
		}

	def _start(self) -> bool:
		"""Whether all lanes are ready."""
		if self._processes:
			return True
		if self.number == 1:
			return False
		try:
			self._processes = [_start_process() for _lane in range(self.number)]
			ready = all(_receive(process, START_WITHIN) for process in self._processes)
		except OSError as error:
			return self._give_up(str(error))
		return ready or self._give_up("one did not start")

	def _give_up(self, reason: str) -> bool:
		say(f"not used until the next pull: {reason}")
		self._stop(at_once=True)
		self.number = 1
		return False

	def _stop(self, at_once: bool) -> None:
		for process in self._processes:
			if at_once:
				process.kill()
			_close(process)
		for process in self._processes:
			try:
				process.wait(timeout=5)
			except subprocess.TimeoutExpired:
				process.kill()
				process.wait()
		self._processes = []


def can_have_lanes() -> bool:
	"""SQLite has one writer at a time."""
	return frappe.db.db_type != "sqlite"


def say(message: str) -> None:
	frappe.logger("event_streaming").error(f"lanes: {message}")


def _make_shares(work: "Work", at: frappe._dict, events: list[Event], lanes: int) -> list[Share]:
	"""Under the lock, in a transaction of its own: each lane's share, and before that what its documents link to.

	:returns: nothing when one process does it as well
	"""
	hold(work.subscription.producer, at)
	batch = Batch(work.subscription.producer, work.fetched, at.epoch, work.subscription)
	replayer = batch.replayer
	with as_user(work.subscription.subscriber):
		relations = Relations(work.subscription, replayer.finder, replayer.names)
		groups = group(events, relations.between(events))
		shares = deal(
			[some for some in groups if not any(event.key in batch.parked for event in some)], lanes
		)
		if shares:
			batch.make_link_targets(events)
	batch.finish()
	frappe.db.commit()  # lanes have to see it
	return shares


def _start_process() -> subprocess.Popen:
	paths = [os.path.abspath(path) for path in sys.path]
	return subprocess.Popen(
		[sys.executable, "-m", "event_streaming.consumer.lane", frappe.local.site, str(os.getpid())],
		stdin=subprocess.PIPE,
		stdout=subprocess.PIPE,
		cwd=os.path.abspath(frappe.local.sites_path),
		env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
		encoding="utf-8",
	)


def _send(process: subprocess.Popen, request: dict) -> None:
	try:
		process.stdin.write(json.dumps(request) + "\n")
		process.stdin.flush()
	except OSError:
		process.kill()  # it has ended; `_receive` will see that


def _receive(process: subprocess.Popen, within: float | None = None) -> dict | None:
	"""
	:param within: seconds
	:returns: None when it ended, or said nothing in that time
	"""
	if within and not select.select([process.stdout], [], [], within)[0]:
		return None
	line = process.stdout.readline()
	return json.loads(line) if line.endswith("\n") else None


def _close(process: subprocess.Popen) -> None:
	for pipe in (process.stdin, process.stdout):
		try:
			pipe.close()
		except OSError:  # what it was still to be told
			pass
