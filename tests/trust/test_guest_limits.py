"""How often guests may ask. Whose request it is, Frappe says; nothing here believes a header by itself."""

import re

import pytest

from support.backend import CHECKOUT
from support.visitor import Visitor

LIMIT = 3


@pytest.fixture(autouse=True)
def limited(hq):
	usual = hq.config.get("event_streaming_guest_limit")
	hq.configure(event_streaming_guest_limit=LIMIT)
	hq.call("support.trust:forget_guest_limits")
	yield
	hq.configure(event_streaming_guest_limit=usual)
	hq.call("support.trust:forget_guest_limits")


def asks(hq, address: str) -> int:
	guest = Visitor(hq, {"X-Forwarded-For": address})
	return guest.request("GET", "/api/method/event_streaming.api.handshake").status


def test_behind_a_proxy_each_address_has_a_limit_of_its_own(hq):
	assert [asks(hq, "192.0.2.1") for _time in range(LIMIT + 1)] == [200] * LIMIT + [429]
	assert [asks(hq, "192.0.2.1, 10.0.0.1") for _time in range(2)] == [429, 429], "the first is the caller's"
	assert asks(hq, "192.0.2.2") == 200


def test_what_a_caller_adds_behind_its_own_address_is_not_believed(hq):
	for number in range(LIMIT):
		asks(hq, f"192.0.2.9, 198.51.100.{number}")
	assert asks(hq, "192.0.2.9, 198.51.100.77") == 429


def test_no_code_of_ours_reads_the_header():
	sources = (CHECKOUT / "event_streaming").rglob("*.py")
	assert not [file for file in sources if re.search("forwarded.for", file.read_text(), re.I)]
