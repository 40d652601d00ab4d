"""How workers become the lanes of a puller, and what a puller and its lanes say to each other over Redis."""

from types import SimpleNamespace
from unittest.mock import patch

import frappe
from frappe.utils.background_jobs import get_queue

from event_streaming import workers, yielding
from event_streaming.consumer.pull import lane_line
from event_streaming.consumer.pull.lane_line import LanesEnd, PullersEnd
from event_streaming.tests.case import IntegrationTestCase


class LaneCase(IntegrationTestCase):
	def use(self, patcher):
		self.addCleanup(patcher.stop)
		return patcher.start()


class TestWorkersForLanes(LaneCase):
	"""Queues are those of this bench; `L` stands for one that lanes have to themselves."""

	def setUp(self):
		super().setUp()
		self.use(patch.object(workers, "get_queue", side_effect=self.queue))
		self.there = self.use(patch.object(workers, "get_workers", return_value=[]))
		self.waiting = 0

	def queue(self, name: str) -> SimpleNamespace:
		return SimpleNamespace(name=name, count=self.waiting)

	def have(self, *told: str) -> None:
		"""`"long"` is a free worker of that queue, `"long*"` one that is busy."""
		self.there.return_value = [
			SimpleNamespace(
				name=str(number),
				queue_names=lambda queues=queues: queues.rstrip("*").split(","),
				get_state=lambda queues=queues: "busy" if queues.endswith("*") else "idle",
			)
			for number, queues in enumerate(told)
		]

	def test_the_last_free_worker_is_left_to_other_links(self):
		self.have("long*", "long")
		self.assertEqual(workers.spare_workers("long"), 0)
		self.have("long*", "long", "short,default,long", "long")
		self.assertEqual(workers.spare_workers("long"), 2)

	def test_workers_that_other_jobs_wait_for_are_not_free(self):
		self.have("long", "long", "long", "long")
		self.waiting = 2
		self.assertEqual(workers.spare_workers("long"), 1)
		self.waiting = 9
		self.assertEqual(workers.spare_workers("long"), 0)

	def test_workers_that_take_nothing_but_lanes_are_all_free(self):
		self.have("L", "L", "long")
		self.assertEqual(workers.spare_workers("L"), 2)

	def test_a_queue_that_there_is_not_has_no_workers(self):
		with patch.dict(frappe.conf, {"event_streaming_lane_queue": "no such queue"}):
			self.assertEqual(lane_line.queue(), "")
		self.assertEqual(workers.spare_workers(""), 0)
		self.assertEqual(lane_line.queue(), "long")

	def test_a_lane_that_comes_late_does_not_stay_on_the_last_worker(self):
		self.have("long*", "long*", "L")
		self.assertEqual(workers.queue_names_of("1"), ["long"])
		self.assertTrue(workers.is_last_of_its_kind(["long"]))
		self.assertFalse(workers.is_last_of_its_kind(["L"]))
		self.have("long*", "long*", "short,default,long")
		self.assertFalse(workers.is_last_of_its_kind(["long"]))
		self.have("long*", "long*", "short")
		self.assertTrue(workers.is_last_of_its_kind(["long"]))


