"""Links that go both ways, in a row and in a ring: each change arrives once everywhere, and stops."""

import pytest

from support.compare import assert_same
from support.link import approve, connect, drain, subscribe, sync_logs, update_logs

NOTE, INVOICE = "Shop Note", "Shop Invoice"
SHOP = [NOTE, INVOICE, "Shop Customer", "Shop Item"]


def drain_all(*links) -> int:
	"""Pulls along all links (consumer, producer) until nothing moves any more; how many rounds that took."""
	for rounds in range(1, 12):
		moved = [sum(drain(consumer, producer).values()) for consumer, producer in links]
		if not any(moved):
			return rounds
	raise AssertionError("the sites never come to rest")


def test_a_change_does_not_come_back_to_where_it_was_made(hq, branch):
	connect(branch, hq, [NOTE])
	connect(hq, branch, [NOTE])
	name = hq.create(NOTE)["name"]
	drain_all((branch, hq), (hq, branch))
	assert len(sync_logs(branch)) == 1
	assert sync_logs(hq) == []
	assert_same(hq, branch, NOTE, name)


def test_changes_of_one_document_on_both_sites_in_turn(hq, branch):
	connect(branch, hq, [NOTE])
	connect(hq, branch, [NOTE])
	links = ((branch, hq), (hq, branch))
	name = hq.create(NOTE)["name"]
	drain_all(*links)
	branch.update(NOTE, name, priority=2)
	drain_all(*links)
	assert_same(hq, branch, NOTE, name)
	hq.update(NOTE, name, priority=3)
	drain_all(*links)
	assert_same(hq, branch, NOTE, name)
	branch.delete(NOTE, name)
	drain_all(*links)
	assert not hq.exists(NOTE, name)


def test_a_submitted_document_lives_on_both_sites(hq, branch):
	doctypes = ["Shop Invoice", "Shop Customer", "Shop Item"]
	connect(branch, hq, doctypes)
	connect(hq, branch, doctypes)
	links = ((branch, hq), (hq, branch))
	name = hq.create("Shop Invoice")["name"]
	drain_all(*links)
	branch.submit("Shop Invoice", name)
	drain_all(*links)
	assert_same(hq, branch, "Shop Invoice", name)
	hq.cancel("Shop Invoice", name)
	drain_all(*links)
	assert_same(hq, branch, "Shop Invoice", name)


def test_a_change_is_passed_on_and_says_where_it_was_made(hq, branch, third):
	connect(branch, hq, [NOTE])
	connect(third, branch, [NOTE])
	name = hq.create(NOTE)["name"]
	hq.update(NOTE, name, priority=4)
	drain_all((branch, hq), (third, branch))
	assert_same(hq, third, NOTE, name)
	assert [log["origin"] for log in update_logs(branch)] == [hq.url, hq.url]


def test_a_ring_of_three_comes_to_rest_with_each_change_everywhere_once(hq, branch, third):
	ring = ((branch, hq), (third, branch), (hq, third))
	for consumer, producer in ring:
		connect(consumer, producer, [{"ref_doctype": NOTE, "shared": 1}])
	names = [site.create(NOTE)["name"] for site in (hq, branch, third)]
	drain_all(*ring)
	for name in names:
		assert_same(hq, branch, NOTE, name)
		assert_same(hq, third, NOTE, name)
	for site in (hq, branch, third):
		arrived = [log["remote_docname"] for log in sync_logs(site, status="Synced")]
		assert sorted(arrived) == sorted(set(arrived)) and len(arrived) == 2
	third.update(NOTE, names[0], priority=9)
	drain_all(*ring)
	for site in (hq, branch):
		assert_same(third, site, NOTE, names[0])


def ring_of_three(hq, branch, third) -> tuple:
	ring = ((branch, hq), (third, branch), (hq, third))
	for consumer, producer in ring:
		connect(consumer, producer, [{"ref_doctype": doctype, "shared": 1} for doctype in SHOP])
	return ring


def test_a_row_that_was_saved_alone_is_passed_on(hq, branch, third):
	for consumer, producer in ((branch, hq), (third, branch)):
		connect(consumer, producer, SHOP)
	name = hq.create(INVOICE)["name"]
	drain_all((branch, hq), (third, branch))
	row = {"values": {"qty": 3, "description": "alone"}, "links": {"item": 0}}
	step = {"do": "insert_row_alone", "doctype": INVOICE, "pick": 0, "table": "items", "row": row}
	hq.call("run_transactions", transactions=[{"steps": [step], "commit": True}])
	drain_all((branch, hq), (third, branch))
	assert "alone" in [row["description"] for row in hq.get(INVOICE, name)["items"]]
	assert_same(hq, branch, INVOICE, name)
	assert_same(hq, third, INVOICE, name)


def test_a_draft_that_was_submitted_and_cancelled_on_one_site_is_cancelled_in_the_whole_ring(
	hq, branch, third
):
	ring = ring_of_three(hq, branch, third)
	name = hq.create(INVOICE)["name"]
	drain_all(*ring)
	third.submit(INVOICE, name)
	third.cancel(INVOICE, name)
	drain_all(*ring)
	for site in (branch, third):
		assert site.value(INVOICE, name, "docstatus") == 2
		assert {row["docstatus"] for row in site.get(INVOICE, name)["items"]} == {2}
		assert_same(hq, site, INVOICE, name)


