import base64
from unittest.mock import patch

import frappe

from event_streaming.exceptions import LinkPaused, TooManyRequests
from event_streaming.link import credentials
from event_streaming.tests.calling import (
	API,
	LinkTestCase,
	calling,
	create_test_consumer,
	create_test_subscriber,
	link_header,
	messages,
)

ELSEWHERE = [
	"/",
	"/app",
	"/login",
	"/private/files/x.txt",
	"/api/resource/User",
	"/api/method/frappe.auth.get_logged_user",
	"/api/v2/document/User",
	"/api/v2/method/frappe.auth.get_logged_user",
	"/api/method/event_streaming.api.handshake",
	"/api/method/event_streaming.api.register",
	"/api/method/event_streaming.api.get_updates/x",
	"/api/method/event_streaming.api.get_updates.x",
	"/api/method/event_streaming.api.require_approved_link",
	"/api/method/event_streaming.document.streamable.doctype_query",
	"/api/v3/method/event_streaming.api.get_updates",
	"/x/api/method/event_streaming.api.get_updates",
]


class TestLinkCredentials(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.consumer = create_test_consumer()

	def test_the_key_of_a_link_makes_the_request_one_of_that_link(self):
		for prefix in ("/api", "/api/v1", "/api/v2"):
			with self.request(f"{prefix}/method/event_streaming.api.get_updates", {"after": 1}):
				credentials.authenticate_link()
				link = credentials.require_link("Event Consumer")
				self.assertEqual((link.doctype, link.name), ("Event Consumer", self.consumer.name))
				self.assertEqual(frappe.session.user, self.consumer.event_subscriber)
				self.assertEqual(frappe.form_dict.after, 1)
				self.assertNotIn("secret", link)

	def test_everywhere_else_the_key_opens_nothing(self):
		for path in ELSEWHERE:
			with self.subTest(path):
				self.assert_refused("gives access to the functions of Event Streaming only", path)

	def test_a_function_named_by_cmd_is_refused_since_core_would_run_it(self):
		for cmd in ("frappe.client.get_list", "", None):
			self.assert_refused("functions of Event Streaming only", API + "get_updates", {"cmd": cmd})

	def test_somebodys_session_cannot_be_turned_into_a_link(self):
		with self.request(API + "get_updates"):
			frappe.local.session.user = "Administrator"
			self.assertRaises(frappe.AuthenticationError, credentials.authenticate_link)

	def test_an_unknown_key_and_a_wrong_secret_get_the_same_answer(self):
		key, secret = self.consumer.link_key, self.consumer.flags.secret
		answers = set()
		for given in (
			f"{key}:wrong",
			f"{key}:",
			f"{key}",
			f"{key}:{secret}x",
			f"{key}: {secret}",
			f"{key.upper()}:{secret}",
			f"{'0' * 32}:{secret}",
			f":{secret}",
			":",
			"",
			"\xff:\xfe",
		):
			with self.subTest(given), self.request(headers={"Authorization": f"EventStreaming {given}"}):
				self.assertRaises(frappe.AuthenticationError, credentials.authenticate_link)
				answers.add(messages())
				self.assertEqual(frappe.session.user, "Guest")
		self.assertEqual(len(answers), 1)

	def test_a_link_without_key_cannot_be_opened_by_an_empty_one(self):
		frappe.db.set_value("Event Consumer", self.consumer.name, "link_key", "")
		for given in (":", f":{self.consumer.flags.secret}"):
			with self.request(headers={"Authorization": f"EventStreaming {given}"}):
				self.assertRaises(frappe.AuthenticationError, credentials.authenticate_link)

	def test_a_key_is_good_for_its_own_direction_only(self):
		self.assert_refused("No link has this key and secret", API + "wake_up")

	def test_other_schemes_are_left_to_core(self):
		for given in ("", "Basic eDp5", "token a:b", "Bearer x", "EventStreamingX a:b"):
			with self.request(headers={"Authorization": given} if given else {}):
				credentials.authenticate_link()
				self.assertEqual(frappe.session.user, "Guest")
				self.assertRaises(frappe.PermissionError, credentials.current_link)

	def test_core_does_not_take_the_key_for_a_users(self):
		from frappe.auth import validate_auth

		token = f"{self.consumer.link_key}:{self.consumer.flags.secret}"
		for given in (f"token {token}", f"Basic {base64.b64encode(token.encode()).decode()}"):
			with self.request(headers={"Authorization": given}):
				self.assertRaises(frappe.AuthenticationError, validate_auth)

	def test_cores_authorization_source_never_names_a_link(self):
		for source in (
			"Event Producer",
			"event consumer",
			"Event  Producer",
			"tabEvent Producer",
			"`Event_Consumer` ",
		):
			with self.subTest(source), self.request(headers={"Frappe-Authorization-Source": source}):
				self.assertRaises(frappe.AuthenticationError, credentials.block_core_sources)

	def test_other_authorization_sources_are_left_to_core(self):
		for headers in (
			{},
			{"Frappe-Authorization-Source": "User"},
			{"Frappe-Authorization-Source": "Event"},
		):
			with self.request(headers=headers):
				credentials.block_core_sources()

	def test_a_disabled_subscriber_gets_nothing(self):
		frappe.db.set_value("User", create_test_subscriber(), "enabled", 0)
		self.assert_refused("is not an enabled user", API + "get_updates")

	def test_a_paused_link_says_so_and_can_still_be_ended(self):
		frappe.db.set_value("Event Consumer", self.consumer.name, "paused", 1)
		with self.request():
			credentials.authenticate_link()
			self.assertRaises(LinkPaused, credentials.require_link, "Event Consumer")
			self.assertTrue(credentials.require_link("Event Consumer", even_paused=True))

	def test_a_rotated_key_is_dead_at_once(self):
		old = link_header(self.consumer)
		self.consumer.link_key, self.consumer.link_secret = credentials.make_credentials()
		self.consumer.save(ignore_permissions=True)
		with self.request(headers=old):
			self.assertRaises(frappe.AuthenticationError, credentials.authenticate_link)

	def test_a_person_is_no_link(self):
		with calling(API + "get_updates"):
			frappe.set_user("Administrator")
			with self.assertRaises(frappe.PermissionError):
				credentials.require_link("Event Consumer")

	def test_trouble_with_the_database_is_no_server_error_that_would_log_the_header(self):
		with self.request(), patch.object(credentials, "_read_link", side_effect=OSError):
			with self.assertRaises(TooManyRequests) as busy:
				credentials.authenticate_link()
		self.assertLess(busy.exception.http_status_code, 500)

	def test_a_secret_is_shown_by_no_repr(self):
		_key, secret = credentials.make_credentials()
		self.assertNotIn(str(secret), f"{secret!r} {[secret]} { {'s': secret} }")
		self.assertGreaterEqual(len(secret), 40)

	def test_the_secret_is_stored_encrypted_only(self):
		stored = frappe.db.get_value("Event Consumer", self.consumer.name, "link_secret")
		self.assertEqual(set(stored), {"*"})
		self.assertNotIn(
			self.consumer.flags.secret, frappe.as_json(frappe.get_doc("Event Consumer", self.consumer.name))
		)

	def request(
		self, path: str = API + "get_updates", arguments: dict | None = None, headers: dict | None = None
	):
		return calling(path, arguments, link_header(self.consumer) if headers is None else headers)

	def assert_refused(self, text: str, path: str, arguments: dict | None = None) -> None:
		with self.request(path, arguments), self.assertRaises(frappe.AuthenticationError) as refused:
			credentials.authenticate_link()
		self.assertIn(text, str(refused.exception))
