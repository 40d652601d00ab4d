"""When pulls run: each minute for every producer that is due, and at once when a producer hints.

The schedule is the guarantee, the hint only saves time. Every producer has a job of its own, so one that
doesn't answer delays no other.
"""

import time

import frappe

from event_streaming.consumer import cursor as cursors

QUEUE = "long"
RUNNING_TIME = 240  # seconds after which a pull hands over to a new job
AGAIN = "event_streaming:pull_again:"


def pull_all() -> None:
	"""Scheduled each minute."""
	for producer in frappe.get_all("Event Producer", filters={"paused": 0}, pluck="name"):
		at = cursors.read(producer)
		if at and cursors.is_due(at):
			enqueue_pull(producer)


def enqueue_pull(producer: str) -> None:
	"""Queues a pull unless one is queued; one that is running is told to look again before it ends."""
	frappe.cache.set_value(AGAIN + producer, 1, expires_in_sec=600)
	frappe.enqueue(
		"event_streaming.consumer.schedule.pull_job",
		queue=QUEUE,
		timeout=RUNNING_TIME * 5,
		job_id=f"event_streaming:pull:{producer}",
		deduplicate=True,
		producer=producer,
	)


def pull_job(producer: str) -> None:
	from event_streaming.consumer.pull import pull

	frappe.set_user("Administrator")
	deadline = time.monotonic() + RUNNING_TIME
	while _take_again(producer):
		summary = pull(producer, deadline=deadline)
		if summary.error or summary.busy or time.monotonic() > deadline:
			return


def _take_again(producer: str) -> bool:
	"""Whether somebody asked for a pull since the last one began."""
	asked = frappe.cache.get_value(AGAIN + producer, expires=True)
	frappe.cache.delete_value(AGAIN + producer)
	return bool(asked)
