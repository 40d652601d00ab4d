"""When a change was made, by this site's clock."""

from datetime import timedelta

from frappe.utils import now_datetime

from event_streaming.consumer.replay.passed_on import LONG_AGO
from event_streaming.consumer.replay.past_checks import local_moment
from event_streaming.tests.case import IntegrationTestCase


class TestLocalMoment(IntegrationTestCase):
	def test_a_moment_before_all_clocks_is_not_known(self):
		for moment in (LONG_AGO, ""):
			self.assertIsNone(local_moment(moment))

	def test_an_age_counts_where_nobody_says_the_moment(self):
		moment = local_moment("", age=60)
		self.assertLess(abs(now_datetime() - timedelta(seconds=60) - moment), timedelta(seconds=5))
