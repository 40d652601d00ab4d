"""Setting up a link, watching it and ending it, from the forms of both sites."""

import pytest

from support.browser import LAPTOP, PHONE
from support.compare import assert_same
from support.link import connect, drain, pull, statuses, subscribe

pytestmark = [pytest.mark.bench, pytest.mark.browser]
USER = "streamer@example.com"


def new_producer(desk, url: str, *doctypes: str, **row):
	desk.open("event-producer/new")
	desk.set_value("producer_url", url).set_value("event_subscriber", USER)
	desk.page.evaluate("cur_frm.clear_table('producer_doctypes')")
	for doctype in doctypes:
		desk.add_row("producer_doctypes", ref_doctype=doctype, **row)
	return desk


def run_jobs_while(site, condition, desk):
	"""As a worker would; what the forms start runs in the background."""

	def look():
		site.call("run_jobs")
		return condition()

	return desk.wait_for(look)


def test_the_other_direction_begins_at_the_form_of_the_consumer(hq, branch, browser):
	connect(branch, hq, ["Shop Note"])
	desk = browser.desk(hq)
	desk.open_form("Event Consumer", branch.url)
	desk.click_menu("Receive From It, Too")
	desk.wait_for(lambda: desk.page.evaluate("cur_frm.doctype === 'Event Producer' && cur_frm.is_new()"))
	entered = desk.page.evaluate("[cur_frm.doc.producer_url, cur_frm.doc.event_subscriber]")
	assert entered == [branch.url, hq.get("Event Consumer", branch.url)["event_subscriber"]]


def test_an_empty_list_says_how_to_begin(branch, browser):
	desk = browser.desk(branch)
	desk.open("event-producer")
	desk.wait_for(lambda: "enter its URL, a user that both sites have" in desk.text())


def test_two_administrators_set_up_a_link_and_a_document_arrives(hq, branch, browser):
	note = hq.create("Shop Note")
	here, there = browser.desk(branch), browser.desk(hq)
	new_producer(here, hq.url, "Shop Note", "Shop Customer").save()
	assert here.indicator() == "Waiting for Approval"
	assert "has not approved a DocType yet" in here.headline()
	here.screenshot("event-producer-waiting", whole_page=True)

	there.open("event-consumer")
	there.wait_for(lambda: "Waiting for Approval" in there.text())
	there.screenshot("event-consumer-list")
	there.open_form("Event Consumer", branch.url)
	assert "asks for documents of this site" in there.headline()
	assert f"1 document at present, which {USER} may read" in there.text()
	there.screenshot("event-consumer", whole_page=True)
	there.page.locator('[data-doctype="Shop Note"][data-answer="Approved"]').click()
	there.wait_for(lambda: there.indicator() == "Streaming")
	assert statuses(hq, branch, "Event Consumer") == {"Shop Note": "Approved", "Shop Customer": "Pending"}
	there.click_button("Approve All").answer("Yes")
	there.wait_for(lambda: "Pending" not in there.page.locator(".event-request").inner_text())

	hq.update("Shop Note", note["name"], priority=3)
	pull(branch, hq)
	here.reload()
	assert here.indicator() == "Streaming"
	assert "Everything is up to date" in here.headline()
	assert_same(hq, branch, "Shop Note", note["name"])


def test_a_phone_is_enough(hq, branch, browser):
	subscribe(branch, hq, ["Shop Note", "Shop Invoice"])
	there = browser.desk(hq, PHONE)
	there.open_form("Event Consumer", branch.url)
	there.screenshot("event-consumer", whole_page=True)
	there.page.locator('[data-doctype="Shop Note"][data-answer="Approved"]').click()
	there.wait_for(lambda: statuses(hq, branch, "Event Consumer")["Shop Note"] == "Approved")
	here = browser.desk(branch, PHONE)
	pull(branch, hq)
	here.open_form("Event Producer", hq.url)
	here.screenshot("event-producer", whole_page=True)
	here.click_button("Pause")
	here.wait_for(lambda: "Nothing is fetched until you press Resume" in here.headline())
	for desk in (there, here):
		assert desk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
			"it scrolls sideways"
		)


