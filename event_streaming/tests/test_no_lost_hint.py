"""A change is announced, whatever moment it falls into: between any two steps of the job that tells of changes, or of the job
that pulls, and while a job has done its work and is not over yet."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import MagicMock, patch

import frappe
import redis
from rq.job import JobStatus

from event_streaming import lingering
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import throughput
from event_streaming.consumer.identity import read_only
from event_streaming.consumer.pull import pull as pulling
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.pull.work import Summary
from event_streaming.document import schema
from event_streaming.exceptions import AnswerTimedOut
from event_streaming.lingering import Wakeup
from event_streaming.producer import consumed_doctypes, notify, positions
from event_streaming.tests.calling import LinkTestCase, create_test_consumer
from event_streaming.tests.case import IntegrationTestCase
from event_streaming.yielding import Others

CONSUMER, PRODUCER = "http://first.example", "http://source.example"
MOST_STEPS = 200
RealPipeline, RealRedis = redis.client.Pipeline.execute, redis.Redis.execute_command


class StoppedClock:
	"""Stops a job at one of its steps (before and after each word with Redis) and lets something else happen there."""

	def __init__(self, at: int, happens: Callable[[], None]):
		self.at = at
		self.happens = happens
		self.step = 0
		self.stopped = False

	def tick(self) -> None:
		if self.stopped:
			return
		self.step += 1
		if self.step == self.at:
			self.stopped = True
			self.happens()

	@contextmanager
	def running(self) -> Iterator[None]:
		clock = self

		def step(real: Callable) -> Callable:
			def stepping(*args, **kwargs):
				clock.tick()
				try:
					return real(*args, **kwargs)
				finally:
					clock.tick()

			return stepping

		with (
			patch.object(redis.client.Pipeline, "execute", step(RealPipeline)),
			patch.object(redis.Redis, "execute_command", step(RealRedis)),
		):
			yield
			self.tick()


class TestNoLostHint(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.forget()
		self.addCleanup(self.forget)
		self.use(patch.object(lingering, "_begin_anew"))
		self.use(patch.object(Others, "need_this_worker", return_value=False))
		self.use(patch.object(lingering, "SECONDS", 0.02))
		self.use(patch.object(lingering, "GLANCE", 0.01))
		self.use(patch.object(notify, "PAUSE", 0.0))
		undo = frappe.db.rollback
		only_to_savepoints = lambda save_point=None: save_point and undo(save_point=save_point)  # noqa: E731
		self.use(patch.object(frappe.db, "rollback", side_effect=only_to_savepoints))
		frappe.local.job = frappe._dict(method="of this test")
		self.addCleanup(delattr, frappe.local, "job")

	def forget(self) -> None:
		frappe.cache.delete_keys("event_streaming:")
		for bell in (Wakeup(notify.BELL), schedule._bell(PRODUCER)):
			frappe.cache.delete(*bell._keys)
		frappe.cache.delete(frappe.cache.make_key(notify.CHANGED))
		frappe.cache.delete_value(notify.SILENCE + CONSUMER)
		frappe.db.event_streaming_changed = None
		frappe.db.after_commit.reset()
		frappe.db.after_rollback.reset()

	def change(self) -> None:
		notify.notify_after_commit("ToDo")
		frappe.db.after_commit.run()
		frappe.db.after_rollback.reset()

	def at_each_step(self, scenario: Callable[[StoppedClock], None], happens: Callable[[], None]) -> int:
		for at in range(1, MOST_STEPS):
			self.forget()
			clock = StoppedClock(at, happens)
			scenario(clock)
			if not clock.stopped:
				return at - 1
		raise AssertionError("the job comes to no end")

	def test_no_step_of_the_job_that_tells_of_changes_hides_one(self):
		create_test_consumer(CONSUMER)
		queue: list[str] = []
		told: list[str] = []
		self.use(patch.object(frappe, "enqueue", side_effect=lambda method, **_options: queue.append(method)))
		client = self.use(patch.object(notify, "ConsumerClient"))
		client.for_consumer.return_value.__enter__.return_value.wake_up.side_effect = lambda: told.append(
			"hint"
		)

		def happens() -> None:
			self.change()
			told.append("change")

		def scenario(clock: StoppedClock) -> None:
			queue.clear(), told.clear()
			self.change()
			with clock.running():
				while queue:
					queue.pop()
					notify.send_hints()
			while queue:
				queue.pop()
				notify.send_hints()
			self.assertEqual(told[-1], "hint", f"a change at step {clock.at} is announced to nobody")

		self.assertGreater(self.at_each_step(scenario, happens), 10)

	def test_no_step_of_the_job_that_pulls_hides_news_and_neither_does_its_end(self):
		producer = MagicMock(news=0)
		queue: list[str] = []
		running: list[str] = []
		self.use(patch.object(cursors, "read", return_value=frappe._dict(state=cursors.STREAMING)))

		def enqueue(method: str, job_id: str, **options) -> None:
			queue.append(job_id)

		def get_job(job_id: str) -> MagicMock | None:
			status = JobStatus.QUEUED if job_id in queue else JobStatus.STARTED if job_id in running else None
			return status and MagicMock(get_status=lambda: status, enqueued_at=None, last_heartbeat=None)

		def pull(_producer: str, *, progress: Callable, **_options) -> Summary:
			found, producer.news = producer.news, 0
			progress(None)
			return Summary(PRODUCER, synced=found)

		self.use(patch.object(frappe, "enqueue", side_effect=enqueue))
		self.use(patch.object(lingering, "get_job", side_effect=get_job))
		self.use(patch.object(pulling, "pull", side_effect=pull))

		def happens() -> None:
			producer.news += 1
			schedule.wake_up(PRODUCER)

		def work(clock: StoppedClock | None = None) -> None:
			while queue:
				running.append(queue.pop())
				schedule.pull_job(PRODUCER)
				if clock:
					clock.tick()  # RQ calls the job started for a while yet
				running.pop()

		def scenario(clock: StoppedClock) -> None:
			queue.clear()
			happens()
			with clock.running():
				work(clock)
			work()
			self.assertEqual(producer.news, 0, f"news at step {clock.at} wait for the schedule")

		self.assertGreater(self.at_each_step(scenario, happens), 8)

	def test_a_cache_that_is_cleared_hides_no_news(self):
		"""Each rename on a site clears it."""
		self.change()
		bell = schedule._bell(PRODUCER)
		bell.remind()
		throughput.add(PRODUCER, pages=1)
		self.addCleanup(throughput.forget, PRODUCER)
		frappe.clear_cache()
		self.assertTrue(frappe.cache.get_keys(notify.CHANGED))
		self.assertTrue(Wakeup(notify.BELL).has_rung())
		self.assertTrue(bell.has_rung())
		self.assertEqual(throughput.read([PRODUCER])[PRODUCER], {"pages": 1.0})

	def test_what_is_worked_out_anew_goes_with_the_cache(self):
		for key in (
			schema.DIGESTS,
			consumed_doctypes.CONSUMED,
			consumed_doctypes.CONSUMED_GUESS,
			read_only.KEY,
		):
			frappe.cache.set_value(key, ["old"], expires_in_sec=60)
			frappe.clear_cache()
			self.assertIsNone(frappe.cache.get_value(key, expires=True), key)

	def test_a_consumer_that_was_only_slow_gets_its_hint_once_more(self):
		create_test_consumer(CONSUMER)
		self.use(patch.object(lingering, "SECONDS", 3))
		self.use(patch.object(notify, "SHORT_SILENCE", 0.2))
		client = self.use(patch.object(notify, "ConsumerClient"))
		wake_up = client.for_consumer.return_value.__enter__.return_value.wake_up
		wake_up.side_effect = [AnswerTimedOut("slow"), AnswerTimedOut("slow"), None]
		with patch.object(frappe, "enqueue"), patch.dict(frappe.local.conf, event_streaming_linger=0.5):
			self.change()
			notify.send_hints()
		self.assertEqual(wake_up.call_count, 3)

	def test_a_job_whose_worker_was_killed_keeps_nobody_away(self):
		bell = Wakeup(notify.BELL)
		self.assertTrue(bell.attend())
		other = Wakeup(notify.BELL)
		self.assertFalse(other.ring())
		frappe.cache.delete(bell._keys[1])  # its lease is over
		self.assertTrue(other.ring())
		self.assertTrue(other.attend())
		self.assertTrue(bell.leave(), "the one that was held for dead ends, too")
		self.assertFalse(other.leave(), "and the ring is heard")

	def test_an_id_whose_job_is_called_started_for_ever_keeps_nobody_away(self):
		dead = MagicMock(get_status=lambda: JobStatus.STARTED)
		with (
			patch.object(lingering, "get_job", side_effect=lambda job_id: dead if job_id == "one" else None),
			patch.object(frappe, "enqueue") as enqueue,
		):
			lingering.enqueue_unless_queued("frappe.ping", "one", queue="long")
		self.assertEqual(enqueue.call_args.kwargs["job_id"], "one:1")


class TestStamping(IntegrationTestCase):
	def test_a_page_is_not_read_while_somebody_stamps_who_may_have_begun_too_early(self):
		with patch.object(positions, "_stamp_chunk", side_effect=[None, None, 0]) as stamped:
			positions.stamp(1.0)
		self.assertEqual(stamped.call_count, 3)
		with patch.object(positions, "_stamp_chunk", return_value=None):
			begin = time.monotonic()
			positions.stamp(0.1)
		self.assertLess(time.monotonic() - begin, 1)
