"""Links over lines that are not free: a login before the site, hours, a share of the line."""

import gzip
from datetime import datetime, timedelta

import pytest

from support import fault_proxy as network
from support.compare import assert_same
from support.link import approve, connect, drain, pull, subscribe
from support.site import SiteError

NOTE = "Shop Note"
LOGIN = "Basic Z2F0ZTp3b3Jk"  # gate:word


@pytest.fixture
def gate(hq):
	"""A proxy before the producer that asks for a login of its own, and passes it on like most of them do."""

	def watch(exchange) -> None:
		if exchange._handler.headers.get("Authorization") == LOGIN:
			return network.pass_on(exchange)
		network.answers(401, "who are you?", "text/html")(exchange)

	with network.before(hq) as proxy:
		proxy.handle = watch
		yield proxy


def test_a_site_behind_a_login_is_paired_and_pulled(hq, branch, gate):
	with pytest.raises(SiteError):
		subscribe(branch, hq, [NOTE])
	subscribe(branch, hq, [NOTE], gate_user="gate", gate_password="word")
	approve(hq, branch)
	pull(branch, hq)
	note = hq.create(NOTE)["name"]
	drain(branch, hq)
	assert_same(hq, branch, NOTE, note)


def hours(begin: int, end: int) -> dict[str, str]:
	"""From so many hours after now to so many."""
	now = datetime.now()
	return {
		"receive_from": (now + timedelta(hours=begin)).strftime("%H:00"),
		"receive_until": (now + timedelta(hours=end)).strftime("%H:00"),
	}


def test_documents_come_by_themselves_between_the_hours_only(hq, branch):
	connect(branch, hq, [NOTE])
	branch.update("Event Producer", hq.url, **hours(3, 6))
	note = hq.create(NOTE)["name"]
	hq.call("run_jobs")
	branch.tick()
	assert not branch.exists(NOTE, note)
	branch.update("Event Producer", hq.url, **hours(-2, 2))
	branch.tick()
	assert_same(hq, branch, NOTE, note)


def test_without_hours_they_come_at_any_time(hq, branch):
	connect(branch, hq, [NOTE])
	[hours_of_it] = branch.rows("Event Producer", ["receive_from", "receive_until"])
	assert not hours_of_it["receive_from"] and not hours_of_it["receive_until"]
	note = hq.create(NOTE)["name"]
	branch.tick()
	assert_same(hq, branch, NOTE, note)


def test_pull_now_works_at_any_time(hq, branch):
	connect(branch, hq, [NOTE])
	branch.update("Event Producer", hq.url, **hours(3, 6))
	note = hq.create(NOTE)["name"]
	drain(branch, hq)
	assert_same(hq, branch, NOTE, note)


def test_a_share_of_the_line_loses_nothing(hq, branch):
	connect(branch, hq, [NOTE])
	branch.update("Event Producer", hq.url, max_kbits=64)
	notes = [hq.create(NOTE)["name"] for _ in range(20)]
	drain(branch, hq)
	for note in notes:
		assert_same(hq, branch, NOTE, note)


@pytest.fixture
def line(hq):
	"""What goes by it is what a line carries."""
	with network.before(hq) as proxy:
		yield proxy


def test_requests_that_are_large_go_packed_and_bring_all_the_same(hq, branch, line):
	packed = []

	def watch(exchange) -> None:
		if exchange.is_packed:
			packed.append((exchange.function, len(exchange.arguments["documents"])))
		network.pass_on(exchange)

	notes = [hq.create(NOTE)["name"] for _ in range(100)]
	connect(branch, hq, [NOTE])
	line.handle = watch
	branch.call("backfill", producer_url=hq.url)
	assert ("get_documents", 100) in packed
	for note in (notes[0], notes[-1]):
		assert_same(hq, branch, NOTE, note)


def test_a_page_with_one_changed_field_fits_in_one_packet(hq, branch, line):
	"""See docs/performance.md for what it is today."""
	connect(branch, hq, [NOTE])
	note = hq.create(NOTE)["name"]
	drain(branch, hq)
	line.answers.clear()
	hq.update(NOTE, note, priority=3)
	drain(branch, hq)
	[page] = [answer.body for function, answer in line.answers if function == "get_updates"]
	assert len(gzip.compress(page)) < 650
	assert len(page) < 1200


def test_of_many_changes_each_is_less_than_two_hundred_bytes(hq, branch, line):
	connect(branch, hq, [NOTE])
	notes = [hq.create(NOTE)["name"] for _ in range(20)]
	drain(branch, hq)
	line.answers.clear()
	for note in notes:
		hq.update(NOTE, note, priority=3)
	drain(branch, hq)
	page = next(answer.body for function, answer in line.answers if function == "get_updates")
	assert len(gzip.compress(page)) < 200 * len(notes)
