"""What an administrator sees of each change, of those that failed, and on documents that came from elsewhere."""

import json
import re

import pytest

from support import link
from support.browser import LAPTOP, PHONE

pytestmark = [pytest.mark.bench, pytest.mark.browser]

SIZES = pytest.mark.parametrize("size", [LAPTOP, PHONE])
SYNC_LOG, UPDATE_LOG = "Event Sync Log", "Update Log"
NOTE, CUSTOMER, INVOICE = "Shop Note", "Shop Customer", "Shop Invoice"
SCRIPT = '<img src=x onerror="window.attacked = true"><script>window.attacked = true</script>'


@pytest.fixture
def linked(hq, branch):
	link.connect(branch, hq, [NOTE, CUSTOMER, INVOICE])


@pytest.fixture
def changed_invoice(hq, branch, linked) -> str:
	"""An invoice of hq, of which a field, a row, and the order of rows have changed since."""
	invoice = hq.create(INVOICE, notes="Net 30 days")
	link.drain(branch, hq)
	hq.call("update_row", doctype=INVOICE, name=invoice["name"], table="items", row=1, qty=5)
	hq.update(INVOICE, invoice["name"], notes="Net 14 days")
	hq.call(
		"append_row",
		doctype=INVOICE,
		name=invoice["name"],
		table="items",
		item=invoice["items"][0]["item"],
		qty=3,
		warehouse="North",
	)
	hq.call("remove_row", doctype=INVOICE, name=invoice["name"], table="items", row=2)
	link.drain(branch, hq)
	return invoice["name"]


@pytest.fixture
def failed(hq, branch, linked) -> list[str]:
	"""Three customers that branch did not take, as it wants a field filled in; and a note that came."""
	branch.call("make_mandatory", doctype=CUSTOMER, fieldname="tax_id")
	names = [hq.create(CUSTOMER)["name"] for _number in range(3)]
	hq.create(NOTE, title="Opening hours in March")
	assert link.drain(branch, hq)["failed"] == 3
	return names


def newest(site, doctype: str, **filters) -> str:
	key = "event_id" if doctype == SYNC_LOG else "name"
	return str(max(site.rows(doctype, ["name", key], filters), key=lambda row: int(row[key]))["name"])


def change(desk) -> str:
	"""What the form tells of the change, as it can be read."""
	return desk.page.locator(".event-streaming-change").inner_text()


def log_of_changed(branch, invoice: str, part: str) -> str:
	rows = branch.rows(SYNC_LOG, ["name", "data"], {"remote_docname": invoice, "update_type": "Update"})
	return next(row["name"] for row in rows if part in json.loads(row["data"])["data"])


@SIZES
def test_a_change_is_shown_with_old_and_new_values(hq, branch, browser, changed_invoice, size):
	desk = browser.desk(branch, size)
	desk.open_form(SYNC_LOG, log_of_changed(branch, changed_invoice, "row_changed"))
	shown = change(desk)
	for words in ("Before", "After", "Row 1 changed", "Qty"):
		assert words in shown
	assert "qty" not in shown, "a field is called by its label"
	desk.screenshot("event-sync-log-change")
	desk.open_form(SYNC_LOG, log_of_changed(branch, changed_invoice, "added"))
	assert "Rows added" in change(desk) and "North" in change(desk)
	desk.open_form(SYNC_LOG, log_of_changed(branch, changed_invoice, "removed"))
	assert "Rows removed: 1" in change(desk)


@SIZES
def test_the_raw_data_and_the_traceback_are_folded(hq, branch, browser, failed, size):
	desk = browser.desk(branch, size)
	desk.open_form(SYNC_LOG, newest(branch, SYNC_LOG, status="Failed"))
	for fieldname, title in (("data", "Show Raw Data"), ("error", "Show Traceback")):
		field = desk.page.locator(f"[data-fieldname={fieldname}].frappe-control")
		assert not field.is_visible()
		desk.page.locator(".section-head").filter(has_text=title).click()
		field.wait_for(state="visible")


@SIZES
def test_the_log_of_a_producer_shows_what_it_handed_over_and_to_whom(
	hq, branch, browser, changed_invoice, size
):
	desk = browser.desk(hq, size)
	desk.open_form(UPDATE_LOG, newest(hq, UPDATE_LOG, docname=changed_invoice, update_type="Create"))
	assert "Net 30 days" in change(desk) and "Items" in change(desk)
	assert re.search(rf"{branch.url} ↗\s+fetched", change(desk))
	desk.screenshot("update-log", whole_page=True)


