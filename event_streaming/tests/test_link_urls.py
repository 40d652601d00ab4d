import socket
from unittest.mock import patch

import frappe

from event_streaming.exceptions import ConnectionFailed, UrlNotAllowed
from event_streaming.link import urls
from event_streaming.tests.calling import calling
from event_streaming.tests.case import IntegrationTestCase

NEVER = [
	"http://169.254.169.254",
	"http://0.0.0.0",
	"http://0.1.2.3",
	"http://100.100.100.200",
	"http://168.63.129.16",
	"http://224.0.0.1",
	"http://240.0.0.1",
	"http://255.255.255.255",
	"http://[::]",
	"http://[fe80::1]",
	"http://[fd00:ec2::254]",
	"http://[ff02::1]",
	"http://[::ffff:169.254.169.254]",
	"http://[64:ff9b::169.254.169.254]",
	"http://[2002:a9fe:a9fe::1]",
]
PRIVATE = [
	"http://127.0.0.1",
	"http://10.1.2.3",
	"http://172.16.0.1",
	"http://192.168.1.1",
	"http://100.64.0.1",
	"http://[::1]",
	"http://[fd12:3456::1]",
	"http://[::ffff:10.0.0.1]",
]
NO_URL = [
	None,
	5,
	"",
	"  ",
	"site.example",
	"ftp://site.example",
	"file:///etc/passwd",
	"javascript:alert(1)",
	"http://",
	"http://user:password@site.example",
	"http://user@site.example",
	"http://site.example\\@evil.example",
	"http://site example",
	"http://site.example:99999",
	"http://site.example:port",
	"http://2130706433",
	"http://0x7f000001",
	"http://0x7f.1",
	"http://0177.0.0.1",
	"http://127.1",
	"http://[::1",
	"http://[fe80::1%25eth0]",
	"http://-.example",
	"http://" + "a" * 140 + ".example",
]


class TestLinkUrls(IntegrationTestCase):
	def test_a_url_has_one_spelling(self):
		for url, normal in {
			"HTTPS://Site.Example/": "https://site.example",
			"https://site.example:443/app/home?x=1#y": "https://site.example",
			"http://site.example:80": "http://site.example",
			"http://site.example:8000": "http://site.example:8000",
			" http://site.example. ": "http://site.example",
			"http://bücher.example": "http://xn--bcher-kva.example",
			"http://[0:0:0:0:0:0:0:1]:8000": "http://[::1]:8000",
			"http://my_site.local": "http://my_site.local",
		}.items():
			with self.subTest(url):
				self.assertEqual(urls.normalize_url(url), normal)

	def test_what_names_no_site_is_no_url(self):
		for url in NO_URL:
			with self.subTest(url):
				self.assertRaises(UrlNotAllowed, urls.normalize_url, url)

	def test_metadata_and_unroutable_addresses_are_never_called(self):
		for url in NEVER:
			with self.subTest(url), self.private_network(True):
				self.assertRaises(UrlNotAllowed, urls.check_allowed, url)

	def test_private_addresses_are_called_only_where_the_site_config_allows_it(self):
		for url in PRIVATE:
			with self.subTest(url):
				with self.private_network(True):
					urls.check_allowed(url)
				with self.private_network(False), self.assertRaises(UrlNotAllowed) as refused:
					urls.check_allowed(url)
				self.assertIn("Allow Private Networks", str(refused.exception))

	def test_developer_mode_allows_private_addresses(self):
		with self.private_network(False), patch.dict(frappe.conf, {"developer_mode": 1}):
			urls.check_allowed("http://127.0.0.1")

	def test_public_addresses_are_called(self):
		with self.private_network(False):
			urls.check_allowed("http://93.184.216.34")
			urls.check_allowed("https://[2606:4700:4700::1111]")

	def test_one_bad_address_of_a_name_is_enough(self):
		with self.private_network(False), self.resolving("93.184.216.34", "10.0.0.1"):
			self.assertRaises(UrlNotAllowed, urls.check_allowed, "https://site.example")

	def test_a_name_without_address_says_so(self):
		with (
			patch("socket.getaddrinfo", side_effect=socket.gaierror),
			self.assertRaises(ConnectionFailed) as failed,
		):
			urls.check_allowed("https://nowhere.example")
		self.assertIn("nowhere.example cannot be found", str(failed.exception))

	def test_host_name_of_the_site_config_is_the_own_url(self):
		with patch.dict(frappe.conf, {"host_name": "https://Shop.Example/"}):
			self.assertEqual(urls.own_url(), "https://shop.example")
		with patch.dict(frappe.conf, {"host_name": "shop.example:8000"}):
			self.assertEqual(urls.own_url(), "http://shop.example:8000")

	def test_without_host_name_a_request_for_the_sites_name_tells_the_own_url(self):
		with patch.dict(frappe.conf, {"host_name": None}):
			with calling("/", host=f"{frappe.local.site}:8123"):
				self.assertEqual(urls.own_url(), f"http://{frappe.local.site}:8123")
			with calling("/", headers={"X-Forwarded-Proto": "https"}):
				self.assertEqual(urls.own_url(), f"https://{frappe.local.site}")

	def test_without_host_name_a_request_for_another_name_tells_nothing(self):
		with patch.dict(frappe.conf, {"host_name": None}), calling("/", host="evil.example"):
			with self.assertRaises(UrlNotAllowed) as refused:
				urls.own_url()
		self.assertIn("Set host_name in its site config", str(refused.exception))

	def test_outside_requests_the_own_url_is_frappes(self):
		with (
			patch.dict(frappe.conf, {"host_name": None}),
			patch.object(frappe.local, "request", None, create=True),
		):
			self.assertTrue(urls.own_url().startswith(f"http://{frappe.local.site}"))

	def private_network(self, allowed: bool):
		return patch.dict(
			frappe.conf, {"event_streaming_allow_private_network": int(allowed), "developer_mode": 0}
		)

	def resolving(self, *addresses: str):
		found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
		return patch("socket.getaddrinfo", return_value=found)
