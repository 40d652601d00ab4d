"""A condition whose field was renamed or dropped, an app that fails where it is asked who may read: that holds its DocType, and
nothing else. Both sites say so, and what was missed is fetched without a person."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, set_condition

NOTE, CUSTOMER, ARTICLE = "Shop Note", "Shop Customer", "Shop Article"
BROKEN = '[["no_longer_here", "=", "Open"]]'


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE, CUSTOMER, ARTICLE])


def test_the_rest_flows_and_both_forms_say_what_is_held(hq, branch):
	known = hq.create(NOTE)["name"]
	drain(branch, hq)
	set_condition(branch, hq, NOTE, BROKEN)
	hq.update(NOTE, known, priority=5)
	held = hq.create(NOTE)["name"]
	customer = hq.create(CUSTOMER)["name"]
	drain(branch, hq)
	assert_same(hq, branch, CUSTOMER, customer)
	assert not branch.exists(NOTE, held)
	there = branch.call("link_state", producer_url=hq.url)
	assert list(there["held"]) == [NOTE] and "no_longer_here" in there["held"][NOTE]
	assert there["unreadable"] == []
	here = hq.call("consumer_state", callback_url=branch.url)
	assert "no_longer_here" in here["held"][NOTE]


def test_once_it_is_put_right_the_next_change_brings_what_was_missed(hq, branch):
	known = hq.create(NOTE)["name"]
	drain(branch, hq)
	set_condition(branch, hq, NOTE, BROKEN)
	hq.update(NOTE, known, priority=5)
	drain(branch, hq)
	set_condition(branch, hq, NOTE, "")
	hq.update(NOTE, known, content="again")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, known)
	assert branch.call("link_state", producer_url=hq.url)["held"] == {}


def test_an_app_that_fails_where_it_is_asked_who_may_read_holds_its_own_doctype(hq, branch):
	hq.configure(shop_articles_fail=1)
	try:
		held = hq.create(ARTICLE)["name"]
		customer = hq.create(CUSTOMER)["name"]
		drain(branch, hq)
		assert_same(hq, branch, CUSTOMER, customer)
		assert not branch.exists(ARTICLE, held)
		assert "LookupError" in branch.call("link_state", producer_url=hq.url)["held"][ARTICLE]
		assert "LookupError" in hq.call("consumer_state", callback_url=branch.url)["held"][ARTICLE]
	finally:
		hq.configure(shop_articles_fail=None)
	drain(branch, hq)
	take_up(branch, hq)
	assert_same(hq, branch, ARTICLE, held)


def test_what_was_made_while_it_was_held_comes_by_itself(hq, branch):
	changed, deleted = hq.create(NOTE)["name"], hq.create(NOTE)["name"]
	drain(branch, hq)
	set_condition(branch, hq, NOTE, BROKEN)
	made = hq.create(NOTE)["name"]
	hq.update(NOTE, changed, priority=5)
	hq.delete(NOTE, deleted)
	drain(branch, hq)
	assert not branch.exists(NOTE, deleted), "that it was deleted is held back from nobody"
	take_up(branch, hq)
	assert not branch.exists(NOTE, made)
	set_condition(branch, hq, NOTE, "")
	drain(branch, hq)
	take_up(branch, hq)
	assert_same(hq, branch, NOTE, made)
	assert_same(hq, branch, NOTE, changed)
	take_up(branch, hq)
	assert branch.call("support.backfilling:state", producer_url=hq.url)[NOTE]["status"] == "Done"


def take_up(branch, hq) -> None:
	branch.call("support.backfilling:take_up", producer_url=hq.url)
