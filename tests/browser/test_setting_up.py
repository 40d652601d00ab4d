"""What a person tries first: a preset, a trial run, all linked sites at a glance."""

import time

import pytest

from support.link import connect, drain

pytestmark = [pytest.mark.bench, pytest.mark.browser]


def test_a_preset_fills_the_rows_in_and_says_what_to_leave_out(hq, branch, browser):
	desk = browser.desk(branch).open("event-producer/new")
	desk.wait_for(lambda: "Load Preset" in desk.text())
	desk.click_button("Load Preset")
	desk.wait_for(lambda: "Subscribes to" in desk.dialog().inner_text())
	desk.screenshot("preset-dialog")
	desk.dialog().locator("select").select_option("Shop: all of it")
	desk.wait_for(lambda: "Shop Thing That Is Nowhere" in desk.dialog().inner_text())
	desk.page.get_by_role("button", name="Add Rows").click()
	desk.wait_for(lambda: "Shop Invoice" in desk.text())
	desk.screenshot("preset-loaded", whole_page=True)
	desk.set_value("producer_url", hq.url)
	desk.click_button("Test Connection")
	desk.wait_for(lambda: "Next: save" in desk.dialog().inner_text())


def test_a_trial_run_says_what_would_fail_and_what_to_do(backend, hq, branch, browser):
	connect(branch, hq, ["Shop Customer", "Shop Note"])
	for number in range(3):
		hq.create("Shop Customer", tax_id=f"T{number}" if number else "")
		hq.create("Shop Note")
	branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
	worker = backend.start_worker()
	try:
		desk = browser.desk(branch).open_form("Event Producer", hq.url)
		desk.click_button("Trial Run")
		desk.page.get_by_role("button", name="Try", exact=True).click()
		desk.wait_for(lambda: "would fail" in desk.dialog().inner_text(), 60)
		told = desk.dialog().inner_text()
		assert "A mandatory field is empty" in told and "Shop Note" in told
		desk.screenshot("trial-run")
	finally:
		backend.stop_process(worker)
	assert all(
		row["tax_id"] for row in branch.rows("Shop Customer", ["tax_id"])
	)  # those that a pull brought meanwhile


def test_a_hundred_sites_are_sorted_and_lead_to_their_rows(hq, branch, browser):
	branch.configure(shop_reject_poison=1)
	connect(branch, hq, ["Shop Note"])
	connect(hq, branch, ["Shop Item"])
	hq.create("Shop Note", title="POISON")
	drain(branch, hq)
	branch.call("event_streaming.monitoring.reporting:report_all")
	hq.call("support.hub:make_consumers", count=99)
	desk = browser.desk(hq).open("linked-sites")
	rows = desk.page.locator(".linked-sites tbody tr")
	desk.wait_for(lambda: rows.count() == 100)
	began = time.monotonic()
	desk.page.evaluate("cur_page.page.linked_sites.refresh()")
	assert time.monotonic() - began < 1
	desk.screenshot("linked-sites")
	desk.page.locator("th[data-column=parked_there]").click()
	first, last = rows.first.inner_text(), rows.last.inner_text()
	assert first.split("\t")[10] == "3" and last.split("\t")[10] == "0", (first, last)
	rows.filter(has_text=branch.url).first.click()
	desk.wait_for(lambda: desk.is_at("event-producer"))
