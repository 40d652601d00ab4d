from datetime import datetime

from event_streaming.consumer.reconciliation.timetable import last_moment
from event_streaming.tests.case import IntegrationTestCase

THURSDAY = datetime(2026, 11, 26, 14, 30)


class TestLastMoment(IntegrationTestCase):
	def test_every_day_is_today_once_the_hour_has_come(self):
		self.assertEqual(last_moment("Every Day", 14, THURSDAY), datetime(2026, 11, 26, 14))
		self.assertEqual(last_moment("Every Day", 15, THURSDAY), datetime(2026, 11, 25, 15))
		self.assertEqual(last_moment("Every Day", 0, THURSDAY), datetime(2026, 11, 26))

	def test_a_weekday_is_the_last_one_of_its_name(self):
		self.assertEqual(last_moment("Thursday", 3, THURSDAY), datetime(2026, 11, 26, 3))
		self.assertEqual(last_moment("Thursday", 15, THURSDAY), datetime(2026, 11, 19, 15))
		self.assertEqual(last_moment("Wednesday", 23, THURSDAY), datetime(2026, 11, 25, 23))
		self.assertEqual(last_moment("Friday", 0, THURSDAY), datetime(2026, 11, 20))
		self.assertEqual(last_moment("Sunday", 3, THURSDAY), datetime(2026, 11, 22, 3))

	def test_another_day_is_none(self):
		self.assertIsNone(last_moment("Someday", 3, THURSDAY))
