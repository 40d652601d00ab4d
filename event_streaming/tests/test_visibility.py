from event_streaming.producer.visibility import Visibility
from event_streaming.tests.case import IntegrationTestCase


class TestVisibility(IntegrationTestCase):
	def test_a_doctype_that_is_gone_is_not_readable(self):
		"""It was approved once; the feed answers for the others."""
		self.assertEqual(Visibility("nobody").unreadable(["Note", "No Such DocType"]), ["No Such DocType"])
