"""Which producers the schedule asks, and what a worker is held for."""

from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from event_streaming import lingering, yielding
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, receiving_hours
from event_streaming.consumer.cursor import Cursor
from event_streaming.consumer.pull import schedule
from event_streaming.tests.case import IntegrationTestCase
from event_streaming.yielding import Others


def create_test_cursor(number: int, **values) -> Cursor:
	plain = {"epoch": "e", "position": 1, "event_key": "k", "state": cursors.STREAMING, "behind": 0}
	fields = {**dict.fromkeys(cursors.FIELDS), **plain, **values}
	return Cursor(**{**fields, "event_producer": f"https://branch-{number:04}.example"})


def numbers(producers: list[str]) -> list[int]:
	return [int(producer[15:19]) for producer in producers]


class ScheduleCase(IntegrationTestCase):
	def use(self, patcher):
		self.addCleanup(patcher.stop)
		return patcher.start()


class TestWhoIsAsked(ScheduleCase):
	def setUp(self):
		super().setUp()
		self.use(patch.object(receiving_hours, "is_open", return_value=True))
		self.with_due = self.use(patch.object(parking, "producers_with_due", return_value=set()))
		self.jobs = self.use(patch.object(schedule, "enqueue_pull"))
		self.sweeps = self.use(patch.object(lingering, "enqueue_unless_queued"))
		self.use(patch.object(lingering, "is_running", side_effect=lambda job_id: job_id in self.running))
		self.running: set[str] = set()

	def minute(self, there: list[Cursor]) -> dict[str, list[int]]:
		"""What one minute of the schedule leads to."""
		names = [at.event_producer for at in there]
		with (
			patch.object(cursors, "read_all", return_value=there),
			patch.object(frappe.db, "get_values", return_value=names),
			patch.object(frappe.db, "get_value", return_value=None),
		):
			schedule.pull_all()
		told = {"jobs": numbers([call.args[0] for call in self.jobs.mock_calls])}
		for call in self.sweeps.mock_calls:
			told[call.args[1].rpartition(":")[2]] = numbers(call.kwargs["producers"])
		return told

	def test_a_few_have_a_job_each(self):
		told = self.minute([create_test_cursor(number) for number in range(schedule.FEW)])
		self.assertEqual(told, {"jobs": list(range(schedule.FEW))})

	def test_a_thousand_idle_links_cost_one_job_and_a_bounded_number_of_questions(self):
		told = self.minute([create_test_cursor(number) for number in range(1000)])
		self.assertEqual(told, {"jobs": [], "well": list(range(schedule.ASKED_A_MINUTE))})

	def test_who_has_something_to_send_is_asked_at_once_and_before_the_others(self):
		there = [create_test_cursor(number, behind=7 if number == 998 else 0) for number in range(1000)]
		self.with_due.return_value = {there[999].event_producer}
		told = self.minute(there)["well"]
		self.assertEqual(told[:2], [998, 999])
		self.assertEqual(len(told), schedule.ASKED_A_MINUTE + 2)

	def test_those_that_were_off_hold_one_worker_together(self):
		past, future = (add_to_date(now_datetime(), seconds=seconds) for seconds in (-9, 900))
		there = [create_test_cursor(number) for number in range(20)]
		there += [
			create_test_cursor(number, next_attempt_at=past, state=cursors.FAILING)
			for number in range(20, 50)
		]
		there += [create_test_cursor(number, next_attempt_at=future) for number in range(50, 60)]
		told = self.minute(there)
		self.assertEqual(told, {"jobs": [], "well": list(range(20)), "troubled": list(range(20, 50))})

	def test_no_second_sweep_beside_one_that_runs(self):
		self.running.add("event_streaming:sweep:well")
		self.assertEqual(self.minute([create_test_cursor(number) for number in range(50)]), {"jobs": []})

	def test_nobody_who_is_paused_stopped_or_not_registered_is_asked(self):
		there = [create_test_cursor(number) for number in range(20)]
		there += [create_test_cursor(20, state=cursors.PAUSED), create_test_cursor(21, state=cursors.STOPPED)]
		there += [create_test_cursor(22, epoch="")]
		self.assertEqual(self.minute(there)["well"], list(range(20)))


class TestTheSweep(ScheduleCase):
	def setUp(self):
		super().setUp()
		self.now = 0.0
		clock = self.use(patch.object(schedule, "time"))
		clock.monotonic.side_effect = lambda: self.now
		self.use(patch.object(cursors, "may_be_asked", return_value=True))

	def test_it_asks_one_after_the_other_and_leaves_the_rest_to_the_next(self):
		asked = []

		def pull(producer: str, stay: bool, seconds: float) -> None:
			asked.append((producer, stay, seconds))
			self.now += 20

		self.use(patch.object(schedule, "pull_job", side_effect=pull))
		schedule.sweep_job(["a", "b", "c", "d", "e"])
		self.assertEqual(asked, [(producer, False, schedule.TURN_IN_SWEEP) for producer in "abc"])

	def test_who_has_more_than_fits_into_a_short_turn_gets_a_job(self):
		queued = self.use(patch.object(schedule, "enqueue_pull"))

		def attend(producer: str, _bell, turn: schedule.Turn, _stay: bool) -> None:
			self.now += 2 if producer == "short" else 9
			turn.ends()

		self.use(patch.object(schedule, "_attend", side_effect=attend))
		schedule.sweep_job(["short", "long"])
		queued.assert_called_once_with("long")


class TestTurns(ScheduleCase):
	def setUp(self):
		super().setUp()
		self.now = 0.0
		clock = self.use(patch.object(schedule, "time"))
		clock.monotonic.side_effect = lambda: self.now
		self.others = self.use(patch.object(Others, "need_this_worker", return_value=False))
		frappe.local.job = frappe._dict(method="of this test")
		self.addCleanup(delattr, frappe.local, "job")

	def test_a_link_with_a_million_events_behind_goes_on_while_nobody_waits(self):
		turn = schedule.Turn(240)
		self.now = 239
		self.assertFalse(turn.ends())
		self.now = 241
		self.assertTrue(turn.ends())

	def test_it_leaves_its_worker_to_others_when_its_turn_is_over(self):
		turn = schedule.Turn(240)
		self.others.return_value = True
		self.now = schedule.TURN - 1
		self.assertFalse(turn.ends())
		self.now = schedule.TURN + 1
		self.assertTrue(turn.ends())
		self.others.return_value = False
		self.assertTrue(turn.ends(), "that it has ended stands")

	def test_it_ends_between_two_batches_where_its_worker_is_to_stop(self):
		turn = schedule.Turn(240)
		self.assertFalse(turn.ends())
		self.use(patch.object(yielding, "worker_is_to_stop", return_value=True))
		self.assertTrue(turn.ends())

	def test_what_runs_in_the_foreground_holds_no_worker(self):
		del frappe.local.job
		self.addCleanup(setattr, frappe.local, "job", None)
		turn = schedule.Turn(240)
		self.others.return_value = True
		self.now = 100
		self.assertFalse(turn.ends())
