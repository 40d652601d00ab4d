"""The key of a link, in the hands of somebody who tries it on everything else; and one that has ended."""

import base64
import json

import pytest

from support.link import connect, pull, subscribe
from support.visitor import Visitor

NOTE = "Shop Note"
PATHS = [
	("GET", "/api/resource/User"),
	("GET", "/api/resource/Shop%20Note"),
	("POST", "/api/resource/Shop%20Note"),
	("DELETE", "/api/resource/Shop%20Note/x"),
	("GET", "/api/resource/Event%20Consumer"),
	("GET", "/api/resource/Update%20Log"),
	("GET", "/api/method/frappe.auth.get_logged_user"),
	("POST", "/api/method/frappe.client.get_list"),
	("POST", "/api/method/frappe.client.insert"),
	("POST", "/api/method/frappe.desk.form.load.getdoc"),
	("POST", "/api/method/run_doc_method"),
	("POST", "/api/method/upload_file"),
	("POST", "/api/method/event_streaming.progress.read"),
	("POST", "/api/method/event_streaming.api.get_updates/../frappe.client.get_list"),
	("POST", "/api/method/event_streaming.api.get_updates%00"),
	("POST", "/api/method/event_streaming.api.wake_up"),
	("GET", "/api/v1/resource/User"),
	("POST", "/api/v1/method/frappe.client.get_list"),
	("GET", "/api/v2/document/User"),
	("GET", "/api/v2/doctype/User/meta"),
	("POST", "/api/v2/method/frappe.client.get_list"),
	("POST", "/api/v2/method/User/login"),
	("GET", "/app"),
	("GET", "/app/shop-note"),
	("GET", "/private/files/x.txt"),
	("GET", "/backups/x.sql.gz"),
	("GET", "/printview?doctype=Shop%20Note&name=x"),
	("POST", "/?cmd=frappe.client.get_list"),
	("POST", "/api/method/event_streaming.api.get_updates?cmd=frappe.client.get_list"),
]
DOCTYPES = [
	"Event Consumer",
	"Event Producer",
	"Event Stream Cursor",
	"Event Sync Log",
	"Update Log",
	"Remote Document",
]


@pytest.fixture
def key(hq, branch) -> dict:
	connect(branch, hq, [NOTE])
	return hq.call("support.trust:link_key", doctype="Event Consumer", name=branch.url)


def asks(hq, key) -> int:
	"""HTTP status of what the key is for."""
	arguments = {"after": 0, "event_key": "", "epoch": hq.call("support.trust:epoch")}
	return Visitor.link(hq, **key).call("get_updates", arguments).status


def test_its_use_writes_nothing_of_its_user(hq, key):
	user = hq.rows("Event Consumer", ["event_subscriber"])[0]["event_subscriber"]
	before = hq.value("User", user, "last_active")
	assert asks(hq, key) == 200
	assert hq.value("User", user, "last_active") == before


def test_it_opens_nothing_of_the_framework(hq, key):
	hq.create(NOTE, title="unseen")
	before = hq.call("support.trust:fingerprints")
	arguments = {"doctype": NOTE, "name": "x", "doc": {"doctype": NOTE, "title": "planted"}, "after": 0}
	for method, path in PATHS:
		reply = Visitor.link(hq, **key).request(method, path, arguments if method == "POST" else None)
		assert 400 <= reply.status < 500, f"{method} {path}: {reply.status} {reply.text[:300]}"
		assert "unseen" not in reply.text and "streamer@example.com" not in reply.text
	assert hq.call("support.trust:fingerprints") == before


@pytest.mark.parametrize("scheme", ["token", "Basic", "Bearer"])
def test_it_is_no_login_under_another_scheme(hq, key, scheme):
	pair = f"{key['key']}:{key['secret']}"
	value = base64.b64encode(pair.encode()).decode() if scheme == "Basic" else pair
	for source in (None, *DOCTYPES, "event consumer", "Event  Consumer", "event_consumer", "EVENT PRODUCER"):
		headers = {"Authorization": f"{scheme} {value}"}
		if source:
			headers["Frappe-Authorization-Source"] = source
		for path in ("/api/method/frappe.auth.get_logged_user", "/api/resource/User"):
			reply = Visitor(hq, headers).request("GET", path)
			assert 400 <= reply.status < 500 or reply.message in (None, "Guest"), (
				f"{source}: {reply.status} {reply.text[:300]}"
			)
			assert "streamer@example.com" not in reply.text


def test_it_leaves_no_session_behind(hq, key):
	visitor = Visitor.link(hq, **key)
	assert visitor.call("find_documents", {"doctype": NOTE, "filters": {}}).status == 200
	del visitor.headers["Authorization"]
	assert visitor.request("GET", "/api/method/frappe.auth.get_logged_user").status in (401, 403)


