"""When pulls run: by the schedule for every producer that is due, and at once when a producer hints.

The schedule is the guarantee, the hint only saves time. It asks each producer each minute, and where there are more than
`ASKED_A_MINUTE`, those that were asked longest ago. A few producers have a job each; where there are more than `FEW`, one job, the
sweep, asks one after the other and leaves those that have much to send to jobs of their own. Those that were off or slow have a
sweep for themselves: together they hold one worker.

A pull that has gone on for its turn leaves its worker to others that need it (see `yielding`), and queues up behind them. While a job
stays, it asks on its own, too: a hint is late where the producer's workers are busy. A site that nobody can call gets none: its job
stays as long as nobody needs its worker. A producer that doesn't answer is asked ever less often. One that answers slowly would still hold a worker that others wait for: where there are
others, its job ends after `PATIENCE` seconds of waiting, it rests three times as long as it has been waited for, and is asked
after the others.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import frappe
from frappe.utils import get_datetime, now_datetime

from event_streaming import lingering, yielding
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, receiving_hours
from event_streaming.lingering import Wakeup
from event_streaming.link import urls
from event_streaming.link.mailbox import Mailbox

if TYPE_CHECKING:
	from event_streaming.consumer.pull.work import Summary

QUEUE = "long"
RUNNING_TIME = 240  # seconds after which a piece of work hands over to a new job
PULLING_TIME = 900  # seconds after which a pull does; a new process is long in coming on a busy machine
PATIENCE = 2.0  # seconds
HOLDER_PATIENCE = 20.0  # seconds; a batch, a retry or a page of a backfill holds the link for about one
FEW = 8  # producers that have a job each
ASKED_A_MINUTE = 100  # producers that have nothing to send, as far as is known
SWEEP_TIME = 50  # seconds; the next one begins each minute
TURN = 15.0  # seconds for which a pull goes on while other jobs wait for its worker
TURN_IN_SWEEP = 3.0  # seconds
REST = 3  # times the seconds waited
LONGEST_REST = 300  # seconds
ASKED_ANYWAY = 300  # seconds since the last contact with a site that fetches its requests
BELL = "event_streaming:pull:"
BUSY_POLL = 0.5  # seconds between two questions of a site that gets no hints
IDLE_POLL = 5.0
BUSY = 15.0  # seconds since the last change for which such a link is called busy
HINTED_POLL = 2.0  # seconds between two questions of a site that gets hints, while its job stays
RELUCTANCE = 1.0  # seconds; a job that tells of changes leaves before one that asks


def pull_all() -> None:
	"""Each minute. Those that were off or slow come last: a worker that waits for them keeps nobody else waiting."""
	names = set(frappe.db.get_values("Event Producer", {"paused": 0}, pluck=True))
	running = [at for at in cursors.read_all() if at.event_producer in names]
	asked = [at.event_producer for at in _to_be_asked(running) if _may_be_asked_now(at)]
	if len(running) <= FEW:
		for producer in asked:
			enqueue_pull(producer)
		return
	troubled = {at.event_producer for at in running if cursors.was_in_trouble(at)}
	_enqueue_sweep("well", [producer for producer in asked if producer not in troubled])
	_enqueue_sweep("troubled", [producer for producer in asked if producer in troubled])


def _to_be_asked(running: list[cursors.Cursor]) -> list[cursors.Cursor]:
	"""Those that are due, in their order: who has something to send, is behind with what is parked here, or was asked longest
	ago; who was off or slow at the end."""
	due = [at for at in running if at.epoch and cursors.is_due(at)]
	waiting = parking.producers_with_due()
	urgent = {at.event_producer for at in due if at.behind or at.event_producer in waiting}
	idle = [at for at in due if at.event_producer not in urgent and not cursors.was_in_trouble(at)]
	later = {at.event_producer for at in idle[ASKED_A_MINUTE:]}
	return sorted(
		(at for at in due if at.event_producer not in later),
		key=lambda at: (cursors.was_in_trouble(at), at.event_producer not in urgent),
	)


def _may_be_asked_now(at: cursors.Cursor) -> bool:
	producer = at.event_producer
	by_mailbox = frappe.db.get_value("Event Producer", producer, "by_mailbox")
	return receiving_hours.is_open(producer) and not (by_mailbox and _tells_of_news(at))


def _enqueue_sweep(kind: str, producers: list[str]) -> None:
	job_id = f"event_streaming:sweep:{kind}"
	if producers and not lingering.is_running(job_id):
		lingering.enqueue_unless_queued(
			"event_streaming.consumer.pull.schedule.sweep_job",
			job_id,
			queue=QUEUE,
			timeout=RUNNING_TIME,
			producers=producers,
		)


def sweep_job(producers: list[str]) -> None:
	"""Job: asks each of them once. Who has more to send than fits into a short turn gets a job of its own; whom there was no
	time for comes first in the next sweep."""
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	end = time.monotonic() + SWEEP_TIME
	for producer in producers:
		if time.monotonic() > end:
			return
		if cursors.may_be_asked(producer):
			pull_job(producer, stay=False, seconds=TURN_IN_SWEEP)


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


def pull_job(producer: str, stay: bool = True, seconds: float = PULLING_TIME) -> None:
	"""Job: pulls as long as somebody asks for it.

	:param stay: whether to wait a moment for who asks next, and for who holds the link
	:param seconds: after which a new job goes on
	"""
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	bell = _bell(producer)
	if not bell.attend():
		return  # who attends hears of all that is asked
	turn = Turn(seconds)
	try:
		_attend(producer, bell, turn, stay)
	finally:
		bell.abandon()
	if turn.is_over and cursors.may_be_asked(producer):
		enqueue_pull(producer)


class Turn:
	"""How long a job may go on: so many seconds, or `TURN` when others need its worker by then. Not when that is to stop."""

	def __init__(self, seconds: float):
		self._begun = time.monotonic()
		self.deadline = self._begun + seconds
		self.is_over = False
		self.others = yielding.Others(RELUCTANCE)

	def ends(self) -> bool:
		"""Looked at between two batches."""
		if not self.is_over:
			self.is_over = time.monotonic() > self.deadline or self._worker_is_needed()
		return self.is_over

	def _worker_is_needed(self) -> bool:
		if not getattr(frappe.local, "job", None):
			return False
		is_past_its_turn = time.monotonic() > self._begun + TURN
		return yielding.worker_is_to_stop() or (is_past_its_turn and self.others.need_this_worker())


def _attend(producer: str, bell: Wakeup, turn: Turn, stay: bool) -> None:
	asked = bell.has_rung()
	poll = Poll(producer)
	while not turn.ends():
		if not asked:
			if bell.leave():
				return
			bell.has_rung()
		summary = _pull(producer, turn, bell.attend, HOLDER_PATIENCE if stay else 0.0)
		if not summary:
			return
		seconds = poll.interval(summary.events)
		asked = bell.has_rung() or (
			stay
			and (summary.events > 0 or seconds is not None)
			and lingering.wait(bell, turn.deadline, bell.attend, seconds, turn.others)
		)


class Poll:
	"""How often a job asks on its own, while it may stay.

	Asking is an ordinary page of the log, which is small when it is empty. No web worker waits meanwhile.
	"""

	def __init__(self, producer: str):
		values = frappe.db.get_value("Event Producer", producer, ["callback_url", "by_mailbox"], as_dict=True)
		callback_url = values.callback_url if values else None
		self._gets_no_hints = bool(callback_url) and not urls.is_callable(callback_url)
		self._by_mailbox = bool(values and values.by_mailbox)
		self._last_change = float("-inf")

	def interval(self, events: int) -> float | None:
		"""
		:param events: that the last question brought
		:returns: seconds to the next question; None where there is none
		"""
		now = time.monotonic()
		if events:
			self._last_change = now
		since = now - self._last_change
		if self._gets_no_hints:
			return BUSY_POLL if since < BUSY else IDLE_POLL
		if self._by_mailbox:  # the answer takes until the producer looks, who says when there is news
			return None
		return HINTED_POLL if since < lingering.seconds() else None


def _pull(
	producer: str, turn: Turn, attend: Callable[[], object], holder_patience: float
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
	give_up = min(time.monotonic() + holder_patience, turn.deadline)
	while (
		summary := pull(producer, progress=lambda _summary: attend(), ends=turn.ends, patience=patience)
	).busy and time.monotonic() < give_up:
		attend()
		cursors.pause()
	if summary.busy:
		ask(producer)  # the process that holds the link may look for it, the schedule will
	if summary.error or summary.busy or turn.is_over:
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
