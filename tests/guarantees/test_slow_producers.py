"""Producers that are slow, or were off, rest: others are not kept waiting for them, and a single one may take its time."""

import pytest

from support import fault_proxy as network
from support.compare import assert_all_same
from support.link import connect, run_schedule

NOTE = "Shop Note"
SLOW = 2.2  # seconds, a little more than other producers are kept waiting for


@pytest.fixture
def proxy(hq):
	"""The network before the producer; its URL is the producer's own for the time."""
	with network.before(hq) as proxy:
		yield proxy


@pytest.fixture(autouse=True)
def link(hq, branch, proxy):
	connect(branch, hq, [NOTE])


def test_a_producer_that_answers_slowly_rests_where_there_are_others(hq, branch, third, proxy, backend):
	connect(branch, third, [NOTE])
	make_some_events(hq, branch)
	backend.forget_jobs()
	with proxy.fault(network.late(SLOW)):
		run_schedule(branch)
	assert assert_all_same(hq, branch, NOTE) == 4, "slow is not off: what it answered counts"
	assert 2 * SLOW < branch.call("seconds_to_next_attempt", producer_url=hq.url) < 4 * SLOW
	asked = len(proxy.requests)
	hq.create(NOTE)
	hq.call("run_jobs")  # the hint, and what it leads to
	third.create(NOTE)
	run_schedule(branch)
	assert len(proxy.requests) == asked, "it rests"
	assert branch.call("count", doctype=NOTE) == 5, "the other one does not"
	branch.call("let_time_pass", producer_url=hq.url)
	run_schedule(branch)
	assert branch.call("count", doctype=NOTE) == 6


def test_who_was_off_or_slow_is_asked_after_the_others(hq, branch, third, proxy, backend):
	connect(branch, third, [NOTE])
	backend.forget_jobs()
	orders = []
	for bad in (hq, third):
		branch.call("let_time_pass", producer_url=bad.url)
		branch.call("enqueue_pulls")
		orders.append(branch.call("queued_pulls"))
		branch.call("run_jobs")
	assert orders == [[third.url, hq.url], [hq.url, third.url]]


def test_a_single_producer_may_be_as_slow_as_it_likes(hq, branch, proxy):
	make_some_events(hq, branch)
	with proxy.fault(network.late(SLOW)):
		run_schedule(branch)
	assert branch.get("Event Stream Cursor", hq.url)["next_attempt_at"] is None
	assert assert_all_same(hq, branch, NOTE) == 4


def make_some_events(hq, branch) -> list[str]:
	return hq.call("create_many", doctype=NOTE, count=4)
