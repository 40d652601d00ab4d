import time
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from frappe.utils.background_jobs import get_redis_conn
from redis.exceptions import ConnectionError as RedisOff
from rq import Worker
from rq.job import JobStatus

from event_streaming import lingering, workers, yielding
from event_streaming.lingering import Wakeup
from event_streaming.tests.case import IntegrationTestCase
from event_streaming.yielding import Others

NAME = "event_streaming:test"


class TestLingering(IntegrationTestCase):
	def setUp(self):
		self.bell = Wakeup(NAME)
		self.bell.has_rung()
		self.anew = self.use(patch.object(lingering, "_begin_anew"))
		self.others = self.use(patch.object(Others, "need_this_worker", return_value=False))
		self.use(patch.object(lingering, "SECONDS", 0.3))
		self.use(patch.object(lingering, "GLANCE", 0.05))
		frappe.local.job = frappe._dict(method="of this test")
		self.addCleanup(delattr, frappe.local, "job")

	def use(self, patcher):
		self.addCleanup(patcher.stop)
		return patcher.start()

	def wait(self, seconds: float = 60, **options) -> bool:
		return lingering.wait(self.bell, time.monotonic() + seconds, **options)

	def test_a_ring_ends_the_waiting_once(self):
		self.assertTrue(self.wait(meanwhile=self.bell.ring))
		self.anew.assert_called_once_with(frappe.local.job)
		self.assertFalse(self.wait())

	def test_many_rings_before_anybody_listens_are_one(self):
		for _ in range(3):
			self.bell.ring()
		self.assertTrue(self.wait())
		self.assertFalse(self.bell.has_rung())

	def test_nobody_rings(self):
		self.assertFalse(self.wait())
		self.anew.assert_not_called()

	def test_the_time_of_the_next_question_counts_as_a_ring(self):
		started = time.monotonic()
		with patch.object(lingering, "SECONDS", 60):
			self.assertTrue(self.wait(rings_after=0.1))
		self.assertTrue(0.1 <= time.monotonic() - started < 30)
		self.anew.assert_called_once_with(frappe.local.job)
		self.assertFalse(self.wait(rings_after=5))  # the job has to go before

	def test_the_next_question_is_not_waited_for_while_another_job_waits(self):
		self.others.return_value = True
		with patch.object(lingering, "SECONDS", 60):
			self.assertFalse(self.wait(rings_after=30))

	def test_the_last_moment_is_not_taken_for_ever(self):
		with patch.object(type(frappe.cache), "blpop", return_value=None) as blpop:
			self.assertFalse(self.bell.listen(0.0001))
		self.assertGreaterEqual(blpop.call_args.kwargs["timeout"], 0.01)

	def test_the_deadline_ends_it_too(self):
		self.assertFalse(self.wait(0, meanwhile=self.bell.ring))
		self.assertFalse(self.bell.has_rung())

	def test_it_leaves_to_who_waits_for_a_worker(self):
		glances = []
		self.others.return_value = True
		with patch.object(lingering, "SECONDS", 60):
			self.assertFalse(self.wait(meanwhile=lambda: glances.append(1)))
		self.assertEqual(len(glances), 1)

	def test_it_ends_when_its_worker_is_to_stop(self):
		worker = Worker.redis_worker_namespace_prefix + NAME
		connection = get_redis_conn()
		self.addCleanup(connection.delete, worker)
		job = frappe._dict(worker_name=NAME, connection=connection)
		self.use(patch.object(yielding, "get_current_job", return_value=job))
		connection.hset(worker, "state", "busy")
		self.assertTrue(self.wait(meanwhile=self.bell.ring))
		connection.hset(worker, "shutdown_requested_date", "2026-11-25T00:00:00Z")
		glances = []
		with patch.object(lingering, "SECONDS", 60):
			self.assertFalse(self.wait(meanwhile=lambda: glances.append(1)))
		self.assertEqual(len(glances), 1)

	def test_the_site_config_turns_it_off(self):
		self.use(patch.dict(frappe.local.conf, event_streaming_linger=0))
		self.bell.ring()
		self.assertFalse(self.wait())
		self.assertTrue(self.bell.has_rung())

	def test_what_runs_in_the_foreground_does_not_wait(self):
		self.bell.ring()
		with patch.object(frappe.local, "job", None):
			self.assertFalse(self.wait())

	def test_without_redis_the_job_ends(self):
		with patch.object(Wakeup, "listen", side_effect=RedisOff):
			self.assertFalse(self.wait())


class TestWhyNothingBegins(IntegrationTestCase):
	def setUp(self):
		self.off = patch.object(workers, "is_scheduler_inactive", return_value=False).start()
		self.addCleanup(patch.stopall)

	def test_the_scheduler_is_off(self):
		self.off.return_value = True
		self.assertIn("scheduler", workers.why_nothing_begins("long"))

	def test_jobs_wait_for_a_worker(self):
		since = datetime.now(timezone.utc) - timedelta(minutes=7)
		job = frappe._dict(enqueued_at=since)
		with patch.object(workers, "get_queue") as queue:
			queue.return_value.get_jobs.return_value = [job]
			self.assertIn("7 minutes", workers.why_nothing_begins("long"))
			job.enqueued_at = datetime.now(timezone.utc)
			self.assertEqual(workers.why_nothing_begins("long"), "")
			queue.return_value.get_jobs.return_value = []
			self.assertEqual(workers.why_nothing_begins("long"), "")

	def test_redis_is_off(self):
		with patch.object(workers, "get_queue", side_effect=RedisOff):
			self.assertIn("Redis", workers.why_nothing_begins("long"))


class TestSignsOfLife(IntegrationTestCase):
	def ask(self, status: JobStatus, age: float) -> bool:
		sign = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(seconds=age)
		job = frappe._dict(get_status=lambda: status, last_heartbeat=sign, started_at=sign)
		with patch.object(lingering, "get_job", return_value=job):
			return lingering.is_running("one")

	def test_a_job_whose_worker_was_killed_is_dead_within_two_minutes(self):
		self.assertTrue(self.ask(JobStatus.STARTED, 60))
		self.assertFalse(self.ask(JobStatus.STARTED, 119))
		self.assertFalse(self.ask(JobStatus.FINISHED, 1))
