from unittest.mock import patch

import frappe
from frappe.utils.password import get_decrypted_password

from event_streaming.exceptions import (
	ConnectionFailed,
	NotStreamable,
	RegistrationRefused,
	SubscriberMissing,
	UrlNotAllowed,
	WrongSite,
)
from event_streaming.producer import positions, registration
from event_streaming.tests.calling import LinkTestCase, create_test_subscriber

HERE = "https://producer.example"
CALLER = "https://caller.example"


class TestRegistration(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.subscriber = create_test_subscriber()
		self.use(patch.dict(frappe.conf, {"host_name": HERE}))
		self.confirm = self.use(patch.object(registration.ConsumerClient, "confirm", return_value=True))

	def register(self, doctypes: dict[str, str] | None = None, **changed) -> dict:
		request = {
			"callback_url": CALLER,
			"producer_url": HERE,
			"token": "token",
			"event_subscriber": self.subscriber,
			"doctypes": {"ToDo": "", "Note": '{"public": 1}'} if doctypes is None else doctypes,
			**changed,
		}
		return registration.register(**request)

	def answer(self, status: str, *doctypes: str) -> None:
		consumer = frappe.get_doc("Event Consumer", CALLER)
		for row in consumer.consumer_doctypes:
			if row.ref_doctype in doctypes:
				row.status = status
		consumer.save(ignore_permissions=True)

	def test_registering_makes_a_consumer_with_all_doctypes_pending(self):
		answer = self.register()
		consumer = frappe.get_doc("Event Consumer", CALLER)
		self.assertEqual(consumer.event_subscriber, self.subscriber)
		self.assertEqual(
			{row.ref_doctype: row.status for row in consumer.consumer_doctypes}, answer["doctypes"]
		)
		self.assertEqual(set(answer["doctypes"].values()), {"Pending"})
		self.assertEqual(registration.approved_doctypes(CALLER), {})

	def test_the_caller_gets_a_key_of_its_own_and_the_end_of_the_log(self):
		answer = self.register()
		self.assertEqual(frappe.db.get_value("Event Consumer", CALLER, "link_key"), answer["api_key"])
		self.assertEqual(
			get_decrypted_password("Event Consumer", CALLER, "link_secret"), answer["api_secret"]
		)
		head = positions.head()
		self.assertEqual((answer["epoch"], answer["position"]), (head.epoch, head.position))
		self.assertFalse(frappe.db.exists("User", {"api_key": answer["api_key"]}))

	def test_the_named_url_is_asked_back_with_the_token(self):
		self.register()
		self.confirm.assert_called_once_with("token", HERE)

	def test_without_proof_nothing_is_written_and_nothing_told(self):
		told = set()
		for trouble in ({"return_value": False}, {"side_effect": ConnectionFailed("It is off.")}):
			self.confirm.configure_mock(**trouble)
			for changed in (
				{},
				{"event_subscriber": "nobody@x.example"},
				{"doctypes": {"No Such DocType": ""}},
			):
				with self.assertRaises(RegistrationRefused) as refused:
					self.register(**changed)
				told.add(str(refused.exception))
		self.assertEqual(len(told), 2)
		self.assertFalse(frappe.db.exists("Event Consumer", CALLER))

	def test_a_request_for_another_site_names_both(self):
		with self.assertRaises(WrongSite) as refused:
			self.register(producer_url="https://other.example")
		self.assertIn(HERE, str(refused.exception))
		self.assertIn("https://other.example", str(refused.exception))
		self.confirm.assert_not_called()

	def test_a_callback_that_must_not_be_called_is_refused(self):
		self.confirm.side_effect = UrlNotAllowed("It stands for an address that is not called for any site.")
		self.assertRaises(RegistrationRefused, self.register, callback_url="http://169.254.169.254")
		self.assertRaises(UrlNotAllowed, self.register, callback_url="file:///etc/passwd")

	def test_a_site_cannot_subscribe_to_itself(self):
		self.assertRaises(RegistrationRefused, self.register, callback_url=HERE)

	def test_a_missing_or_disabled_subscriber_is_named(self):
		frappe.db.set_value("User", self.subscriber, "enabled", 0)
		for user in (self.subscriber, "nobody@x.example", "Guest"):
			with self.subTest(user), self.assertRaises(SubscriberMissing) as refused:
				self.register(event_subscriber=user)
			self.assertIn(f"no enabled user {user}", str(refused.exception))

	def test_a_missing_doctype_is_named(self):
		with self.assertRaises(RegistrationRefused) as refused:
			self.register({"No Such DocType": ""})
		self.assertIn("There is no DocType No Such DocType", str(refused.exception))

	def test_doctypes_of_the_system_are_refused(self):
		for doctype in ("User", "Server Script", "System Settings", "Event Producer"):
			with self.subTest(doctype):
				self.assertRaises(NotStreamable, self.register, {doctype: ""})

	def test_conditions_that_are_no_filters_of_the_doctype_are_refused(self):
		for condition in (
			'{"no_such_field": 1}',
			'[["name", "regexp", "x"]]',
			'[["name"]]',
			"[5]",
			'{"name": {"a": 1}}',
		):
			with self.subTest(condition):
				self.assertRaises(frappe.ValidationError, self.register, {"ToDo": condition})

	def test_registering_again_keeps_the_answers_and_changes_the_key(self):
		first = self.register()
		self.answer("Approved", "ToDo")
		self.answer("Rejected", "Note")
		second = self.register()
		self.assertEqual(second["doctypes"], {"ToDo": "Approved", "Note": "Rejected"})
		self.assertNotEqual(first["api_key"], second["api_key"])
		self.assertNotEqual(first["api_secret"], second["api_secret"])
		self.assertEqual(frappe.db.count("Event Consumer", {"callback_url": CALLER}), 1)

	def test_a_changed_condition_waits_for_approval_again(self):
		self.register()
		self.answer("Approved", "ToDo", "Note")
		statuses = self.update({"ToDo": "", "Note": '{"public": 0}'})
		self.assertEqual(statuses, {"ToDo": "Approved", "Note": "Pending"})
		self.assertEqual(registration.still_given(CALLER), ["Note"])
		self.assertEqual(registration.approved_doctypes(CALLER), {"Note": '{"public": 1}', "ToDo": ""})

	def test_a_changed_subscriber_waits_for_approval_again(self):
		self.register()
		self.answer("Approved", "ToDo", "Note")
		other = create_test_subscriber("streaming.other@example.com")
		statuses = registration.update_subscription(CALLER, other, {"ToDo": "", "Note": '{"public": 1}'})
		self.assertEqual(set(statuses.values()), {"Pending"})

	def test_an_added_doctype_is_pending_and_the_others_stay(self):
		self.register()
		self.answer("Approved", "ToDo")
		statuses = self.update({"ToDo": "", "Note": '{"public": 1}', "Event": ""})
		self.assertEqual(statuses, {"ToDo": "Approved", "Note": "Pending", "Event": "Pending"})

	def test_what_is_no_longer_asked_for_is_unsubscribed_until_asked_for_again(self):
		self.register()
		self.answer("Approved", "ToDo", "Note")
		self.assertEqual(self.update({"ToDo": ""}), {"ToDo": "Approved", "Note": "Unsubscribed"})
		self.assertEqual(registration.approved_doctypes(CALLER), {"ToDo": ""})
		self.assertEqual(self.update({"ToDo": "", "Note": '{"public": 1}'})["Note"], "Approved")

	def test_unregistering_leaves_nothing_and_can_be_followed_by_registering(self):
		self.register()
		registration.unregister(CALLER)
		self.assertFalse(frappe.db.exists("Event Consumer", CALLER))
		self.assertFalse(frappe.db.exists("Event Consumer Document Type", {"parent": CALLER}))
		secret = get_decrypted_password("Event Consumer", CALLER, "link_secret", raise_exception=False)
		self.assertIsNone(secret)
		self.assertEqual(set(self.register()["doctypes"].values()), {"Pending"})

	def test_no_version_or_deleted_document_shows_the_secret(self):
		secrets = [self.register()["api_secret"], self.register()["api_secret"]]
		registration.unregister(CALLER)
		texts = frappe.get_all("Version", {"ref_doctype": "Event Consumer"}, pluck="data")
		texts += frappe.get_all("Deleted Document", {"deleted_doctype": "Event Consumer"}, pluck="data")
		for secret in secrets:
			self.assertNotIn(secret, " ".join(texts))

	def update(self, doctypes: dict[str, str]) -> dict:
		return registration.update_subscription(CALLER, self.subscriber, doctypes)