def test_a_submission_that_comes_round_is_no_second_one(hq, branch, third):
	ring = ring_of_three(hq, branch, third)
	name = hq.create(INVOICE)["name"]
	drain_all(*ring)
	hq.submit(INVOICE, name)
	third.update(
		INVOICE, name, notes="of the draft there"
	)  # so the submission is taken whole there, and told anew
	drain(branch, hq)
	drain(third, branch)
	branch.update(INVOICE, name, notes="later")
	drain(third, branch)
	drain(hq, third)
	assert sync_logs(hq, status="Failed") == []
	drain_all(*ring)
	for site in (branch, third):
		assert site.value(INVOICE, name, "docstatus") == 1
		assert_same(hq, site, INVOICE, name)
	assert hq.value(INVOICE, name, "notes") == "later"


def test_two_ways_to_one_site_bring_a_change_once(hq, branch, third):
	links = ((branch, hq), (third, hq), (third, branch))
	for consumer, producer in links:
		connect(consumer, producer, [{"ref_doctype": NOTE, "shared": 1}])
	name = hq.create(NOTE)["name"]
	drain_all(*links)
	hq.update(NOTE, name, priority=2)
	drain_all(*links)
	assert_same(hq, third, NOTE, name)
	assert [log["status"] for log in sync_logs(third) if log["status"] in ("Failed", "Waiting")] == []


def test_a_site_that_was_not_trusted_with_it_changes_no_document_made_elsewhere(hq, branch, third):
	connect(branch, hq, [NOTE])
	connect(third, branch, [NOTE])
	connect(hq, third, [NOTE])
	name = hq.create(NOTE, title="made by hq")["name"]
	drain_all((branch, hq), (third, branch))
	third.update(NOTE, name, title="changed by third")
	drain_all((hq, third))
	[failed] = sync_logs(hq, status="Failed")
	assert "Shared Among Sites" in failed["message"]
	assert hq.value(NOTE, name, "title") == "made by hq"
	subscribe(hq, third, [{"ref_doctype": NOTE, "shared": 1}])
	hq.call("resync", names=[failed["name"]])
	assert hq.value(NOTE, name, "title") == "changed by third"


def test_what_came_by_one_link_and_comes_by_another_says_what_to_tick(hq, branch, third):
	links = ((branch, hq), (third, hq), (third, branch))
	for consumer, producer in links:
		connect(consumer, producer, [NOTE])
	name = hq.create(NOTE, title="made by hq")["name"]
	drain_all((branch, hq), (third, hq))
	branch.update(NOTE, name, title="changed by branch")
	drain_all((third, branch))
	[failed] = sync_logs(third, status="Failed")
	assert "Shared Among Sites" in failed["message"]
	assert third.value(NOTE, name, "title") == "made by hq"


class TestADocumentOfThisSiteThatIsNotGivenBack:
	"""The other site has it, changes it and gives its changes, and does not hear what is changed here any more."""

	@pytest.fixture(params=[True, False], ids=["same names", "own names"])
	def names(self, hq, branch, request) -> tuple[str, str]:
		"""At hq, and at branch, which has renamed it since it unsubscribed."""
		self.links = ((branch, hq), (hq, branch))
		for consumer, producer in self.links:
			connect(consumer, producer, [NOTE], use_same_name=request.param)
		name = hq.create(NOTE, title="made by hq")["name"]
		drain_all(*self.links)
		[there] = branch.call("names", doctype=NOTE)
		subscribe(branch, hq, [{"ref_doctype": NOTE, "unsubscribe": 1}], use_same_name=request.param)
		branch.call("rename", doctype=NOTE, name=there, new_name="renamed at branch")
		branch.update(NOTE, "renamed at branch", title="changed by branch")
		drain_all((hq, branch))
		return name, "renamed at branch"

	def test_it_is_not_made_a_second_time(self, hq, branch, names):
		assert hq.call("names", doctype=NOTE) == [names[0]]
		failed = sync_logs(hq, status="Failed")
		assert f"{names[0]} was made on this site" in failed[0]["message"]
		assert hq.value(NOTE, names[0], "title") == "made by hq"

	def test_what_was_changed_there_follows_once_it_is_given(self, hq, branch, names):
		rows = [{"ref_doctype": NOTE, "unsubscribe": 0}]
		use_same_name = bool(branch.get("Event Producer", hq.url)["producer_doctypes"][0]["use_same_name"])
		subscribe(branch, hq, rows, use_same_name=use_same_name)
		approve(hq, branch)
		hq.call("make_retries_due")
		drain_all(*self.links)
		[here] = hq.call("names", doctype=NOTE)
		assert here == (names[1] if use_same_name else names[0])
		assert hq.value(NOTE, here, "title") == "changed by branch"
		assert not sync_logs(hq, status=["in", ["Failed", "Waiting"]])

	def test_a_person_can_take_it_once(self, hq, branch, names):
		[row] = sync_logs(hq, remote_docname=names[1])
		hq.call("resync_from_source", name=row["name"])
		assert hq.call("names", doctype=NOTE) == [names[0]]
		assert hq.value(NOTE, names[0], "title") == "changed by branch"
