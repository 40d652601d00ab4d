"""Setting a link up, as the manual tells it, changing it, and ending it."""

import contextlib
import json

import pytest

from support.compare import assert_same
from support.link import approve, connect, drain, pull, reject, statuses, subscribe, sync_logs, update_logs
from support.web_servers import web_stopped

NOTE = "Shop Note"
TWO = ["Shop Note", "Shop Item"]


def consumer_rows(producer, consumer) -> dict[str, dict]:
	return {
		row["ref_doctype"]: row for row in producer.get("Event Consumer", consumer.url)["consumer_doctypes"]
	}


class TestSettingUp:
	def test_saving_an_event_producer_makes_the_event_consumer_all_pending(self, hq, branch):
		producer = subscribe(branch, hq, TWO)
		assert producer["name"] == hq.url
		assert producer["api_key"]
		assert statuses(branch, hq) == dict.fromkeys(TWO, "Pending")
		consumer = hq.get("Event Consumer", branch.url)
		assert consumer["event_subscriber"] == "streamer@example.com"
		assert statuses(hq, branch, "Event Consumer") == dict.fromkeys(TWO, "Pending")

	def test_key_and_secret_are_set_and_the_secret_is_a_password(self, hq, branch):
		producer = subscribe(branch, hq, TWO)
		secret = branch.call("password", doctype="Event Producer", name=hq.url, field="api_secret")
		assert len(secret) >= 15
		assert secret not in json.dumps(producer)
		assert secret not in json.dumps(hq.get("Event Consumer", branch.url))

	def test_nothing_flows_before_the_approval(self, hq, branch):
		subscribe(branch, hq, TWO)
		name = hq.create(NOTE)["name"]
		assert update_logs(hq) == []
		assert not any(drain(branch, hq).values())
		assert not branch.exists(NOTE, name)

	def test_approving_one_doctype_shows_on_the_consumer_and_lets_that_one_flow(self, hq, branch):
		subscribe(branch, hq, TWO)
		approve(hq, branch, [NOTE])
		note, item = hq.create(NOTE)["name"], hq.create("Shop Item")["name"]
		drain(branch, hq)
		assert statuses(branch, hq) == {NOTE: "Approved", "Shop Item": "Pending"}
		assert_same(hq, branch, NOTE, note)
		assert not branch.exists("Shop Item", item)

	def test_rejecting_shows_on_the_consumer_and_stops_the_flow(self, hq, branch):
		connect(branch, hq, TWO)
		reject(hq, branch, [NOTE])
		note, item = hq.create(NOTE)["name"], hq.create("Shop Item")["name"]
		drain(branch, hq)
		assert statuses(branch, hq) == {NOTE: "Rejected", "Shop Item": "Approved"}
		assert not branch.exists(NOTE, note)
		assert_same(hq, branch, "Shop Item", item)

	def test_the_state_of_the_link_goes_from_waiting_to_streaming(self, hq, branch):
		subscribe(branch, hq, TWO)
		pull(branch, hq)
		assert branch.value("Event Stream Cursor", hq.url, "state") == "Waiting for Approval"
		approve(hq, branch)
		pull(branch, hq)
		assert branch.value("Event Stream Cursor", hq.url, "state") == "Streaming"

	def test_two_sites_can_be_both_to_each_other(self, hq, branch):
		connect(branch, hq, [NOTE])
		connect(hq, branch, [NOTE])
		there, here = hq.create(NOTE)["name"], branch.create(NOTE)["name"]
		drain(branch, hq)
		drain(hq, branch)
		assert_same(hq, branch, NOTE, there)
		assert_same(hq, branch, NOTE, here)


