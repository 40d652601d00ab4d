"""What an administrator sees first."""

import pytest

from support.browser import LAPTOP, PHONE
from support.link import connect, drain
from support.site import SiteError

pytestmark = [pytest.mark.bench, pytest.mark.browser]


@pytest.fixture
def at_work(hq, branch):
	"""Branch receives from hq: a failure, a document that waits, and some that have arrived. Hq receives a little too."""
	connect(branch, hq, ["Shop Note", "Shop Customer", "Shop Invoice"])
	connect(hq, branch, ["Shop Item"])
	branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
	for _number in range(3):
		hq.create("Shop Customer")
	for _number in range(7):
		hq.create("Shop Note")
	branch.create("Shop Item")
	hq.call("insert_and_submit", doctype="Shop Invoice")
	drain(branch, hq)
	drain(hq, branch)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_the_workspace_says_how_every_link_is_doing(branch, browser, at_work, size):
	desk = browser.desk(branch, size).open("event-streaming")
	assert "Event Streaming" in desk.page.title()
	links = ("Sites We Receive From", "1 Active", "4 to Fix", "5 Waiting", "Recent Failures")
	charts = ("Changes per Hour", "To Send", "Failures by DocType", "Shop Customer")
	for words in (*links, *charts):
		assert desk.wait_for(lambda words=words: words in desk.text()), words
	assert "Approve" in desk.page.locator(".custom-block-widget-box").locator("ol").inner_text()
	desk.screenshot("workspace", whole_page=True)


def test_the_five_steps_lead_where_the_work_is_done(branch, browser):
	desk = browser.desk(branch).open("event-streaming")
	steps = desk.page.locator(".onboarding-step")
	assert steps.count() == 5
	steps.nth(1).click()
	desk.page.get_by_role("button", name="Name the other site").click()
	desk.wait_for(lambda: desk.is_at("event-producer/new"))
	assert "Site to Receive From" in desk.wait().text()


def test_changes_are_counted_in_the_hour_in_which_they_came(branch, at_work):
	chart = branch.call(
		"event_streaming.event_streaming.dashboard_chart_source.changes_per_hour.changes_per_hour:get"
	)
	assert len(chart["labels"]) == 24
	arrived, logged = (dataset["values"] for dataset in chart["datasets"])
	assert (sum(arrived[-2:]), sum(logged[-2:])) == (7, 1)
	assert sum(arrived[:-2]) == sum(logged[:-2]) == 0


def test_the_cards_count_what_stands_in_the_lists(hq, branch, at_work):
	[cursor] = branch.rows("Event Stream Cursor", ["name"])
	branch.call("db_set", doctype="Event Stream Cursor", name=cursor["name"], behind=7, lag_seconds=2.5)
	cards = branch.rows("Number Card", ["name", "method"], {"module": "Event Streaming"})
	told = {card["name"]: branch.call(card["method"].replace("cards.", "cards:"))["value"] for card in cards}
	assert told == {
		"Changes Behind": 7,
		"Seconds Behind": 2.5,
		"Failed Changes": branch.call("count", doctype="Event Sync Log", status="Failed"),
		"Changes Received Today": branch.call("count", doctype="Event Sync Log", status="Synced"),
	}
	assert told["Failed Changes"] and told["Changes Received Today"]


def test_who_may_not_read_the_logs_is_told_no_figure(branch, at_work):
	branch.call("make_user", email="test-nobody@example.com", roles=[])
	for name in ("changes_behind", "failed_changes"):
		with pytest.raises(SiteError, match="PermissionError"):
			branch.call(f"event_streaming.desk.cards:{name}", as_user="test-nobody@example.com")