class TestRequest:
	def test_it_says_what_the_user_may_not_read(self, hq, branch, browser):
		hq.call("support.trust:log_in_with_password", user="test-nobody@example.com")
		branch.call(
			"support.trust:log_in_with_password", user="test-nobody@example.com", roles=["System Manager"]
		)
		hq.create("Shop Note")
		subscribe(branch, hq, ["Shop Note"], event_subscriber="test-nobody@example.com")
		desk = browser.desk(hq).open_form("Event Consumer", branch.url)
		assert "test-nobody@example.com may not read these documents here" in desk.text()

	def test_it_counts_what_fits_the_condition_and_what_user_permissions_leave(self, hq, branch, browser):
		notes = [hq.create("Shop Note", priority=number % 2) for number in range(4)]
		subscribe(branch, hq, [{"ref_doctype": "Shop Note", "condition": '{"priority": 1}'}])
		hq.insert("User Permission", user=USER, allow="Shop Note", for_value=notes[1]["name"])
		desk = browser.desk(hq).open_form("Event Consumer", branch.url)
		told = desk.text()
		assert f"1 of 2 documents: {USER} may not read the others" in told, told
		assert "Only those that fit priority = 1" in told
		assert f"User Permissions of {USER} apply: Shop Note: {notes[1]['name']}" in told

	def test_a_rejected_doctype_can_be_approved_later(self, hq, branch, browser):
		subscribe(branch, hq, ["Shop Note"])
		desk = browser.desk(hq).open_form("Event Consumer", branch.url)
		desk.click_button("Reject All").answer("Yes")
		desk.wait_for(lambda: desk.indicator() == "Rejected")
		pull(branch, hq)
		here = browser.desk(branch).open_form("Event Producer", hq.url)
		assert here.indicator() == "Rejected"
		assert "rejected all requested DocTypes" in here.headline()
		desk.page.locator('[data-answer="Approved"]').click()
		desk.wait_for(lambda: desk.indicator() == "Streaming")


class TestConnection:
	def test_it_names_what_is_wrong_and_what_works(self, hq, branch, backend, browser):
		desk = new_producer(browser.desk(branch), "http://127.0.0.1:9", "Shop Note")
		desk.click_button("Test Connection")
		assert "Connection Failed" in desk.dialog().inner_text()
		assert "127.0.0.1:9" in desk.dialog().inner_text()
		desk.screenshot("connection-failed")
		desk.close_dialog()
		desk.set_value("producer_url", hq.url).click_button("Test Connection")
		assert "Connection Works" in desk.dialog().inner_text()

	def test_a_key_that_the_other_site_revoked_shows_and_a_new_one_mends_it(self, hq, branch, browser):
		connect(branch, hq, ["Shop Note"])
		there = browser.desk(hq).open_form("Event Consumer", branch.url)
		there.click_menu("Revoke Key").answer("Yes")
		here = browser.desk(branch).open_form("Event Producer", hq.url)
		here.click_button("Test Connection")
		assert "Connection Failed" in here.dialog().inner_text()
		here.close_dialog()
		here.click_menu("Rotate Key").answer("Yes")
		here.wait_for(lambda: "new key" in here.text())
		here.wait().click_button("Test Connection")
		assert "The other site accepts the key of this link" in here.dialog().inner_text()
		assert "Connection Works" in here.dialog().inner_text()


class TestForm:
	def test_only_doctypes_that_can_be_streamed_are_offered(self, branch, hq, browser):
		desk = browser.desk(branch).open("event-producer/new")
		desk.page.locator('[data-fieldname="producer_doctypes"] [data-fieldname="ref_doctype"]').last.click()
		field = desk.page.locator(
			'[data-fieldname="producer_doctypes"] input[data-fieldname="ref_doctype"]'
		).last
		options = desk.page.locator(".awesomplete [role=option]")
		# ten are offered at once, so each hidden one is looked for among those that begin like it
		for typed, shown, hidden in (
			("Shop N", "Shop Note", "Shop Invoice Item"),
			("Shop I", "Shop Invoice", "Shop Invoice Item"),
			("Shop S", "Shop Supplier", "Shop Sampler Row"),
		):
			field.fill(typed)
			desk.wait_for(lambda shown=shown: shown in " ".join(options.all_text_contents()))
			assert hidden not in " ".join(options.all_text_contents())

	def test_sites_that_count_alike_are_warned(self, branch, hq, browser):
		desk = new_producer(browser.desk(branch), hq.url, "Shop Note", "Shop Invoice")
		desk.wait_for(lambda: "Each site numbers Shop Invoice (SINV-" in desk.text())
		desk.page.evaluate(
			"frappe.model.set_value('Event Producer Document Type', cur_frm.doc.producer_doctypes[1].name, 'use_same_name', 0)"
		)
		desk.wait_for(lambda: "Each site numbers" not in desk.text())

	def test_the_settings_are_explained_where_they_stand(self, branch, browser):
		desk = browser.desk(branch).open("event-producer/new")
		desk.page.locator(".event-help summary").click()
		longer = ("Ticked: what is called INV-1", "Wait for a Person: the document waits")
		for words in (*longer, "it takes the other site's values and follows it from then on"):
			assert words in desk.text()


