"""What an administrator sees first."""

import pytest

from support.browser import LAPTOP, PHONE
from support.link import connect, drain

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
