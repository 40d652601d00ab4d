"""A producer that nobody can call: it listens on no port, and answers what it is asked over connections of its own."""

import itertools
import random
import threading
from datetime import datetime, timedelta

import pytest

from support import fault_proxy as network
from support.compare import assert_all_same, assert_same
from support.link import pull, subscribe, sync_logs
from support.site import SiteError
from support.unreachable_producers import (
	INVITATION,
	SUBSCRIBER,
	answering,
	approve,
	drain,
	invite,
	offer,
	pair,
	pull_name,
)
from support.waiting import wait_until
from support.web_servers import web_stopped

NOTE, ITEM = "Shop Note", "Shop Item"


@pytest.fixture
def shop(branch, backend):
	"""Its web server is off for as long as the test runs."""
	with web_stopped(backend, branch):
		yield branch


@pytest.fixture
def paired(hq, shop) -> str:
	hq.call("support.mailboxes:forget")
	return pair(hq, shop, NOTE, ITEM)


class TestPairing:
	def test_what_a_code_makes_waits_for_a_person_on_both_sites(self, hq, shop):
		name = offer(shop, hq, invite(hq, NOTE))
		made = hq.get("Event Producer", name)
		assert (made["paused"], made["by_mailbox"], made["told_name"]) == (1, 1, shop.name)
		assert name.endswith(".invalid")
		there = shop.get("Event Consumer", hq.url)
		assert there["by_mailbox"] == 1
		assert [row["status"] for row in there["consumer_doctypes"]] == ["Pending"]

	def test_a_code_is_good_once_and_for_its_purpose(self, hq, shop, third):
		code = invite(hq, NOTE)
		offer(shop, hq, code)
		with pytest.raises(SiteError, match="was used"):
			third.call("support.mailboxes:enter_code", url=hq.url, code=code)
		other = invite(hq, NOTE, purpose="Receive From This Site")
		with pytest.raises(SiteError, match="not for this"):
			third.call("support.mailboxes:enter_code", url=hq.url, code=other)
		assert not third.names("Event Consumer")

	def test_the_first_link_is_not_taken_over_by_another_code(self, hq, shop, paired):
		with pytest.raises(SiteError, match="a link with this site already"):
			shop.call("support.mailboxes:enter_code", url=hq.url, code=invite(hq, NOTE))
		code = invite(hq, NOTE, renews_producer=paired)
		shop.call("support.mailboxes:enter_code", url=hq.url, code=code)
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:keys_of_mailboxes"), 20)
			note = shop.create(NOTE)["name"]
			drain(hq, paired)
		assert_same(shop, hq, NOTE, note)


class TestDocuments:
	def test_changes_of_each_kind_arrive(self, hq, shop, paired):
		kept, changed, gone = (shop.create(NOTE)["name"] for _ in range(3))
		item = shop.create(ITEM)["name"]
		shop.update(NOTE, changed, title="changed")
		shop.delete(NOTE, gone)
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:keys_of_mailboxes"), 20)
			drain(hq, paired)
			for doctype, name in ((NOTE, kept), (NOTE, changed), (ITEM, item)):
				assert_same(shop, hq, doctype, name)
			assert not hq.exists(NOTE, gone)

	def test_backfill_comparison_and_repair(self, hq, shop):
		names = [shop.create(NOTE)["name"] for _ in range(5)]
		hq.call("support.mailboxes:forget")
		name = offer(shop, hq, invite(hq, NOTE))
		approve(shop, hq)
		hq.update("Event Producer", name, paused=0)
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:keys_of_mailboxes"), 20)
			drain(hq, name)
			hq.call("backfill", producer_url=name)
			assert assert_all_same(shop, hq, NOTE) == 5
			hq.call("set_value_silently", doctype=NOTE, name=names[0], title="other")
			found = hq.call("support.comparing:reconcile", producer_url=name)
			assert (found[NOTE]["different"], found[NOTE]["equal"]) == (1, 4)
			assert hq.call("support.comparing:repair", producer_url=name, doctype=NOTE)["fixed"] == 1
			assert assert_all_same(shop, hq, NOTE) == 5

	def test_a_failure_is_resynced_from_the_source(self, hq, shop, paired):
		hq.configure(shop_reject_poison=1)
		note = shop.create(NOTE, title="POISON")["name"]
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:keys_of_mailboxes"), 20)
			drain(hq, paired)
			[failed] = sync_logs(hq, status="Failed")
			hq.configure(shop_reject_poison=0)
			hq.call("resync_from_source", name=failed["name"])
		assert_same(shop, hq, NOTE, note)

	def test_the_connection_is_tried_over_it(self, hq, shop, paired):
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:keys_of_mailboxes"), 20)
			steps = hq.call(
				"event_streaming.consumer.link_state:test_connection", producer_url=paired, producer=paired
			)
		assert [step["ok"] for step in steps] == [True, True], steps

	def test_nothing_is_lost_when_the_cache_is_cleared_meanwhile(self, hq, shop, paired):
		"""Frappe does so whenever a document is renamed."""
		note = shop.create(NOTE)["name"]
		hq.call("support.mailboxes:arrive", producer=paired)
		number = hq.call("support.mailboxes:put", producer=paired, function="handshake")
		hq.call("support.mailboxes:clear_cache")
		assert hq.call("support.mailboxes:is_present", producer=paired)
		assert hq.call("support.mailboxes:fetch", producer=paired)["id"] == number
		with answering(shop, hq):
			drain(hq, paired)
		assert_same(shop, hq, NOTE, note)

	def test_a_link_that_stopped_starts_again_with_its_key(self, hq, shop, paired):
		note = shop.create(NOTE)["name"]
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:is_present", producer=paired), 20)
			drain(hq, paired)
			hq.update("Event Stream Cursor", paired, epoch="of another log")
			assert "started over" in pull_name(hq, paired)["error"]
			assert hq.value("Event Stream Cursor", paired, "state") == "Stopped"
			shop.update(NOTE, note, title="missed")
			hq.call("start_again", producer_url=paired)
			assert drain(hq, paired)["synced"] == 0
			shop.update(NOTE, note, priority=4)
			drain(hq, paired)
		assert_same(shop, hq, NOTE, note)

	def test_the_producers_form_says_why_it_can_not_ask(self, hq, shop, paired):
		hq.update("Event Producer", paired, paused=1)
		shop.call("support.mailboxes:answer_once", consumer=hq.url)
		form = "event_streaming.event_streaming.doctype.event_consumer.event_consumer"
		assert "paused" in shop.call(f"{form}:get_link_state", consumer=hq.url)["trouble"]
		hq.update("Event Producer", paired, paused=0)
		shop.call("support.mailboxes:answer_once", consumer=hq.url)
		assert shop.call(f"{form}:get_link_state", consumer=hq.url)["trouble"] == ""

	def test_a_producer_that_is_away_is_not_waited_for(self, hq, shop, paired):
		summary = pull_name(hq, paired)
		assert "has not asked what this site wants" in summary["error"]
		assert summary["seconds"] < 5


