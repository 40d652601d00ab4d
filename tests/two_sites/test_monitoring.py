"""What tells people and machines how the links are: `status --json`, `doctor`, the probe, the metrics and alerts."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from support.link import connect, drain, pull, set_condition
from support.visitor import Visitor
from support.waiting import wait_until

METRICS = "event_streaming.monitoring.endpoints.metrics"
PROBE = "event_streaming.monitoring.endpoints.probe"
TOKEN = "a-token-for-monitoring-only"
SETTINGS = "Event Streaming Settings"


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, ["Shop Note"])


@pytest.fixture
def token(branch):
	branch.update(SETTINGS, SETTINGS, metrics_token=TOKEN)
	return {"X-Event-Streaming-Token": TOKEN}


def fail_one(hq, branch) -> None:
	branch.configure(shop_reject_poison=1)
	hq.create("Shop Note", title="POISON")
	drain(branch, hq)


def told(site) -> str:
	rows = site.rows("Notification Log", ["subject"], {"for_user": "watch@example.com"})
	return " ".join(row["subject"] for row in rows)


class TestMetrics:
	def test_they_are_in_the_format_that_prometheus_reads(self, hq, branch, token):
		fail_one(hq, branch)
		reply = Visitor(branch, token).call(METRICS, {}, "GET")
		assert reply.status == 200, reply.text
		families = {family.name: family for family in text_string_to_metric_families(reply.text)}
		[parked] = [sample for sample in families["event_streaming_parked_documents"].samples]
		assert parked.value == 1 and parked.labels["site"] == hq.url
		assert families["event_streaming_up"].samples[0].value == 1

	def test_conflicts_are_counted_by_kind(self, hq, branch, token):
		connect(hq, branch, ["Shop Note"])
		name = hq.create("Shop Note", title="first")["name"]
		drain(branch, hq)
		drain(hq, branch)
		hq.update("Shop Note", name, title="there")
		branch.update("Shop Note", name, title="here")
		drain(branch, hq)
		text = Visitor(branch, token).call(METRICS, {}, "GET").text
		families = {family.name: family for family in text_string_to_metric_families(text)}
		counted = {
			sample.labels["kind"]: sample.value
			for sample in families["event_streaming_conflicting_values"].samples
			if sample.labels["site"] == hq.url
		}
		assert counted == {"fields": 1, "rows": 0, "names": 0, "states": 0, "deletions": 0}

	def test_without_the_token_there_are_none(self, branch, token):
		for headers in ({}, {"X-Event-Streaming-Token": "wrong"}, {"X-Event-Streaming-Token": ""}):
			for endpoint in (METRICS, PROBE):
				reply = Visitor(branch, headers).call(endpoint, {}, "GET")
				assert reply.status == 401 and "event_streaming_" not in reply.text

	def test_where_no_token_is_set_nothing_opens_them(self, branch):
		for shown in ("", "None", "*" * 20):
			assert Visitor(branch, {"X-Event-Streaming-Token": shown}).call(METRICS, {}, "GET").status == 401

	def test_the_token_opens_nothing_else(self, branch, token):
		reply = Visitor(branch, token).request("GET", "/api/resource/Event Producer")
		assert reply.status in (401, 403)


class TestTheProbe:
	def test_it_names_what_is_wrong(self, hq, branch, token):
		fail_one(hq, branch)
		reply = Visitor(branch, token).call(PROBE, {}, "GET")
		assert reply.status == 503
		assert "Parked" in reply.text and hq.url in reply.text

	def test_nothing_of_a_paused_link_is_wrong(self, hq, branch, token):
		fail_one(hq, branch)
		branch.update("Event Producer", hq.url, paused=1)
		assert "Parked" not in Visitor(branch, token).call(PROBE, {}, "GET").text


class TestCommands:
	def test_status_for_programs(self, backend, hq, branch):
		fail_one(hq, branch)
		[link] = json.loads(backend.run_command(branch, "event-streaming", "status", "--json"))
		assert (link["doctype"], link["site"], link["state"]) == ("Event Producer", hq.url, "Streaming")
		assert (link["parked"], link["failed"], link["behind"]) == (1, 1, 0)
		[there] = json.loads(backend.run_command(hq, "event-streaming", "status", "--json"))
		assert (there["doctype"], there["site"], there["state"]) == (
			"Event Consumer",
			branch.url,
			"Streaming",
		)

	def test_the_doctor_names_a_site_that_is_off_and_what_to_do(self, backend, hq, branch):
		backend.stop_process(hq.web)
		try:
			with pytest.raises(RuntimeError, match="Test Connection"):
				backend.run_command(branch, "event-streaming", "doctor")
		finally:
			hq.web = backend.start_web(hq)

	def test_the_doctor_names_a_scheduler_that_is_off(self, backend, branch):
		branch.configure(pause_scheduler=1)
		with pytest.raises(RuntimeError, match="enable-scheduler"):
			backend.run_command(branch, "event-streaming", "doctor")


def troubles(site, **pretended) -> str:
	found = site.call("support.monitoring:findings", **pretended)
	return "\n".join(f"{subject}: {message}" for level, subject, message in found if level != "OK")


class TestTheDoctor:
	def test_of_two_sites_that_are_well_it_says_nothing_of_the_link(self, hq, branch):
		for site, other in ((branch, hq), (hq, branch)):
			assert other.url not in troubles(site)

	def test_it_holds_the_clock_and_the_version_against_the_other_sites(self, hq, branch):
		assert f"{hq.url}: Its clock is 1" in troubles(branch, clock_behind=110)
		assert "ahead of this site's" in troubles(branch, clock_behind=110)
		assert "behind this site's" in troubles(hq, clock_behind=-110)
		assert f"{hq.url}: It has version" in troubles(branch, version="99.0.0")

	def test_it_names_fields_that_differ(self, hq, branch):
		hq.call("add_custom_field", doctype="Shop Note", fieldname="only_there", fieldtype="Data")
		drain(branch, hq)
		assert "Shop Note (1)" in troubles(branch)

	def test_it_tries_redis_and_looks_for_dead_workers(self, hq, branch):
		assert "Redis, queue" in troubles(branch, redis_is_off=True)
		assert f"{hq.url}: The worker of its job backfill_job" in troubles(branch, dead_job="backfill_job")

	def test_a_secret_that_cannot_be_decrypted_is_named_at_either_end(self, hq, branch):
		for site, other in ((branch, hq), (hq, branch)):
			site.configure(encryption_key="x" * 43 + "=")
			assert f"{other.url}: Its secret cannot be decrypted" in troubles(site)
			if site is branch:
				assert "encryption key of this site has changed" in pull(branch, hq)["error"]
			site.restore_config()
		assert not pull(branch, hq)["error"]


class TestAlerts:
	def test_a_parked_document_is_told_once_to_whom_the_settings_name(self, hq, branch):
		branch.call("make_user", email="watch@example.com", roles=["Event Streaming User"])
		recipient = {"recipient_type": "Role", "recipient": "Event Streaming User"}
		branch.update(SETTINGS, SETTINGS, recipients=[recipient], send_email=0)
		fail_one(hq, branch)
		for _ in range(3):
			branch.call("support.monitoring:check_alerts")
		subjects = [
			row["subject"]
			for row in branch.rows("Notification Log", ["subject"], {"for_user": "watch@example.com"})
		]
		assert [subject for subject in subjects if "Parked" in subject] == [f"Parked: {hq.url}"]

	def test_it_leads_to_the_row_or_to_the_list_of_them(self, hq, branch):
		"""Whoever follows a notice sees what has failed; the link's form shows a number."""
		branch.call("support.monitoring:forget_notices")
		branch.call("make_user", email="watch@example.com", roles=["Event Streaming User"])
		recipient = {"recipient_type": "User", "recipient": "watch@example.com"}
		branch.update(SETTINGS, SETTINGS, recipients=[recipient], send_email=0)
		fail_one(hq, branch)
		branch.call("support.monitoring:check_alerts")
		[failed] = branch.rows("Event Sync Log", ["name"], {"status": "Failed"})
		fields, of = (
			["link", "email_content"],
			{"for_user": "watch@example.com", "subject": ("like", "Parked%")},
		)
		[notice] = branch.rows("Notification Log", fields, of)
		assert notice["link"].startswith("/") and notice["link"].endswith(f"/event-sync-log/{failed['name']}")
		assert branch.url + notice["link"] in notice["email_content"]
		hq.create("Shop Note", title="POISON, too")
		drain(branch, hq)
		url = branch.call("support.monitoring:place_of", fault="Parked", producer_url=hq.url)
		assert urlsplit(url).path.endswith("/event-sync-log")
		assert dict(parse_qsl(urlsplit(url).query)) == {"event_producer": hq.url, "status": "Failed"}
		url = branch.call("support.monitoring:place_of", fault="Failing", producer_url=hq.url)
		assert "/event-producer/http" in url

	def test_a_schedule_that_stands_still_is_told_by_who_calls(self, hq, branch):
		"""What looks for faults each minute is begun by the scheduler itself."""
		hq.call("make_user", email="watch@example.com", roles=["Event Streaming User"])
		recipient = {"recipient_type": "User", "recipient": "watch@example.com"}
		hq.update(SETTINGS, SETTINGS, recipients=[recipient], send_email=0)
		hq.call("support.monitoring:begin_schedule", seconds_ago=3600)
		drain(branch, hq)
		wait_until(lambda: "No Scheduler" in told(hq), 10)
		hq.call("support.monitoring:begin_schedule", seconds_ago=0)
		kinds = hq.call("support.monitoring:fault_kinds_of_site")
		assert "No Scheduler" not in kinds or not hq.call("support.monitoring:is_on")

	def test_a_doctype_whose_changes_are_passed_over_is_told(self, hq, branch):
		set_condition(branch, hq, "Shop Note", '[["no_longer_here", "=", "Open"]]')
		hq.create("Shop Note")
		drain(branch, hq)
		assert "Passed Over" in branch.call("support.monitoring:fault_kinds")
		set_condition(branch, hq, "Shop Note", "")
		drain(branch, hq)
		branch.call("support.backfilling:take_up", producer_url=hq.url)
		assert "Passed Over" not in branch.call("support.monitoring:fault_kinds")

	def test_a_hundred_links_are_looked_at_in_a_fixed_number_of_queries(self, branch):
		few = branch.call("support.monitoring:queries_for_links", links=10)
		many = branch.call("support.monitoring:queries_for_links", links=100)
		assert few == many


def test_who_lends_rights_has_them(hq, branch):
	branch.call("make_user", email="manager@example.com", roles=["Event Streaming Manager"])
	with pytest.raises(Exception, match="has roles that you lack"):
		branch.call(
			"save_event_producer",
			as_user="manager@example.com",
			producer_url=hq.url,
			rows=[{"ref_doctype": "Shop Note"}],
			event_subscriber="Administrator",
		)
