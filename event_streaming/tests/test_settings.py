from unittest.mock import patch

import frappe

from event_streaming import lingering, settings
from event_streaming.link.limits import GUEST_LIMIT, LINK_LIMIT
from event_streaming.producer.retention import KEEP_DAYS, SILENT_DAYS
from event_streaming.tests.case import IntegrationTestCase

DEFAULTS = {
	"keep_days": KEEP_DAYS,
	"silent_days": SILENT_DAYS,
	"link_limit": LINK_LIMIT,
	"guest_limit": GUEST_LIMIT,
	"linger": lingering.SECONDS,
}


class TestSettings(IntegrationTestCase):
	def doc(self, **values):
		return frappe.get_doc(settings.DOCTYPE).update(values)

	def assert_refused(self, reason: str, **values):
		with self.assertRaisesRegex(frappe.ValidationError, reason):
			self.doc(**values).validate()

	def test_the_form_shows_what_counts_while_nobody_has_saved_it(self):
		meta = frappe.get_meta(settings.DOCTYPE)
		for field, value in DEFAULTS.items():
			self.assertEqual(float(meta.get_field(field).default), float(value), field)

	def test_what_is_saved_counts(self):
		self.doc(keep_days=7).save()
		self.assertEqual(settings.whole_number("keep_days", 30), 7)

	def test_the_site_config_counts_before_the_form_and_the_form_is_told(self):
		self.doc(keep_days=7).save()
		with patch.dict(frappe.conf, {"event_streaming_keep_days": 12}):
			self.assertEqual(settings.whole_number("keep_days", 30), 12)
			self.assertEqual(settings.from_site_config().get("keep_days"), 12)
		self.assertNotIn("keep_days", settings.from_site_config())

	def test_zero_in_the_site_config_is_an_answer_where_it_has_a_meaning(self):
		with patch.dict(frappe.conf, {"event_streaming_linger": 0}):
			self.assertEqual(settings.number("linger", 10), 0)

	def test_bad_values_are_refused_with_a_reason(self):
		self.assert_refused("at least 1", keep_days=0)
		self.assert_refused("not be negative", linger=-1)
		self.assert_refused("keeps its worker", linger=3600)
		self.assert_refused("given up before", keep_days=30, silent_days=10)
		self.assert_refused("there is no file", ca_bundle="/nowhere/ca.pem")
		self.assert_refused("at least 20 characters", metrics_token="short")
