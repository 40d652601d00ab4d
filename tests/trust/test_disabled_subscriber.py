"""Whoever disables the Event Subscriber ends at once what is written here in that user's name, and loses nothing by it."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, pull, sync_logs
from support.site import SiteError

NOTE = "Shop Note"
USER = "test-writer@example.com"


@pytest.fixture
def link(hq, branch):
	for site in (hq, branch):
		site.call("make_user", email=USER, roles=["System Manager"])
	hq.old = hq.create(NOTE)["name"]
	connect(branch, hq, [NOTE], event_subscriber=USER)


def state(branch, hq) -> str:
	return branch.call("link_state", producer_url=hq.url)["error"]


def test_the_pull_stops_with_a_message_and_goes_on_when_the_user_is_back(hq, branch, link):
	branch.call("disable_user", email=USER)
	name = hq.create(NOTE)["name"]
	said = pull(branch, hq)["error"]
	assert f"{USER}, the Event Subscriber of the link with {hq.url}, is not an enabled user" in said
	assert state(branch, hq) == said
	assert not branch.exists(NOTE, name) and not sync_logs(branch) and not parked(branch)
	branch.call("disable_user", email=USER, enabled=1)
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, NOTE, name)
	assert not state(branch, hq)


def test_an_idle_link_says_so_too(hq, branch, link):
	branch.call("disable_user", email=USER)
	assert "is not an enabled user" in pull(branch, hq)["error"]


def test_what_is_parked_stays_as_it_is(hq, branch, link):
	branch.call("make_mandatory", doctype=NOTE, fieldname="tags_text")
	name = hq.create(NOTE)["name"]
	drain(branch, hq)
	before = parked(branch)
	[row] = sync_logs(branch, status="Failed")
	branch.call("disable_user", email=USER)
	branch.call("make_retries_due")
	assert "is not an enabled user" in pull(branch, hq)["error"]
	for act in (
		lambda: branch.call("resync", names=[row["name"]]),
		lambda: branch.call("resync_from_source", name=row["name"]),
	):
		with pytest.raises(SiteError, match="is not an enabled user"):
			act()
	assert [one["attempts"] for one in parked(branch)] == [one["attempts"] for one in before]
	assert not branch.exists(NOTE, name)


def test_neither_backfill_nor_repair_writes(hq, branch, link):
	compared = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=[NOTE])
	assert (compared["error"], compared[NOTE]["missing"]) == ("", 1)
	branch.call("disable_user", email=USER)
	assert "is not an enabled user" in branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])["error"]
	with pytest.raises(SiteError, match="is not an enabled user"):
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=NOTE)
	assert not branch.exists(NOTE, hq.old)
	branch.call("disable_user", email=USER, enabled=1)
	assert branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])["error"] == ""
	assert branch.exists(NOTE, hq.old)
