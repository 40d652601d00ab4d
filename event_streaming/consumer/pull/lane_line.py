"""How a puller and its lanes speak: through lists in the Redis of the queues, whichever machines they run on.

```
puller ── share ──────────────────> list of the lane ──> lane
puller <── list of the puller <── ready, alive, done, gone ── lane
```

Nothing here decides what is committed (see `fence`): who hears nothing for long takes the other for dead, and may be wrong.
Every wait ends by itself, every list is gone soon after its last word.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass

import frappe
from frappe.utils.background_jobs import get_job, get_queues_timeout, get_redis_conn
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import JobStatus

from event_streaming import lingering, workers, yielding

QUEUE = "long"  # unless the site config says otherwise
JOB = "event_streaming.consumer.pull.lane_worker.lane_job"
LIFETIME = 300  # seconds; of a list that nobody writes to
OPEN = 20  # seconds for which lanes wait for a puller that says nothing
GLANCE = 1.0  # seconds
ANSWER_WITHIN = 10  # seconds for Redis
INVITE_AGAIN = 5.0  # seconds
RUNNING_TIME = 1200  # seconds
STAYS = 900  # seconds after which a lane takes no further share; a new one may come in its place
LEAST = 2  # lanes; the puller waits for them, so one would be worth nothing


def queue() -> str:
	"""Of the lanes' jobs; "" where the site config names none that there is."""
	wanted = frappe.conf.get("event_streaming_lane_queue") or QUEUE
	return wanted if wanted in get_queues_timeout() else ""


class Line:
	def __init__(self, name: str):
		self.name = name
		self._redis = _connection()

	def _push(self, part: str, message: dict) -> None:
		key = self._key(part)
		pipeline = self._redis.pipeline()
		pipeline.rpush(key, json.dumps(message))
		pipeline.expire(key, LIFETIME)
		pipeline.execute()

	def _pop(self, part: str, seconds: float) -> dict | None:
		key = self._key(part)
		if seconds <= 0:
			found = self._redis.lpop(key)
		else:
			_key, found = self._redis.blpop([key], timeout=max(seconds, lingering.SHORTEST)) or (key, None)
		return json.loads(found) if found else None

	def _key(self, part: str) -> str:
		return f"{yielding.PREFIX}:{frappe.local.site}:{self.name}:{part}"


@dataclass
class Heard:
	"""A lane, and when it was last heard of."""

	number: int
	job_id: str
	at: float


