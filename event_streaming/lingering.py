"""A job that stays for a moment when its work is done: more is likely to come, and a new process takes half a second to
begin.

It holds a worker meanwhile. So it stays a few seconds at most, not while another job waits for a worker of this bench or its
own worker is to stop, and not at all where the site config's `event_streaming_linger` is 0.
"""

import time
from collections.abc import Callable

import frappe
from frappe.utils import flt
from frappe.utils.background_jobs import get_queues
from redis.exceptions import RedisError
from rq import Worker, get_current_job

SECONDS = 10.0  # unless the site config says otherwise
GLANCE = 0.2  # seconds between two looks at what else waits
SHORTEST = 0.01  # seconds; before version 7 Redis takes less than a thousandth of one for no limit at all
LIFETIME = 600  # seconds after which nobody hears a ring any more


class Wakeup:
	"""Something for a job to wait for; it may be rung before anybody listens."""

	def __init__(self, name: str):
		self.key = frappe.cache.make_key(name)

	def ring(self, pipeline=None) -> None:
		"""
		:param pipeline: of Redis, to which this is added
		"""
		commands = pipeline or frappe.cache.pipeline(transaction=True)
		commands.rpush(self.key, 1)
		commands.ltrim(self.key, 0, 0)
		commands.expire(self.key, LIFETIME)
		if pipeline is None:
			commands.execute()

	def silence(self, pipeline) -> None:
		pipeline.delete(self.key)

	def has_rung(self) -> bool:
		"""Since it was last asked, waited for or silenced."""
		return frappe.cache.delete(self.key) > 0

	def listen(self, seconds: float) -> bool:
		"""Whether it rings within that time."""
		return bool(frappe.cache.blpop(self.key, timeout=max(seconds, SHORTEST)))


def wait(bell: Wakeup, deadline: float, meanwhile: Callable[[], None] = lambda: None) -> bool:
	"""Whether the bell rings while the job may stay. What the site caches in this process is new then.

	:param deadline: `time.monotonic()` at which the job ends in any case
	:param meanwhile: called at each glance
	"""
	if not (job := getattr(frappe.local, "job", None)):
		return False  # nobody else would wait for what runs in the foreground
	frappe.db.rollback()  # nothing is held while nothing is done
	end = min(time.monotonic() + _seconds(), deadline)
	waited = 0
	try:
		while (left := end - time.monotonic()) > 0:
			meanwhile()
			if bell.listen(min(GLANCE, left)):
				_begin_anew(job)
				return True
			waited = waited + 1 if _another_job_waits() else 0
			if waited > 1 or _worker_is_to_stop():  # a free worker would have taken the other job at once
				return False
	except RedisError:
		return False
	return False


def _seconds() -> float:
	return flt(frappe.conf.get("event_streaming_linger", SECONDS))


def _another_job_waits() -> bool:
	return any(queue.count for queue in get_queues())


def _worker_is_to_stop() -> bool:
	"""RQ lets a job end before its worker does, and notes that the worker was asked to."""
	job = get_current_job()
	if not job or not job.worker_name:
		return False
	worker = Worker.redis_worker_namespace_prefix + job.worker_name
	return bool(job.connection.hget(worker, "shutdown_requested_date"))


def _begin_anew(job: frappe._dict) -> None:
	"""As the next job would, but with all modules loaded."""
	site, sites_path, user = frappe.local.site, frappe.local.sites_path, frappe.session.user
	frappe.destroy()
	frappe.init(site=site, sites_path=sites_path)
	frappe.connect()
	frappe.set_user(user)
	frappe.local.job = job
