"""Pulls with lanes, in pages and batches that are small enough for a test. Runs inside the site."""

import os
import random
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import frappe

PAGE, BATCH, LEAST = 60, 5, 6
PATIENCE = 90  # seconds


def pull_in_lanes(
	producer_url: str, dies: str = "", within: float = 0.0, alone: int = 0, silence: float = 30.0
) -> dict:
	"""
	:param alone: batches that the puller replays before the lanes have come; for the next one it waits for them
	:param dies: "puller", "lane" or "worker" (of a lane): what is killed at a random moment `within` seconds after the lanes
	        got to work
	:param silence: seconds after which a lane is taken for dead
	:returns: the pull's figures, and how many events lanes have replayed
	"""
	from event_streaming.consumer.pull import lane_line, lane_pool, pull
	from event_streaming.consumer.pull.work import Sizes

	sizes = Sizes(PAGE, BATCH, LEAST, LEAST, PATIENCE, silence)
	by_lanes = looks = 0
	original, are_there = lane_pool.Lanes._work, lane_line.PullersEnd.are_there
	if dies == "puller":
		lane_line.OPEN = 3  # of this process, which is not needed again

	def working(self, *arguments) -> dict:
		nonlocal by_lanes
		if dies:
			victims = [os.getpid()] if dies == "puller" else random.choice(lanes_alive())[dies == "lane" :]
			threading.Thread(target=kill_soon, args=(victims, within * random.random()), daemon=True).start()
		_mark("lanes_at_work").touch()
		done = original(self, *arguments)
		by_lanes += len(done)
		return done

	def coming(self, within: float) -> bool:
		nonlocal looks
		looks += 1
		return looks > alone and are_there(self, within)

	lane_pool.Lanes._work, lane_line.PullersEnd.are_there = working, coming
	try:
		summary = pull.pull(producer_url, sizes=sizes)
	finally:
		lane_pool.Lanes._work, lane_line.PullersEnd.are_there = original, are_there
	return {**vars(summary), "by_lanes": by_lanes}


def kill_soon(pids: list[int], seconds: float) -> None:
	time.sleep(seconds)
	for pid in pids:
		os.kill(pid, signal.SIGKILL)


def pull_while_lanes_work(producer_url: str) -> dict:
	"""A pull like any other, while the lanes of one have begun to work; the figures of both."""
	from event_streaming.consumer.pull.lane_line import PullersEnd
	from support.children import Child

	others = []
	original = PullersEnd.ask

	def asking(self, lane: int, request: dict) -> None:
		original(self, lane, request)
		if not others:
			from support import streaming_ops

			site = frappe.local.site
			others.append(Child(site, lambda: streaming_ops.pull(producer_url)).wait()["result"])

	PullersEnd.ask = asking
	try:
		return {"lanes": pull_in_lanes(producer_url), "other": others[0]}
	finally:
		PullersEnd.ask = original


def lanes_alive() -> list[list[int]]:
	"""Of each lane that a worker is at: the worker's process, and the lane's."""
	from frappe.utils.background_jobs import get_workers

	found = []
	for worker in get_workers():
		if "event_streaming:lane" in (worker.get_current_job_id() or "") and (horse := _child_of(worker.pid)):
			found.append([worker.pid, horse])
	return found


def _child_of(pid: int) -> int | None:
	told = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
	children = [line.split()[0] for line in told.splitlines()[1:] if int(line.split()[1]) == pid]
	return int(children[0]) if children else None


def idle_workers() -> int:
	"""Of the queue that lanes use."""
	from event_streaming import workers
	from event_streaming.consumer.pull import lane_line

	return workers.spare_workers(lane_line.queue())


STOPS = {
	"before it writes": ("lane_worker.LaneBatch", "run", False),
	"with its documents written": ("lane_worker.LaneBatch", "finish", False),
	"before the fence": ("lane_worker.LaneBatch", "keep_lock", False),
	"behind the fence": ("lane_worker.LaneBatch", "keep_lock", True),
	"with its share done": ("lane_worker.Lane", "replay", True),
}


