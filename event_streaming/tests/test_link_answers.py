import json

from event_streaming import exceptions
from event_streaming.exceptions import (
	AnswerTooLarge,
	AppMissing,
	ConnectionFailed,
	CredentialsRefused,
	InvalidEvent,
	LinkPaused,
	NotFrappe,
	PositionGone,
	RemoteError,
	ServerUnavailable,
	SubscriberMissing,
	TooManyRequests,
	TransientError,
	WrongSite,
)
from event_streaming.link import answers
from event_streaming.link.messages import MAX_LENGTH, plain_text, remote_message
from event_streaming.tests.case import IntegrationTestCase

SITE = "https://main.example"
JSON = "application/json"


def answer(status: int, body=b"{}", kind: str = JSON, **headers) -> answers.Answer:
	body = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
	headers = {key.replace("_", "-"): value for key, value in headers.items()}
	return answers.Answer(SITE, status, {"Content-Type": kind, **headers}, body)


def frappe_error(kind: str, message: str) -> dict:
	return {"exc_type": kind, "_server_messages": json.dumps([json.dumps({"message": message})])}


class TestLinkAnswers(IntegrationTestCase):
	def assert_raises(self, expected: type, text: str, given: answers.Answer) -> Exception:
		with self.assertRaises(expected) as raised:
			answers.read(given)
		self.assertIs(type(raised.exception), expected)
		self.assertIn(SITE, str(raised.exception))
		self.assertIn(text, str(raised.exception))
		return raised.exception

	def test_the_message_of_a_good_answer_is_its_value(self):
		self.assertEqual(answers.read(answer(200, {"message": {"a": 1}})), {"a": 1})
		self.assertIsNone(answers.read(answer(200, {})))

	def test_html_means_no_frappe_site_or_a_proxy_whatever_the_status(self):
		for status in (200, 401, 403, 404):
			with self.subTest(status):
				self.assert_raises(NotFrappe, "login or error page", answer(status, b"<html>", "text/html"))

	def test_json_that_is_no_object_means_no_frappe_site(self):
		self.assert_raises(NotFrappe, "not a Frappe site", answer(200, []))

	def test_a_redirect_names_where_to(self):
		given = answer(301, b"", "text/html", Location="https://www.main.example/")
		self.assert_raises(WrongSite, "https://www.main.example/", given)

	def test_a_missing_app_is_named(self):
		for status, kind, message in (
			(
				417,
				"ValidationError",
				"Failed to get method for command event_streaming.api.handshake with App x",
			),
			(404, "NotFound", "Not Found"),
			(417, "AppNotInstalledError", "App event_streaming is not installed"),
		):
			with self.subTest(kind):
				self.assert_raises(AppMissing, "install-app", answer(status, frappe_error(kind, message)))

	def test_a_refused_key_says_what_to_do(self):
		for status in (401, 403):
			given = answer(status, frappe_error("AuthenticationError", "No link has this key and secret."))
			self.assert_raises(CredentialsRefused, "Rotate Key", given)

	def test_this_apps_own_errors_come_through_as_what_they_are(self):
		for status, expected in ((417, SubscriberMissing), (410, PositionGone), (423, LinkPaused)):
			given = answer(status, frappe_error(expected.__name__, "There is no user."))
			self.assert_raises(expected, "says: There is no user.", given)

	def test_an_unknown_refusal_keeps_its_status_and_message(self):
		error = self.assert_raises(
			RemoteError, "Something else", answer(417, frappe_error("LinkExistsError", "Something else"))
		)
		self.assertEqual(error.status, 417)

	def test_a_hostile_site_cannot_choose_any_other_exception(self):
		for name in ("SystemExit", "StreamingError", "frappe", "__builtins__", "KeyError"):
			with self.subTest(name):
				self.assert_raises(RemoteError, "x", answer(417, frappe_error(name, "x")))

	def test_server_errors_pass_by_themselves(self):
		for status, body, kind in (
			(500, b"{}", JSON),
			(502, b"<html>", "text/html"),
			(503, b"", "text/plain"),
		):
			with self.subTest(status):
				error = self.assert_raises(ServerUnavailable, f"HTTP {status}", answer(status, body, kind))
				self.assertIsInstance(error, TransientError)

	def test_too_many_requests_say_when_to_come_again(self):
		for header, seconds in (("17", 17), ("0", 60), ("soon", 60), ("-5", 1), ("99999999", 24 * 60 * 60)):
			with self.subTest(header):
				error = self.assert_raises(TooManyRequests, "fewer", answer(429, b"", Retry_After=header))
				self.assertEqual(error.retry_after, seconds)

	def test_a_broken_off_answer_passes_by_itself(self):
		for body in (b"", b'{"message": {', b"[" * 100_000, b'{"message": NaN}', b"\xff"):
			with self.subTest(body[:20]):
				self.assert_raises(ConnectionFailed, "broke off", answer(200, body))

	def test_an_answer_that_was_not_read_to_its_end_is_too_large(self):
		self.assert_raises(AnswerTooLarge, "more than 32 MB", answer(200, None))

	def test_the_shape_of_an_answer_is_checked(self):
		good = {"events": [], "position": 3}
		self.assertIs(answers.expect(SITE, good, events=list, position=int), good)
		for bad in (None, [], "x", {}, {"events": {}, "position": 3}, {"events": [], "position": "3"}):
			with self.subTest(bad), self.assertRaises(InvalidEvent):
				answers.expect(SITE, bad, events=list, position=int)

	def test_the_shape_of_a_list_of_documents_is_checked(self):
		listed = {"documents": [["a", 0, ""], ["b", 5, "f" * 32]], "last": "b", "more": True}
		answers.expect_listing(SITE, listed, "", 2)
		answers.expect_listing(SITE, {**listed, "documents": [], "last": "c"}, "", 2)
		for wrong in (
			{"documents": listed["documents"] * 2},
			{"documents": [["a", 0]]},
			{"documents": [["a", True, ""]]},
			{"documents": [["a", -1, ""]]},
			{"documents": [["", 0, ""]]},
			{"documents": [["a" * 141, 0, ""]]},
			{"documents": [["a", 0, None]]},
			{"documents": [], "last": ""},
			{"last": ""},
			{"last": "x" * 141},
		):
			with self.subTest(wrong), self.assertRaises(InvalidEvent):
				answers.expect_listing(SITE, {**listed, **wrong}, "", 2)

	def test_the_shape_of_a_summary_is_checked(self):
		summary = {"count": 2, "digest": "f" * 32, "last": "b", "more": True}
		answers.expect_summary(SITE, summary, "a", 2)
		for wrong in ({"count": 3}, {"digest": "f" * 500}, {"last": "a"}):
			with self.subTest(wrong), self.assertRaises(InvalidEvent):
				answers.expect_summary(SITE, {**summary, **wrong}, "a", 2)

	def test_messages_of_other_sites_are_plain_and_short(self):
		self.assertEqual(plain_text("<b>No</b> <img src=x onerror=alert(1)"), "No img src=x onerror=alert(1)")
		self.assertEqual(len(plain_text("x" * 5000)), MAX_LENGTH)

	def test_messages_are_read_from_whatever_form_they_have(self):
		for given, expected in (
			(frappe_error("X", "one"), "one"),
			({"_server_messages": json.dumps(["plain"])}, "plain"),
			({"exception": "frappe.exceptions.ValidationError: two"}, "two"),
			({"exception": "frappe.exceptions.ValidationError"}, ""),
			({"_server_messages": "{"}, ""),
			({"_server_messages": 5, "exception": 7}, ""),
			({}, ""),
		):
			with self.subTest(given):
				self.assertEqual(remote_message(given), expected)

	def test_each_exception_says_in_its_docstring_what_it_means(self):
		for name, kind in vars(exceptions).items():
			if isinstance(kind, type) and issubclass(kind, exceptions.StreamingError):
				self.assertTrue(kind.__doc__, name)
