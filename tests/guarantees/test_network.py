"""Whatever the network does to a pull: nothing is lost or doubled, people are told, and it ends by itself."""

import pytest

from support import fault_proxy as network
from support.compare import assert_all_same, assert_same
from support.link import connect, drain, parked, pull, run_schedule, sync_logs
from support.replica import assert_nothing_double, assert_nothing_open, assert_replica

NOTE, TICKET, CUSTOMER = "Shop Note", "Shop Ticket", "Shop Customer"
FIRST_PAGE, MAX_PAGE = 100, 500  # events
LOGIN_PAGE = "<!doctype html><title>Sign in</title><form action=/login><input name=user></form>"
GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.fixture
def proxy(hq):
	"""The network before the producer; its URL is the producer's own for the time."""
	with network.before(hq) as proxy:
		yield proxy


@pytest.fixture(autouse=True)
def link(hq, branch, proxy):
	connect(branch, hq, [NOTE, TICKET, CUSTOMER])


def of_another_log(page: dict) -> None:
	page["epoch"] = "f" * 32


def without_its_end(page: dict) -> None:
	del page["more"]


def without_its_key(page: dict) -> None:
	page["event_key"] = ["no", "text"]


def in_another_order(page: dict) -> None:
	page["events"].reverse()


def with_a_malformed_event(page: dict) -> None:
	page["events"][-1]["update_type"] = "Explode"


def behind_its_own_events(page: dict) -> None:
	page["position"] -= 1


