"""What keeps this app's jobs from being begun: no scheduler, no worker, a queue that is too long. Worded once for the form,
the command line, the doctor and the alerts."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone

import frappe
from frappe import _
from frappe.utils.background_jobs import get_queue, get_workers
from frappe.utils.scheduler import is_scheduler_inactive
from redis.exceptions import RedisError
from rq import Worker

QUEUES = ("short", "long")  # hints; pulls, backfills, comparisons
LONG_WAIT = 120  # seconds for a worker, after which people are told
BEGUN = "event_streaming:minute"  # when the job of each minute began last, and how long after the one before
AT_FIRST = 240  # seconds between two of them where nothing is known yet; also the most that counts as usual


@dataclass(frozen=True)
class Hindrance:
	message: str
	remedy: str


def no_scheduler() -> Hindrance | None:
	"""It is off, or its process or the worker that it needs does not run, which shows by what did not happen."""
	if is_scheduler_inactive(verbose=False):
		return Hindrance(
			_("The scheduler of this site is off: nothing is received unless somebody presses Pull Now."),
			_("Run bench --site {0} enable-scheduler.").format(frappe.local.site),
		)
	if late := schedule_is_late():
		return Hindrance(
			_("The scheduler has begun nothing on this site for {0} minutes.").format(late // 60),
			_(
				"Look whether the scheduler of the bench runs (bench doctor), and a worker of the queue default."
			),
		)
	return None


def note_schedule() -> None:
	"""The job of each minute begins."""
	with suppress(RedisError):
		now = time.time()
		begun, _usual = _last_begun(now)
		# nosemgrep -- a constant
		frappe.cache.set(_begun_key(), f"{now} {min(now - begun, AT_FIRST)}")


def schedule_is_late() -> int:
	"""Seconds since the job of each minute began last, where that is much longer than usual; else 0. After Redis has forgotten
	it, time counts from when somebody looks."""
	try:
		now = time.time()
		begun, usual = _last_begun(now)
	except RedisError:
		return 0
	return int(now - begun) if now - begun > 2 * max(usual, 60) + 30 else 0


def _last_begun(now: float) -> tuple[float, float]:
	"""Asked after each request of another site: it is written where nothing stands only."""
	# nosemgrep -- a constant
	if known := frappe.cache.get(_begun_key()):
		begun, usual = known.split()
		return float(begun), float(usual)
	# nosemgrep -- a constant
	frappe.cache.set(_begun_key(), f"{now} {AT_FIRST}", nx=True)
	return now, float(AT_FIRST)


def _begun_key() -> bytes:
	return frappe.cache.make_key(BEGUN)


def no_worker() -> Hindrance | None:
	missing = queues_without_worker()
	if not missing:
		return None
	return Hindrance(
		_("No worker takes jobs from the queue {0}.").format(", ".join(missing)),
		_("Start the workers of this bench (bench start, or supervisor in production)."),
	)


def why_nothing_begins(queue: str) -> str:
	"""What keeps the jobs of that queue from being begun, for people; "" when nothing does."""
	if hindrance := no_scheduler():
		return hindrance.message
	try:
		first = get_queue(queue).get_jobs(0, 1)
	except RedisError:
		return _("Redis can't be reached: no job can be queued.")
	waited = age_in_seconds(first[0].enqueued_at) if first else 0.0
	if waited < LONG_WAIT:
		return ""
	return _(
		"Jobs of the queue {0} have waited for a worker for {1} minutes: it is busy, or not running."
	).format(queue, int(waited // 60))


def queues_without_worker() -> list[str]:
	"""Queues of this app's jobs that no worker listens to; all of them where Redis does not answer."""
	try:
		served = {name for worker in get_workers() for name in worker.queue_names()}
		return [queue for queue in QUEUES if get_queue(queue).name not in served]
	except RedisError:
		return list(QUEUES)


def spare_workers(queue: str) -> int:
	"""How many more jobs of that queue can be begun now, and still leave a free worker to this app's other jobs; none where
	none is free. A worker that was killed may be counted for some minutes."""
	if not queue:
		return 0
	name = get_queue(queue).name
	idle = [names for names in _idle_workers() if name in names]
	spared = int(any(_serves_others(names) for names in idle))
	return max(len(idle) - get_queue(queue).count - spared, 0)


def queue_names_of(worker_name: str | None) -> list[str]:
	"""As Redis knows them; none of a worker that is not there."""
	return next((worker.queue_names() for worker in get_workers() if worker.name == worker_name), [])


def is_last_of_its_kind(queue_names: list[str]) -> bool:
	"""Whether a busy worker takes jobs of one of this app's queues for which no other worker is free."""
	mine = {get_queue(queue).name for queue in QUEUES}.intersection(queue_names)
	return not mine.issubset(name for names in _idle_workers() for name in names)


def _idle_workers() -> list[list[str]]:
	"""Names of the queues of each."""
	return [worker.queue_names() for worker in get_workers() if is_idle(worker)]


def is_idle(worker: Worker) -> bool:
	return worker.get_state() == "idle"


def _serves_others(queue_names: list[str]) -> bool:
	return any(get_queue(queue).name in queue_names for queue in QUEUES)


def waiting_jobs() -> dict[str, int]:
	"""Jobs of all sites that wait in each queue; empty where Redis does not answer."""
	try:
		return {queue: get_queue(queue).count for queue in QUEUES}
	except RedisError:
		return {}


def age_in_seconds(moment: datetime | None) -> float:
	"""RQ's times are those of UTC, with or without saying so."""
	if not moment:
		return 0.0
	now = datetime.now(timezone.utc)
	return (now - (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc))).total_seconds()
