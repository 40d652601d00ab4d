"""Changes of one document that follow each other are one save, and nothing else is another than without that."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs, update_logs
from support.replica import assert_replica

PARTY, INVOICE, CUSTOMER, TERRITORY, TICKET, NOTE = (
	"Shop Party",
	"Shop Invoice",
	"Shop Customer",
	"Shop Territory",
	"Shop Ticket",
	"Shop Note",
)
SHOP = (PARTY, INVOICE, CUSTOMER, TERRITORY, TICKET, "Shop Item")


WRITE = "support.coalescing:write_history"


def pull(branch, hq, **options) -> dict:
	summary = branch.call("support.coalescing:pull_and_count", producer_url=hq.url, **options)
	assert not summary["error"] and not summary["busy"], summary
	return summary


def each(doctypes, **options) -> list[dict]:
	return [{"ref_doctype": doctype, "replay_each_change": 1, **options} for doctype in doctypes]


def rows_of(site) -> list[tuple]:
	columns = ("position", "status", "update_type", "remote_doctype", "remote_docname", "docname", "message")
	found = site.rows("Event Sync Log", [*columns, "conflict", "data"], {"source": "Feed"})
	rows = [
		(
			*(row[column] for column in columns),
			json.loads(row["conflict"] or "[]"),
			json.loads(row["data"])["data"],
		)
		for row in found
	]
	return sorted(rows, key=lambda row: row[0])


def parties(hq, count: int) -> list[str]:
	return [hq.create(PARTY)["name"] for _number in range(count)]


class TestOneSave:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		connect(branch, hq, SHOP)

	def test_changes_that_follow_each_other_are_one_save_and_have_their_rows(self, hq, branch):
		[name] = parties(hq, 1)
		drain(branch, hq)
		hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=[name], rounds=5, field="city")
		summary = pull(branch, hq)
		assert (summary["saves"], summary["synced"]) == (1, 5)
		assert_same(hq, branch, PARTY, name)
		rows = [row for row in sync_logs(branch) if row["update_type"] == "Update"]
		assert [row["status"] for row in rows] == ["Synced"] * 5
		assert [row["position"] for row in rows] == [
			log["position"] for log in update_logs(hq, update_type="Update")
		]
		assert [json.loads(row["data"])["data"]["changed"]["city"] for row in rows] == [
			f"{number} of {name}" for number in range(5)
		]

	def test_a_few_changes_are_replayed_each_by_itself(self, hq, branch):
		[name] = parties(hq, 1)
		drain(branch, hq)
		hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=[name], rounds=5, field="city")
		assert pull(branch, hq, least=50)["saves"] == 5

	def test_those_of_several_documents_in_turn_are_one_save_for_each(self, hq, branch):
		names = parties(hq, 4)
		drain(branch, hq)
		hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=names, rounds=5, field="city")
		summary = pull(branch, hq)
		assert (summary["saves"], summary["synced"], summary["skipped"]) == (4, 20, 0)
		for name in names:
			assert_same(hq, branch, PARTY, name)
		assert drain(branch, hq)["synced"] == 0

	def test_what_a_batch_has_done_ahead_counts_once_and_is_not_done_again(self, hq, branch):
		names = parties(hq, 4)
		drain(branch, hq)
		hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=names, rounds=5, field="city")
		summary = pull(branch, hq, seconds=0.0)  # each batch ends with its first event
		assert (summary["saves"], summary["synced"], summary["skipped"]) == (4, 20, 0)
		for name in names:
			assert_same(hq, branch, PARTY, name)
		assert len({row["position"] for row in sync_logs(branch)}) == len(sync_logs(branch))

	def test_what_a_pull_has_done_ahead_is_not_done_again_by_the_next(self, hq, branch):
		names = parties(hq, 3)
		drain(branch, hq)
		hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=names, rounds=3, field="city")
		first = pull(branch, hq, seconds=0.0, max_batches=1)
		assert (first["saves"], first["synced"]) == (1, 1)
		assert branch.value(PARTY, names[0], "city") == hq.value(PARTY, names[0], "city")
		second = pull(branch, hq)
		assert (second["saves"], second["synced"] + second["skipped"]) == (2, 8)
		rows = [row for row in sync_logs(branch) if row["update_type"] == "Update"]
		assert [row["status"] for row in rows] == ["Synced"] * 9
		assert len({row["position"] for row in rows}) == 9
		for name in names:
			assert_same(hq, branch, PARTY, name)

	def test_rows_that_come_change_go_and_move(self, hq, branch):
		[name] = parties(hq, 1)
		drain(branch, hq)
		rows = {"doctype": PARTY, "name": name, "table": "contacts"}
		for contact in ("One", "Two", "Three"):
			hq.call("append_row", contact_name=contact, **rows)
		hq.call("update_row", row=1, phone="1", **rows)
		count = len(hq.get(PARTY, name)["contacts"])
		hq.call("reorder_rows", order=list(range(count, 0, -1)), **rows)
		hq.call("remove_row", row=1, **rows)
		assert pull(branch, hq)["saves"] == 1
		assert_same(hq, branch, PARTY, name)

	def test_a_document_that_is_linked_to_in_between_is_saved_before_and_after(self, hq, branch):
		customer = hq.create(CUSTOMER)["name"]
		drain(branch, hq)
		hq.update(CUSTOMER, customer, remarks="one")
		hq.update(CUSTOMER, customer, remarks="two")
		ticket = hq.create(TICKET, customer=customer)["name"]
		hq.update(CUSTOMER, customer, remarks="three")
		hq.update(CUSTOMER, customer, remarks="four")
		assert pull(branch, hq)["saves"] == 2
		assert_same(hq, branch, CUSTOMER, customer)
		assert_same(hq, branch, TICKET, ticket)

	def test_what_a_change_links_to_is_made_before_it(self, hq, branch):
		customer = hq.create(CUSTOMER)["name"]
		drain(branch, hq)
		hq.update(CUSTOMER, customer, remarks="one")
		territory = hq.create(TERRITORY)["name"]
		hq.update(CUSTOMER, customer, territory=territory)
		assert pull(branch, hq)["saves"] == 2
		assert_same(hq, branch, CUSTOMER, customer)

	def test_a_submitted_document_is_left_alone(self, hq, branch):
		name = hq.create(INVOICE)["name"]
		drain(branch, hq)
		hq.update(INVOICE, name, notes="one")
		hq.update(INVOICE, name, notes="two")
		hq.submit(INVOICE, name)
		for note in ("three", "four"):
			hq.call("db_set", doctype=INVOICE, name=name, notes=note)
		summary = pull(branch, hq)
		assert not summary["failed"]
		assert_same(hq, branch, INVOICE, name)

	def test_a_rename_in_between(self, hq, branch):
		customer = hq.create(CUSTOMER)["name"]
		drain(branch, hq)
		for remark in ("one", "two"):
			hq.update(CUSTOMER, customer, remarks=remark)
		hq.rename(CUSTOMER, customer, "Renamed")
		for remark in ("three", "four"):
			hq.update(CUSTOMER, "Renamed", remarks=remark)
		assert not pull(branch, hq)["failed"]
		assert_same(hq, branch, CUSTOMER, "Renamed")

	def test_a_value_that_was_changed_here_is_told_for_the_change_that_it_met(self, hq, branch):
		[name] = parties(hq, 1)
		drain(branch, hq)
		branch.update(PARTY, name, city="of branch")
		for city in ("one", "two"):
			hq.update(PARTY, name, city=city)
		pull(branch, hq)
		first, second = (
			row["conflict"]
			for row in branch.rows("Event Sync Log", ["conflict", "position"], {"update_type": "Update"})
		)
		assert sorted(map(bool, (first, second))) == [False, True]
		assert branch.value(PARTY, name, "city") == "two"


class TestWhatThisSiteRefuses:
	@pytest.fixture
	def name(self, hq, branch) -> str:
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		branch.configure(shop_reject_poison=1)
		for priority in (7, 8):
			hq.update(NOTE, name, priority=priority)
		hq.update(NOTE, name, title="POISON")
		return name

	def test_it_fails_alone_and_the_later_ones_wait(self, hq, branch, name):
		hq.update(NOTE, name, priority=9)
		summary = pull(branch, hq)
		assert (summary["synced"], summary["failed"], summary["waiting"]) == (2, 1, 1)
		assert branch.value(NOTE, name, "priority") == 8
		assert [row["remote_docname"] for row in parked(branch)] == [name]

	def test_a_state_between_that_was_mended_since_is_never_here(self, hq, branch, name):
		hq.update(NOTE, name, title="well again")
		summary = pull(branch, hq)
		assert (summary["synced"], summary["failed"], summary["saves"]) == (4, 0, 1)
		assert_same(hq, branch, NOTE, name)


def test_each_change_is_replayed_where_the_row_says_so(hq, branch):
	connect(branch, hq, each([PARTY]))
	[name] = parties(hq, 1)
	drain(branch, hq)
	hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=[name], rounds=5, field="city")
	summary = pull(branch, hq)
	assert (summary["saves"], summary["synced"]) == (5, 5)
	assert_same(hq, branch, PARTY, name)


def test_where_this_site_gives_the_documents_on_each_change_is_logged_as_it_was_made(hq, branch, third):
	connect(branch, hq, [PARTY])
	connect(third, branch, [PARTY])
	[name] = parties(hq, 1)
	drain(branch, hq)
	hq.call("support.coalescing:change_in_rounds", doctype=PARTY, names=[name], rounds=3, field="city")
	assert pull(branch, hq)["saves"] == 3
	sent = [json.loads(log["data"])["changed"]["city"] for log in update_logs(branch, update_type="Update")]
	assert sent == [f"{number} of {name}" for number in range(3)]


@pytest.mark.parametrize("rule", ["", "Latest Change Wins"])
def test_two_ways_with_a_change_here_in_between(hq, branch, rule):
	rows = [{"ref_doctype": PARTY, "on_conflict": rule}]
	connect(branch, hq, rows)
	connect(hq, branch, rows)
	[name] = parties(hq, 1)
	drain(branch, hq)
	hq.update(PARTY, name, city="one")
	branch.update(PARTY, name, mobile="of branch")
	hq.update(PARTY, name, city="two")
	branch.update(PARTY, name, city="of branch")
	hq.update(PARTY, name, segment="Large")
	for _round in range(2):
		drain(branch, hq)
		drain(hq, branch)
	assert_same(hq, branch, PARTY, name)
	assert (hq.value(PARTY, name, "mobile"), hq.value(PARTY, name, "segment")) == ("of branch", "Large")


@pytest.mark.parametrize("seed", range(3))
def test_documents_and_rows_are_what_they_are_without_it(hq, branch, third, seed):
	connect(branch, hq, SHOP)
	connect(third, hq, each(SHOP))
	hq.call(WRITE, seed=seed, changes=40)
	once, step_by_step = pull(branch, hq), pull(third, hq)
	assert once["saves"] < step_by_step["saves"]
	assert_replica(hq, branch, SHOP)
	assert_replica(hq, third, SHOP)
	assert rows_of(branch) == rows_of(third)


@pytest.mark.parametrize("rule", ["Producer Wins", "This Site Wins", "Wait for a Person"])
def test_and_so_are_conflicts_with_what_was_changed_here(hq, branch, third, rule):
	connect(branch, hq, [{"ref_doctype": doctype, "on_conflict": rule} for doctype in SHOP])
	connect(third, hq, each(SHOP, on_conflict=rule))
	hq.call(WRITE, seed=7, changes=0)
	for site in (branch, third):
		pull(site, hq)
		site.call("support.coalescing:change_on_receiver", seed=1)
	hq.call(WRITE, seed=7, changes=40, drop="rename_customer cancel make_party delete_party")
	for site in (branch, third):
		pull(site, hq)
	assert any(row[-2] or row[1] == "Failed" for row in rows_of(branch)), "there is a conflict"
	assert rows_of(branch) == rows_of(third)
	assert_replica(third, branch, SHOP)