class TestChangingALink:
	def test_a_doctype_added_later_is_pending_while_the_others_go_on(self, hq, branch):
		connect(branch, hq, [NOTE])
		subscribe(branch, hq, ["Shop Item"])
		assert statuses(hq, branch, "Event Consumer") == {NOTE: "Approved", "Shop Item": "Pending"}
		note = hq.create(NOTE)["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, note)
		approve(hq, branch)
		item = hq.create("Shop Item")["name"]
		drain(branch, hq)
		assert_same(hq, branch, "Shop Item", item)

	def test_unsubscribing_stops_one_doctype_and_subscribing_it_again_goes_on(self, hq, branch):
		connect(branch, hq, TWO)
		subscribe(branch, hq, [{"ref_doctype": NOTE, "unsubscribe": 1}])
		assert consumer_rows(hq, branch)[NOTE]["unsubscribed"] == 1
		missed, item = hq.create(NOTE)["name"], hq.create("Shop Item")["name"]
		drain(branch, hq)
		assert not branch.exists(NOTE, missed)
		assert_same(hq, branch, "Shop Item", item)
		subscribe(branch, hq, [{"ref_doctype": NOTE, "unsubscribe": 0}])
		approve(hq, branch)
		note = hq.create(NOTE)["name"]
		hq.update(NOTE, missed, priority=2)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, note)
		assert_same(hq, branch, NOTE, missed)

	def test_removing_a_row_stops_that_doctype(self, hq, branch):
		connect(branch, hq, TWO)
		branch.call("remove_producer_doctypes", producer_url=hq.url, doctypes=[NOTE])
		note, item = hq.create(NOTE)["name"], hq.create("Shop Item")["name"]
		assert drain(branch, hq)["failed"] == 0
		assert not branch.exists(NOTE, note)
		assert_same(hq, branch, "Shop Item", item)

	def test_what_the_producer_alone_takes_for_unsubscribed_is_asked_for_again(self, hq, branch):
		"""The save that told it was undone here afterwards: its process died, or an app refused it."""
		connect(branch, hq, TWO)
		known = hq.create(NOTE)["name"]
		drain(branch, hq)
		with contextlib.suppress(InterruptedError), branch.transaction() as shell:
			shell.call("remove_producer_doctypes", producer_url=hq.url, doctypes=[NOTE])
			raise InterruptedError
		assert consumer_rows(hq, branch)[NOTE]["unsubscribed"] == 1
		assert statuses(branch, hq) == dict.fromkeys(TWO, "Approved")
		missed = hq.create(NOTE)["name"]
		hq.update(NOTE, known, priority=2)
		drain(branch, hq)
		assert consumer_rows(hq, branch)[NOTE]["unsubscribed"] == 0
		assert statuses(branch, hq) == dict.fromkeys(TWO, "Approved")
		branch.call("support.backfilling:take_up", producer_url=hq.url)
		assert_same(hq, branch, NOTE, missed)
		note = hq.create(NOTE)["name"]
		hq.update(NOTE, known, content="the next change brings the one before")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, note)
		assert_same(hq, branch, NOTE, known)

	@pytest.fixture
	def undone_condition(self, hq, branch):
		"""The producer was told of a condition by a save that was undone here afterwards."""
		connect(branch, hq, TWO)
		row = {"ref_doctype": NOTE, "condition": json.dumps({"status": "Closed"})}
		with contextlib.suppress(InterruptedError), branch.transaction() as shell:
			shell.call("save_event_producer", producer_url=hq.url, rows=[row])
			raise InterruptedError
		assert "Closed" in consumer_rows(hq, branch)[NOTE]["condition"]
		assert statuses(hq, branch, "Event Consumer")[NOTE] == "Pending"

	def test_a_condition_that_the_producer_alone_knows_is_taken_back(self, hq, branch, undone_condition):
		drain(branch, hq)
		assert not consumer_rows(hq, branch)[NOTE]["condition"]
		assert statuses(hq, branch, "Event Consumer") == dict.fromkeys(TWO, "Approved")
		note = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		assert statuses(branch, hq) == dict.fromkeys(TWO, "Approved")
		assert_same(hq, branch, NOTE, note)

	def test_a_condition_that_was_approved_meanwhile_is_asked_away_again(self, hq, branch, undone_condition):
		approve(hq, branch)
		missed = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		assert not branch.exists(NOTE, missed)
		assert not consumer_rows(hq, branch)[NOTE]["condition"]
		assert statuses(hq, branch, "Event Consumer")[NOTE] == "Pending"
		approve(hq, branch)
		hq.update(NOTE, missed, priority=2)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, missed)

	def test_a_condition_that_the_producer_refuses_is_told_once_and_stops_nothing(self, hq, branch):
		"""Written here past the form."""
		connect(branch, hq, TWO)
		[row] = branch.rows("Event Producer Document Type", ["name"], {"ref_doctype": NOTE})
		condition = json.dumps({"no_such_field": 1})
		branch.call(
			"set_value_silently",
			doctype="Event Producer Document Type",
			name=row["name"],
			condition=condition,
		)
		for _again in range(2):
			note = hq.create(NOTE)["name"]
			assert drain(branch, hq)["synced"] == 1
			assert_same(hq, branch, NOTE, note)
		assert branch.value("Event Stream Cursor", hq.url, "state") == "Streaming"
		logged = branch.rows("Error Log", ["method"], {"method": ["like", "%refuses a condition%"]})
		assert len(logged) == 1
		assert not consumer_rows(hq, branch)[NOTE]["condition"]

	def test_another_condition_needs_another_approval(self, hq, branch):
		connect(branch, hq, TWO)
		subscribe(branch, hq, [{"ref_doctype": NOTE, "condition": json.dumps({"status": "Open"})}])
		assert statuses(hq, branch, "Event Consumer") == {NOTE: "Pending", "Shop Item": "Approved"}

	def test_another_subscriber_needs_another_approval(self, hq, branch):
		for site in (hq, branch):
			site.call("make_user", email="test-other@example.com", roles=["System Manager"])
		connect(branch, hq, TWO)
		subscribe(branch, hq, TWO, event_subscriber="test-other@example.com")
		assert statuses(hq, branch, "Event Consumer") == dict.fromkeys(TWO, "Pending")

	def test_saving_without_a_change_keeps_the_approval_and_the_place(self, hq, branch):
		connect(branch, hq, TWO)
		hq.create(NOTE)
		before = branch.value("Event Stream Cursor", hq.url, "position")
		subscribe(branch, hq, TWO)
		assert statuses(hq, branch, "Event Consumer") == dict.fromkeys(TWO, "Approved")
		assert branch.value("Event Stream Cursor", hq.url, "position") == before
		assert drain(branch, hq)["synced"] == 1

	def test_deleting_ends_the_link_on_both_sites(self, hq, branch):
		connect(branch, hq, TWO)
		branch.delete("Event Producer", hq.url)
		assert not hq.exists("Event Consumer", branch.url)
		assert not branch.exists("Event Stream Cursor", hq.url)
		hq.create(NOTE)
		assert update_logs(hq) == []

	def test_deleting_and_subscribing_again_works(self, hq, branch):
		connect(branch, hq, TWO)
		first = hq.create(NOTE)["name"]
		drain(branch, hq)
		branch.delete("Event Producer", hq.url)
		connect(branch, hq, TWO)
		second = hq.create(NOTE)["name"]
		hq.update(NOTE, first, priority=5)
		assert drain(branch, hq) == {"synced": 2, "failed": 0, "waiting": 0, "skipped": 0}
		assert_same(hq, branch, NOTE, first)
		assert_same(hq, branch, NOTE, second)

	def test_subscribing_again_after_the_producer_deleted_its_side(self, hq, branch):
		connect(branch, hq, TWO)
		hq.delete("Event Consumer", branch.url)
		assert "key" in pull(branch, hq)["error"]
		branch.call("rotate_key", producer_url=hq.url)
		approve(hq, branch)
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)

	def test_deleting_works_while_the_producer_is_off(self, hq, branch, backend):
		connect(branch, hq, TWO)
		with web_stopped(backend, hq):
			branch.delete("Event Producer", hq.url)
		assert not branch.exists("Event Producer", hq.url)

	def test_a_rotated_key_replaces_the_old_one_and_keeps_the_approval(self, hq, branch):
		connect(branch, hq, TWO)
		before = branch.call("password", doctype="Event Producer", name=hq.url, field="api_secret")
		branch.call("rotate_key", producer_url=hq.url)
		assert branch.call("password", doctype="Event Producer", name=hq.url, field="api_secret") != before
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)

	def test_a_paused_link_waits_and_loses_nothing(self, hq, branch):
		connect(branch, hq, TWO)
		subscribe(branch, hq, TWO, paused=1)
		name = hq.create(NOTE)["name"]
		branch.tick()
		assert not branch.exists(NOTE, name)
		subscribe(branch, hq, TWO, paused=0)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)


def test_the_log_of_a_link_tells_what_came_and_from_where(hq, branch):
	connect(branch, hq, [NOTE])
	hq.create(NOTE)
	drain(branch, hq)
	[log] = sync_logs(branch)
	assert (log["event_producer"], log["use_same_name"]) == (hq.url, 1)
	assert hq.value("Event Consumer", branch.url, "last_contact")
