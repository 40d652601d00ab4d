import datetime
from types import SimpleNamespace

from event_streaming.document.field_types import NUMBERS
from event_streaming.document.values import NUMBERS as ROUNDED
from event_streaming.document.values import WHOLE_NUMBERS, canonical, same_stored, same_value
from event_streaming.tests.case import IntegrationTestCase
from event_streaming.tests.test_digest import ALIKE, UNLIKE

SPELLED_AS_WRITTEN = {"Long Int"}


def field(fieldtype: str, **values) -> SimpleNamespace:
	return SimpleNamespace(fieldtype=fieldtype, get=values.get)


class TestValues(IntegrationTestCase):
	def test_what_replay_takes_for_the_same_has_the_same_digest(self):
		for fieldtype, values in [*ALIKE, *UNLIKE]:
			for one in values:
				for other in values:
					with self.subTest(fieldtype, one=one, other=other):
						same = canonical(fieldtype, one) == canonical(fieldtype, other)
						self.assertEqual(same_value(field(fieldtype), one, other), same)

	def test_midnight_is_a_time(self):
		self.assertTrue(same_value(field("Time"), "00:00:00", datetime.timedelta(0)))
		self.assertFalse(same_value(field("Time"), None, datetime.timedelta(0)))

	def test_what_is_no_date_is_told_apart_and_breaks_nothing(self):
		self.assertFalse(same_value(field("Date"), "soon", "2026-03-01"))

	def test_an_empty_text_is_not_stored_as_none_is(self):
		self.assertTrue(same_value(field("Data"), "", None))
		self.assertFalse(same_stored(field("Data"), "", None))
		self.assertTrue(same_stored(field("Data", unique=1), "", None))
		for fieldtype in ("Int", "Check", "Float", "Currency", "Percent", "Date", "Datetime", "Time"):
			self.assertTrue(same_stored(field(fieldtype), "", None), fieldtype)

	def test_each_kind_of_number_has_its_spelling(self):
		self.assertEqual(NUMBERS - ROUNDED - WHOLE_NUMBERS, SPELLED_AS_WRITTEN)
