from unittest.mock import patch

import frappe

from event_streaming import lingering
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.pull.work import Summary
from event_streaming.tests.calling import LinkTestCase

PRODUCER = "https://producer.example"
UNCALLABLE = "https://0b5cb3c1-52c2-4a52-9b0f-2a5e5a3f5f01.invalid"


class TestPoll(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.now = 1000.0
		clock = self.use(patch.object(schedule, "time"))
		clock.monotonic.side_effect = lambda: self.now
		self.callback_url, self.by_mailbox = UNCALLABLE, 0
		lingering.seconds()  # the settings are cached while nothing can be read
		self.use(patch.object(frappe.db, "get_value", side_effect=lambda *_args, **_kwargs: self.link()))

	def link(self) -> frappe._dict:
		return frappe._dict(callback_url=self.callback_url, by_mailbox=self.by_mailbox)

	def test_it_asks_often_while_changes_come_and_seldom_when_none_have_for_a_while(self):
		poll = schedule.Poll(PRODUCER)
		self.assertEqual(poll.interval(events=0), 5.0)
		self.assertEqual(poll.interval(events=3), 0.5)
		self.now += schedule.BUSY - 0.1
		self.assertEqual(poll.interval(events=0), 0.5)
		self.now += 0.2
		self.assertEqual(poll.interval(events=0), 5.0)

	def test_a_site_that_can_be_called_waits_for_hints_and_asks_while_its_job_stays(self):
		self.callback_url = "https://here.example"
		poll = schedule.Poll(PRODUCER)
		self.assertIsNone(poll.interval(events=0))
		self.assertEqual(poll.interval(events=3), 2.0)
		self.now += lingering.SECONDS - 0.1
		self.assertEqual(poll.interval(events=0), 2.0)
		self.now += 0.2
		self.assertIsNone(poll.interval(events=0))

	def test_a_producer_that_fetches_what_it_is_asked_says_when_there_is_news(self):
		self.callback_url, self.by_mailbox = "https://here.example", 1
		self.assertIsNone(schedule.Poll(PRODUCER).interval(events=3))

	def attend(self, asked: int) -> list[float | None]:
		"""Seconds that the job waited before each further question, of which it was let ask so many."""
		waits = []

		def wait(_bell, _deadline, _meanwhile, rings_after=None, _others=None) -> bool:
			waits.append(rings_after)
			return len(waits) < asked

		self.use(patch.object(schedule, "_pull", return_value=Summary(PRODUCER)))
		self.use(patch.object(lingering, "wait", side_effect=wait))
		bell = schedule._bell(PRODUCER)
		bell.attend(), bell.ring()
		self.addCleanup(bell.abandon)
		self.addCleanup(bell.has_rung)
		schedule._attend(PRODUCER, bell, schedule.Turn(60), stay=True)
		return waits

	def test_the_job_of_such_a_site_stays_without_any_change(self):
		self.assertEqual(self.attend(3), [5.0] * 3)

	def test_the_job_of_a_site_that_can_be_called_does_not(self):
		self.callback_url = "https://here.example"
		self.assertEqual(self.attend(3), [])