class TestTheLine(LaneCase):
	"""A puller and two lanes, over the Redis of this bench; no worker is needed for it."""

	def setUp(self):
		super().setUp()
		self.enqueued = self.use(patch.object(lane_line.frappe, "enqueue"))
		self.spare = self.use(patch.object(workers, "spare_workers", return_value=2))
		self.ended = self.use(patch.object(lane_line, "_has_ended", return_value=False))
		self.use(patch.object(lane_line, "GLANCE", 0.05))
		self.puller = PullersEnd(2, 0.3)
		self.addCleanup(self.puller.close)
		self.assertTrue(self.puller.invite())
		self.lanes = [
			LanesEnd(self.puller.name, call.kwargs["number"], ["q"]) for call in self.enqueued.mock_calls
		]

	def join(self) -> None:
		for lane in self.lanes:
			lane.say("ready")
		self.assertTrue(self.puller.are_there())

	def test_lanes_join_when_they_come(self):
		self.assertFalse(self.puller.are_there())
		self.lanes[0].say("ready")
		self.assertFalse(self.puller.are_there())
		self.lanes[1].say("ready")
		self.assertTrue(self.puller.are_there())

	def test_who_is_invited_is_not_invited_twice(self):
		self.puller._invited_at = 0
		self.assertTrue(self.puller.invite())
		self.join()
		self.puller._invited_at = 0
		self.puller.invite()
		self.assertEqual(self.enqueued.call_count, 2)

	def test_none_is_invited_where_all_that_are_free_would_be_too_few(self):
		puller = PullersEnd(4, 0.3)
		self.addCleanup(puller.close)
		self.spare.return_value = 1
		self.assertFalse(puller.invite())
		puller._invited_at, self.spare.return_value = 0, 3
		self.assertTrue(puller.invite())
		self.assertEqual(self.enqueued.call_count, 2 + 3)

	def test_who_leaves_at_once_or_never_comes_is_followed_by_another(self):
		self.lanes[0].say("gone")
		self.assertFalse(self.puller.are_there())
		self.puller._invited_at = 0
		self.puller.invite()
		self.assertEqual(self.enqueued.call_count, 3)
		self.ended.side_effect = lambda job_id: job_id.endswith(":2")
		self.puller._invited_at = 0
		self.puller.invite()
		self.assertEqual([call.kwargs["number"] for call in self.enqueued.mock_calls], [1, 2, 3, 4])

	def test_a_lane_ends_before_the_time_of_its_job_is_over(self):
		self.join()
		self.puller.ask(1, {"stretch": "t", "share": []})
		with patch.object(lane_line, "STAYS", 0):
			late = LanesEnd(self.puller.name, 1, ["q"])
		self.assertIsNone(late.next_request())
		self.assertIsNotNone(self.lanes[0].next_request())
		self.assertLess(lane_line.STAYS, lane_line.RUNNING_TIME)

	def test_a_share_goes_one_way_and_what_is_done_the_other(self):
		self.join()
		for number in (1, 2):
			self.puller.ask(number, {"stretch": "t", "share": [number]})
		for lane in self.lanes:
			[number] = lane.next_request()["share"]
			lane.say("done", stretch="t", done={str(number): "Synced"})
		self.assertEqual(self.puller.answers([1, 2], "t"), {1: {"1": "Synced"}, 2: {"2": "Synced"}})

	def test_a_lane_that_says_nothing_for_long_is_lost_and_may_come_back(self):
		self.join()
		for number in (1, 2):
			self.puller.ask(number, {"stretch": "t", "share": []})
		self.lanes[0].say("done", stretch="t", done={})
		self.assertEqual(self.puller.answers([1, 2], "t"), {1: {}, 2: None})
		self.assertFalse(self.puller.are_there())
		self.lanes[1].say("done", stretch="t", done={"7": "Synced"})
		self.assertTrue(self.puller.are_there())
		self.puller.ask(2, {"stretch": "u", "share": []})
		self.assertEqual(self.puller.answers([2], "u"), {2: None})

	def test_a_lane_whose_job_has_ended_is_lost_at_once(self):
		self.join()
		self.puller.silence = 600
		self.ended.return_value = True
		self.puller.ask(1, {"stretch": "t", "share": []})
		self.assertEqual(self.puller.answers([1], "t"), {1: None})

	def test_the_last_words_of_a_lane_that_has_ended_are_heard(self):
		self.join()
		self.puller.ask(1, {"stretch": "t", "share": []})
		for word in ("alive", "alive"):
			self.lanes[0].say(word)
		self.lanes[0].say("done", stretch="t", done={"7": "Synced"})
		self.ended.return_value = True
		with patch.object(lane_line, "GLANCE", 0.0):
			self.assertEqual(self.puller.answers([1], "t"), {1: {"7": "Synced"}})

	def test_a_lane_that_goes_is_not_waited_for(self):
		self.join()
		self.puller.silence = 600
		self.puller.ask(1, {"stretch": "t", "share": []})
		self.lanes[0].say("gone")
		self.assertEqual(self.puller.answers([1], "t"), {1: None})

	def test_a_lane_ends_with_its_puller(self):
		self.join()
		self.puller.close()
		self.assertEqual([lane.next_request() for lane in self.lanes], [None, None])

	def test_a_lane_ends_when_its_puller_is_silent_or_others_need_its_worker(self):
		self.join()
		with patch.object(lane_line, "_do_others_wait", return_value=True):
			self.assertIsNone(self.lanes[0].next_request())
		self.puller._redis.delete(self.puller._key("open"))
		self.assertIsNone(self.lanes[1].next_request())

	def test_only_a_job_that_its_own_worker_would_take_is_one_of_others(self):
		queue = get_queue("long")
		job_ids = [f"{frappe.local.site}::{yielding.HELPS}x:1"]
		with patch.object(lane_line.Queue, "get_job_ids", side_effect=lambda *_args: job_ids):
			self.assertFalse(lane_line._do_others_wait([queue.name]))
			job_ids.append(f"{frappe.local.site}::event_streaming:pull:x")
			self.assertTrue(lane_line._do_others_wait([queue.name]))
			self.assertFalse(lane_line._do_others_wait([]))

	def test_every_list_is_gone_some_time_after_its_last_word(self):
		self.join()
		self.puller.ask(1, {"stretch": "t", "share": []})
		self.lanes[0].say("alive")
		keys = list(self.puller._redis.scan_iter(self.puller._key("*")))
		self.assertEqual(len(keys), 3)
		self.assertTrue(all(0 < self.puller._redis.ttl(key) <= lane_line.LIFETIME for key in keys))
		self.assertTrue(all(key.startswith(b"rq:event_streaming:") for key in keys))

	def test_no_wait_for_redis_is_without_end(self):
		connection = self.puller._redis.connection_pool.connection_kwargs
		self.assertEqual(connection["socket_timeout"], lane_line.ANSWER_WITHIN)
		self.assertNotIn("socket_timeout", get_queue("long").connection.connection_pool.connection_kwargs)
