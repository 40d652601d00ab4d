from event_streaming.document.markup import is_same_but_spacing
from event_streaming.tests.case import IntegrationTestCase

SENT = '<div class="tax" style="overflow-x: auto; color : red;"><b>Tea: 1; 2</b></div>'


class TestMarkup(IntegrationTestCase):
	def test_a_sanitizer_that_spaces_styles_otherwise_has_changed_nothing(self):
		for sanitized in (SENT, SENT.replace("overflow-x: auto; color : red;", "overflow-x:auto;color:red")):
			self.assertTrue(is_same_but_spacing(SENT, sanitized))

	def test_what_it_took_away_or_spaced_elsewhere_is_a_change(self):
		for sanitized in (
			SENT.replace("color : red;", ""),
			SENT.replace("Tea: 1; 2", "Tea:1;2"),
			SENT.replace("class", "data-class"),
			SENT.replace("red", "Red"),
		):
			self.assertFalse(is_same_but_spacing(SENT, sanitized))

	def test_a_quote_ends_a_style(self):
		sent = '<a style="x" title="a: b">c</a>'
		self.assertFalse(is_same_but_spacing(sent, sent.replace("a: b", "a:b")))
