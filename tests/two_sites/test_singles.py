"""The settings of an app, of which each site has one document from the beginning."""

import json

import pytest

from support.existing_documents import assert_equal, compare, repair
from support.link import approve, connect, drain, pull, subscribe, sync_logs
from support.site import SiteError

SETTINGS = "Shop Settings"
TERRITORY = "Shop Territory"
VALUES = {
	"opening_hours": "8 to 6",
	"lends": 1,
	"rate": 1.25,
	"shops": 7,
	"closed_on": "2026-12-24",
	"counted_at": "2026-11-27 08:09:10.123456",
	"opens_at": "08:30:00",
}


def stored(site) -> dict:
	return site.call("stored_values", doctype=SETTINGS, name=SETTINGS)


def setting(site, field: str) -> str:
	"""As text, "" for what is empty or nought."""
	return stored(site)[field]


def assert_same_settings(hq, branch) -> None:
	assert stored(branch) == stored(hq)


def test_a_change_arrives_with_values_of_each_kind(hq, branch):
	connect(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	drain(branch, hq)
	assert setting(branch, "rate") == "1.25"
	assert_same_settings(hq, branch)
	hq.update(SETTINGS, SETTINGS, opening_hours="9 to 5", lends=0, closed_on=None, opens_at="00:00:00")
	drain(branch, hq)
	assert setting(branch, "opening_hours") == "9 to 5"
	assert_same_settings(hq, branch)


def test_only_what_changed_is_told(hq, branch):
	connect(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	hq.update(SETTINGS, SETTINGS, shops=8)
	[*_before, last] = hq.rows("Update Log", ["data"], {"ref_doctype": SETTINGS})
	assert json.loads(last["data"])["changed"] == {"shops": 8}


def test_rows_and_links_come_and_secrets_do_not(hq, branch):
	territory = hq.create(TERRITORY)["name"]
	branch.update(SETTINGS, SETTINGS, secret="of the branch")
	connect(branch, hq, [SETTINGS])
	rows = [{"label": "one", "int_field": 1}, {"label": "two", "date_field": "2026-01-02"}]
	hq.update(SETTINGS, SETTINGS, default_territory=territory, rows=rows, secret="of head office")
	drain(branch, hq)
	assert branch.exists(TERRITORY, territory)
	assert [row["label"] for row in stored(branch)["rows"]] == ["one", "two"]
	assert_same_settings(hq, branch)
	assert branch.call("password", doctype=SETTINGS, name=SETTINGS, field="secret") == "of the branch"
	assert "of head office" not in json.dumps(hq.rows("Update Log", ["data"]))


def test_what_code_sets_directly_comes(hq, branch):
	connect(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	hq.call("db_set", doctype=SETTINGS, name=SETTINGS, shops=9)
	drain(branch, hq)
	assert setting(branch, "shops") == "9"
	assert_same_settings(hq, branch)


def test_what_was_set_here_before_is_told(hq, branch):
	branch.update(SETTINGS, SETTINGS, opening_hours="by night", shops=3)
	hq.update(SETTINGS, SETTINGS, **VALUES)
	connect(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, rate=2)
	drain(branch, hq)
	assert_same_settings(hq, branch)
	told = " ".join(str(row) for row in branch.rows("Event Sync Log", ["message", "conflict"]))
	assert "by night" in told


def test_what_the_branch_changes_meanwhile_is_a_conflict(hq, branch):
	connect(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	drain(branch, hq)
	branch.update(SETTINGS, SETTINGS, opening_hours="here", shops=5)
	hq.update(SETTINGS, SETTINGS, rate=3)
	drain(branch, hq)
	assert setting(branch, "rate") == "3.0"
	assert setting(branch, "opening_hours") == "here"


def test_it_comes_by_backfill_and_a_comparison_finds_what_differs(hq, branch):
	hq.update(SETTINGS, SETTINGS, **VALUES)
	connect(branch, hq, [SETTINGS])
	result = branch.call("backfill", producer_url=hq.url)
	assert not result["error"]
	assert_same_settings(hq, branch)
	assert [row["docname"] for row in sync_logs(branch, source="Backfill")] == [SETTINGS]
	assert_equal(compare(branch, hq)[SETTINGS], 1)
	branch.call("support.comparing:set_single_silently", doctype=SETTINGS, shops=99)
	assert compare(branch, hq)[SETTINGS]["different"] == 1
	repair(branch, hq, SETTINGS)
	assert_same_settings(hq, branch)


def test_it_goes_round_both_ways(hq, branch):
	connect(branch, hq, [SETTINGS])
	connect(hq, branch, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	drain(branch, hq)
	drain(hq, branch)
	branch.update(SETTINGS, SETTINGS, shops=11)
	drain(hq, branch)
	drain(branch, hq)
	assert setting(hq, "shops") == "11"
	assert_same_settings(hq, branch)
	assert drain(branch, hq)["synced"] == drain(hq, branch)["synced"] == 0, "nothing goes round for ever"


def test_without_approval_nothing_comes(hq, branch):
	subscribe(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	pull(branch, hq)
	assert not setting(branch, "opening_hours")


def test_who_may_not_read_it_there_gets_nothing(hq, branch):
	subscribe(branch, hq, [SETTINGS])
	approve(hq, branch)
	pull(branch, hq)
	hq.call(
		"set_property", doctype=SETTINGS, fieldname="opening_hours", prop="permlevel", value="3", kind="Int"
	)
	hq.update(SETTINGS, SETTINGS, **VALUES)
	drain(branch, hq)
	assert setting(branch, "shops") == "7"
	assert not setting(branch, "opening_hours")


@pytest.mark.parametrize("doctype", ["System Settings", "Event Streaming Settings", "Website Settings"])
def test_those_of_the_framework_are_never_streamed(hq, branch, doctype):
	with pytest.raises(SiteError, match=doctype):
		subscribe(branch, hq, [doctype])


def test_a_condition_is_refused_in_words(hq, branch):
	row = {"ref_doctype": SETTINGS, "use_same_name": 1, "condition": '{"shops": 1}'}
	with pytest.raises(SiteError, match="only one document"):
		subscribe(branch, hq, [row])


def test_a_link_to_it_brings_nothing(hq, branch):
	"""Whoever may point at settings from elsewhere gets none of them for it."""
	hq.update(SETTINGS, SETTINGS, **VALUES)
	connect(branch, hq, ["Shop Ticket"])
	hq.create("Shop Ticket", reference_doctype=SETTINGS, reference_name=SETTINGS)
	drain(branch, hq)
	assert not setting(branch, "opening_hours")


def test_it_can_be_read_only_here(hq, branch):
	connect(branch, hq, [{"ref_doctype": SETTINGS, "use_same_name": 1, "read_only_here": 1}])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	drain(branch, hq)
	for way in ("update", "db_set"):
		with pytest.raises(SiteError, match="ReadOnlyHere"):
			branch.call(way, doctype=SETTINGS, name=SETTINGS, shops=1)
	hq.update(SETTINGS, SETTINGS, shops=2)
	drain(branch, hq)
	assert setting(branch, "shops") == "2"


def test_fields_that_are_left_out_stay_as_they_are_here(hq, branch):
	branch.update(SETTINGS, SETTINGS, opening_hours="by night")
	connect(branch, hq, [{"ref_doctype": SETTINGS, "use_same_name": 1, "leave_out": "opening_hours"}])
	hq.update(SETTINGS, SETTINGS, **VALUES)
	drain(branch, hq)
	assert (setting(branch, "opening_hours"), setting(branch, "shops")) == ("by night", "7")


def test_a_trial_changes_nothing(hq, branch):
	hq.update(SETTINGS, SETTINGS, **VALUES)
	connect(branch, hq, [SETTINGS])
	[row] = branch.call("support.trials:run", producer=hq.url)
	assert (row["tried"], row["taken"], row["failed"]) == (1, 1, 0)
	assert not setting(branch, "opening_hours")


def test_what_failed_comes_by_resync(hq, branch):
	connect(branch, hq, [SETTINGS])
	branch.call("make_mandatory", doctype=SETTINGS, fieldname="opening_hours")
	hq.update(SETTINGS, SETTINGS, shops=7)
	assert drain(branch, hq)["failed"] == 1
	branch.call("make_optional", doctype=SETTINGS, fieldname="opening_hours")
	[failed] = [row["name"] for row in sync_logs(branch, status="Failed")]
	branch.call("resync", names=[failed])
	assert setting(branch, "shops") == "7"


@pytest.fixture
def branch_in_india(branch):
	branch.call("set_clock", time_zone="Asia/Kolkata")
	yield branch
	branch.call("set_clock", time_zone="UTC")


def test_the_zone_of_the_other_site_is_minded(hq, branch_in_india):
	branch = branch_in_india
	connect(branch, hq, [SETTINGS])
	hq.update(SETTINGS, SETTINGS, counted_at="2026-11-27 08:00:00")
	drain(branch, hq)
	assert setting(branch, "counted_at").startswith("2026-11-27 13:30:00")
