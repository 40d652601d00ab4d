"""Documents that were made at the very same moment, as by an import, are told apart: none becomes another one's later self."""

import pytest

from support.link import connect, drain, sync_logs

NOTE = "Shop Note"
MOMENT = "2013-05-02 15:28:43"  # of sites that kept no fractions of seconds


@pytest.fixture
def namesakes(hq):
	names = sorted(hq.create(NOTE, priority=number)["name"] for number in range(4))
	hq.call("support.backfilling:set_creation", doctype=NOTE, names=names, creation=MOMENT)
	return names


def assert_equal(hq, branch) -> None:
	fields = ["name", "priority", "title"]
	in_order = [sorted(site.rows(NOTE, fields), key=lambda row: row["name"]) for site in (hq, branch)]
	assert in_order[0] == in_order[1]


def renamed(branch) -> list[dict]:
	return [row for row in sync_logs(branch) if row["docname"] != row["remote_docname"]]


def test_by_a_backfill_in_pages(hq, branch, namesakes):
	connect(branch, hq, [NOTE])
	for _number in namesakes:
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE], page_size=1, pages=1)
	branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
	assert_equal(hq, branch)
	assert renamed(branch) == []


@pytest.mark.parametrize("use_same_name", [1, 0])
def test_by_their_changes_one_after_the_other(hq, branch, namesakes, use_same_name):
	connect(branch, hq, [{"ref_doctype": NOTE, "use_same_name": use_same_name}])
	for number, name in enumerate(namesakes, 10):
		hq.update(NOTE, name, priority=number)
		drain(branch, hq)
	assert sorted(row["priority"] for row in branch.rows(NOTE, ["priority"])) == [10, 11, 12, 13]
	for number, name in enumerate(namesakes, 20):
		hq.update(NOTE, name, priority=number)
	drain(branch, hq)
	assert sorted(row["priority"] for row in branch.rows(NOTE, ["priority"])) == [20, 21, 22, 23]


def test_deleted_and_renamed_ones_are_no_others(hq, branch, namesakes):
	connect(branch, hq, [NOTE])
	known, *others = namesakes
	hq.update(NOTE, known, title="known")
	drain(branch, hq)
	hq.delete(NOTE, others[0])
	hq.rename(NOTE, others[1], "Another")
	drain(branch, hq)
	assert branch.get(NOTE, known)["title"] == "known"
	hq.update(NOTE, "Another", title="another")
	hq.rename(NOTE, known, "Known")
	drain(branch, hq)
	assert {name: branch.get(NOTE, name)["title"] for name in branch.names(NOTE)} == {
		"Known": "known",
		"Another": "another",
	}


def test_a_rename_that_was_not_heard_of_is_one_still(hq, branch):
	name = hq.create(NOTE, title="first")["name"]
	connect(branch, hq, [NOTE])
	branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
	hq.rename(NOTE, name, "Renamed")
	hq.update(NOTE, "Renamed", title="second")
	branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
	assert {one: branch.get(NOTE, one)["title"] for one in branch.names(NOTE)} == {"Renamed": "second"}
	drain(branch, hq)
	assert branch.names(NOTE) == ["Renamed"]


def test_both_ways(hq, branch, namesakes):
	connect(branch, hq, [NOTE])
	connect(hq, branch, [NOTE])
	for name in namesakes:
		hq.update(NOTE, name, title="from hq")
		drain(branch, hq)
	for name in namesakes:
		branch.update(NOTE, name, title=f"{name} at the branch")
		drain(hq, branch)
	drain(branch, hq)
	assert_equal(hq, branch)
	assert {row["title"] for row in hq.rows(NOTE, ["title"])} == {
		f"{name} at the branch" for name in namesakes
	}