class PullersEnd(Line):
	def __init__(self, wanted: int, silence: float):
		"""
		:param wanted: number of lanes
		:param silence: seconds after which a lane that works is taken for dead
		:raises RedisError: it does not answer
		"""
		super().__init__(frappe.generate_hash(length=16))
		self.wanted = wanted
		self.silence = silence
		self.lanes: dict[int, Heard] = {}
		self._invited: dict[int, str] = {}  # those that have not come yet
		self._number = 0
		self._invited_at = float("-inf")
		self._stretch = ""
		self._done: dict[int, dict] = {}

	def invite(self) -> bool:
		"""Queues a job for each lane that is missing, as far as there are workers that nobody else needs, and unless all that
		come would still be too few.

		:returns: whether lanes are on their way
		"""
		self._stay_open()
		if time.monotonic() > self._invited_at + INVITE_AGAIN:
			self._invited_at = time.monotonic()
			self._invited = {lane: job for lane, job in self._invited.items() if not _has_ended(job)}
			there = len(self.lanes) + len(self._invited)
			more = min(self.wanted - there, workers.spare_workers(queue()))
			if there + more >= LEAST:
				for _lane in range(more):
					self._queue_lane()
		return bool(self._invited)

	def are_there(self, within: float = 0.0) -> bool:
		"""Whether there are so many lanes that it is worth it.

		:param within: seconds that are waited for all that are invited
		"""
		end = time.monotonic() + within
		while True:
			waits = bool(self._invited) and time.monotonic() < end
			if not self._hear(GLANCE if waits else 0.0) and not waits:
				return len(self.lanes) >= LEAST
			self._stay_open()

	def ask(self, lane: int, request: dict) -> None:
		self._done.pop(lane, None)
		self.lanes[lane].at = time.monotonic()
		self._push(str(lane), request)

	def answers(self, asked: list[int], stretch: str) -> dict[int, dict[str, str] | None]:
		"""Returns when no lane works any more, as far as one can know.

		:returns: what of its share each has committed; None where a lane is lost
		"""
		self._stretch = stretch
		looked = time.monotonic()
		while waiting := [lane for lane in asked if lane in self.lanes and lane not in self._done]:
			self._hear(GLANCE)
			if time.monotonic() > looked + GLANCE:
				self._stay_open()
				self._forget_dead(waiting)
				looked = time.monotonic()
		return {lane: self._done.pop(lane, None) for lane in asked}

	def close(self) -> None:
		"""Lanes end when they are done with what they do."""
		with suppress(RedisError):
			self._redis.delete(self._key("open"))
			for lane in self.lanes:
				self._push(str(lane), {"end": True})
			for job_id in self._invited.values():
				if (job := get_job(job_id)) and job.get_status() == JobStatus.QUEUED:
					job.delete()

	def _queue_lane(self) -> None:
		self._number += 1
		job_id = _job_id(self.name, self._number)
		frappe.enqueue(
			JOB,
			queue=queue(),
			timeout=RUNNING_TIME,
			job_id=job_id,
			line=self.name,
			number=self._number,
			idle=max(int(self.silence * 2 / 3), 1),
		)
		self._invited[self._number] = job_id

	def _stay_open(self) -> None:
		self._redis.set(self._key("open"), 1, ex=OPEN)

	def _hear(self, seconds: float) -> bool:
		message = self._pop("puller", seconds)
		if not message:
			return False
		lane, word = message["lane"], message["word"]
		self._invited.pop(lane, None)
		if word == "gone":
			self.lanes.pop(lane, None)
		elif word in ("ready", "done"):  # one that was taken for dead may come back
			self.lanes[lane] = Heard(lane, message["job"], time.monotonic())
		elif lane in self.lanes:
			self.lanes[lane].at = time.monotonic()
		if word == "done" and message["stretch"] == self._stretch:
			self._done[lane] = message["done"]
		return True

	def _forget_dead(self, waiting: list[int]) -> None:
		dead = [lane for lane in waiting if self._is_dead(lane)]
		while self._hear(0.0):  # their last words
			pass
		for lane in dead:
			if lane not in self._done:
				self.lanes.pop(lane, None)

	def _is_dead(self, lane: int) -> bool:
		known = self.lanes.get(lane)
		return bool(known) and (time.monotonic() > known.at + self.silence or _has_ended(known.job_id))


class LanesEnd(Line):
	def __init__(self, name: str, number: int, queue_names: list[str]):
		"""
		:param queue_names: of the queues that this lane's worker takes jobs of
		"""
		super().__init__(name)
		self.number = number
		self._queue_names = queue_names
		self._stays_until = time.monotonic() + STAYS
		self._said = 0.0

	def next_request(self) -> dict | None:
		"""
		:returns: None when the lane has to end: the puller has ended or is dead, or others need its worker
		"""
		others = 0
		while self.is_open() and time.monotonic() < self._stays_until:
			if message := self._pop(str(self.number), GLANCE):
				return None if message.get("end") else message
			others = others + 1 if _do_others_wait(self._queue_names) else 0
			if others > 1 or yielding.worker_is_to_stop():
				return None
		return None

	def is_open(self) -> bool:
		return bool(self._redis.exists(self._key("open")))

	def say(self, word: str, **more) -> None:
		job_id = _job_id(self.name, self.number)
		self._push("puller", {"lane": self.number, "word": word, "job": job_id, **more})
		self._said = time.monotonic()

	def say_alive(self) -> None:
		if time.monotonic() > self._said + GLANCE:
			self.say("alive")


def _job_id(line: str, number: int) -> str:
	return f"{yielding.HELPS}{line}:{number}"


def _do_others_wait(queue_names: list[str]) -> bool:
	"""Whether a job that is no lane waits in one of these queues."""
	return any(yielding.jobs_of_others(Queue(name, connection=get_redis_conn())) for name in queue_names)


def _has_ended(job_id: str) -> bool:
	job = get_job(job_id)
	return not job or job.get_status() not in (JobStatus.QUEUED, JobStatus.STARTED)


def _connection() -> Redis:
	"""As RQ's, but nobody waits for ever where the network drops what is sent."""
	pool = get_redis_conn().connection_pool
	options = {**pool.connection_kwargs, "socket_timeout": ANSWER_WITHIN}
	return Redis(connection_pool=type(pool)(connection_class=pool.connection_class, **options))
