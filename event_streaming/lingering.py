"""A job that stays for a moment when its work is done: more is likely to come, and a new process takes half a second to
begin.

It holds a worker meanwhile. So it stays a few seconds at most, not where others need that worker (see `yielding`) or it is to
stop, and not at all where the site config's `event_streaming_linger` is 0.
"""

import time
from collections.abc import Callable

import frappe
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError
from rq.job import Job, JobStatus

from event_streaming import settings
from event_streaming.workers import age_in_seconds
from event_streaming.yielding import GLANCE, Others, worker_is_to_stop

SECONDS = 10.0  # unless the site config says otherwise
SHORTEST = 0.01  # seconds; before version 7 Redis takes less than a thousandth of one for no limit at all
LIFETIME = 600  # seconds after which nobody hears a ring any more
MAX_BESIDE = 4  # jobs of one id that are called started
SIGN_OF_LIFE = 100  # seconds; a worker gives one each 30, and each minute when the machine is busy
LEASE = 60  # seconds for which a job attends without saying so again
QUEUED = 10  # seconds for which a job that was queued is waited for


# Who attends, and who rings, must never miss each other: what decides it is one step for Redis.
RING = """
redis.call('rpush', KEYS[1], 1)
redis.call('ltrim', KEYS[1], 0, 0)
redis.call('expire', KEYS[1], ARGV[1])
if redis.call('exists', KEYS[2]) == 1 then return 0 end
if redis.call('set', KEYS[3], 1, 'NX', 'EX', ARGV[2]) then return 1 end
return 0
"""
ATTEND = """
redis.call('del', KEYS[3])
local who = redis.call('get', KEYS[2])
if who and who ~= ARGV[1] then return 0 end
redis.call('set', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1
"""
LEAVE = """
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 1 end
if redis.call('llen', KEYS[1]) > 0 then return 0 end
redis.call('del', KEYS[2])
return 1
"""
ABANDON = """
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('del', KEYS[2])
return redis.call('llen', KEYS[1])
"""


class Wakeup:
	"""What jobs of one kind are there for: one of them attends, and is rung when there is something to do.

	Invariant: a process that rings either is heard by the job that attends, before that leaves, or learns that it has to queue a job. A job
	that is killed attends for `LEASE` seconds more; one that is never begun keeps others away for `QUEUED` seconds.
	"""

	def __init__(self, name: str):
		self.key = frappe.cache.make_key(name)
		# nosemgrep -- a constant and one name, or a hash: no two make one
		self._keys = [self.key, *(frappe.cache.make_key(f"{name}:{part}") for part in ("attended", "queued"))]
		self._token = frappe.generate_hash(length=16)

	def ring(self, pipeline=None) -> bool:
		"""Whether nobody attends, and none is queued that will: the caller has to queue a job.

		:param pipeline: of Redis, to which this is added; its last answer tells it then
		"""
		return bool((pipeline or frappe.cache).eval(RING, 3, *self._keys, LIFETIME, QUEUED))

	def remind(self) -> None:
		"""Rings for the job that attends now or next; nobody is queued for it."""
		pipeline = frappe.cache.pipeline(transaction=True)
		pipeline.rpush(self.key, 1)
		pipeline.ltrim(self.key, 0, 0)
		pipeline.expire(self.key, LIFETIME)
		pipeline.execute()

	def attend(self) -> bool:
		"""To be called when a job begins, and again while it goes on. False when another job attends: it hears all rings."""
		return self._ask(ATTEND, LEASE)

	def leave(self) -> bool:
		"""Whether the job may end. It may not when it was rung since it last listened."""
		return self._ask(LEAVE)

	def abandon(self) -> bool:
		"""Ends attending in any case. Whether something is left to do, for which the caller has to queue a job."""
		return self._ask(ABANDON)

	def silence(self, pipeline) -> None:
		pipeline.delete(self.key)

	def has_rung(self) -> bool:
		"""Since it was last asked, waited for or silenced."""
		return frappe.cache.delete(self.key) > 0

	def listen(self, seconds: float) -> bool:
		"""Whether it rings within that time."""
		return bool(frappe.cache.blpop(self.key, timeout=max(seconds, SHORTEST)))

	def _ask(self, script: str, *arguments) -> bool:
		return bool(frappe.cache.eval(script, 3, *self._keys, self._token, *arguments))


