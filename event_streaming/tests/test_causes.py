import json

from event_streaming.producer.positions import causes_first
from event_streaming.tests.case import IntegrationTestCase


def row(key: str, cause: str = "") -> dict:
	from frappe import _dict

	return _dict(event_key=key, cause=json.dumps(["Any", "name", cause]) if cause else "")


class TestCausesFirst(IntegrationTestCase):
	def test_rows_without_causes_stay_in_their_order(self):
		self.assert_ordered("a b c", row("a"), row("b"), row("c"))

	def test_effects_come_after_their_cause_in_their_own_order(self):
		self.assert_ordered("x c a b y", row("x"), row("a", "c"), row("b", "c"), row("c"), row("y"))

	def test_effects_of_effects_come_after_these(self):
		self.assert_ordered("c b a", row("a", "b"), row("b", "c"), row("c"))

	def test_a_row_whose_cause_never_came_stays_where_it_is(self):
		self.assert_ordered("x a y", row("x"), row("a", "gone"), row("y"))

	def test_what_its_cause_came_before_stays_behind_it(self):
		self.assert_ordered("c x a", row("c"), row("x"), row("a", "c"), moved="c a x")

	def assert_ordered(self, expected: str, *rows: dict, moved: str = "") -> None:
		ordered = [one.event_key for one in causes_first(list(rows))]
		self.assertEqual(ordered, (moved or expected).split())
