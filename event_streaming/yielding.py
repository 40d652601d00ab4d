"""When a job that goes on, or stays for what follows, leaves its worker to others.

Rule: it leaves when a job waits in a queue of its worker, and

- no other worker soon takes that job, and none has just been left to it: of several that stay the least reluctant goes, the
  others do not; or
- that job has been first in line for `PATIENCE` seconds.

Another worker soon takes it when it is free, has begun something a moment ago, or is at a job that leaves before. On a busy machine
a new process takes many seconds to begin; if all that stay left for the jobs of one minute, the next change would wait behind them.

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
		self._first: dict[str, tuple[str, float]] = {}  # queue: who is first in line, and since when

	def need_this_worker(self) -> bool:
		"""
		:raises RedisError: it does not answer
		"""
		if not self._queues:
			job = get_current_job()
			self._worker = job.worker_name if job else None
			self._queues = _queues_of(self._worker)
		now = time.monotonic()
		first = {queue.name: who for queue in self._queues if (who := first_of_others(queue))}
		self._first = {
			name: before if (before := self._first.get(name)) and before[0] == who else (who, now)
			for name, who in first.items()
		}
		if not first:
			return False
		self._say(self._reluctance)
		needed = any(
			self._waits_for_it(queue, now - self._first[queue.name][1])
			for queue in self._queues
			if queue.name in first
		)
		if needed:
			self._say(0.0)
		return needed

	def _waits_for_it(self, queue: Queue, waited: float) -> bool:
		if waited < self._reluctance:
			return False
		if waited > PATIENCE:
			return True
		return not self._is_soon_taken(queue) and bool(
			queue.connection.set(f"{PREFIX}:left:{queue.name}", 1, ex=TURN_OF_ONE, nx=True)
		)

	def _is_soon_taken(self, queue: Queue) -> bool:
		"""Whether another worker is likely to take what waits in it within a moment."""
		return any(
			worker.name != self._worker and self._is_soon_free(worker) for worker in Worker.all(queue=queue)
		)

	def _is_soon_free(self, worker: Worker) -> bool:
		if worker.get_state() == "idle":
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


def first_of_others(queue: Queue) -> str | None:
	"""The id of the first job in it that doesn't merely help another one."""
	return next((job_id for job_id in queue.get_job_ids(0, GLANCED_AT) if HELPS not in job_id), None)


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
