import gzip
import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import frappe

from event_streaming.exceptions import (
	AnswerTooLarge,
	ConnectionFailed,
	CredentialsRefused,
	InvalidEvent,
	UrlNotAllowed,
	WrongSite,
)
from event_streaming.link.client import ConsumerClient, ProducerClient
from event_streaming.tests.calling import LinkTestCase, create_test_consumer

KEY, SECRET = "k" * 32, "".join(("not", "to", "be", "seen"))


class Handler(BaseHTTPRequestHandler):
	"""Answers as the test says, and remembers what it was asked."""

	protocol_version = "HTTP/1.1"

	def do_POST(self):
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		self.server.asked.append((self.command, self.path, dict(self.headers), body, self.client_address))
		self.server.reply(self)

	do_GET = do_POST

	def send(self, status: int, body: bytes, length: int | None = None, **headers) -> None:
		self.send_response(status)
		self.send_header("Content-Type", "application/json")
		self.send_header("Content-Length", str(len(body) if length is None else length))
		for name, value in headers.items():
			self.send_header(name.replace("_", "-"), value)
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, *arguments):
		pass


class QuietServer(ThreadingHTTPServer):
	daemon_threads = True

	def __repr__(self):
		return "QuietServer()"  # Frappe 16 would print what it was asked, with the header

	def handle_error(self, *arguments):
		pass  # clients that hang up are what is tested


@contextmanager
def site_that(reply):
	"""A server on a free loopback port; yields it with its `url` and what it was `asked`."""
	server = QuietServer(("127.0.0.1", 0), Handler)
	server.reply, server.asked = reply, []
	server.url = f"http://localhost:{server.server_port}"
	threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
	try:
		yield server
	finally:
		server.shutdown()
		server.server_close()


def says(message, **headers):
	return lambda handler: handler.send(200, json.dumps({"message": message}).encode(), **headers)


def drips(handler: Handler) -> None:
	handler.send(200, b"", length=10_000)
	for _ in range(100):
		handler.wfile.write(b" ")
		time.sleep(0.05)