def stop_lane(method: str) -> None:
	"""Before a job (see `armed.before_job`): the first lane that comes to the point that the site config names is stopped there,
	as a machine that swaps, or loses its network, stops it."""
	if not method.endswith("lane_job"):
		return
	import importlib

	path, name, after = STOPS[frappe.conf.shop_lane_stops]
	module, _dot, owner = path.partition(".")
	owner = getattr(importlib.import_module(f"event_streaming.consumer.pull.{module}"), owner)
	original = getattr(owner, name)

	def stopping(*args, **kwargs):
		if not after:
			_stop_once()
		found = original(*args, **kwargs)
		if after:
			_stop_once()
		return found

	setattr(owner, name, stopping)


def _stop_once() -> None:
	try:
		with open(_mark("stopped_lane"), "x") as file:
			file.write(str(os.getpid()))
	except FileExistsError:
		return
	os.kill(os.getpid(), signal.SIGSTOP)


def wake_stopped_lane() -> bool:
	"""Whether it was still there, and has ended since."""
	pid = int(_mark("stopped_lane").read_text())
	_mark("stopped_lane").unlink()
	try:
		os.kill(pid, signal.SIGCONT)
	except ProcessLookupError:
		return False
	end = time.monotonic() + PATIENCE
	while pid in [horse for _worker, horse in lanes_alive()]:
		assert time.monotonic() < end, "the lane that was woken does not end"
		time.sleep(0.1)
	return True


def are_lanes_at_work() -> bool:
	return _mark("lanes_at_work").exists()


def forget_marks() -> None:
	"""No lane stays stopped."""
	if _mark("stopped_lane").exists():
		with suppress(ProcessLookupError):
			os.kill(int(_mark("stopped_lane").read_text()), signal.SIGKILL)
	for name in ("lanes_at_work", "stopped_lane"):
		_mark(name).unlink(missing_ok=True)


def _mark(name: str) -> Path:
	return Path(frappe.get_site_path(name))


def fence_after_takeover(producer_url: str) -> list[str]:
	"""What a lane is told at the fence while its puller has the link, and when another process has taken it."""
	from event_streaming.consumer import cursor, fence
	from support.children import Child

	def pass_through(token: str) -> str:
		try:
			fence.pass_through(producer_url, token)
		except Exception as error:
			return type(error).__name__
		return "passed"

	site, told = frappe.local.site, []
	cursor.hold(producer_url)
	fence.open_for(producer_url, "mine")
	frappe.db.commit()
	cursor.hold(producer_url, stretch="mine")
	told.append(Child(site, lambda: pass_through("mine")).wait()["result"])
	told.append(Child(site, lambda: pass_through("another")).wait()["result"])
	frappe.db.rollback()
	Child(site, lambda: bool(cursor.hold(producer_url))).wait()
	told.append(Child(site, lambda: pass_through("mine")).wait()["result"])
	try:
		cursor.hold(producer_url, stretch="mine")
	except cursor.Busy:
		told.append("Busy")
	return told


def keys_without_expiry() -> list[str]:
	"""Of this app, in the Redis of the queues."""
	from frappe.utils.background_jobs import get_redis_conn

	from event_streaming.yielding import PREFIX

	redis = get_redis_conn()
	return [key.decode() for key in redis.scan_iter(f"{PREFIX}:*") if redis.ttl(key) == -1]


def order_of_writing(doctype: str, name: str) -> list[int]:
	"""Positions of a document's events, in the order in which they were replayed."""
	rows = frappe.get_all(
		"Event Sync Log",
		filters={"remote_doctype": doctype, "remote_docname": name, "source": "Feed"},
		fields=["position"],
		order_by="name asc",
	)
	return [row.position for row in rows]