def test_with_a_session_it_is_refused(hq, key):
	hq.call("support.trust:log_in_with_password", user="Administrator")
	visitor = Visitor(hq).log_in("Administrator")
	visitor.headers["Authorization"] = f"EventStreaming {key['key']}:{key['secret']}"
	assert visitor.call("find_documents", {"doctype": NOTE, "filters": {}}).status in (401, 403)


def test_halves_and_variants_of_it_open_nothing(hq, key):
	secret = key["secret"]
	for given in (
		{"key": key["key"], "secret": ""},
		{"key": key["key"], "secret": secret[:-1]},
		{"key": key["key"], "secret": secret + "x"},
		{"key": key["key"], "secret": secret.swapcase()},
		{"key": key["key"].upper(), "secret": secret},
		{"key": f"{key['key']} ", "secret": secret},
		{"key": "%", "secret": secret},
		{"key": "", "secret": ""},
		{"key": secret, "secret": key["key"]},
	):
		assert asks(hq, given) == 401


class TestTheEndOfAKey:
	def test_rotated_it_is_dead_at_once(self, hq, branch, key):
		assert asks(hq, key) == 200
		branch.call("rotate_key", producer_url=hq.url)
		assert asks(hq, key) == 401
		assert asks(hq, hq.call("support.trust:link_key", doctype="Event Consumer", name=branch.url)) == 200

	@pytest.mark.parametrize("site", ["producer", "consumer"])
	def test_unpaired_from_either_site_it_is_dead_at_once(self, hq, branch, key, site):
		if site == "producer":
			hq.delete("Event Consumer", branch.url)
		else:
			branch.delete("Event Producer", hq.url)
		assert asks(hq, key) == 401

	def test_paused_it_gets_nothing_until_the_pause_ends(self, hq, branch, key):
		hq.update("Event Consumer", branch.url, paused=1)
		assert asks(hq, key) == 423
		hq.update("Event Consumer", branch.url, paused=0)
		assert asks(hq, key) == 200

	def test_with_its_subscriber_disabled_it_is_dead_at_once(self, hq, key):
		hq.call("disable_user", email="streamer@example.com")
		assert asks(hq, key) == 401


def test_too_many_requests_are_told_when_to_come_back(hq, branch, key):
	hq.configure(event_streaming_link_limit=3)
	assert 429 in [asks(hq, key) for _time in range(8)]  # a minute may end in between
	reply = Visitor.link(hq, **key).call("get_documents", {"documents": [[NOTE, "x"]]})
	assert reply.status == 429
	assert 1 <= int(reply.headers["Retry-After"]) <= 60
	summary = pull(branch, hq)
	assert "fewer requests" in summary["error"]
	assert 0 < branch.call("seconds_to_next_attempt", producer_url=hq.url) <= 61
	hq.configure(event_streaming_link_limit=None)
	assert pull(branch, hq)["error"] == ""


def test_secrets_are_written_nowhere(hq, branch, backend, key):
	"""After all that can go wrong has gone wrong: not in any table, log file or job."""
	secrets = {key["secret"]}
	for _time in range(2):
		branch.call("rotate_key", producer_url=hq.url)
		secrets.add(hq.call("support.trust:link_key", doctype="Event Consumer", name=branch.url)["secret"])
	current = hq.call("support.trust:link_key", doctype="Event Consumer", name=branch.url)
	subscribe(branch, hq, ["Shop Item"])
	visitor = Visitor.link(hq, **current)
	for arguments in ({}, {"after": "x"}, {"after": 0, "epoch": "other"}, {"after": 2**63}):
		visitor.call("get_updates", arguments)
	visitor.call("find_documents", {"doctype": NOTE, "filters": {"no": "field"}})
	visitor.request("GET", "/api/resource/User")
	backend.stop_process(hq.web)
	assert pull(branch, hq)["error"]
	hq.web = backend.start_web(hq)
	for site in (hq, branch):
		site.configure(encryption_key=base64.urlsafe_b64encode(b"k" * 32).decode())
	visitor.call("find_documents", {"doctype": NOTE, "filters": {}})
	pull_fails(branch, hq)
	for site in (hq, branch):
		site.restore_config()
		site.call("enqueue_pulls")
	hq.create(NOTE)
	for site in (hq, branch):
		jobs = site.call("support.trust:queued_jobs")
		for secret in secrets:
			assert site.call("support.trust:places_of", text=secret) == []
			assert secret not in jobs
			assert secret not in json.dumps(
				site.call(
					"get",
					doctype="Event Consumer" if site is hq else "Event Producer",
					name=branch.url if site is hq else hq.url,
				)
			)


def pull_fails(branch, hq) -> None:
	"""With the encryption key of another site it cannot even read its own secret."""
	from support.site import SiteError

	try:
		assert pull(branch, hq)["error"]
	except SiteError as error:
		assert "ncryption" in str(error)