def test_pulling_shows_what_came_and_pausing_stops_it(hq, branch, backend, browser):
	connect(branch, hq, ["Shop Note"])
	notes = [hq.create("Shop Note")["name"] for _number in range(3)]
	backend.forget_jobs()  # the hint would bring them first
	desk = browser.desk(branch).open_form("Event Producer", hq.url)
	desk.page.get_by_role("button", name="Pull Now").click()
	run_jobs_while(branch, lambda: "3 changes received, 0 failed" in desk.text(), desk)
	assert all(branch.exists("Shop Note", name) for name in notes)

	desk.wait().click_button("Pause")
	desk.wait_for(lambda: desk.indicator() == "Paused")
	name = hq.create("Shop Note")["name"]
	branch.tick()
	assert not branch.exists("Shop Note", name)
	desk.click_button("Resume")
	desk.wait_for(lambda: desk.indicator() == "Streaming")
	drain(branch, hq)
	assert branch.exists("Shop Note", name)


def test_the_producer_can_pause_too(hq, branch, browser):
	connect(branch, hq, ["Shop Note"])
	desk = browser.desk(hq).open_form("Event Consumer", branch.url)
	desk.click_button("Pause")
	desk.wait_for(lambda: "Nothing is handed over until you press Resume" in desk.headline())
	hq.create("Shop Note")
	assert "paused" in pull(branch, hq)["error"]
	desk.click_button("Resume")
	desk.wait_for(lambda: desk.indicator() == "Streaming")
	assert drain(branch, hq)["synced"] == 1


def test_documents_from_before_are_fetched_and_differences_fixed(hq, branch, backend, browser):
	notes = [hq.create("Shop Note")["name"] for _number in range(8)]
	connect(branch, hq, ["Shop Note"])
	backend.forget_jobs()
	desk = browser.desk(branch).open_form("Event Producer", hq.url)
	existing = desk.page.locator(".existing-documents")
	assert "Not fetched yet" in existing.inner_text()
	existing.get_by_role("button", name="Backfill").click()
	desk.wait().answer("Yes")
	run_jobs_while(branch, lambda: "8 of 8 looked at · 8 taken" in existing.inner_text(), desk)

	branch.update("Shop Note", notes[0], priority=9)
	branch.delete("Shop Note", notes[1])
	existing.get_by_role("button", name="Compare").click()
	run_jobs_while(branch, lambda: "There 8, here 7" in existing.inner_text(), desk)
	desk.screenshot("event-producer", whole_page=True)
	existing.get_by_text("Show 2 differences").click()
	told = desk.wait().dialog().inner_text()
	assert "not the same" in told and "not here" in told
	desk.screenshot("differences")
	desk.dialog().get_by_role("button", name="Take All From Source").click()
	run_jobs_while(branch, lambda: "There 8, here 8, 100 % the same" in existing.inner_text(), desk)
	for name in notes:
		assert_same(hq, branch, "Shop Note", name)


def test_failures_are_one_click_away(hq, branch, browser):
	connect(branch, hq, ["Shop Customer"])
	branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
	hq.create("Shop Customer")
	drain(branch, hq)
	desk = browser.desk(branch).open_form("Event Producer", hq.url)
	assert "1 document waits · 1 change failed" in desk.headline()
	desk.click_button("Open Failures")
	desk.wait_for(lambda: desk.is_at("event-sync-log"))
	assert desk.page.locator(".list-row-container .list-row").filter(visible=True).count() == 1


