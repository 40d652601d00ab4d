import frappe
from frappe.tests.utils import FrappeTestCase

from event_streaming.consumer.replay.savepoint import as_user


class TestAsUser(FrappeTestCase):
	def setUp(self):
		self.session = dict(frappe.local.session)
		frappe.local.session.update(
			sid="a-session-id", data=frappe._dict(user="Administrator", csrf_token="t")
		)
		self.addCleanup(lambda: frappe.local.session.update(self.session))

	def test_the_session_is_afterwards_what_it_was(self):
		"""A request writes its session back at its end, from where the next request reads who it is."""
		before = dict(frappe.local.session)
		with as_user("Guest"):
			self.assertEqual(frappe.session.user, "Guest")
		self.assertEqual(dict(frappe.local.session), before)
		self.assertEqual(frappe.session.data.csrf_token, "t")

	def test_after_an_error_too(self):
		before = dict(frappe.local.session)
		with self.assertRaises(ZeroDivisionError), as_user("Guest"):
			raise ZeroDivisionError
		self.assertEqual(dict(frappe.local.session), before)
