from types import SimpleNamespace

from event_streaming.consumer.identity.counters import Counter, _of_format, _of_series
from event_streaming.tests.case import IntegrationTestCase

META = SimpleNamespace(has_field=lambda name: name == "company")


def series(key: str) -> Counter:
	return Counter("Series", key, "current")


class TestCounters(IntegrationTestCase):
	def read(self, pattern: str, name: str):
		return _of_series(pattern, META).read(name)

	def test_a_series_with_and_without_its_number(self):
		for pattern in ("SINV-.#####", "SINV-"):
			self.assertEqual(self.read(pattern, "SINV-00042"), (series("SINV-"), 42))

	def test_dates_and_fields_are_part_of_the_key(self):
		pattern = "INV-.YYYY.-.MM.-.company.-.####"
		self.assertEqual(self.read(pattern, "INV-2025-01-North-0007"), (series("INV-2025-01-North-"), 7))
		self.assertIsNone(self.read(pattern, "INV-25-01-North-0007"))

	def test_numbers_that_outgrew_their_digits(self):
		self.assertEqual(self.read("T-.##", "T-1234"), (series("T-"), 1234))

	def test_what_no_counter_writes(self):
		for name in ("SINV-42", "SINV-000042", "SINV-00042-1", "SINV-0004x", "XINV-00042"):
			self.assertIsNone(self.read("SINV-.#####", name))

	def test_what_comes_behind_the_number(self):
		self.assertEqual(self.read(".####.-A", "0012-A"), (series(""), 12))

	def test_a_format_counts_by_one_counter(self):
		pattern = _of_format("LOG-{MM}-{company}-{####}")
		self.assertEqual(pattern.read("LOG-11-North-0003"), (series(""), 3))
		self.assertIsNone(_of_format("LOG-{MM}-{company}"))

	def test_a_naming_rule_has_its_own(self):
		pattern = _of_series("R-.###", META, "rule")
		self.assertEqual(pattern.read("R-004"), (Counter("Document Naming Rule", "rule", "counter"), 4))
