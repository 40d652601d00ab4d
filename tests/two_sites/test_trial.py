"""A trial run says what would fail, with its remedy, and leaves nothing behind: no row, no counter, no job, no file."""

import json

import pytest

from support.link import approve, connect, parked, pull, subscribe, sync_logs

OPS = "support.trials:"


def _trials(branch, hq, **options) -> dict[str, dict]:
	return {row["ref_doctype"]: row for row in branch.call(OPS + "run", producer=hq.url, **options)}


def _everything(site) -> dict:
	return {
		**site.call(OPS + "everything"),
		"files": sorted(str(f) for f in site.folder.glob("p*/**/*") if f.is_file()),
	}


@pytest.fixture
def link(hq, branch):
	connect(branch, hq, ["Shop Note", {"ref_doctype": "Shop Invoice", "use_same_name": 0}, "Shop Item"])


def test_it_says_how_many_would_fail_and_why(hq, branch, link):
	branch.configure(shop_reject_poison=1)
	for number in range(6):
		hq.create("Shop Note", title=f"POISON {number}" if number % 2 else f"fine {number}")
	row = _trials(branch, hq, doctypes=["Shop Note"])["Shop Note"]
	assert (row["total"], row["tried"], row["taken"], row["failed"]) == (6, 6, 3, 3)
	assert sum(reason["count"] for reason in row["reasons"]) == 3
	assert all(reason["advice"] and reason["title"] and reason["names"] for reason in row["reasons"])


def test_nothing_of_it_stays(hq, branch, link):
	branch.configure(shop_reject_poison=1)
	connect(hq, branch, ["Shop Note"])  # what changes here would be logged for hq
	for number in range(4):
		hq.create("Shop Note", title="POISON" if number == 2 else f"fine {number}")
	hq.create("Shop Invoice")
	before = _everything(branch)
	trials = _trials(branch, hq)
	assert trials["Shop Invoice"]["taken"] == 1 and trials["Shop Note"]["failed"] == 1
	after = _everything(branch)
	for part in before:
		assert after[part] == before[part], part


def test_afterwards_all_comes_as_if_nothing_had_been_tried(hq, branch, link):
	invoice = hq.create("Shop Invoice")["name"]
	_trials(branch, hq)
	assert pull(branch, hq)["failed"] == 0
	[copy] = branch.rows("Shop Invoice", ["name", "remote_document_name"])
	assert copy["remote_document_name"] == invoice


def test_a_commit_in_the_midst_keeps_nothing(hq, branch, link):
	branch.configure(shop_commit_early=1)
	for number in range(3):
		hq.create("Shop Note", title=f"COMMITS {number}")
	before = branch.call("count", doctype="Shop Note")
	assert _trials(branch, hq)["Shop Note"]["tried"] == 3
	assert branch.call("count", doctype="Shop Note") == before


def test_a_parked_document_can_be_tried_before_resync(hq, branch, link):
	branch.configure(shop_reject_poison=1)
	name = hq.create("Shop Note", title="POISON")["name"]
	pull(branch, hq)
	before = _everything(branch)
	assert "POISON" in branch.call(OPS + "retry", producer=hq.url, doctype="Shop Note", name=name)
	branch.configure(shop_reject_poison=0)
	assert branch.call(OPS + "retry", producer=hq.url, doctype="Shop Note", name=name) == ""
	after = _everything(branch)
	assert {part: after[part] for part in before} == before
	assert len(parked(branch)) == 1 and not branch.exists("Shop Note", name)
	assert len(sync_logs(branch, status="Failed")) == 1


def test_what_is_not_approved_is_not_tried(hq, branch):
	subscribe(branch, hq, ["Shop Note", "Shop Item"])
	approve(hq, branch, ["Shop Note"])
	pull(branch, hq)
	assert set(_trials(branch, hq)) == {"Shop Note"}
	with pytest.raises(Exception, match="has not approved"):
		branch.call(OPS + "run", producer=hq.url, doctypes=["Shop Item"])


def test_its_job_tells_the_result(hq, branch, link):
	hq.create("Shop Note", title="fine")
	told = branch.call(OPS + "run_job", producer=hq.url)
	assert told["finished"] and not told.get("error"), json.dumps(told)
	assert {row["ref_doctype"] for row in told["trials"]} == {"Shop Note", "Shop Invoice", "Shop Item"}
