"""A condition whose field was renamed or dropped holds its DocType, and nothing else; both sites say so."""

import pytest

from support.compare import assert_same
from support.link import connect, drain

NOTE, CUSTOMER = "Shop Note", "Shop Customer"
BROKEN = '[["no_longer_here", "=", "Open"]]'


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE, CUSTOMER])


def test_the_rest_flows_and_both_forms_say_what_is_held(hq, branch):
	known = hq.create(NOTE)["name"]
	drain(branch, hq)
	hq.call("set_condition", callback_url=branch.url, doctype=NOTE, condition=BROKEN)
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
	hq.call("set_condition", callback_url=branch.url, doctype=NOTE, condition=BROKEN)
	hq.update(NOTE, known, priority=5)
	drain(branch, hq)
	hq.call("set_condition", callback_url=branch.url, doctype=NOTE, condition="")
	hq.update(NOTE, known, content="again")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, known)
	assert branch.call("link_state", producer_url=hq.url)["held"] == {}
