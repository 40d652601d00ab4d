"""When pulls run: each minute for every producer that is due, and at once when a producer hints.

The schedule is the guarantee, the hint only saves time. A site that nobody can call gets no hints: its job stays, as long as no
other job waits for its worker, and asks on its own. Every producer has a job of its own, and one that doesn't
answer is asked ever less often. One that answers slowly would still hold a worker that others wait for: where there are
others, its job ends after `PATIENCE` seconds of waiting, it rests three times as long as it has been waited for, and is asked
after the others.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import frappe
from frappe.utils import get_datetime, now_datetime

from event_streaming import lingering
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, receiving_hours
from event_streaming.lingering import Wakeup
from event_streaming.link import urls
from event_streaming.link.mailbox import Mailbox

if TYPE_CHECKING:
	from event_streaming.consumer.pull.work import Summary

QUEUE = "long"
RUNNING_TIME = 240  # seconds after which a pull hands over to a new job
PATIENCE = 2.0  # seconds
HOLDER_PATIENCE = 20.0  # seconds; a batch, a retry or a page of a backfill holds the link for about one
REST = 3  # times the seconds waited
LONGEST_REST = 300  # seconds
ASKED_ANYWAY = 300  # seconds since the last contact with a site that fetches its requests
BELL = "event_streaming:pull:"
BUSY_POLL = 0.5  # seconds between two questions of a site that gets no hints
IDLE_POLL = 5.0
BUSY = 15.0  # seconds since the last change for which such a link is called busy


def pull_all() -> None:
	"""Scheduled each minute. Those that were off or slow come last: a worker that waits for them keeps nobody else waiting."""
	running = frappe.get_all("Event Producer", filters={"paused": 0}, fields=["name", "by_mailbox"])
	due = [
		at
		for producer in running
		if (at := cursors.read(producer.name))
		and at.epoch
		and cursors.is_due(at)
		and receiving_hours.is_open(producer.name)
		and not (producer.by_mailbox and _tells_of_news(at))
	]
	for at in sorted(due, key=cursors.was_in_trouble):
		enqueue_pull(at.event_producer)


def _tells_of_news(at: cursors.Cursor) -> bool:
	"""A producer that fetches its requests says when there is news: asking it each minute would hold a worker until it looks."""
	if at.state == cursors.FAILING or not Mailbox(at.event_producer).is_present():
		return False
	contact = frappe.db.get_value(cursors.DOCTYPE, at.event_producer, "last_contact")
	is_recent = contact and (now_datetime() - get_datetime(contact)).total_seconds() < ASKED_ANYWAY
	return bool(is_recent) and not parking.is_any_due(at.event_producer)


def enqueue_pull(producer: str) -> None:
	"""Queues a pull unless one is queued; one that is running is told to look again before it ends."""
	if _bell(producer).ring():
		lingering.enqueue_unless_queued(
			"event_streaming.consumer.pull.schedule.pull_job",
			f"event_streaming:pull:{producer}",
			queue=QUEUE,
			timeout=RUNNING_TIME * 5,
			producer=producer,
		)


def wake_up(producer: str) -> None:
	"""The producer has news. One that answers slowly is pulled on its time all the same."""
	at = cursors.read(producer)
	if not at or not cursors.is_resting(at):
		enqueue_pull(producer)


def pull_job(producer: str, stay: bool = True) -> None:
	"""Job: pulls as long as somebody asks for it.

	:param stay: whether to wait a moment for who asks next, and for who holds the link
	"""
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	bell = _bell(producer)
	if not bell.attend():
		return  # who attends hears of all that is asked
	deadline = time.monotonic() + RUNNING_TIME
	try:
		_attend(producer, bell, deadline, stay)
	finally:
		bell.abandon()
	if time.monotonic() > deadline and cursors.may_be_asked(producer):
		enqueue_pull(producer)


def _attend(producer: str, bell: Wakeup, deadline: float, stay: bool) -> None:
	asked = bell.has_rung()
	poll = Poll(producer)
	while time.monotonic() < deadline:
		if not asked:
			if bell.leave():
				return
			bell.has_rung()
		summary = _pull(producer, deadline, bell.attend, HOLDER_PATIENCE if stay else 0.0)
		if not summary:
			return
		seconds = poll.interval(summary.events)
		asked = bell.has_rung() or (
			stay
			and (summary.events > 0 or seconds is not None)
			and lingering.wait(bell, deadline, bell.attend, seconds)
		)


class Poll:
	"""How often a site that nobody can call asks, while its job may stay: it gets no hints.

	Asking is an ordinary page of the log, which is small when it is empty. No web worker waits meanwhile.
	"""

	def __init__(self, producer: str):
		callback_url = frappe.db.get_value("Event Producer", producer, "callback_url")
		self._needed = bool(callback_url) and not urls.is_callable(callback_url)
		self._last_change = float("-inf")

	def interval(self, events: int) -> float | None:
		"""
		:param events: that the last question brought
		:returns: seconds to the next question; None where hints announce news
		"""
		if not self._needed:
			return None
		now = time.monotonic()
		if events:
			self._last_change = now
		return BUSY_POLL if now - self._last_change < BUSY else IDLE_POLL


def _pull(
	producer: str, deadline: float, attend: Callable[[], object], holder_patience: float
) -> "Summary | None":
	"""
	:param attend: called after each batch
	:param holder_patience: seconds that are waited for another process which holds the link
	:returns: None when this job has to end
	"""
	from event_streaming.consumer.pull.pull import pull

	if not receiving_hours.is_open(producer):
		return None
	patience = PATIENCE if frappe.db.count("Event Producer", {"paused": 0}) > 1 else None
	give_up = min(time.monotonic() + holder_patience, deadline)
	while (
		summary := pull(producer, progress=lambda _summary: attend(), deadline=deadline, patience=patience)
	).busy and time.monotonic() < give_up:
		attend()
		cursors.pause()
	if summary.busy:
		ask(producer)  # the process that holds the link may look for it, the schedule will
	if summary.error or summary.busy or time.monotonic() > deadline:
		return None
	if patience and summary.waited > patience:
		cursors.rest(producer, min(summary.waited * REST, LONGEST_REST))
		return None
	return summary


def pull_waiting() -> None:
	"""For work that goes on for long and may hold the one worker of a small bench: does, between two pieces of it, the
	pulls that wait for a worker."""
	for producer in frappe.get_all("Event Producer", filters={"paused": 0}, pluck="name"):
		pull_job(producer, stay=False)


def ask(producer: str) -> None:
	"""Has the process that pulls from the producer, or begins to, pull once more."""
	_bell(producer).remind()


def _bell(producer: str) -> Wakeup:
	return Wakeup(BELL + producer)
