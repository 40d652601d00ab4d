"""Setting a link up, as the manual tells it, and what goes wrong there: each error says which and what to do."""

import contextlib
import http.server
import json
import threading

import pytest

from support.compare import assert_same
from support.link import approve, connect, drain, pull, reject, statuses, subscribe, sync_logs, update_logs
from support.processes import LOOPBACK, free_port
from support.site import SiteError

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


class TestErrors:
	def refused(self, consumer, producer_url, **values) -> SiteError:
		"""What the administrator reads who tries to subscribe to `producer_url`; nothing is saved."""
		rows = [{"ref_doctype": NOTE, "use_same_name": 1}]
		with pytest.raises(SiteError) as refused:
			consumer.call("save_event_producer", producer_url=producer_url, **{"rows": rows, **values})
		assert consumer.names("Event Producer") == []
		assert consumer.names("Event Stream Cursor") == []
		return refused.value

	def test_a_producer_that_is_off(self, branch):
		url = f"http://{LOOPBACK}:{free_port()}"
		error = self.refused(branch, url)
		assert error.type == "ConnectionFailed"
		assert url in error.message and "web server running" in error.message

	def test_a_producer_whose_name_is_not_known(self, branch):
		error = self.refused(branch, "http://no-such-host.example")
		assert error.type == "ConnectionFailed"
		assert "no-such-host.example" in error.message and "spelling" in error.message

	def test_a_producer_that_is_no_frappe(self, branch):
		with web_server(200, "text/html", "<html>Welcome</html>") as url:
			error = self.refused(branch, url)
		assert error.type == "NotFrappe"
		assert url in error.message and "Check the URL" in error.message

	def test_a_producer_that_answers_with_json_of_another_kind(self, branch):
		with web_server(200, "application/json", '{"hello": "world"}') as url:
			error = self.refused(branch, url)
		assert url in error.message

	def test_a_producer_that_redirects(self, branch):
		with web_server(301, "text/html", "", Location="https://elsewhere.example.com/") as url:
			error = self.refused(branch, url)
		assert error.type == "WrongSite"
		assert "https://elsewhere.example.com" in error.message

	def test_a_producer_with_an_error_page(self, branch):
		with web_server(502, "text/html", "<html>Bad Gateway</html>") as url:
			error = self.refused(branch, url)
		assert url in error.message and "502" in error.message

	def test_a_producer_without_this_app(self, branch, bare_site):
		error = self.refused(branch, bare_site.url)
		assert error.type == "AppMissing"
		assert bare_site.url in error.message and "install-app event_streaming" in error.message

	def test_a_producer_without_the_user(self, hq, branch):
		branch.call("make_user", email="test-here-only@example.com", roles=["System Manager"])
		error = self.refused(branch, hq.url, event_subscriber="test-here-only@example.com")
		assert error.type == "SubscriberMissing"
		assert hq.url in error.message and "test-here-only@example.com" in error.message
		assert hq.names("Event Consumer") == []

	def test_a_producer_where_the_user_is_disabled(self, hq, branch):
		hq.call("disable_user", email="streamer@example.com")
		error = self.refused(branch, hq.url)
		assert error.type == "SubscriberMissing"
		assert "enabled" in error.message

	def test_a_producer_that_calls_itself_by_another_name(self, hq, branch):
		hq.configure(host_name="https://erp.example.com")
		error = self.refused(branch, hq.url)
		assert error.type == "WrongSite"
		assert hq.url in error.message and "https://erp.example.com" in error.message
		assert "host_name" in error.message

	def test_a_producer_without_the_doctype(self, hq, branch):
		rows = [
			{"ref_doctype": "Shop Client", "use_same_name": 1, "has_mapping": 1, "mapping": "Unknown there"}
		]
		branch.insert(
			"Document Type Mapping",
			mapping_name="Unknown there",
			local_doctype="Shop Client",
			remote_doctype="Shop Unknown",
			field_mapping=[{"local_fieldname": "client_name", "remote_fieldname": "title"}],
		)
		error = self.refused(branch, hq.url, rows=rows)
		assert error.type == "RegistrationRefused"
		assert hq.url in error.message and "Shop Unknown" in error.message

	def test_a_producer_that_cannot_call_back(self, hq, branch):
		callback_url = f"http://{LOOPBACK}:{free_port()}"
		error = self.refused(branch, hq.url, callback_url=callback_url)
		assert error.type == "RegistrationRefused"
		assert callback_url in error.message
		assert hq.names("Event Consumer") == []

	def test_a_callback_url_of_somebody_else(self, hq, branch, third):
		error = self.refused(branch, hq.url, callback_url=third.url)
		assert error.type == "RegistrationRefused"
		assert hq.names("Event Consumer") == []

	def test_this_site_itself(self, branch):
		assert "this site" in self.refused(branch, branch.url).message

	@pytest.mark.parametrize(
		"url", ["ftp://example.com", "example.com", "http://user:secret@example.com", "http://"]
	)
	def test_what_is_no_url_of_a_site(self, branch, url):
		assert self.refused(branch, url).type == "UrlNotAllowed"

	def test_a_private_network_that_is_not_allowed(self, hq, branch):
		branch.configure(event_streaming_allow_private_network=None, developer_mode=0)
		error = self.refused(branch, hq.url)
		assert error.type == "UrlNotAllowed"
		assert "Allow Private Networks" in error.message

	@pytest.mark.parametrize(
		"doctype", ["User", "Server Script", "System Settings", "Shop Invoice Item", "Event Producer"]
	)
	def test_doctypes_that_are_never_streamed(self, hq, branch, doctype):
		error = self.refused(branch, hq.url, rows=[{"ref_doctype": doctype, "use_same_name": 1}])
		assert doctype in error.message

	def test_a_condition_that_is_no_filter(self, hq, branch):
		rows = [{"ref_doctype": NOTE, "use_same_name": 1, "condition": "doc.status == 'Open'"}]
		assert "Condition" in self.refused(branch, hq.url, rows=rows).message

	def test_one_doctype_twice(self, hq, branch):
		rows = [{"ref_doctype": NOTE, "use_same_name": 1}, {"ref_doctype": NOTE, "use_same_name": 1}]
		with pytest.raises(SiteError, match="both"):
			branch.insert(
				"Event Producer",
				producer_url=hq.url,
				event_subscriber="streamer@example.com",
				producer_doctypes=rows,
			)

	def test_after_the_trouble_is_fixed_subscribing_works(self, hq, branch, backend):
		with web_stopped(backend, hq):
			assert self.refused(branch, hq.url).type == "ConnectionFailed"
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)


