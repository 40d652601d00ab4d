"""The link reads on the producer and writes on the consumer as its Event Subscriber, with that user's rights."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, sync_logs, update_logs

USER = "test-shop-user@example.com"


@pytest.fixture
def shop_user(hq, branch) -> str:
	"""A user of both sites who may not see credit limits, which are of a higher permission level."""
	for site in (hq, branch):
		site.call("make_user", email=USER, roles=["Shop User"])
	return USER


def test_fields_that_the_subscriber_may_not_read_stay_on_the_producer(hq, branch, shop_user):
	connect(branch, hq, ["Shop Customer"], event_subscriber=shop_user)
	name = hq.create("Shop Customer", credit_limit=777)["name"]
	hq.update("Shop Customer", name, credit_limit=888, tax_id="DE 1")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Customer", name, except_fields=("credit_limit",))
	assert not branch.value("Shop Customer", name, "credit_limit")
	assert all("credit_limit" not in log["data"] for log in sync_logs(branch))
	assert all("credit_limit" in log["data"] for log in update_logs(hq))


def test_documents_that_the_subscriber_may_not_read_stay_on_the_producer(hq, branch, shop_user):
	for territory in ("North", "South"):
		hq.create("Shop Territory", territory_name=territory)
	hq.insert(
		"User Permission", user=shop_user, allow="Shop Territory", for_value="North", apply_to_all_doctypes=1
	)
	connect(branch, hq, ["Shop Customer"], event_subscriber=shop_user)
	north = hq.create("Shop Customer", territory="North")["name"]
	south = hq.create("Shop Customer", territory="South")["name"]
	hq.update("Shop Customer", south, tax_id="DE 1")
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, "Shop Customer", north, except_fields=("credit_limit",))
	assert not branch.exists("Shop Customer", south)
	assert south not in str(sync_logs(branch))


def test_what_the_subscriber_may_not_write_here_fails_and_says_so(hq, branch):
	hq.call("make_user", email=USER, roles=["System Manager"])
	branch.call("make_user", email=USER, roles=["Shop Clerk"])
	connect(branch, hq, ["Shop Customer", "Shop Note"], event_subscriber=USER)
	customer, note = hq.create("Shop Customer")["name"], hq.create("Shop Note")["name"]
	assert drain(branch, hq)["failed"] == 1
	[log] = sync_logs(branch, status="Failed")
	assert (log["remote_docname"], "PermissionError" in log["error"]) == (customer, True)
	assert log["message"].startswith("The Event Subscriber lacks a right on this site. ")
	assert "Shop Customer" in log["message"]
	assert_same(hq, branch, "Shop Note", note)


class TestADoctypeThatTheSubscriberMayNotReadThere:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		hq.call("make_user", email=USER, roles=["Shop Clerk"])
		branch.call("make_user", email=USER, roles=["System Manager"])
		connect(branch, hq, ["Shop Customer", "Shop Item"], event_subscriber=USER)

	def unreadable(self, branch, hq) -> list[str]:
		return branch.call("link_state", producer_url=hq.url)["unreadable"]

	def test_the_form_says_that_nothing_comes(self, hq, branch):
		customer, item = hq.create("Shop Customer")["name"], hq.create("Shop Item")["name"]
		assert drain(branch, hq)["failed"] == 0
		assert self.unreadable(branch, hq) == ["Shop Customer"]
		assert not branch.exists("Shop Customer", customer)
		assert_same(hq, branch, "Shop Item", item)

	def test_the_command_line_too(self, backend, branch):
		printed = backend.run_command(branch, "event-streaming", "status")
		assert "The Event Subscriber may not read there: Shop Customer" in printed

	def test_what_was_missed_comes_by_itself_once_it_may(self, hq, branch):
		customer = hq.create("Shop Customer")["name"]
		drain(branch, hq)
		hq.call("give_role", email=USER, role="Shop User")
		drain(branch, hq)
		assert self.unreadable(branch, hq) == []
		branch.call("support.backfilling:take_up", producer_url=hq.url)
		assert_same(hq, branch, "Shop Customer", customer, except_fields=("credit_limit",))


def test_documents_here_belong_to_the_subscriber(hq, branch, shop_user):
	connect(branch, hq, ["Shop Note"], event_subscriber=shop_user)
	name = hq.create("Shop Note")["name"]
	drain(branch, hq)
	assert branch.value("Shop Note", name, "owner") == shop_user