def test_what_the_subscriber_may_not_read_there_is_named(hq, branch, browser):
	clerk = "test-clerk@example.com"
	hq.call("make_user", email=clerk, roles=["Shop Clerk"])
	branch.call("make_user", email=clerk, roles=["System Manager"])
	connect(branch, hq, ["Shop Customer", "Shop Item"], event_subscriber=clerk)
	desk = browser.desk(branch).open_form("Event Producer", hq.url)
	assert f"Shop Customer is not received: {clerk} has no role on the other site" in desk.headline()
	desk.screenshot("event-producer-unreadable")


class TestUnpairing:
	def test_from_the_receiving_site_it_ends_on_both_and_says_what_it_did(self, hq, branch, browser):
		connect(branch, hq, ["Shop Note"])
		name = hq.create("Shop Note")["name"]
		drain(branch, hq)
		desk = browser.desk(branch).open_form("Event Producer", hq.url)
		desk.click_menu("Unpair").answer("Yes")
		desk.wait_for(lambda: "Link Ended" in desk.text())
		assert "has deleted its record of this site" in desk.dialog().inner_text()
		assert not branch.exists("Event Producer", hq.url)
		assert not hq.exists("Event Consumer", branch.url)
		assert branch.exists("Shop Note", name)

	def test_a_site_that_is_off_is_named(self, hq, branch, backend, browser):
		connect(branch, hq, ["Shop Note"])
		desk = browser.desk(branch).open_form("Event Producer", hq.url)
		backend.stop_process(hq.web)
		try:
			desk.click_menu("Unpair").answer("Yes")
			desk.wait_for(lambda: "could not be notified" in desk.text())
		finally:
			hq.web = backend.start_web(hq)
		assert not branch.exists("Event Producer", hq.url)

	def test_from_the_sending_site_the_key_is_dead_at_once(self, hq, branch, browser):
		connect(branch, hq, ["Shop Note"])
		desk = browser.desk(hq).open_form("Event Consumer", branch.url)
		desk.click_menu("Unpair").answer("Yes")
		desk.wait_for(lambda: "gets nothing more from this site" in desk.text())
		assert not hq.exists("Event Consumer", branch.url)
		assert pull(branch, hq)["error"]


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_a_new_link_begins_with_a_sentence(branch, browser, size):
	desk = browser.desk(branch, size).open("event-producer/new")
	assert "This site will receive documents from another site" in desk.text()
	desk.screenshot("event-producer-new", whole_page=True)


def test_fields_and_documents_are_kept_back_on_the_form(hq, branch, browser):
	connect(branch, hq, ["Shop Ticket"])
	desk = browser.desk(hq).open_form("Event Consumer", branch.url)
	desk.wait_for(lambda: desk.page.locator('[data-keep-back="Shop Ticket"]').count())
	desk.page.locator('[data-keep-back="Shop Ticket"]').click()
	desk.wait().dialog().locator('[data-fieldname="left_out_fields"] textarea').fill("opened_on")
	desk.answer("Save")
	block = desk.page.locator(".event-request")
	desk.wait_for(lambda: "Not sent: Opened On" in block.inner_text())
	hq.create("Shop Ticket", opened_on="2026-01-01")
	assert pull(branch, hq)["error"] == ""
	here = browser.desk(branch).open_form("Event Producer", hq.url)
	[row] = branch.get("Event Producer", hq.url)["producer_doctypes"]
	assert row["left_out_there"] == "opened_on"
	assert here.indicator() == "Streaming"


def test_the_form_of_a_read_only_document_takes_no_input(hq, branch, browser):
	connect(branch, hq, [{"ref_doctype": "Shop Note", "use_same_name": 1, "read_only_here": 1}])
	name = hq.create("Shop Note")["name"]
	assert pull(branch, hq)["error"] == ""
	desk = browser.desk(branch).open_form("Shop Note", name)
	desk.wait_for(lambda: "It is read-only on this site" in desk.headline())
	assert desk.page.evaluate("cur_frm.fields_dict.title.get_status()") == "Read"
	ours = branch.create("Shop Note")["name"]
	desk.open_form("Shop Note", ours)
	assert desk.page.evaluate("cur_frm.fields_dict.title.get_status()") == "Write"
