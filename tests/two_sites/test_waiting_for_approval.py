"""A changed request waits for its answer: what was approved before goes on meanwhile, and nothing else."""

import pytest

from support.compare import assert_same
from support.link import approve, connect, drain, reject, statuses, subscribe, sync_logs

NOTE, CUSTOMER = "Shop Note", "Shop Customer"
OPEN = '[["status", "=", "Open"]]'
ANY = '[["priority", ">=", 0]]'


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [{"ref_doctype": NOTE, "condition": OPEN}, CUSTOMER])


def ask_for(branch, hq, condition=OPEN, **values):
	subscribe(branch, hq, [{"ref_doctype": NOTE, "condition": condition}, CUSTOMER], **values)
	assert statuses(branch, hq)[NOTE] == "Pending"


def state(branch, hq):
	return branch.call("link_state", producer_url=hq.url)["state"]


class TestUntilTheAnswer:
	def test_changes_come_as_they_were_approved_before(self, hq, branch):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, ANY)
		hq.update(NOTE, known, priority=7)
		fresh, closed = hq.create(NOTE, status="Open")["name"], hq.create(NOTE, status="Closed")["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, known)
		assert_same(hq, branch, NOTE, fresh)
		assert not branch.exists(NOTE, closed)
		assert statuses(branch, hq)[NOTE] == "Pending" and state(branch, hq) == "Streaming"

	def test_an_update_that_nobody_pulled_comes_after_the_approval(self, hq, branch):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, ANY)
		hq.update(NOTE, known, priority=7)
		approve(hq, branch)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, known)

	def test_changes_that_the_new_condition_hides_come_until_then(self, hq, branch):
		known = hq.create(NOTE, status="Open", priority=1)["name"]
		drain(branch, hq)
		ask_for(branch, hq, '[["priority", ">", 100]]')
		hq.update(NOTE, known, content="until then")
		drain(branch, hq)
		assert branch.value(NOTE, known, "content") == "until then"
		approve(hq, branch)
		hq.update(NOTE, known, content="hidden")
		drain(branch, hq)
		assert branch.value(NOTE, known, "content") == "until then"

	def test_what_comes_to_match_both_conditions_is_whole_after_the_approval(self, hq, branch):
		closed = hq.create(NOTE, status="Closed", priority=1)["name"]
		ask_for(branch, hq, ANY)
		hq.update(NOTE, closed, priority=2)
		drain(branch, hq)
		approve(hq, branch)
		hq.update(NOTE, closed, content="again")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, closed)

	def test_the_last_request_waits_and_the_first_approval_holds(self, hq, branch):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, ANY)
		ask_for(branch, hq, '[["priority", ">", 100]]')
		hq.update(NOTE, known, priority=7)
		closed = hq.create(NOTE, status="Closed")["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, known)
		assert not branch.exists(NOTE, closed)

	def test_a_rejected_change_ends_what_was_approved_before(self, hq, branch):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, ANY)
		reject(hq, branch, [NOTE])
		hq.update(NOTE, known, priority=7)
		drain(branch, hq)
		assert branch.value(NOTE, known, "priority") != 7

	def test_what_is_unsubscribed_meanwhile_ends(self, hq, branch):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, ANY)
		subscribe(branch, hq, [{"ref_doctype": NOTE, "condition": ANY, "unsubscribe": 1}, CUSTOMER])
		hq.update(NOTE, known, priority=7)
		drain(branch, hq)
		assert branch.value(NOTE, known, "priority") != 7
		assert not hq.rows("Event Consumer Document Type", ["name"], {"still_given": 1})


class TestAnotherSubscriber:
	@pytest.fixture
	def reader(self, hq, branch):
		for site in (hq, branch):
			site.call("make_user", email="reader@example.com", roles=["Shop User"])
		return "reader@example.com"

	def test_the_one_before_reads_until_the_new_one_is_approved(self, hq, branch, reader):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, event_subscriber=reader)
		hq.update(NOTE, known, priority=7)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, known)
		approve(hq, branch)
		hq.update(NOTE, known, priority=8)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, known)
		assert not [row for row in sync_logs(branch) if row["status"] == "Failed"]

	def test_one_that_is_disabled_reads_nothing_more(self, hq, branch, reader):
		known = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		ask_for(branch, hq, event_subscriber=reader)
		hq.update("User", "streamer@example.com", enabled=0)
		try:
			hq.update(NOTE, known, priority=7)
			drain(branch, hq)
			assert branch.value(NOTE, known, "priority") != 7
			assert "disabled" in branch.call("link_state", producer_url=hq.url)["held"][NOTE]
		finally:
			hq.update("User", "streamer@example.com", enabled=1)

	def test_what_was_approved_for_one_and_is_unsubscribed_is_not_approved_for_another(
		self, hq, branch, reader
	):
		subscribe(branch, hq, [{"ref_doctype": NOTE, "condition": OPEN, "unsubscribe": 1}, CUSTOMER])
		row = {"ref_doctype": NOTE, "condition": OPEN, "unsubscribe": 1}
		subscribe(branch, hq, [row, CUSTOMER], event_subscriber=reader)
		subscribe(branch, hq, [{**row, "unsubscribe": 0}, CUSTOMER], event_subscriber=reader)
		assert statuses(branch, hq)[NOTE] == "Pending"