class TestLinkClient(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.use(patch.dict(frappe.conf, {"event_streaming_allow_private_network": 1}))

	def test_a_call_carries_the_key_of_the_link_and_json(self):
		with site_that(says({"names": ["a"]})) as site, ProducerClient(site.url, KEY, SECRET) as client:
			self.assertEqual(client.find_documents("ToDo", {"status": "Open"}, 5), ["a"])
			method, path, headers, body, _address = site.asked[0]
		self.assertEqual((method, path), ("POST", "/api/method/event_streaming.api.find_documents"))
		self.assertEqual(headers["Authorization"], f"EventStreaming {KEY}:{SECRET}")
		self.assertEqual(json.loads(body), {"doctype": "ToDo", "filters": {"status": "Open"}, "limit": 5})

	def test_one_connection_serves_all_calls_of_a_client(self):
		with site_that(says({"names": []})) as site, ProducerClient(site.url, KEY, SECRET) as client:
			for _ in range(3):
				client.find_documents("ToDo", [])
			self.assertEqual(len({address for *_rest, address in site.asked}), 1)

	def test_cookies_of_the_other_site_are_not_kept(self):
		with site_that(says({"names": []}, Set_Cookie="sid=x; Path=/")) as site:
			with ProducerClient(site.url, KEY, SECRET) as client:
				client.find_documents("ToDo", [])
				client.find_documents("ToDo", [])
			self.assertNotIn("Cookie", site.asked[1][2])

	def test_proxies_of_the_environment_are_not_used(self):
		with patch.dict(
			"os.environ", {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
		):
			with site_that(says({"names": []})) as site, ProducerClient(site.url) as client:
				self.assertEqual(client.find_documents("ToDo", []), [])

	def test_compressed_answers_are_read(self):
		body = gzip.compress(json.dumps({"message": {"names": ["z"]}}).encode())
		with site_that(lambda handler: handler.send(200, body, Content_Encoding="gzip")) as site:
			with ProducerClient(site.url) as client:
				self.assertEqual(client.find_documents("ToDo", []), ["z"])

	def test_redirects_are_not_followed(self):
		with site_that(says({})) as other:
			with site_that(lambda handler: handler.send(307, b"", Location=other.url)) as site:
				with ProducerClient(site.url, KEY, SECRET) as client:
					self.assertRaises(WrongSite, client.unregister)
			self.assertEqual(other.asked, [])

	def test_a_name_that_changes_its_address_after_the_check_gets_nothing(self):
		public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 0))]
		with site_that(says({"names": []})) as site, ProducerClient(site.url, KEY, SECRET) as client:
			with (
				patch.dict(frappe.conf, {"event_streaming_allow_private_network": 0, "developer_mode": 0}),
				patch(
					"event_streaming.link.urls.socket.getaddrinfo", side_effect=[public, *self.loopback(site)]
				),
			):
				self.assertRaises(UrlNotAllowed, client.find_documents, "ToDo", [])
			self.assertEqual(site.asked, [])

	def loopback(self, site) -> list:
		found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", site.server_port))]
		return [found] * 5

	def test_too_large_an_answer_is_not_read_to_its_end(self):
		bomb = gzip.compress(b" " * (40 * 1024 * 1024))
		with site_that(lambda handler: handler.send(200, bomb, Content_Encoding="gzip")) as site:
			with ProducerClient(site.url) as client:
				self.assertRaises(AnswerTooLarge, client.find_documents, "ToDo", [])

	def test_a_site_that_answers_drop_by_drop_is_cut(self):
		with site_that(drips) as site, ProducerClient(site.url) as client:
			client.deadline = 0.5
			started = time.monotonic()
			self.assert_fails("did not finish its answer", client)
			self.assertLess(time.monotonic() - started, 3)

	def test_a_silent_site_times_out(self):
		with site_that(lambda handler: time.sleep(2)) as site, ProducerClient(site.url) as client:
			client.read_timeout = 0.3
			self.assert_fails("gave no answer within 0.3 seconds", client)

	def test_an_answer_shorter_than_announced_fails(self):
		def truncated(handler: Handler) -> None:
			handler.send(200, b'{"message": {"names": []', length=500)
			handler.close_connection = True

		with site_that(truncated) as site, ProducerClient(site.url) as client:
			self.assert_fails("broke off", client)

	def test_a_site_that_is_off_says_so(self):
		with site_that(says({})) as site:
			pass
		with ProducerClient(site.url) as client:
			self.assert_fails("is off: it refuses connections", client)

	def test_http_where_https_was_asked_says_so(self):
		with site_that(says({})) as site:
			with ProducerClient(site.url.replace("http:", "https:")) as client:
				self.assert_fails("does it speak https", client)

	def test_an_answer_of_another_shape_is_refused(self):
		with site_that(says({"events": "all"})) as site, ProducerClient(site.url) as client:
			self.assertRaises(InvalidEvent, client.get_updates, 0, None, "epoch", 10)
			self.assertRaises(InvalidEvent, client.get_documents, [("ToDo", "x")])
			self.assertRaises(InvalidEvent, client.describe_doctype, "ToDo")

	def test_no_error_shows_the_secret_even_with_the_variables_of_all_frames(self):
		for reply in (lambda handler: time.sleep(1), drips, lambda handler: handler.send(403, b"{}")):
			with (
				self.subTest(reply),
				site_that(reply) as site,
				ProducerClient(site.url, KEY, SECRET) as client,
			):
				client.read_timeout, client.deadline = 0.3, 0.5
				try:
					client.unregister()
				except Exception as error:
					self.assertIsNone(error.__context__)
					self.assertNotIn(SECRET, frappe.get_traceback(with_context=True))
					self.assertNotIn(SECRET, f"{error} {client!r} {vars(error)}")

	def test_an_interrupted_call_shows_no_secret_either(self):
		class TimeIsUp(Exception):
			pass

		with site_that(says({})) as site, ProducerClient(site.url, KEY, SECRET) as client:
			with patch("http.client.HTTPConnection.send", side_effect=TimeIsUp):
				try:
					client.unregister()
				except TimeIsUp:
					self.assertNotIn(SECRET, frappe.get_traceback(with_context=True))

	def test_clients_take_the_key_of_their_link(self):
		consumer = create_test_consumer()
		with ConsumerClient.for_consumer(consumer.name) as client:
			sent = client._session.headers["Authorization"]
		self.assertEqual(sent, f"EventStreaming {consumer.link_key}:{consumer.flags.secret}")

	def test_a_link_without_key_says_so(self):
		with self.assertRaises(CredentialsRefused) as refused:
			ProducerClient.for_producer("http://unknown.example")
		self.assertIn("has no key yet", str(refused.exception))

	def assert_fails(self, text: str, client: ProducerClient) -> None:
		with self.assertRaises(ConnectionFailed) as failed:
			client.find_documents("ToDo", [])
		self.assertIn(text, str(failed.exception))
		self.assertIn(client.url, str(failed.exception))
