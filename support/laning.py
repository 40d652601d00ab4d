"""Pulls with lanes, in pages and batches that are small enough for a test. Runs inside the site."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import frappe

PAGE, BATCH, LEAST = 60, 5, 6


def pull_in_lanes(producer_url: str, dies: str = "", within: float = 0.0, waiting: bool = True) -> dict:
	"""
	:param waiting: whether the puller does nothing until the lanes have started
	:param dies: "puller" or "lane": what is killed at a random moment `within` seconds after the lanes got to work
	:returns: the pull's figures, and how many events lanes have replayed
	"""
	from event_streaming.consumer.pull import lane_pool, lane_processes, pull
	from event_streaming.consumer.pull.work import Sizes

	sizes = Sizes(PAGE, BATCH, LEAST, LEAST, lane_processes.START_WITHIN if waiting else 0.0)
	by_lanes = 0
	original = lane_pool.Lanes._work

	def working(self, *arguments) -> dict:
		nonlocal by_lanes
		if dies:
			victim = os.getpid() if dies == "puller" else random.choice(lanes_alive())
			threading.Thread(target=kill_soon, args=(victim, within * random.random()), daemon=True).start()
		done = original(self, *arguments)
		by_lanes += len(done)
		return done

	lane_pool.Lanes._work = working
	try:
		summary = pull.pull(producer_url, sizes=sizes)
	finally:
		lane_pool.Lanes._work = original
	return {**vars(summary), "by_lanes": by_lanes}


def kill_soon(pid: int, seconds: float) -> None:
	time.sleep(seconds)
	os.kill(pid, signal.SIGKILL)


def pull_with_lanes_that_do_not_start(producer_url: str) -> dict:
	python, sys.executable = sys.executable, "/bin/false"
	try:
		return pull_in_lanes(producer_url)
	finally:
		sys.executable = python


def pull_while_lanes_work(producer_url: str) -> dict:
	"""A pull like any other, while the lanes of one have begun to work; the figures of both."""
	from event_streaming.consumer.pull.lane_processes import LaneProcesses
	from support.children import Child

	others = []
	original = LaneProcesses.ask

	def asking(self, lane: int, request: dict) -> None:
		original(self, lane, request)
		if not others:
			from support import ops

			site = frappe.local.site
			others.append(Child(site, lambda: ops.pull(producer_url)).wait()["result"])

	LaneProcesses.ask = asking
	try:
		return {"lanes": pull_in_lanes(producer_url), "other": others[0]}
	finally:
		LaneProcesses.ask = original


def lanes_alive(puller: int | None = None) -> list[int]:
	"""Ids of the processes that work as lanes of a puller, by its id; of this one if none is given."""
	command = f"event_streaming.consumer.pull.lane_worker {frappe.local.site} {puller or os.getpid()}"
	told = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
	return [int(line.split()[0]) for line in told.splitlines() if f"{command} " in line]


def order_of_writing(doctype: str, name: str) -> list[int]:
	"""Positions of a document's events, in the order in which they were replayed."""
	rows = frappe.get_all(
		"Event Sync Log",
		filters={"remote_doctype": doctype, "remote_docname": name, "source": "Feed"},
		fields=["position"],
		order_by="name asc",
	)
	return [row.position for row in rows]
