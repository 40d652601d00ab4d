import io
from contextlib import redirect_stdout
from unittest.mock import patch

import frappe

from event_streaming import progress
from event_streaming.takeover import documents
from event_streaming.tests.case import IntegrationTestCase

USER = "Administrator"


class TestPace(IntegrationTestCase):
	def setUp(self):
		self.now = 1000.0
		clock = patch.object(progress, "time")
		clock.start().time.side_effect = lambda: self.now
		self.addCleanup(clock.stop)

	def test_it_is_what_was_done_since_the_work_was_taken_up(self):
		progress.begin("some work", done=1000)
		self.now += 10
		self.assertEqual(progress.pace_of("some work", 1200, 2200), {"per_second": 20, "seconds_left": 50})

	def test_it_is_not_known_at_once_nor_while_nothing_moves(self):
		unknown = {"per_second": None, "seconds_left": None}
		progress.begin("some work", done=0)
		self.now += 1
		self.assertEqual(progress.pace_of("some work", 50, 100), unknown)
		self.now += 10
		self.assertEqual(progress.pace_of("some work", 0, 100), unknown)
		self.assertEqual(progress.pace_of("work of which nobody told", 5, 100), unknown)

	def test_more_done_than_there_was_takes_no_time(self):
		progress.begin("some work", done=0)
		self.now += 10
		self.assertEqual(progress.pace_of("some work", 120, 100)["seconds_left"], 0)

	def test_a_job_that_is_told_of_has_one_too(self):
		job = frappe.generate_hash()
		progress.tell(job, USER, done=0, total=100)
		self.now += 5
		progress.tell(job, USER, done=50, total=100)
		told = progress.read(job)
		self.assertEqual((told["per_second"], told["seconds_left"]), (10, 5))


class TestCancel(IntegrationTestCase):
	def test_only_its_own_user_cancels_a_job(self):
		job = frappe.generate_hash()
		self.assertFalse(progress.tell(job, "somebody@example.com", done=1, total=2))
		self.assertFalse(progress.tell(job, USER, done=1, total=2))
		progress.cancel(job)
		self.assertFalse(progress.tell(job, "somebody@example.com", done=1, total=2))
		self.assertTrue(progress.tell(job, USER, done=1, total=2))


class Terminal(io.StringIO):
	def isatty(self) -> bool:
		return True


class TestTakeOver(IntegrationTestCase):
	def test_migrate_shows_how_far_it_is(self):
		rows = [frappe._dict(name=number) for number in range(2 * documents.SHOWN_EACH + 1)]
		for out in (Terminal(), io.StringIO()):
			with redirect_stdout(out):
				self.assertEqual(list(documents._shown("Taking over", rows)), rows)
			self.assertIn("Taking over", out.getvalue())
			self.assertEqual(out.isatty(), "] 100/201" in out.getvalue())
			self.assertEqual(out.isatty(), "] 201/201" in out.getvalue())
