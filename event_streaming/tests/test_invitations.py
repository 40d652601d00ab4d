import re
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from event_streaming.event_streaming.doctype.event_invitation.event_invitation import make_code
from event_streaming.exceptions import RegistrationRefused, StreamingError, UrlNotAllowed, WrongSite
from event_streaming.link import urls
from event_streaming.producer import invitations, notify, registration
from event_streaming.tests.calling import LinkTestCase, create_test_subscriber

HERE = "https://producer.example"
SITE_ID = "0b5cb3c1-52c2-4a52-9b0f-2a5e5a3f5f01"
CALLER = f"https://{SITE_ID}.invalid"


class TestInvitations(LinkTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete("Event Invitation")
		self.subscriber = create_test_subscriber()
		self.use(patch.dict(frappe.conf, {"host_name": HERE}))
		self.use(patch.object(frappe.local, "request_ip", "203.0.113.7", create=True))

	def invite(self, *doctypes: str, **values) -> str:
		doc = frappe.get_doc(
			{
				"doctype": "Event Invitation",
				"event_subscriber": self.subscriber,
				"doctypes": [{"ref_doctype": doctype} for doctype in doctypes or ("ToDo", "Note")],
				**values,
			}
		)
		self.invitation = doc.insert().name
		return make_code(self.invitation)["code"]

	def redeem(self, code: str, **changed) -> dict:
		request = {
			"producer_url": HERE,
			"event_subscriber": self.subscriber,
			"doctypes": {"ToDo": ""},
			"site_id": SITE_ID,
			"told_name": "branch.local",
			**changed,
		}
		return invitations.redeem(code, **request)

	def assert_refused(self, message: str, *arguments, kind=RegistrationRefused, **changed) -> None:
		with self.assertRaises(kind) as refused:
			self.redeem(*arguments, **changed)
		self.assertIn(message, str(refused.exception))

	def test_a_code_makes_a_consumer_that_waits_for_approval(self):
		answer = self.redeem(self.invite())
		consumer = frappe.get_doc("Event Consumer", CALLER)
		self.assertEqual((consumer.site_id, consumer.told_name), (SITE_ID, "branch.local"))
		self.assertEqual(answer["doctypes"], {"ToDo": "Pending"})
		self.assertEqual(registration.approved_doctypes(CALLER), {})
		self.assertEqual(answer["api_key"], consumer.link_key)

	def test_the_invitation_tells_who_redeemed_it_and_when_and_from_where(self):
		self.redeem(self.invite())
		doc = frappe.get_doc("Event Invitation", self.invitation)
		self.assertEqual((doc.redeemed_by, doc.redeemed_from), (CALLER, "203.0.113.7"))
		self.assertTrue(doc.redeemed_at)

	def test_a_code_has_twenty_characters_and_is_stored_nowhere(self):
		code = self.invite()
		letters = code.replace("-", "")
		self.assertRegex(letters, "^[A-Z2-9]{20}$")
		stored = str(
			frappe.get_all("Event Invitation", fields=["*"]) + frappe.get_all("Version", fields=["*"])
		)
		self.assertNotIn(code, stored)
		self.assertNotIn(letters, stored)

	def test_a_code_is_taken_however_it_is_typed(self):
		self.redeem(re.sub("-", " ", self.invite()).lower())
		self.assertTrue(frappe.db.exists("Event Consumer", CALLER))

	def test_a_code_is_good_once(self):
		code = self.invite()
		self.redeem(code)
		frappe.db.delete("Event Consumer")
		self.assert_refused("unknown, was used, or is older", code)
		self.assertRaises(frappe.ValidationError, make_code, self.invitation)

	def test_an_old_an_unknown_and_a_replaced_code_are_refused_alike(self):
		old = self.invite()
		frappe.db.set_value(
			"Event Invitation", self.invitation, "expires_at", add_to_date(now_datetime(), seconds=-1)
		)
		replaced = self.invite()
		make_code(self.invitation)
		for code in (old, replaced, "A" * 20, "-", "%"):
			self.assert_refused("unknown, was used, or is older", code)
		self.assertEqual(frappe.db.count("Event Consumer"), 0)

	def test_an_invitation_without_a_code_is_opened_by_none(self):
		self.invite()
		frappe.db.set_value("Event Invitation", self.invitation, "code_hash", None)
		for code in ("", "None", "-"):
			self.assert_refused("unknown", code)

	def test_a_code_is_for_what_it_names_only_and_stays_good_when_that_is_refused(self):
		code = self.invite("ToDo")
		other = create_test_subscriber("streaming.other@example.com")
		self.assert_refused("not for Note", code, doctypes={"ToDo": "", "Note": ""})
		self.assert_refused("another Event Subscriber", code, event_subscriber=other)
		self.assert_refused("This site is", code, producer_url="https://other.example", kind=WrongSite)
		self.assert_refused("UUID", code, site_id="branch")
		self.assertEqual(frappe.db.count("Event Consumer"), 0)
		self.redeem(code)

	def test_a_stolen_code_takes_no_link_that_is_there(self):
		first = self.redeem(self.invite())
		self.assert_refused("There is a link with this site already", self.invite())
		self.assertEqual(frappe.db.get_value("Event Consumer", CALLER, "link_key"), first["api_key"])

	def test_an_invitation_that_names_a_link_gives_it_a_new_key_and_keeps_the_approvals(self):
		first = self.redeem(self.invite())
		consumer = frappe.get_doc("Event Consumer", CALLER)
		consumer.set_all("Approved")
		code = self.invite(renews=CALLER)
		other = SITE_ID.replace("0b5c", "1b5c")
		self.assert_refused("another site", code, site_id=other)
		second = self.redeem(code)
		self.assertEqual(second["doctypes"], {"ToDo": "Approved"})
		self.assertNotEqual(first["api_key"], second["api_key"])

	def test_a_site_cannot_invite_itself(self):
		with patch.object(invitations.site, "own_id", return_value=SITE_ID):
			self.assert_refused("itself", self.invite())

	def test_doctypes_of_the_system_are_not_invited(self):
		self.assertRaises(StreamingError, self.invite, "User")

	def test_nobody_calls_such_a_site(self):
		self.assertRaises(UrlNotAllowed, urls.check_allowed, CALLER)
		self.redeem(self.invite())
		frappe.get_doc("Event Consumer", CALLER).set_all("Approved")
		with (
			patch.object(notify, "send_hint") as send_hint,
			patch.object(notify, "_take_changed", return_value={"ToDo"}),
		):
			notify._send_hints(set())
		send_hint.assert_not_called()

	def test_the_callback_proves_nothing_for_such_a_name(self):
		request = ("token", self.subscriber, {"ToDo": ""})
		self.assertRaises(RegistrationRefused, registration.register, CALLER, HERE, *request)
