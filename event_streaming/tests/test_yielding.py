"""Of two workers, one gets on with what the minute brings, the other stays for changes."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from frappe.utils.background_jobs import get_redis_conn
from rq import Worker

from event_streaming import yielding
from event_streaming.tests.case import IntegrationTestCase
from event_streaming.yielding import GLANCE, PATIENCE, Others

QUEUE, OTHER_QUEUE = "test:yielding", "test:yielding:long"
ONE, TWO, THREE = (f"site::scheduled_job::{number}" for number in ("one", "two", "three"))
HURRIED = "site::somebody-waits-for-it"
MOMENT = GLANCE / 2


class FakeQueue:
	def __init__(self, name: str):
		self.name = name
		self.connection = get_redis_conn()
		self.waiting: list[str] = []

	def get_job_ids(self, offset: int, length: int) -> list[str]:
		return self.waiting[offset : offset + length]


class FakeWorker:
	def __init__(self, name: str, job_age: float | None = None):
		"""
		:param job_age: seconds since its job began; None of one that is idle
		"""
		self.name = name
		self.connection = get_redis_conn()
		self.job_age = job_age
		self.is_between_two_jobs = False

	def get_state(self) -> str:
		return "idle" if self.job_age is None else "busy"

	def get_current_job(self) -> frappe._dict | None:
		if self.is_between_two_jobs:
			return None
		return frappe._dict(started_at=datetime.now(timezone.utc) - timedelta(seconds=self.job_age or 0.0))


class TestYielding(IntegrationTestCase):
	def setUp(self):
		self.now = 1000.0
		self.use(patch.object(yielding, "time")).monotonic.side_effect = lambda: self.now
		self.queues = [FakeQueue(QUEUE), FakeQueue(OTHER_QUEUE)]
		self.mine, self.other = FakeWorker("test-mine", 0.0), FakeWorker("test-other", 0.0)
		self.workers = {QUEUE: [self.mine, self.other], OTHER_QUEUE: [self.mine]}
		self.use(patch.object(Worker, "all", side_effect=lambda queue: self.workers[queue.name]))
		self.use(patch.object(yielding, "_queues_of", side_effect=lambda _worker: self.queues))
		self.forget()
		self.addCleanup(self.forget)

	def use(self, patcher):
		self.addCleanup(patcher.stop)
		return patcher.start()

	def forget(self) -> None:
		get_redis_conn().delete(*self.marks())

	def marks(self) -> list[str]:
		said = [yielding._said(worker.name) for worker in (self.mine, self.other)]
		return said + [f"{yielding.PREFIX}:left:{queue.name}" for queue in self.queues]

	def others_of(self, worker: FakeWorker, reluctance: float = 2 * GLANCE) -> Others:
		job = frappe._dict(worker_name=worker.name)
		others = Others(reluctance)
		ask = others.need_this_worker

		def asked() -> bool:
			with patch.object(yielding, "get_current_job", return_value=job):
				return ask()

		self.use(patch.object(others, "need_this_worker", asked))
		return others

	def stays_for(self, others: Others, seconds: float) -> float | None:
		"""Seconds after which it leaves; None when it doesn't within that time."""
		begin = self.now
		while self.now < begin + seconds:
			if others.need_this_worker():
				return self.now - begin
			self.now += MOMENT
		return None

	def test_nothing_waits(self):
		self.assertIsNone(self.stays_for(self.others_of(self.mine), 60))

	def test_it_leaves_where_there_is_no_other_worker(self):
		self.workers[QUEUE] = [self.mine]
		self.queues[0].waiting = [ONE]
		self.assertLess(self.stays_for(self.others_of(self.mine), 60), 3 * GLANCE)

	def test_a_free_worker_takes_it_but_is_not_waited_for_without_end(self):
		self.other.job_age = None
		self.queues[0].waiting = [ONE]
		left = self.stays_for(self.others_of(self.mine), 60)
		self.assertTrue(PATIENCE <= left < PATIENCE + 2 * GLANCE, left)

	def test_while_another_worker_gets_on_it_stays(self):
		others = self.others_of(self.mine)
		for number in range(10):
			self.queues[0].waiting = [f"{ONE} {number}", TWO]
			self.assertIsNone(self.stays_for(others, PATIENCE * 0.9))

	def test_a_worker_that_is_busy_for_long_takes_nothing_soon(self):
		self.other.job_age = PATIENCE * 2
		self.queues[0].waiting = [ONE]
		self.assertLess(self.stays_for(self.others_of(self.mine), 60), 3 * GLANCE)

	def test_for_what_is_in_a_hurry_it_leaves_unless_a_worker_is_free(self):
		self.queues[0].waiting = [ONE, HURRIED]
		self.assertLess(self.stays_for(self.others_of(self.mine), 60), 3 * GLANCE)
		self.other.job_age = None
		left = self.stays_for(self.others_of(self.mine), 60)
		self.assertTrue(PATIENCE <= left < PATIENCE + 2 * GLANCE, left)

	def test_links_that_wait_in_line_do_not_wait_for_each_other(self):
		telling, asking = self.two_that_stay()
		for number in range(20):
			self.queues[0].waiting = [f"{HURRIED} {number}", f"{HURRIED} {number + 1}"]
			telling.need_this_worker(), asking.need_this_worker()
			self.now += MOMENT
		self.assertTrue(telling.need_this_worker())
		self.assertTrue(asking.need_this_worker())

	def test_what_announces_and_reports_has_time(self):
		others = self.others_of(self.mine)
		for job_id in (f"site::{yielding.HINTS}x", f"site::{yielding.REPORT}", "site||scheduled_job||x"):
			self.queues[0].waiting = [job_id]
			self.assertIsNone(self.stays_for(others, PATIENCE * 0.9), job_id)

	def test_a_worker_between_two_jobs_gets_on(self):
		self.other.is_between_two_jobs = True
		self.queues[0].waiting = [ONE]
		self.assertIsNone(self.stays_for(self.others_of(self.mine), PATIENCE * 0.9))

	def test_what_only_this_worker_takes(self):
		self.other.job_age = None
		self.queues[1].waiting = [ONE]
		self.assertLess(self.stays_for(self.others_of(self.mine), 60), 3 * GLANCE)

	def test_jobs_that_only_help_another_do_not_wait(self):
		self.workers[QUEUE] = [self.mine]
		self.queues[0].waiting = [f"site::{yielding.HELPS}x:1"]
		self.assertIsNone(self.stays_for(self.others_of(self.mine), 60))

	def test_a_job_that_was_taken_at_once_is_none_that_waits(self):
		self.workers[QUEUE] = [self.mine]
		others = self.others_of(self.mine)
		for _minute in range(5):
			self.queues[0].waiting = [ONE]
			self.assertFalse(others.need_this_worker())
			self.queues[0].waiting = []
			self.now += 60
			self.assertFalse(others.need_this_worker())

	def two_that_stay(self) -> tuple[Others, Others]:
		"""One that tells of changes, and one that asks for them."""
		self.workers[OTHER_QUEUE] = self.workers[QUEUE]
		return self.others_of(self.other), self.others_of(self.mine, 5 * GLANCE)

	def test_of_two_that_stay_the_less_reluctant_leaves_and_the_other_does_not(self):
		telling, asking = self.two_that_stay()
		self.queues[0].waiting = [ONE, TWO]
		left = []
		while "tells" not in left and self.now < 1000 + PATIENCE:
			left += [name for name, each in (("asks", asking), ("tells", telling)) if each.need_this_worker()]
			self.now += MOMENT
		self.assertEqual(left, ["tells"])
		self.assertIsNone(self.stays_for(asking, PATIENCE / 2), "two left for one job")
		self.queues[0].waiting, self.queues[1].waiting = [TWO], [THREE]
		self.assertIsNone(self.stays_for(asking, PATIENCE / 2), "who left takes jobs of both queues")

	def test_the_more_reluctant_one_stays_while_another_begins_and_will_leave(self):
		telling, asking = self.two_that_stay()
		self.queues[0].waiting = [ONE]
		self.assertFalse(telling.need_this_worker(), "it has waited for nobody yet")
		self.assertIsNone(self.stays_for(asking, PATIENCE * 0.9))

	def test_of_two_equals_one_leaves(self):
		first, second = self.others_of(self.other), self.others_of(self.mine)
		self.queues[0].waiting = [ONE]
		left = 0
		for _moment in range(int(PATIENCE / MOMENT) - 1):
			left += first.need_this_worker() if not left else 0
			left += second.need_this_worker()
			self.now += MOMENT
		self.assertEqual(left, 1)

	def test_all_leave_in_the_end_where_nobody_takes_anything(self):
		telling, asking = self.others_of(self.other), self.others_of(self.mine)
		self.queues[0].waiting = [ONE]
		self.assertIsNotNone(self.stays_for(telling, 60))
		self.assertIsNotNone(self.stays_for(asking, 60))


class TestQueues(IntegrationTestCase):
	def test_a_job_of_this_bench_waits(self):
		job = frappe.enqueue("frappe.ping", queue="long", job_id="event_streaming_test_yielding")
		try:
			self.assertTrue(any(map(yielding.jobs_of_others, yielding._queues_of(None))))
		finally:
			job.delete()
