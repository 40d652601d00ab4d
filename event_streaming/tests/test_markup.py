import frappe
from frappe.utils.html_utils import sanitize_html

from event_streaming.consumer.replay.direct_writes import sanitize
from event_streaming.document.markup import is_same_but_spacing
from event_streaming.tests.case import IntegrationTestCase

SENT = '<div class="tax" style="overflow-x: auto; color : red;"><b>Tea: 1; 2</b></div>'
HARMFUL = (
	'<p style="color: red;"><script>alert(1)</script></p>',
	'<p style="color: red;" onclick="alert(1)">x</p>',
	'<p style="color: red;"><a href="javascript:alert(1)">x</a></p>',
	'<p style="color: red; position: fixed; behavior: url(x);">x</p>',
	"<p style='color: red;' onmouseover='alert(1)'>x</p>",
	'<p title=" style="color: red;" onclick="alert(1)">x</p>',
	'<p style="color: red;"><img src="x" onerror="alert(1)"></p>',
	'<p style="color: red;"><svg onload="alert(1)"></svg></p>',
	'<p style="color: red;"><iframe src="https://example.com"></iframe></p>',
	'<p style="color: red;"><!-- --!><script>alert(1)</script> --></p>',
	'<p style="color: red;" onclick = "alert: 1 ;">x</p>',
)
HARMS = (
	"<script",
	"onclick=",
	"onclick =",
	"onmouseover=",
	"onerror=",
	"onload=",
	'href="javascript',
	"<iframe",
)
HARMS += ("behavior:", "behavior :")


class TestSpacing(IntegrationTestCase):
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


class TestSanitizing(IntegrationTestCase):
	def sanitized(self, markup: str, docstatus: int = 1) -> str:
		doc = frappe.get_doc({"doctype": "ToDo", "description": markup})
		doc.docstatus = docstatus
		sanitize(doc)
		return doc.description

	def test_harmless_markup_keeps_the_spacing_of_its_styles(self):
		for markup in (
			'<div class="tax-break-up" style="overflow-x: auto;">Tea</div>',
			'<div style="color: red; width : 10px;"><p style="color:blue">Tea: 1; 2</p></div>',
		):
			self.assertEqual(self.sanitized(markup), markup)

	def test_nothing_harmful_is_kept_for_its_styles(self):
		for markup in HARMFUL:
			for docstatus in (0, 1, 2):
				kept = self.sanitized(markup, docstatus)
				self.assertNotEqual(kept, markup)
				# text that was escaped is harmless; so a tag begins with <
				self.assertFalse([harm for harm in HARMS if _in_a_tag(harm, kept)], kept)

	def test_what_is_kept_is_what_a_sanitizer_would_leave(self):
		for markup in (*HARMFUL, SENT):
			kept = self.sanitized(markup)
			self.assertTrue(is_same_but_spacing(kept, sanitize_html(kept, linkify=True)), kept)


def _in_a_tag(harm: str, markup: str) -> bool:
	"""Whether a tag of this markup begins with, or contains, a text."""
	tags = [part.partition(">")[0] for part in markup.split("<")[1:]]
	return any(harm in f"<{tag}" for tag in tags)
