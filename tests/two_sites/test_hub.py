"""Linked Sites: a row for each other site, from what this site knows and what the others report of themselves."""

import json
import time

import pytest

from support.link import connect, pull, subscribe

GET = "event_streaming.event_streaming.page.linked_sites.linked_sites:get_sites"
REPORT = "event_streaming.monitoring.reporting:report_all"


def _row(site, other) -> dict:
	[row] = [row for row in site.call(GET) if row["site"] == other.url]
	return row


def test_a_branch_reports_what_waits_and_failed_there(hq, branch):
	branch.configure(shop_reject_poison=1)
	connect(branch, hq, ["Shop Note"])
	hq.create("Shop Note", title="POISON")
	pull(branch, hq)
	branch.call(REPORT)
	row = _row(hq, branch)
	assert (row["there"]["parked"], row["there"]["failed"]) == (1, 1)
	assert row["there"]["app"] and row["there"]["frappe"] and row["reported_at"]
	assert (row["state"], row["sends"], row["receives"]) == ("Streaming", 1, None)
	assert row["consumer"] == branch.url and row["last_contact"]


def test_both_directions_with_one_site_are_one_row(hq, branch):
	connect(branch, hq, ["Shop Note", "Shop Item"])
	connect(hq, branch, ["Shop Territory"])
	row = _row(hq, branch)
	assert len(hq.call(GET)) == 1
	assert (row["receives"], row["sends"]) == (1, 2)
	assert row["producer"] == row["consumer"] == branch.url


def test_the_worse_state_of_both_directions_is_shown(hq, branch):
	connect(branch, hq, ["Shop Note"])
	subscribe(hq, branch, ["Shop Territory"])
	assert _row(hq, branch)["state"] == "Waiting for Approval"


def test_nothing_is_reported_twice_and_a_change_is_reported_at_once(hq, branch):
	connect(branch, hq, ["Shop Note"])
	branch.call(REPORT)
	first = _row(hq, branch)["reported_at"]
	branch.call(REPORT)
	assert _row(hq, branch)["reported_at"] == first
	branch.configure(shop_reject_poison=1)
	hq.create("Shop Note", title="POISON")
	pull(branch, hq)
	branch.call(REPORT)
	assert _row(hq, branch)["there"]["failed"] == 1


def test_a_report_holds_figures_and_versions_and_nothing_else(hq, branch):
	connect(branch, hq, ["Shop Note"])
	branch.call(
		"support.hub:send",
		producer=hq.url,
		report={"parked": 3, "app": "<b>9</b>", "secret": "x", "state": "Streaming"},
	)
	assert _row(hq, branch)["there"] == {"parked": 3, "app": "<b>9</b>"}
	assert json.loads(hq.value("Event Consumer", branch.url, "report")) == {"parked": 3, "app": "<b>9</b>"}


def test_a_hundred_sites_in_under_a_second_and_a_fixed_number_of_queries(hq):
	hq.call("support.hub:make_consumers", count=5)
	few = hq.call("support.hub:queries")
	hq.call("support.hub:make_consumers", count=95, start=5)
	many = hq.call("support.hub:queries")
	assert many["rows"] == 100 and many["queries"] == few["queries"]
	began = time.monotonic()
	hq.call(GET)
	assert time.monotonic() - began < 1


def test_who_has_no_role_of_this_app_sees_no_site(hq, branch):
	connect(branch, hq, ["Shop Note"])
	hq.call("make_user", email="test-nobody@example.com", roles=["Shop User"])
	with pytest.raises(Exception, match="PermissionError"):
		hq.call(GET, as_user="test-nobody@example.com")