def wait(
	bell: Wakeup,
	deadline: float,
	meanwhile: Callable[[], object] = lambda: None,
	rings_after: float | None = None,
	others: Others | None = None,
) -> bool:
	"""Whether the bell rings while the job may stay. What the site caches in this process is new then.

	:param deadline: `time.monotonic()` at which the job ends in any case
	:param meanwhile: called at each glance
	:param rings_after: seconds after which it counts as rung
	:param others: that the caller asks, too
	"""
	if not (job := getattr(frappe.local, "job", None)):
		return False  # nobody else would wait for what runs in the foreground
	frappe.db.rollback()  # nothing is held while nothing is done
	stay = seconds()  # reading the settings takes time, too
	end = min(time.monotonic() + stay, deadline)
	rings_at = time.monotonic() + rings_after if rings_after is not None else None
	others = others or Others()
	try:
		while (left := end - time.monotonic()) > 0:
			meanwhile()
			glance = min(GLANCE, left)
			if rings_at is not None:
				glance = max(min(glance, rings_at - time.monotonic()), 0.0)
			if bell.listen(glance) or (rings_at is not None and time.monotonic() >= rings_at):
				_begin_anew(job)
				return True
			if others.need_this_worker() or worker_is_to_stop():
				return False
	except RedisError:
		return False
	return False


def enqueue_unless_queued(method: str, job_id: str, **options) -> None:
	"""Queues a job unless one of that id waits for a worker. One that has been started does not count: it may be about
	to end, or dead, so the new one gets another id.
	"""
	for number in range(MAX_BESIDE):
		one = f"{job_id}:{number}" if number else job_id
		job = get_job(one)
		if job and _waits(job):
			return
		if not job or job.get_status() != JobStatus.STARTED:
			frappe.enqueue(method, job_id=one, deduplicate=True, **options)
			return
	frappe.logger("event_streaming").error(f"{MAX_BESIDE} jobs {job_id} are running")


def is_running(job_id: str) -> bool:
	"""Whether a worker is at the job of that id. RQ calls a job whose worker was killed started until its time is over; its
	worker would have given a sign of life within `SIGN_OF_LIFE` seconds."""
	return _is_started(job := get_job(job_id)) and not _is_silent(job)


def is_dead(job_id: str) -> bool:
	"""Whether RQ still calls the job started, and its worker is gone."""
	return _is_started(job := get_job(job_id)) and _is_silent(job)


def _is_started(job: Job | None) -> bool:
	return job is not None and job.get_status() == JobStatus.STARTED


def _is_silent(job: Job) -> bool:
	return age_in_seconds(job.last_heartbeat or job.started_at) >= SIGN_OF_LIFE


def _waits(job: Job) -> bool:
	"""For a worker. One that was killed as it took the job leaves it called queued, and in no queue."""
	if job.get_status() != JobStatus.QUEUED:
		return False
	return age_in_seconds(job.enqueued_at) < SIGN_OF_LIFE or job.get_position() is not None


def seconds() -> float:
	"""For which a job stays at most."""
	return settings.number("linger", SECONDS)


def _begin_anew(job: frappe._dict) -> None:
	"""As the next job would, but with all modules loaded."""
	site, sites_path, user = frappe.local.site, frappe.local.sites_path, frappe.session.user
	frappe.destroy()
	frappe.init(site=site, sites_path=sites_path)
	frappe.connect()
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user(user)
	frappe.local.job = job