class TestBothDirections:
	"""One DocType goes both ways; the shop still listens on no port."""

	@pytest.fixture
	def both_ways(self, hq, shop, paired) -> str:
		rows = [{"ref_doctype": NOTE}]
		doc = hq.insert("Event Invitation", event_subscriber=SUBSCRIBER, doctypes=rows)
		code = hq.call(f"{INVITATION}:make_code", invitation=doc["name"])["code"]
		subscribe(shop, hq, [NOTE], invitation_code=code)
		hq.call("set_consumer_status", callback_url=paired, status="Approved", doctypes=None)
		pull(shop, hq)
		return paired

	def exchange(self, hq, shop, name: str) -> int:
		"""Until nothing is left on either side; how many events that took."""
		events = 0
		for _round in range(3):
			for summary in (drain(hq, name), pull(shop, hq)):
				assert not summary["error"]
				events += summary["synced"]
		return events

	def test_documents_of_either_site_are_changed_on_both_and_nothing_comes_back(self, hq, shop, both_ways):
		theirs, ours = shop.create(NOTE)["name"], hq.create(NOTE)["name"]
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:is_present", producer=both_ways), 20)
			assert self.exchange(hq, shop, both_ways) == 2
			hq.update(NOTE, theirs, title="by head office")
			shop.update(NOTE, ours, title="by the shop")
			assert self.exchange(hq, shop, both_ways) == 2
			for name in (theirs, ours):
				assert_same(hq, shop, NOTE, name)
			assert hq.value(NOTE, theirs, "title") == "by head office"
			assert hq.value(NOTE, ours, "title") == "by the shop"
			hq.delete(NOTE, theirs)
			self.exchange(hq, shop, both_ways)
			assert not shop.exists(NOTE, theirs)

	def test_two_changes_at_once_end_equal(self, hq, shop, both_ways):
		note = shop.create(NOTE)["name"]
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:is_present", producer=both_ways), 20)
			self.exchange(hq, shop, both_ways)
			hq.update(NOTE, note, title="one", priority=1)
			shop.update(NOTE, note, title="two", priority=2)
			self.exchange(hq, shop, both_ways)
		assert_same(hq, shop, NOTE, note)
		assert hq.value(NOTE, note, "title") == "two"  # the latest