def test_the_log_of_a_link_tells_what_came_and_from_where(hq, branch):
	connect(branch, hq, [NOTE])
	hq.create(NOTE)
	drain(branch, hq)
	[log] = sync_logs(branch)
	assert (log["event_producer"], log["use_same_name"]) == (hq.url, 1)
	assert hq.value("Event Consumer", branch.url, "last_contact")


@pytest.fixture(scope="module")
def bare_site(backend):
	site = backend.make_site_without_app("bare.localhost")
	yield site
	backend.stop_process(site.web)


@contextlib.contextmanager
def web_stopped(backend, site):
	backend.stop_process(site.web)
	try:
		yield
	finally:
		site.web = backend.start_web(site)


@contextlib.contextmanager
def web_server(status: int, content_type: str, body: str, **headers: str):
	"""Something else than Frappe; its URL."""

	class Handler(http.server.BaseHTTPRequestHandler):
		def do_GET(self):
			self.send_response(status)
			self.send_header("Content-Type", content_type)
			self.send_header("Content-Length", str(len(body)))
			for name, value in headers.items():
				self.send_header(name, value)
			self.end_headers()
			self.wfile.write(body.encode())

		do_POST = do_GET

		def log_message(self, *_arguments):
			pass

	server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	try:
		yield f"http://{LOOPBACK}:{server.server_port}"
	finally:
		server.shutdown()
		server.server_close()
