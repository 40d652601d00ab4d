import random
import time
from base64 import b64encode
from contextlib import contextmanager
from unittest.mock import patch

import frappe

from event_streaming import settings
from event_streaming.consumer.receiving_hours import lies_between
from event_streaming.exceptions import ConnectionFailed, UrlNotAllowed
from event_streaming.link import credentials
from event_streaming.link.client import ProducerClient
from event_streaming.link.line import Means
from event_streaming.tests.calling import API, LinkTestCase, calling, create_test_consumer
from event_streaming.tests.test_link_client import KEY, SECRET, says, site_that


@contextmanager
def settings_say(**values):
	usual = settings._read
	with patch.object(settings, "_read", side_effect=lambda field: values.get(field, usual(field))):
		yield


class TestOutboundProxy(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.use(patch.dict(frappe.conf, {"event_streaming_allow_private_network": 1}))

	def test_a_site_is_asked_by_the_proxy_which_finds_its_address(self):
		with site_that(says({"names": ["a"]})) as proxy, settings_say(proxy_url=proxy.url):
			with ProducerClient("http://nobody-knows-this.example", KEY, SECRET) as client:
				self.assertEqual(client.find_documents("ToDo", []), ["a"])
			[(method, path, *_rest)] = proxy.asked
			self.assertEqual(method, "POST")
			self.assertTrue(path.startswith("http://nobody-knows-this.example/api/method/"), path)

	def test_exceptions_are_called_directly(self):
		with site_that(says({"names": ["direct"]})) as site:
			told = {"proxy_url": "http://127.0.0.1:1", "proxy_exceptions": "other.example\nlocalhost"}
			with settings_say(**told), ProducerClient(site.url, KEY, SECRET) as client:
				self.assertEqual(client.find_documents("ToDo", []), ["direct"])

	def test_an_exception_is_a_whole_name(self):
		told = {"proxy_url": "http://127.0.0.1:1", "proxy_exceptions": "host"}
		with site_that(says({"names": []})) as site, settings_say(**told):
			with ProducerClient(site.url) as client, self.assertRaises(ConnectionFailed):
				client.find_documents("ToDo", [])

	def test_addresses_that_are_never_a_site_are_refused_all_the_same(self):
		with site_that(says({"names": []})) as proxy, settings_say(proxy_url=proxy.url):
			for url in ("http://169.254.169.254", "http://[fd00:ec2::254]"):
				with ProducerClient(url) as client, self.assertRaises(UrlNotAllowed):
					client.find_documents("ToDo", [])
			self.assertEqual(proxy.asked, [])

	def test_a_proxy_that_is_off_says_so(self):
		with settings_say(proxy_url="http://127.0.0.1:1"), ProducerClient("http://site.example") as client:
			self.assertRaises(ConnectionFailed, client.find_documents, "ToDo", [])


class TestLoginBeforeTheSite(LinkTestCase):
	def setUp(self):
		super().setUp()
		self.use(patch.dict(frappe.conf, {"event_streaming_allow_private_network": 1}))

	def test_both_are_sent(self):
		means = Means("gate", "pass:word")
		with (
			site_that(says({"names": []})) as site,
			ProducerClient(site.url, KEY, SECRET, means=means) as client,
		):
			client.find_documents("ToDo", [])
			headers = site.asked[0][2]
		self.assertEqual(headers["Authorization"], "Basic " + b64encode(b"gate:pass:word").decode())
		self.assertEqual(headers[credentials.OWN_HEADER], f"EventStreaming {KEY}:{SECRET}")
		self.assertNotIn("pass:word", repr(means))

	def test_the_site_takes_the_key_from_its_own_header_and_forgets_the_login(self):
		consumer = create_test_consumer()
		basic = "Basic " + b64encode(b"gate:word").decode()
		own = f"EventStreaming {consumer.link_key}:{consumer.flags.secret}"
		with calling(API + "get_updates", {}, {"Authorization": basic, credentials.OWN_HEADER: own}):
			credentials.take_own_header()
			credentials.authenticate_link()
			self.assertEqual(credentials.current_link().name, consumer.name)
		with calling(
			API + "handshake", {}, {"Authorization": basic, credentials.OWN_HEADER: "EventStreaming"}
		):
			credentials.take_own_header()
			self.assertEqual(frappe.get_request_header("Authorization", ""), "")

	def test_it_opens_nothing_that_authorization_would_not(self):
		for own in ("token key:secret", "Basic abc", "EventStreamingX a:b", ""):
			with calling(API + "get_updates", {}, {"Authorization": "Basic x", credentials.OWN_HEADER: own}):
				credentials.take_own_header()
				self.assertEqual(frappe.get_request_header("Authorization"), "Basic x")


class TestShareOfTheLine(LinkTestCase):
	def test_no_more_is_read_in_a_second(self):
		self.use(patch.dict(frappe.conf, {"event_streaming_allow_private_network": 1}))
		text = random.Random(1).randbytes(15_000).hex()
		with site_that(says({"names": [text]})) as site:
			begin = time.monotonic()
			with ProducerClient(site.url, means=Means(max_kbits=160)) as client:
				self.assertEqual(client.find_documents("ToDo", []), [text])
			self.assertGreater(time.monotonic() - begin, 1.2)  # 30,000 bytes at 20,000 a second


class TestReceivingHours(LinkTestCase):
	def test_they_may_go_over_midnight(self):
		self.assertTrue(lies_between("09:30", "08:00", "18:00"))
		self.assertFalse(lies_between("18:00", "08:00", "18:00"))
		self.assertTrue(lies_between("23:59", "22:00", "06:00"))
		self.assertTrue(lies_between("00:00", "22:00", "06:00"))
		self.assertFalse(lies_between("12:00", "22:00", "06:00"))
		self.assertTrue(lies_between("12:00", "08:00", "08:00"))
