"""Processes that end as if the power had gone, at a chosen point of their work. Runs inside the site."""

import importlib
import os
import random
import signal
import threading
from collections.abc import Callable

SMALL_BATCH = 7  # more commits to die between


def pull_and_die(producer_url: str, point: str, nth: int = 1, after_seconds: float = 0.0) -> dict:
	"""Pulls, and dies at the `nth` time that it comes to `point`, a key of POINTS, or `after_seconds` for "anywhere".

	:returns: the pull's figures, when it got to its end alive
	"""
	from event_streaming.consumer.pull import pull
	from event_streaming.consumer.pull.work import Sizes

	if point == "anywhere":
		timer = threading.Timer(after_seconds * random.random(), die)
		timer.daemon = True
		timer.start()
	else:
		POINTS[point](nth)
	summary = pull.pull(producer_url, sizes=Sizes(batch=SMALL_BATCH))
	return {"events": summary.events, "error": summary.error, "busy": summary.busy}


def backfill_and_die(producer_url: str, point: str, nth: int, size: int) -> dict:
	"""A backfill in pages of `size`, which dies at the `nth` time that it comes to `point`, a key of BACKFILL_POINTS."""
	from support.backfilling import backfill_in_pages

	module, function, die_there = {**BACKFILL_POINTS, **SETTLING_POINTS}[point]
	die_there(importlib.import_module(f"event_streaming.consumer.{module}"), function, nth)
	return backfill_in_pages(producer_url, size)


def stamp_and_die(nth: int = 1) -> None:
	"""The stamper dies with the lock of the head held, some positions written."""
	from event_streaming.producer import positions

	_die_after(positions, "_write_positions", nth)
	positions.stamp()


def die() -> None:
	os.kill(os.getpid(), signal.SIGKILL)


def _between_request_and_lock(nth: int) -> None:
	from event_streaming.consumer import cursor

	_die_before(cursor, "_lock", nth)


def _after_replay_before_cursor(nth: int) -> None:
	from event_streaming.consumer import cursor

	_die_before(cursor, "move", nth)


def _after_cursor_before_commit(nth: int) -> None:
	from event_streaming.consumer import cursor

	_die_after(cursor, "move", nth)


def _while_parking(nth: int) -> None:
	from event_streaming.consumer import parking

	_die_after(parking, "park", nth)


def _in_a_chain_of_dependencies(nth: int) -> None:
	from event_streaming.consumer.replay import lifecycle

	_die_after(lifecycle, "insert", nth)


def _before_the_log_is_written(nth: int) -> None:
	from event_streaming.consumer.sync_log import SyncLog

	_die_before(SyncLog, "flush", nth)


POINTS: dict[str, Callable[[int], None]] = {
	"between request and lock": _between_request_and_lock,
	"after replay before cursor": _after_replay_before_cursor,
	"after cursor before commit": _after_cursor_before_commit,
	"while parking": _while_parking,
	"in a chain of dependencies": _in_a_chain_of_dependencies,
	"before the log is written": _before_the_log_is_written,
}


def _die_before(owner, name: str, nth: int) -> None:
	original = getattr(owner, name)
	calls = iter(range(1, nth))

	def dying(*args, **kwargs):
		if next(calls, None) is None:
			die()
		return original(*args, **kwargs)

	setattr(owner, name, dying)


def _die_after(owner, name: str, nth: int) -> None:
	original = getattr(owner, name)
	calls = iter(range(1, nth))

	def dying(*args, **kwargs):
		result = original(*args, **kwargs)
		if next(calls, None) is None:
			die()
		return result

	setattr(owner, name, dying)


BACKFILL_POINTS = {
	"between listing and lock": ("cursor", "_lock", _die_before),
	"before the place is moved": ("backfill.state", "move", _die_before),
	"before the commit": ("backfill.state", "move", _die_after),
	"while parking": ("parking", "park", _die_after),
	"in a chain of dependencies": ("replay.lifecycle", "insert", _die_after),
}
SETTLING_POINTS = {
	"before the second pass": ("backfill.state", "settle", _die_after),
	"with what differs in its hand": ("backfill.settling", "unequal", _die_after),
	"while the second pass moves on": ("backfill.state", "move", _die_after),
}
