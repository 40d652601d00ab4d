"""Work that loses the link's lock in its middle without an error, while another process does the same. Runs inside the site."""

import importlib
from collections.abc import Callable

import frappe

from support import backfilling, comparing, streaming_ops
from support.children import Child

BATCH = 7


def pull(producer_url: str) -> dict:
	from event_streaming.consumer.pull import pull
	from event_streaming.consumer.pull.work import Sizes

	summary = pull.pull(producer_url, sizes=Sizes(batch=BATCH))
	return {"error": summary.error, "busy": summary.busy}


def pull_plainly(producer_url: str) -> dict:
	return streaming_ops.pull(producer_url)


def backfill(producer_url: str) -> dict:
	return backfilling.backfill_in_pages(producer_url, BATCH)


def go_on_with_backfill(producer_url: str) -> str:
	return backfilling.work_off(producer_url)


def repair(producer_url: str) -> dict:
	return comparing.repair(producer_url, "Shop Note")


WORK: dict[str, tuple[Callable, Callable]] = {
	"puller": (pull, pull_plainly),
	"backfill": (backfill, go_on_with_backfill),
	"repair": (repair, repair),
}
POINTS = {
	"with a document in its hand": ("consumer.replay.lifecycle", "insert", False),
	"with a document written": ("consumer.replay.lifecycle", "insert", True),
	"before its log is written": ("consumer.sync_log.SyncLog", "flush", False),
	"with its log written": ("consumer.sync_log.SyncLog", "flush", True),
}


def lose_lock(how: str) -> None:
	"""A controller commits, or catches the deadlock that undid the transaction; or the database was started anew."""
	if how == "commit":
		frappe.db.commit()
	elif how == "rollback":
		frappe.db.rollback()
	else:
		frappe.db.close()
		frappe.db.connect()


def lose_lock_to_another(producer_url: str, who: str, point: str, how: str) -> dict:
	"""
	:param who: a key of WORK
	:param point: a key of POINTS, where it loses the lock, once
	:returns: how often it was `refused` to commit, and what became of the `other`, and what `ended` it
	"""
	from event_streaming.consumer import cursor

	told: dict = {"refused": 0, "other": None, "ended": ""}
	mine, others = WORK[who]
	keep, site = cursor.keep, frappe.local.site

	def meet() -> None:
		if told["other"] is None:
			told["other"] = {}
			lose_lock(how)
			told["other"] = Child(site, lambda: others(producer_url)).wait()

	def counted(held) -> None:
		try:
			keep(held)
		except cursor.Busy:
			told["refused"] += 1
			raise

	owner, name, after = _place(point)
	original = getattr(owner, name)

	def passing(*args, **kwargs):
		if not after:
			meet()
		found = original(*args, **kwargs)
		if after:
			meet()
		return found

	setattr(owner, name, passing)
	cursor.keep = counted
	try:
		mine(producer_url)
	except Exception as error:
		told["ended"] = f"{type(error).__name__}: {error}"
		frappe.db.rollback()
	finally:
		setattr(owner, name, original)
		cursor.keep = keep
	return told


def _place(point: str) -> tuple[object, str, bool]:
	path, name, after = POINTS[point]
	module, _dot, last = path.rpartition(".")
	if last[0].isupper():
		return getattr(importlib.import_module(f"event_streaming.{module}"), last), name, after
	return importlib.import_module(f"event_streaming.{path}"), name, after


def leave_stretch(producer_url: str) -> None:
	"""As a puller leaves it that is killed while its lanes work."""
	from event_streaming.consumer import cursor, fence

	cursor.hold(producer_url)
	fence.open_for(producer_url, "of a dead puller")


def is_lane_let_through(producer_url: str) -> bool:
	from event_streaming.consumer import fence

	try:
		fence.pass_through(producer_url, "of a dead puller")
	except fence.FenceClosed:
		return False
	return True
