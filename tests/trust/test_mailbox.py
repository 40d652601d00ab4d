"""What may be left in a mailbox and fetched from it, by whom, and how much of it."""

import pytest

from support.site import SiteError
from support.unreachable_producers import answering, invite, offer, pair, pull_name
from support.visitor import Visitor
from support.web_servers import web_stopped

NOTE, ITEM = "Shop Note", "Shop Item"
EXCHANGE = "event_streaming.api.exchange"


@pytest.fixture
def shop(branch, backend):
	"""Its web server is off for as long as the test runs."""
	with web_stopped(backend, branch):
		yield branch


@pytest.fixture
def paired(hq, shop) -> str:
	hq.call("support.mailboxes:forget")
	return pair(hq, shop, NOTE, ITEM)


class TestTrust:
	@pytest.fixture
	def shop_key(self, hq, paired) -> dict:
		key = hq.call("support.trust:link_key", doctype="Event Producer", name=paired)
		return {"Authorization": f"EventStreaming {key['key']}:{key['secret']}"}

	def post(self, hq, headers, answer=None):
		return Visitor(hq, headers).call(EXCHANGE, {"answer": answer, "wait": 0.0})

	def test_an_answer_to_no_request_is_forgotten(self, hq, shop, paired, shop_key):
		for number in ("0" * 32, "x", "../answer", "*"):
			reply = self.post(hq, shop_key, {"id": number, "status": 200, "body": "e30="})
			assert reply.status == 200
		assert hq.call("support.mailboxes:answers_waiting") == 0

	def test_an_answer_counts_once_and_only_after_its_request_was_fetched(self, hq, shop, paired, shop_key):
		hq.call("support.mailboxes:arrive", producer=paired)
		number = hq.call("support.mailboxes:put", producer=paired, function="handshake")
		answer = {"id": number, "status": 200, "body": "e30="}
		assert hq.call("support.mailboxes:deliver", producer=paired, answer=answer) is False
		assert self.post(hq, shop_key).json["message"]["request"]["id"] == number
		assert [hq.call("support.mailboxes:deliver", producer=paired, answer=answer) for _ in range(3)] == [
			True,
			False,
			False,
		]

	def test_another_link_neither_fetches_nor_answers_it(self, hq, shop, third, paired):
		other = offer_of_third(third, hq)
		hq.update("Event Producer", other, paused=0)
		key = hq.call("support.trust:link_key", doctype="Event Producer", name=other)
		headers = {"Authorization": f"EventStreaming {key['key']}:{key['secret']}"}
		hq.call("support.mailboxes:arrive", producer=paired)
		number = hq.call("support.mailboxes:put", producer=paired, function="handshake")
		reply = self.post(hq, headers, {"id": number, "status": 200, "body": "e30="})
		assert reply.json["message"]["request"] is None
		assert hq.call("support.mailboxes:answers_waiting") == 0

	def test_a_flood_of_requests_is_refused_and_of_answers_bounded(self, hq, shop, paired, shop_key):
		hq.call("support.mailboxes:arrive", producer=paired)
		for _ in range(8):
			hq.call("support.mailboxes:put", producer=paired, function="handshake")
		with pytest.raises(SiteError, match="asked of"):
			hq.call("support.mailboxes:put", producer=paired, function="handshake")
		huge = {"id": "0" * 32, "status": 200, "body": "A" * (17 * 1024 * 1024)}
		assert self.post(hq, shop_key, huge).status in (413, 417)

	def test_a_flood_of_exchanges_is_refused(self, hq, shop, paired, shop_key):
		hq.configure(event_streaming_link_limit=5)
		statuses = [self.post(hq, shop_key).status for _ in range(16)]
		assert statuses.count(429) >= 6, "in at most two minutes of the clock"

	def test_a_bomb_is_not_unpacked(self, hq, shop, paired):
		assert hq.call("support.mailboxes:unpacks_a_bomb") is False

	@pytest.mark.parametrize("function", ["register", "wake_up", "told", "frappe", "__class__", "exchange"])
	def test_only_what_a_consumer_may_call_is_answered(self, hq, shop, paired, function):
		request = {"id": "1", "function": function, "arguments": {}}
		answer = shop.call("support.mailboxes:answer_one", consumer=hq.url, request=request)
		assert answer["status"] == 403

	def test_nothing_is_answered_that_is_not_approved(self, hq, shop):
		hq.call("support.mailboxes:forget")
		offer(shop, hq, invite(hq, NOTE))
		request = {"id": "1", "function": "list_documents", "arguments": {"doctype": NOTE}}
		answer = shop.call("support.mailboxes:answer_one", consumer=hq.url, request=request)
		assert answer["status"] == 417 and "approved" in answer["text"]

	def test_a_revoked_key_ends_it(self, hq, shop, paired):
		shop.call(
			"event_streaming.event_streaming.doctype.event_consumer.event_consumer:revoke_key",
			consumer=hq.url,
		)
		with answering(shop, hq):
			assert "has not asked" in pull_name(hq, paired)["error"]


def offer_of_third(third, hq) -> str:
	before = set(hq.names("Event Producer"))
	third.call("support.mailboxes:enter_code", url=hq.url, code=invite(hq, NOTE))
	[name] = set(hq.names("Event Producer")) - before
	return name
