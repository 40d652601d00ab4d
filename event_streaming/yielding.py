"""When a job that goes on, or stays for what follows, leaves its worker to others.

Rule: it leaves when a job waits in a queue of its worker that no free worker takes, unless that job has time and another worker
gets on with the queue. Then it leaves when the same job has been first in line for `PATIENCE` seconds.

- Time have the scheduler's jobs, and those of this app that only announce or report. On a busy machine a new process takes many
  seconds to begin; if all that stay left for the jobs of one minute, the next change would wait behind them.
- Another worker gets on with a queue when it has begun something a moment ago, or is at a job that leaves before: of several that
  stay the least reluctant goes, of equals one.

A worker that was killed may count as free until its time is over; `PATIENCE` bounds what that costs.
"""

import time

from frappe.utils.background_jobs import get_queues
from rq import Queue, Worker, get_current_job
from rq.exceptions import NoSuchJobError

from event_streaming import workers

GLANCE = 0.2  # seconds between two looks at what else waits
PATIENCE = 15.0  # seconds
TURN_OF_ONE = 3  # seconds in which only one of those that stay leaves a queue's jobs its worker
SAYS_SO = 3  # seconds for which the others know how reluctant a job is
PREFIX = "rq:event_streaming"  # a Redis with users of its own lets a bench use such keys
HELPS = "event_streaming:lane:"  # in the ids of jobs that only help another one
HINTS, REPORT = "event_streaming:hints:", "event_streaming:report"
HAVE_TIME = ("scheduled_job", HINTS, REPORT)  # in the ids of jobs
GLANCED_AT = 20  # jobs of a queue; there are not so many that help


class Others:
	"""What waits for a worker, as one job sees it that may leave its own. To be asked now and then."""

	def __init__(self, reluctance: float = 2 * GLANCE):
		"""
		:param reluctance: seconds that others have waited at least; of two jobs the one with less leaves, and the other does not
		"""
		self._reluctance = reluctance
		self._worker: str | None = None
		self._queues: list[Queue] = []  # whose jobs this worker takes
		self._since: dict[tuple[str, bool], tuple[str, float]] = {}  # see `_waited`

	def need_this_worker(self) -> bool:
		"""
		:raises RedisError: it does not answer
		"""
		if not self._queues:
			job = get_current_job()
			self._worker = job.worker_name if job else None
			self._queues = _queues_of(self._worker)
		lines = [(queue, jobs_of_others(queue)) for queue in self._queues]
		if any(line for _queue, line in lines):
			self._say(self._reluctance)
		# each queue is asked: it is noted since when something waits there
		needed = any([self._is_waited_for(queue, line) for queue, line in lines])
		if needed:
			self._say(0.0)
		return needed

	def _is_waited_for(self, queue: Queue, line: list[str]) -> bool:
		in_a_hurry = [job_id for job_id in line if not _has_time(job_id)]
		hurried = self._waited(queue, False, "any" if in_a_hurry else "")
		waited = self._waited(queue, True, line[0] if line else "")
		if max(hurried, waited) > PATIENCE:
			return True
		if hurried >= self._reluctance:
			return not any(map(workers.is_idle, self._other_workers(queue)))
		return waited >= self._reluctance and not self._is_soon_taken(queue) and self._goes_first(queue)

	def _waited(self, queue: Queue, has_time: bool, who: str) -> float:
		"""Seconds since this was first seen waiting; below 0 when nothing does."""
		key, now = (queue.name, has_time), time.monotonic()
		before = self._since.get(key)
		if not before or before[0] != who:
			self._since[key] = before = (who, now)
		return now - before[1] if who else -1.0

	def _goes_first(self, queue: Queue) -> bool:
		"""Of equals that would leave at a time."""
		mark = f"{PREFIX}:left:{queue.name}"
		return bool(queue.connection.set(mark, 1, ex=TURN_OF_ONE, nx=True))

	def _other_workers(self, queue: Queue) -> list[Worker]:
		return [worker for worker in Worker.all(queue=queue) if worker.name != self._worker]

	def _is_soon_taken(self, queue: Queue) -> bool:
		"""Whether another worker is likely to take what waits in it within a moment."""
		return any(map(self._is_soon_free, self._other_workers(queue)))

	def _is_soon_free(self, worker: Worker) -> bool:
		if workers.is_idle(worker):
			return True
		if said := worker.connection.get(_said(worker.name)):
			return float(said) < self._reluctance
		try:
			job = worker.get_current_job()
		except NoSuchJobError:
			job = None
		# one that has taken a job, or is just done with it, names none
		return not job or workers.age_in_seconds(job.started_at) < PATIENCE

	def _say(self, reluctance: float) -> None:
		if self._worker:
			self._queues[0].connection.set(_said(self._worker), reluctance, ex=SAYS_SO)


def jobs_of_others(queue: Queue) -> list[str]:
	"""Ids of the first jobs in it that don't merely help another one."""
	return [job_id for job_id in queue.get_job_ids(0, GLANCED_AT) if HELPS not in job_id]


def _has_time(job_id: str) -> bool:
	return any(part in job_id for part in HAVE_TIME)


def worker_is_to_stop() -> bool:
	"""RQ lets a job end before its worker does, and notes that the worker was asked to."""
	job = get_current_job()
	if not job or not job.worker_name:
		return False
	worker = Worker.redis_worker_namespace_prefix + job.worker_name
	return bool(job.connection.hget(worker, "shutdown_requested_date"))


def _queues_of(worker_name: str | None) -> list[Queue]:
	"""Those whose jobs that worker takes; all of this bench where nobody knows."""
	queues = get_queues()
	names = workers.queue_names_of(worker_name) if worker_name else []
	return [queue for queue in queues if queue.name in names] or queues


def _said(worker_name: str) -> str:
	return f"{PREFIX}:said:{worker_name}"
