from event_streaming.document.field_types import cast, fits
from event_streaming.tests.case import IntegrationTestCase


class TestFieldTypes(IntegrationTestCase):
	def test_a_field_takes_values_of_its_type_as_they_are(self):
		for fieldtype, value in {
			"Data": "x",
			"Int": 3,
			"Float": 2.5,
			"Check": 1,
			"Date": "2026-12-31",
			"Datetime": "2026-12-31 10:30:00.123456",
			"Time": "9:05:00",
			"Rating": 0.8,
			"Duration": 90.0,
		}.items():
			self.assertEqual(cast(fieldtype, value), value)

	def test_empty_stays_empty(self):
		for fieldtype in ("Data", "Int", "Check", "Date", "Time"):
			self.assertIsNone(cast(fieldtype, None))
			self.assertEqual(cast(fieldtype, ""), "")

	def test_values_of_other_types_are_taken_without_loss_or_not_at_all(self):
		for fieldtype, value, taken in (
			("Data", 3, "3"),
			("Data", 2.5, "2.5"),
			("Int", 3.0, 3),
			("Int", "3", 3),
			("Float", "2.5", 2.5),
			("Date", "2026-12-31 10:30:00", "2026-12-31"),
			("Datetime", "2026-12-31", "2026-12-31 00:00:00"),
		):
			self.assertEqual(cast(fieldtype, value), taken)
		for fieldtype, value in (
			("Int", 2.5),
			("Int", "2.5"),
			("Int", float("inf")),
			("Float", "1,200.50"),
			("Check", 2),
			("Date", "31.12.2026"),
			("Datetime", 5),
			("Time", "noon"),
			("Data", ["a"]),
			("Int", {"a": 1}),
		):
			with self.assertRaises(ValueError, msg=f"{fieldtype} {value}"):
				cast(fieldtype, value)

	def test_types_fit_when_each_value_of_the_one_can_be_kept_by_the_other(self):
		self.assertTrue(fits("Int", "Float"))
		self.assertTrue(fits("Check", "Int"))
		self.assertTrue(fits("Datetime", "Data"))
		self.assertTrue(fits("Link", "Data"))
		self.assertTrue(fits("Datetime", "Date"))
		self.assertFalse(fits("Float", "Int"))
		self.assertFalse(fits("Int", "Check"))
		self.assertFalse(fits("Data", "Date"))
		self.assertFalse(fits("Date", "Time"))
