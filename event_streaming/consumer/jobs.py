"""Work that a person has asked for: backfills and comparisons.

A job for each kind and producer; what is to be done stands in the rows of its DocType. The schedule takes up again
what was handed over or lost its worker.
"""

import time

import frappe

from event_streaming import lingering
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.backfill import missed
from event_streaming.consumer.backfill import state as backfill_state
from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.pull.schedule import QUEUE, RUNNING_TIME
from event_streaming.consumer.reconciliation import state as reconciliation_state
from event_streaming.consumer.reconciliation import timetable

COMPARING_TIME = 60 * 60  # seconds


def take_up() -> None:
	"""Each minute."""
	missed.begin_to_fetch()
	for producer in remote_files.producers_with_work():
		if _may_ask(producer):
			remote_files.enqueue(producer)
	for producer in backfill_state.RUNS.producers_with_work():
		if _may_ask(producer):
			enqueue_backfill(producer)
	timetable.begin_due()
	for producer in reconciliation_state.producers_with_work():
		if _may_ask(producer):
			enqueue_reconciliation(producer)


def enqueue_backfill(producer: str) -> None:
	"""Queues a backfill unless one is queued or running."""
	_enqueue("backfill_job", producer, RUNNING_TIME * 5)


def enqueue_reconciliation(producer: str) -> None:
	"""Queues the comparisons of a producer unless they are queued or running."""
	_enqueue("reconciliation_job", producer, COMPARING_TIME)


def backfill_job(producer: str) -> None:
	from event_streaming.consumer.backfill.backfill import backfill

	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	backfill(producer, deadline=time.monotonic() + RUNNING_TIME)


def files_job(producer: str) -> None:
	from event_streaming.consumer.files.files import fetch_files

	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	fetch_files(producer, deadline=time.monotonic() + RUNNING_TIME)


def reconciliation_job(producer: str) -> None:
	from event_streaming.consumer.reconciliation.reconciliation import reconcile

	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	reconcile(producer)


def _may_ask(producer: str) -> bool:
	at = cursors.read(producer)
	return bool(at) and cursors.is_due(at)


def _enqueue(job: str, producer: str, timeout: int) -> None:
	job_id = f"event_streaming:{job}:{producer}"
	if not lingering.is_running(job_id):
		lingering.enqueue_unless_queued(
			f"event_streaming.consumer.jobs.{job}", job_id, queue=QUEUE, timeout=timeout, producer=producer
		)