class TestKills:
	@pytest.mark.parametrize("point", ["fetched", "answered"])
	def test_a_killed_job_of_the_producer_loses_nothing(self, hq, shop, paired, point):
		hq.call("support.mailboxes:arrive", producer=paired)
		note = shop.create(NOTE)["name"]
		dying = threading.Thread(
			target=shop.call_until_killed,
			args=("support.mailboxes:answer_and_die",),
			kwargs={"consumer": hq.url, "point": point},
		)
		dying.start()
		hq.call("support.mailboxes:wait_shortly")
		assert pull_name(hq, paired)["error"]
		dying.join()
		with answering(shop, hq):
			drain(hq, paired)
		assert_same(shop, hq, NOTE, note)

	@pytest.mark.parametrize("point", ["popped", "marked"])
	def test_a_killed_web_worker_of_the_consumer_loses_nothing(self, hq, shop, paired, point):
		"""It has a request in its hand that the producer never gets."""
		hq.call("support.mailboxes:arrive", producer=paired)
		note = shop.create(NOTE)["name"]
		asking = hq.open_shell()
		asking.call("support.mailboxes:wait_shortly")
		dying = threading.Thread(
			target=hq.call_until_killed,
			args=("support.mailboxes:serve_and_die",),
			kwargs={"producer": paired, "point": point},
		)
		dying.start()
		assert asking.call("support.mailboxes:pull", producer_url=paired)["error"]
		dying.join()
		with answering(shop, hq):
			drain(hq, paired)
		assert_same(shop, hq, NOTE, note)

	def test_a_killed_pull_leaves_a_request_that_nobody_waits_for(self, hq, shop, paired):
		hq.call("support.mailboxes:arrive", producer=paired)
		note = shop.create(NOTE)["name"]
		assert hq.call_until_killed("support.mailboxes:ask_and_die", producer_url=paired)
		with answering(shop, hq):
			drain(hq, paired)
		assert_same(shop, hq, NOTE, note)


@pytest.fixture
def line(hq):
	"""What the shop calls head office by."""
	hq.call("support.mailboxes:forget")
	with network.before(hq) as proxy:
		yield proxy


def noise(count: int) -> str:
	"""A text that can't be packed into fewer bytes."""
	return random.Random(1).randbytes(count).hex()


class TestBadLines:
	def test_answers_come_no_faster_than_the_link_may_take_of_the_line_and_nothing_is_lost(
		self, hq, shop, paired
	):
		hq.update("Event Producer", paired, max_kbits=640)
		note = shop.create(NOTE, content=noise(40_000))["name"]
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:is_present", producer=paired), 20)
			summary = drain(hq, paired)
		assert_same(shop, hq, NOTE, note)
		assert summary["seconds"] > 0.3, "40,000 bytes at 80,000 a second"

	def test_exchanges_that_are_cut_before_or_after_lose_and_double_nothing(self, hq, shop, line):
		"""Of four requests one is reset before head office hears of it, and one after it did what it was asked."""
		turn = itertools.cycle([network.pass_on, network.reset_before, network.pass_on, network.reset_after])
		name = pair(hq, shop, NOTE)
		notes = [shop.create(NOTE)["name"] for _ in range(3)]
		with line.fault(lambda exchange: next(turn)(exchange), "exchange"), answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:is_present", producer=name), 20)
			for title in ("one", "two", "three"):
				for note in notes:
					shop.update(NOTE, note, title=title)
				summary = drain(hq, name)
				assert summary["seconds"] < 60
		assert assert_all_same(shop, hq, NOTE) == 3
		assert len(sync_logs(hq)) == 3 + 3 * 3

	def test_a_shop_that_was_cut_for_a_week_drains_without_a_person(self, hq, shop, line, backend):
		name = pair(hq, shop, NOTE)
		with answering(shop, hq):
			wait_until(lambda: hq.call("support.mailboxes:is_present", producer=name), 20)
			notes = shop.call("create_many", doctype=NOTE, count=300)
			drain(hq, name)
			with line.fault(network.reset_before, "exchange"):
				for priority in range(10, 17):
					shop.call("update_many", doctype=NOTE, names=notes, priority=priority)
				shop.call("create_many", doctype=NOTE, count=100)
				self.a_week_passes(hq, shop, name)
				backend.forget_jobs()  # the hints are long gone
			wait_until(lambda: self.is_drained_by_its_jobs(hq, shop, name), 120)
		assert assert_all_same(shop, hq, NOTE) == 400
		assert len(sync_logs(hq)) == 300 * 8 + 100

	def a_week_passes(self, hq, shop, name: str) -> None:
		hq.call("support.mailboxes:forget", producer=name)
		assert "has not asked" in pull_name(hq, name)["error"]
		next_attempt = (datetime.now() + timedelta(hours=6)).isoformat(" ")
		hq.update("Event Stream Cursor", name, attempts=40, next_attempt_at=next_attempt)
		shop.call("age_log", days=7)
		assert shop.call("purge") == 0

	def is_drained_by_its_jobs(self, hq, shop, name: str) -> bool:
		hq.call("run_jobs")
		at = hq.get("Event Stream Cursor", name)
		log = [row["position"] for row in shop.rows("Update Log", ["position"])]
		return at["state"] == "Streaming" and all(log) and at["position"] == max(log)