def test_a_document_opens_here_and_on_the_other_site(hq, branch, browser, linked):
	note = hq.create(NOTE)["name"]
	link.drain(branch, hq)
	desk = browser.desk(branch)
	desk.open_form(SYNC_LOG, newest(branch, SYNC_LOG, docname=note))
	here, there = desk.page.locator(".event-streaming-change a").all()
	assert there.get_attribute("href") == f"{hq.url}/app/shop-note/{note}"
	assert (there.get_attribute("target"), there.get_attribute("rel")) == ("_blank", "noopener noreferrer")
	here.click()
	desk.wait()
	assert desk.page.evaluate("() => [cur_frm.doctype, cur_frm.docname]") == [NOTE, note]


@SIZES
def test_a_failure_is_fixed_by_resync(hq, branch, browser, failed, size):
	desk = browser.desk(branch, size)
	log = newest(branch, SYNC_LOG, status="Failed")
	desk.open_form(SYNC_LOG, log)
	headline = desk.headline()
	assert "These fields are mandatory on this site but empty in the document: tax_id" in headline
	assert "What to do" in headline and "Customize Form" in headline
	desk.screenshot("event-sync-log-failed")
	desk.click_button("Resync")
	assert "These fields are mandatory" in desk.dialog().inner_text()
	desk.close_dialog()
	branch.call("make_optional", doctype=CUSTOMER, fieldname="tax_id")
	desk.click_button("Resync")
	desk.wait_for(lambda: branch.value(SYNC_LOG, log, "status") == "Synced")
	desk.wait()
	assert "Fixed" in desk.headline()
	assert branch.exists(CUSTOMER, branch.value(SYNC_LOG, log, "remote_docname"))


def choose_all_failed(desk) -> None:
	desk.open("event-sync-log?status=Failed")
	desk.page.locator(".list-check-all").first.check()


@SIZES
def test_the_list_tells_what_became_of_each_change(hq, branch, browser, failed, size):
	desk = browser.desk(branch, size).open_list(SYNC_LOG)
	for words in (
		"Failed",
		"Synced",
		*(["These fields are mandatory on this site"] if size == LAPTOP else []),
	):
		assert words in desk.text()
	desk.screenshot("event-sync-log-list")


@pytest.mark.parametrize("action", ["Resync", "Resync From Source"])
def test_many_failures_are_fixed_at_once(hq, branch, browser, failed, action):
	branch.call("make_optional", doctype=CUSTOMER, fieldname="tax_id")
	desk = browser.desk(branch)
	choose_all_failed(desk)
	desk.click_action(action)
	if action != "Resync":
		desk.answer("Yes")
	branch.call("run_jobs")
	desk.wait_for(lambda: "3 documents synced" in desk.text())
	assert all(branch.exists(CUSTOMER, name) for name in failed)


def test_many_changes_are_skipped_at_once(hq, branch, browser, failed):
	desk = browser.desk(branch)
	choose_all_failed(desk)
	desk.click_action("Skip")
	desk.answer("Yes")
	branch.call("run_jobs")
	desk.wait_for(lambda: "3 changes skipped" in desk.text())
	assert len(branch.names(SYNC_LOG, status="Skipped")) == 3
	assert link.parked(branch) == []


@SIZES
def test_a_conflict_shows_both_values_and_which_one_stayed(hq, branch, browser, size):
	link.connect(branch, hq, [NOTE])
	name = hq.create(NOTE, title="Opening hours")["name"]
	link.drain(branch, hq)
	hq.update(NOTE, name, title="Open 9 to 17")
	branch.update(NOTE, name, title="Open 10 to 18")
	link.drain(branch, hq)
	desk = browser.desk(branch, size)
	desk.open_form(SYNC_LOG, newest(branch, SYNC_LOG, remote_docname=name))
	shown = change(desk)
	assert re.search(r"Open 10 to 18\s+Lost\s+Open 9 to 17\s+Kept", shown)
	desk.screenshot("event-sync-log-conflict")


@SIZES
def test_a_document_tells_where_it_came_from(hq, branch, browser, changed_invoice, size):
	desk = browser.desk(branch, size)
	desk.open_form(INVOICE, changed_invoice)
	banner = desk.page.locator(".event-streaming-origin")
	assert banner.inner_text().strip() == f"This document comes from {hq.url} ↗."
	there = banner.locator("a")
	assert there.get_attribute("href") == f"{hq.url}/app/shop-invoice/{changed_invoice}"
	assert "noopener" in there.get_attribute("rel")
	assert desk.page.locator(".event-streaming-logs .count").inner_text() == "5"
	desk.screenshot("streamed-document")
	desk.page.locator(".event-streaming-logs .badge-link").click()
	desk.wait_for(lambda: desk.page.evaluate("() => window.cur_list?.doctype") == SYNC_LOG)
	desk.wait()
	assert desk.page.evaluate("() => cur_list.data.length") == 5


