import gzip
import json
from unittest.mock import patch

import frappe
from werkzeug.wrappers import Response

from event_streaming.link import compression, credentials, line
from event_streaming.link.client import ProducerClient
from event_streaming.link.line import SentBody
from event_streaming.link.messenger import LEAST_KBITS, Messenger
from event_streaming.tests.calling import API, LinkTestCase, calling, create_test_consumer
from event_streaming.tests.test_link_client import KEY, SECRET, says, site_that

MANY = [("ToDo", f"document {number}") for number in range(200)]
NO_DOCUMENTS = {"documents": [], "missing": [], "position": 0, "event_key": None}


class TestPackedRequests(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.use(patch.dict(frappe.conf, {"event_streaming_allow_private_network": 1}))

	def bodies(self, *headers: dict, key: str | None = KEY) -> list[tuple[str, bytes]]:
		"""Type and body of what is asked for by one client of a site whose answers have these headers."""
		told = iter(headers)
		with site_that(lambda handler: says(NO_DOCUMENTS, **next(told))(handler)) as site:
			with ProducerClient(site.url, key, SECRET) as client:
				for _one in headers:
					client.get_documents(MANY)
		return [(asked["Content-Type"], body) for _method, _path, asked, body, _address in site.asked]

	def test_what_is_large_is_packed_once_that_site_has_said_that_it_unpacks(self):
		(first, plain), (second, packed) = self.bodies({"Accept-Encoding": "gzip"}, {})
		self.assertEqual((first, second), ("application/json", "application/gzip"))
		self.assertEqual(gzip.decompress(packed), plain)
		self.assertLess(len(packed), len(plain) / 5)

	def test_a_site_that_says_nothing_is_sent_none(self):
		self.assertEqual({kind for kind, _body in self.bodies({}, {})}, {"application/json"})

	def test_a_site_that_no_longer_says_so_is_sent_none(self):
		told = self.bodies({"Accept-Encoding": "gzip"}, {}, {})
		self.assertEqual(
			[kind.rpartition("/")[2] for kind, _body in told], ["json", "gzip", "json"], "it was set back"
		)

	def test_nothing_is_packed_without_a_key(self):
		told = self.bodies({"Accept-Encoding": "gzip"}, {}, key=None)
		self.assertEqual({kind for kind, _body in told}, {"application/json"})

	def test_what_fits_in_one_packet_is_not_packed(self):
		with site_that(says({"names": []}, Accept_Encoding="gzip")) as site:
			with ProducerClient(site.url, KEY, SECRET) as client:
				for _one in range(2):
					client.find_documents("ToDo", [])
		self.assertEqual({asked[2]["Content-Type"] for asked in site.asked}, {"application/json"})


class TestUnpacking(LinkTestCase):
	def setUp(self):
		super().setUp()
		consumer = create_test_consumer()
		self.headers = {"Authorization": f"EventStreaming {consumer.link_key}:{consumer.flags.secret}"}

	def arguments(self, body: bytes, headers: dict | None = None) -> dict:
		with calling(API + "get_documents", headers=headers or self.headers, packed=body):
			credentials.authenticate_link()
			return dict(frappe.form_dict)

	def test_the_arguments_are_those_that_were_packed(self):
		given = {"documents": [["ToDo", "Grüße"]]}
		self.assertEqual(self.arguments(compression.pack(json.dumps(given).encode())), given)

	def test_what_is_no_packed_object_is_refused(self):
		whole = compression.pack(b'{"documents": []}')
		bomb = compression.pack(b" " * (compression.MAX_UNPACKED + 1) + b"{}")
		deep = compression.pack(b"[" * 100_000)
		for body in (b"", b"{}", whole[:-9], compression.pack(b"[]"), compression.pack(b"{"), deep, bomb):
			with self.subTest(body=body[:20]):
				self.assertRaises(frappe.ValidationError, self.arguments, body)

	def test_it_names_no_other_function(self):
		body = compression.pack(b'{"cmd": "frappe.client.get_list"}')
		self.assertRaises(frappe.AuthenticationError, self.arguments, body)

	def test_who_has_no_key_has_nothing_unpacked(self):
		body = compression.pack(b'{"documents": []}')
		self.assertRaises(
			frappe.AuthenticationError, self.arguments, body, {"Authorization": "EventStreaming a:b"}
		)
		self.assertEqual(self.arguments(body, {"Authorization": "Basic a"}), {})

	def test_only_answers_of_this_app_say_so(self):
		for path, told in ((API + "get_updates", "gzip"), ("/api/method/ping", None)):
			with calling(path) as request:
				compression.announce(response := Response(), request)
			self.assertEqual(response.headers.get("Accept-Encoding"), told)


class TestAnswersThatAreSent(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.now = 100.0
		clock = self.use(patch.object(line, "time"))
		clock.monotonic.side_effect = lambda: self.now
		clock.sleep.side_effect = self.sleep

	def sleep(self, seconds: float) -> None:
		self.now += seconds

	def test_no_more_is_sent_in_a_second_than_the_consumer_lets_the_link_take(self):
		pieces = []
		body = SentBody(bytes(range(250)) * 200, 160, lambda: pieces.append(self.now))
		sent = b""
		while piece := body.read(16384):
			sent += piece
			self.assertLessEqual(len(sent) - line.SLOW_CHUNK, (self.now - 100.0) * 20_000 + 1)
		self.assertEqual(sent, bytes(range(250)) * 200)
		self.assertGreater(len(pieces), 10, "the job says that it is alive")

	def test_otherwise_it_takes_what_the_line_has(self):
		body = SentBody(b"x" * 50_000, 0, lambda: None)
		self.assertEqual(len(body.read(16384)), 16384)
		self.assertEqual((len(body.read()), self.now), (50_000 - 16384, 100.0))

	def test_a_consumer_can_not_make_it_stand_still(self):
		self.use(patch.dict(frappe.conf, {"event_streaming_allow_private_network": 1}))
		with Messenger("http://localhost", KEY, SECRET) as messenger:
			for asked, allowed in (
				(1, LEAST_KBITS),
				(64, 64),
				(0, 0),
				(-5, 0),
				("64", 0),
				(None, 0),
				(2.5, 0),
			):
				messenger.allow(asked)
				self.assertEqual(messenger.max_kbits, allowed)