FAULTS = {
	"connection reset before the producer hears of it": (network.reset_before, "failed or broke off"),
	"connection reset after the producer answered": (network.reset_after, "failed or broke off"),
	"truncated body": (network.truncated, "broke off"),
	"half a JSON text": (network.cut_json, "broke off or is not JSON"),
	"oversized body": (network.oversized, "more than 32 MB"),
	"500": (
		network.answers(500, '{"exc_type": "OperationalError", "exception": "gone away"}'),
		"cannot answer at the moment (HTTP 500)",
	),
	"502 with HTML": (
		network.answers(502, GATEWAY_PAGE, "text/html"),
		"cannot answer at the moment (HTTP 502)",
	),
	"503 without a body": (network.answers(503, ""), "HTTP 503"),
	"login page with 200": (
		network.answers(200, LOGIN_PAGE, "text/html; charset=utf-8"),
		"login or error page",
	),
	"redirect to a login page": (
		network.answers(302, "", Location="https://sso.example.com/login"),
		"redirects to https://sso.example.com/login",
	),
	"wrong content type": (network.relabelled("text/plain"), "answered with text/plain"),
	"JSON that is no answer of Frappe": (network.answers(200, "[1, 2]"), "not a Frappe site"),
	"JSON without a message": (network.answers(200, '{"ok": true}'), "unexpected response"),
	"not a number": (network.answers(200, '{"message": {"position": NaN}}'), "not JSON"),
	"the site behind the name is another one": (network.changed(of_another_log), "another log"),
	"page without its end": (network.changed(without_its_end), "without a valid “more”"),
	"page without a key": (network.changed(without_its_key), "without a valid “event_key”"),
	"page in another order": (network.changed(in_another_order), "out of order"),
	"page that ends before its events": (network.changed(behind_its_own_events), "out of order"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_moves_nothing_is_told_and_passes_by_itself(hq, branch, proxy, backend, fault):
	meet, told = FAULTS[fault]
	names = make_some_events(hq, branch)
	before = place(branch, hq)
	with proxy.fault(meet):
		summary = pull(branch, hq)
	assert told in summary["error"]
	assert place(branch, hq) == before
	assert_trouble_is_shown(branch, hq, told)
	assert sync_logs(branch, status=("!=", "Synced")) == [] and parked(branch) == []
	assert_the_schedule_waits_and_then_goes_on(hq, branch, proxy, backend)
	for name in names:
		assert_same(hq, branch, NOTE, name)
	assert_nothing_double(branch)
	assert_nothing_open(branch)


def test_a_malformed_event_holds_up_nothing_and_its_document_is_taken_whole(hq, branch, proxy):
	names = make_some_events(hq, branch)
	with proxy.fault(network.changed(with_a_malformed_event)):
		summary = pull(branch, hq)
	assert (summary["error"], summary["synced"], summary["failed"]) == ("", len(names), 0)
	told = [row for row in sync_logs(branch) if "of an unknown type" in (row["message"] or "")]
	assert [row["remote_docname"] for row in told] == [names[-1]]
	assert assert_all_same(hq, branch, NOTE) == len(names)
	assert parked(branch) == []
	assert_nothing_double(branch)
	assert_nothing_open(branch)


def test_a_time_out(hq, branch, proxy, backend):
	make_some_events(hq, branch)
	before = place(branch, hq)
	with proxy.fault(network.silence):
		summary = branch.call("pull_impatiently", producer_url=hq.url, seconds=0.5)
	assert "gave no answer within" in summary["error"]
	assert place(branch, hq) == before
	assert_trouble_is_shown(branch, hq, "gave no answer within")
	assert_the_schedule_waits_and_then_goes_on(hq, branch, proxy, backend)
	assert_nothing_double(branch)


def test_each_further_fault_puts_the_next_try_further_off(hq, branch, proxy):
	make_some_events(hq, branch)
	waits = []
	with proxy.fault(network.reset_before):
		for attempt in (1, 2, 3, 4):
			pull(branch, hq)
			assert branch.value("Event Stream Cursor", hq.url, "attempts") == attempt
			waits.append(branch.call("seconds_to_next_attempt", producer_url=hq.url))
	assert 15 < waits[0] < 45
	assert waits == sorted(waits) and waits[3] > 4 * waits[0]


@pytest.mark.parametrize(
	("retry_after", "at_least", "at_most"),
	[
		("1800", 1790, 1801),
		("1", 15, 45),
		(None, 50, 61),
		("Wed, 21 Oct 2026 07:28:00 GMT", 50, 61),
		("-5", 15, 45),
	],
)
def test_a_producer_that_asks_for_fewer_requests_is_left_alone_for_that_long(
	hq, branch, proxy, backend, retry_after, at_least, at_most
):
	make_some_events(hq, branch)
	before = place(branch, hq)
	headers = {"Retry-After": retry_after} if retry_after else {}
	with proxy.fault(network.answers(429, "{}", **headers)):
		assert "asks for fewer requests" in pull(branch, hq)["error"]
	assert at_least < branch.call("seconds_to_next_attempt", producer_url=hq.url) < at_most
	assert place(branch, hq) == before
	assert_the_schedule_waits_and_then_goes_on(hq, branch, proxy, backend)


@pytest.mark.parametrize(
	"meet",
	[
		network.reset_before,
		network.truncated,
		network.answers(502, GATEWAY_PAGE, "text/html"),
		network.answers(429, "{}"),
		network.answers(200, LOGIN_PAGE, "text/html"),
		network.relabelled("text/plain"),
		network.answers(200, '{"message": {"documents": [{}], "missing": []}}'),
	],
	ids=["reset", "truncated", "502", "429", "login page", "content type", "malformed"],
)
def test_a_fault_while_linked_documents_are_fetched_fails_no_event(hq, branch, proxy, meet):
	"""The page came whole; what it needs besides did not."""
	customer = make_customer_that_is_missing_here(hq, branch)
	before = place(branch, hq)
	ticket = hq.create(TICKET, customer=customer)["name"]
	with proxy.fault(meet, "get_documents"):
		summary = pull(branch, hq)
	assert summary["error"]
	assert place(branch, hq) == before
	assert parked(branch) == [] and not branch.exists(TICKET, ticket)
	drain(branch, hq)
	assert_same(hq, branch, TICKET, ticket)
	assert_same(hq, branch, CUSTOMER, customer)
	assert_nothing_double(branch)


@pytest.mark.parametrize(
	"meet",
	[network.truncated, network.answers(200, LOGIN_PAGE, "text/html"), network.answers(401, "{}")],
	ids=["truncated", "login page", "401"],
)
def test_a_fault_in_the_middle_of_a_replay_fails_no_event(hq, branch, proxy, meet):
	"""Only while this event is replayed does it show that the whole document is needed."""
	names = make_some_events(hq, branch)
	drain(branch, hq)
	branch.call("doubt_all_documents", producer_url=hq.url)
	before = place(branch, hq)
	hq.update(NOTE, names[2], priority=8)
	with proxy.fault(meet, "get_documents"):
		assert pull(branch, hq)["error"]
	assert place(branch, hq) == before
	assert parked(branch) == [] and len(sync_logs(branch)) == len(names)
	drain(branch, hq)
	assert assert_all_same(hq, branch, NOTE) == len(names)


def test_documents_that_are_too_large_for_one_answer_come_one_by_one(hq, branch, proxy):
	customers = [make_customer_that_is_missing_here(hq, branch) for _ in range(3)]
	tickets = [hq.create(TICKET, customer=customer)["name"] for customer in customers]
	with proxy.fault(network.oversized_unless_alone, "get_documents"):
		assert drain(branch, hq) == {"synced": 3, "failed": 0, "waiting": 0, "skipped": 0}
	for name in tickets:
		assert_same(hq, branch, TICKET, name)


def test_a_document_that_is_too_large_for_any_answer_fails_what_needs_it_alone(hq, branch, proxy):
	customer = make_customer_that_is_missing_here(hq, branch)
	ticket = hq.create(TICKET, customer=customer)["name"]
	other = hq.create(TICKET)["name"]
	with proxy.fault(network.oversized, "get_documents"):
		assert drain(branch, hq) == {"synced": 1, "failed": 1, "waiting": 0, "skipped": 0}
	[failed] = sync_logs(branch, status="Failed")
	assert failed["remote_docname"] == ticket and "more than 32 MB" in failed["message"]
	assert_same(hq, branch, TICKET, other)
	branch.call("make_retries_due")
	drain(branch, hq)
	assert_same(hq, branch, TICKET, ticket)
	assert_nothing_open(branch)


def test_a_fault_during_a_retry_counts_no_try_of_the_document(hq, branch, proxy):
	branch.configure(shop_reject_poison=1)
	name = hq.create(NOTE, title="POISON")["name"]
	drain(branch, hq)
	branch.configure(shop_reject_poison=None)
	branch.call("make_retries_due")
	make_some_events(hq, branch)
	with proxy.fault(network.reset_before, "get_updates", "get_documents"):
		assert pull(branch, hq)["error"]
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)
	assert_nothing_open(branch)


def test_a_stale_answer_is_not_replayed_again(hq, branch, proxy):
	names = make_some_events(hq, branch)
	drain(branch, hq)
	[stale] = [answer for function, answer in proxy.answers if function == "get_updates"][-1:]
	hq.update(NOTE, names[0], priority=77)
	drain(branch, hq)
	hq.update(NOTE, names[0], priority=78)
	before, rows = place(branch, hq), len(sync_logs(branch))
	with proxy.fault(network.repeated(stale)):
		assert "another log" in pull(branch, hq)["error"]
	assert place(branch, hq) == before and len(sync_logs(branch)) == rows
	assert branch.value(NOTE, names[0], "priority") == 77
	drain(branch, hq)
	assert_same(hq, branch, NOTE, names[0])
	assert_nothing_double(branch)


def test_an_answer_that_comes_twice_is_replayed_once(hq, branch, proxy):
	make_some_events(hq, branch)
	with proxy.fault(network.reset_after):
		pull(branch, hq)
	[lost] = [answer for function, answer in proxy.answers if function == "get_updates"][-1:]
	with proxy.fault(network.repeated(lost)):
		assert not pull(branch, hq, max_batches=1)["error"]
		rows = len(sync_logs(branch))
		assert "out of order" in pull(branch, hq)["error"]
	assert len(sync_logs(branch)) == rows
	drain(branch, hq)
	assert assert_replica(hq, branch, [NOTE])
	assert_nothing_double(branch)


def test_an_empty_answer_from_before_hides_no_event_for_good(hq, branch, proxy):
	pull(branch, hq)
	[empty] = [answer for function, answer in proxy.answers if function == "get_updates"][-1:]
	names = make_some_events(hq, branch)
	with proxy.fault(network.repeated(empty)):
		assert pull(branch, hq)["synced"] == 0
	drain(branch, hq)
	for name in names:
		assert_same(hq, branch, NOTE, name)


@pytest.mark.parametrize(
	("producers_zone", "consumers_zone"),
	[("Pacific/Auckland", "Pacific/Honolulu"), ("Pacific/Honolulu", "Pacific/Auckland")],
	ids=["producer ahead", "producer behind"],
)
def test_clocks_that_differ_by_most_of_a_day(hq, branch, producers_zone, consumers_zone):
	try:
		hq.call("set_clock", time_zone=producers_zone)
		branch.call("set_clock", time_zone=consumers_zone)
		names = make_some_events(hq, branch)
		drain(branch, hq)
		hq.call("set_clock", time_zone=consumers_zone)  # and then the producer's jumps
		branch.call("set_clock", time_zone=producers_zone)
		for name in names:
			hq.update(NOTE, name, priority=5)
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == len(names)
		cursor = branch.get("Event Stream Cursor", hq.url)
		assert (cursor["state"], cursor["behind"]) == ("Streaming", 0)
		assert 0 <= cursor["lag_seconds"] < 60
		assert_nothing_double(branch)
	finally:
		for site in (hq, branch):
			site.call("set_clock", time_zone="UTC")


def test_a_page_that_is_asked_for_ahead_acknowledges_nothing(hq, branch, proxy):
	"""The producer may forget what was acknowledged, and this site may die before it has replayed it."""
	hq.call("create_many", doctype=NOTE, count=1100)
	done = pull(branch, hq, max_batches=8)["synced"]
	ahead = [request for request in proxy.arguments["get_updates"] if request.get("done") is not None]
	asked = [(request["after"] - request["done"], request["limit"]) for request in ahead]
	assert asked[0] == (FIRST_PAGE, MAX_PAGE), "behind the first page, which is small"
	assert set(asked[1:]) == {(MAX_PAGE, MAX_PAGE)}, "and behind the next ones"
	assert hq.value("Event Consumer", branch.url, "position") == ahead[-1]["done"]
	assert place(branch, hq)[0] == ahead[0]["done"] + done
	assert FIRST_PAGE < done < 1100
	drain(branch, hq)
	assert assert_replica(hq, branch, [NOTE]) == 1100
	assert_nothing_double(branch)


def test_nothing_is_behind_where_the_log_ends_with_a_full_page(hq, branch):
	"""Only a further, empty page says so."""
	hq.call("create_many", doctype=NOTE, count=FIRST_PAGE)
	summary = pull(branch, hq)
	assert (summary["synced"], summary["requests"], summary["behind"]) == (FIRST_PAGE, 2, 0)
	assert branch.value("Event Stream Cursor", hq.url, "behind") == 0


def make_some_events(hq, branch) -> list[str]:
	return hq.call("create_many", doctype=NOTE, count=4)


def make_customer_that_is_missing_here(hq, branch) -> str:
	name = hq.create(CUSTOMER)["name"]
	drain(branch, hq)
	branch.delete(CUSTOMER, name)
	return name


def place(branch, hq) -> tuple:
	cursor = branch.get("Event Stream Cursor", hq.url)
	return tuple(cursor[field] for field in ("position", "event_key", "epoch"))


def assert_trouble_is_shown(branch, hq, told: str) -> None:
	cursor = branch.get("Event Stream Cursor", hq.url)
	assert cursor["state"] == "Failing" and cursor["attempts"] == 1
	assert told in cursor["error"]
	assert cursor["next_attempt_at"]


def assert_the_schedule_waits_and_then_goes_on(hq, branch, proxy, backend) -> None:
	backend.forget_jobs()  # among them hints, which count as a sign of life
	asked = len(proxy.requests)
	run_schedule(branch)
	assert len(proxy.requests) == asked, "it is not yet time"
	branch.call("let_time_pass", producer_url=hq.url)
	run_schedule(branch)
	cursor = branch.get("Event Stream Cursor", hq.url)
	assert (cursor["state"], cursor["attempts"], cursor["error"]) == ("Streaming", 0, None)
	assert cursor["next_attempt_at"] is None
	assert_replica(hq, branch, [NOTE])