def test_a_document_whose_changes_wait_says_so(hq, branch, browser, linked):
	customer = hq.create(CUSTOMER)["name"]
	link.drain(branch, hq)
	branch.call("make_mandatory", doctype=CUSTOMER, fieldname="tax_id")
	hq.update(CUSTOMER, customer, credit_limit=7)
	assert link.drain(branch, hq)["failed"] == 1
	desk = browser.desk(branch)
	desk.open_form(CUSTOMER, customer)
	banner = desk.page.locator(".event-streaming-origin")
	assert "Later changes from there are waiting." in banner.inner_text()
	banner.get_by_text("See why").click()
	desk.wait()
	assert desk.page.evaluate("() => cur_frm.doctype") == SYNC_LOG


def test_a_document_that_was_made_here_has_no_banner(branch, browser, linked):
	note = branch.create(NOTE)["name"]
	desk = browser.desk(branch)
	desk.open_form(NOTE, note)
	assert desk.page.locator(".event-streaming-origin").count() == 0


def test_a_user_who_may_not_read_the_logs_sees_the_site_alone(hq, branch, browser, linked):
	note = hq.create(NOTE)["name"]
	link.drain(branch, hq)
	branch.call("make_user", email="test-clerk@example.com", roles=["Shop User"])
	desk = browser.desk(branch, user="test-clerk@example.com")
	desk.open(f"shop-note/{note}")
	assert hq.url in desk.page.locator(".event-streaming-origin").inner_text()
	assert desk.page.locator(".event-streaming-logs").count() == 0


def test_markup_from_another_site_is_shown_and_never_run(hq, branch, browser, linked):
	note = hq.create(NOTE)["name"]
	hq.call("db_set", doctype=NOTE, name=note, title=SCRIPT, content=SCRIPT)  # no save, which would clean it
	link.drain(branch, hq)
	for site, doctype in ((branch, SYNC_LOG), (hq, UPDATE_LOG)):
		desk = browser.desk(site)
		desk.open_form(doctype, newest(site, doctype, update_type="Update"))
		assert "onerror" in change(desk)
		assert desk.page.evaluate("() => window.attacked") is None
		assert desk.page.locator(".event-streaming-change img, .event-streaming-change script").count() == 0


def test_markup_in_a_message_and_in_a_forged_site_is_shown_and_never_run(hq, branch, browser, failed):
	log = newest(branch, SYNC_LOG, status="Failed")
	forged = "javascript:window.attacked=true//"
	branch.call("set_value_silently", doctype=SYNC_LOG, name=log, message=SCRIPT, event_producer=forged)
	desk = browser.desk(branch).open(f"event-sync-log/{log}")
	assert "onerror" in desk.headline()
	assert desk.page.evaluate("() => window.attacked") is None
	assert desk.page.locator(".event-streaming-change a").count() == 0


TOLD_BY_VERSION_0_1 = {
	"Remote Document": (
		"local_doctype",
		"local_docname",
		"event_producer",
		"remote_doctype",
		"remote_docname",
		"home_name",
	),
	"Event By-Product": ("local_doctype", "local_docname", "event_producer", "remote_docname"),
	"Parked Document": ("remote_doctype", "remote_docname", "event_producer", "message", "waits_for_name"),
	SYNC_LOG: ("docname", "remote_doctype", "remote_docname", "event_producer", "message"),
	"Event Difference": ("ref_doctype", "remote_doctype", "remote_docname", "docname", "message"),
}


@pytest.mark.parametrize("view", ["list", "report"])
@pytest.mark.parametrize("doctype", TOLD_BY_VERSION_0_1)
def test_what_a_hostile_producer_was_called_is_text_in_lists_and_reports(branch, browser, doctype, view):
	"""Rows as version 0.1 stored them: names as they were told."""
	branch.call(
		"support.trust:store_as_told", doctype=doctype, fields=TOLD_BY_VERSION_0_1[doctype], text=SCRIPT
	)
	desk = browser.desk(branch)
	desk.open(f"{doctype.lower().replace(' ', '-')}/view/{view}")
	desk.wait_for(lambda: "onerror" in desk.text())
	assert not desk.page.evaluate("window.attacked")
	assert not desk.page.locator("img[src=x]").count()
