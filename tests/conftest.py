import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import time_budget, transport
from support.backend import Backend, choose_backend
from support.bench import LANES
from support.browser import Browser, reason_to_skip
from support.processes import ManagedProcess
from support.site import Site, SiteError
from support.waiting import wait_until

signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped then, too

TESTS = Path(__file__).parent
SITE_NAMES = ("hq.localhost", "branch.localhost", "third.localhost")

# The slow few, by name: they begin first, so that both halves of a run end together.
SLOW = (
	"test_after_any_number_of_kills_one_clean_pull_makes_both_sites_equal",
	"test_forged_arguments_are_refused_and_change_nothing",
	"test_a_failure_waits_while_the_rest_flows_and_a_fixed_one_is_retried",
	"test_hundreds_of_failed_rows_in_one_action_that_tells_how_far_it_is",
	"test_some_doctypes_come_only_because_others_link_to_them",
	"test_all_doctypes_are_subscribed",
	"test_run_tests_passes",
	"test_it_costs_two_requests_a_page",
	"test_the_producers_web_server_dies_while_it_serves_pages",
	"test_nothing_is_lost_however_late_transactions_commit",
	"test_with_kills",
	"test_the_schedule_brings_what_no_hint_announced",
	"test_a_log_longer_than_a_chunk_goes_as_a_whole",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
	places = {name: place for place, name in enumerate(SLOW)}
	for item in items:
		if getattr(item, "originalname", None) in places:
			item.add_marker(pytest.mark.slow)
		if "erpnext" in item.path.relative_to(TESTS).parts:
			item.add_marker(pytest.mark.erpnext)
	items.sort(
		key=lambda item: places.get(getattr(item, "originalname", None), len(SLOW)),
		reverse=time_budget.is_limited(),  # what is quick first, where there may be no time for all
	)
	expect_known_failures(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
	time_budget.skip_when_over()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
	time_budget.write_counts(terminalreporter.stats)


@pytest.fixture(scope="session")
def backend() -> Iterator[Backend]:
	backend = choose_backend()
	try:
		backend.start()
		backend.make_sites(SITE_NAMES)
		yield backend
	finally:
		backend.stop()


@pytest.fixture
def sites(backend: Backend) -> list[Site]:
	"""The three sites, empty, without links, and as configured at first."""
	transport.stop_answering()
	backend.forget_jobs()
	for site in backend.sites.values():
		site.reset()
	return list(backend.sites.values())


@pytest.fixture
def hq(sites: list[Site]) -> Site:
	"""Most often the producer."""
	return sites[0]


@pytest.fixture
def branch(sites: list[Site]) -> Site:
	"""Most often the consumer."""
	return sites[1]


@pytest.fixture
def lane_workers(backend: Backend, branch: Site) -> Iterator[list[ManagedProcess]]:
	"""Four workers that lanes of the branch have to themselves. They stay for the next tests."""
	if not getattr(backend, "database", None):
		pytest.skip("SQLite has one writer at a time, and so no lanes")
	workers = [one for one in backend.processes if one.name == "worker" and LANES in one.argv]
	for one in workers:
		if not one.is_running:
			backend.stop_process(one)
	workers = [one for one in workers if one.is_running]
	workers += [backend.start_worker(LANES) for _worker in range(len(workers), 4)]
	branch.configure(event_streaming_lane_queue=LANES)
	wait_until(lambda: branch.call("support.laning:idle_workers") == len(workers), 60)
	yield workers


@pytest.fixture
def third(sites: list[Site]) -> Site:
	return sites[2]


@pytest.fixture
def sequences(backend: Backend) -> None:
	"""For documents that are numbered: on SQLite Frappe makes their tables, but asks a sequence for the numbers."""
	if backend.is_frappe_on_sqlite:
		pytest.skip("Frappe has no sequences on SQLite, and so no numbered documents")


@pytest.fixture(scope="session")
def chromium(backend: Backend) -> Iterator[Browser]:
	if backend.name != "bench":
		pytest.skip("needs a bench")
	if reason := reason_to_skip(backend.sites_folder / "assets"):
		pytest.skip(reason)
	browser = Browser()
	yield browser
	browser.close()


@pytest.fixture
def browser(chromium: Browser, sites: list[Site]) -> Iterator[Browser]:
	"""`browser.desk(hq)` is the Desk of hq. The test fails on whatever Desk says in the browser's console."""
	yield chromium
	errors = chromium.close_desks()
	assert not errors, "errors in the browser's console:\n" + "\n".join(errors)


@pytest.fixture(autouse=True)
def only_on_a_bench(request: pytest.FixtureRequest) -> None:
	"""What is marked `bench` needs more of Frappe than the playground has."""
	if request.node.get_closest_marker("bench") and request.getfixturevalue("backend").name != "bench":
		pytest.skip("needs a bench")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
	"""Adds to a failure what the sites have to say about it."""
	outcome = yield
	report = outcome.get_result()
	if report.when != "call" or not report.failed:
		return
	for site in item.funcargs.get("sites") or []:
		if told := _errors_of(site):
			report.sections.append((f"errors on {site.name}", told))


def _errors_of(site: Site) -> str:
	try:
		failures = site.rows(
			"Event Sync Log", ["remote_doctype", "remote_docname", "message", "error"], {"status": "Failed"}
		)
		errors = site.rows("Error Log", ["method", "error"])
	except SiteError as error:
		return str(error)
	lines = [
		f"{row['remote_doctype']} {row['remote_docname']}: {row['message']}\n{row['error']}"
		for row in failures
	]
	return "\n".join([*lines, *(f"{row['method']}\n{row['error']}" for row in errors)])


KNOWN_FAILURES = Path(__file__).parent / "known_failures.txt"


def expect_known_failures(items: list[pytest.Item]) -> None:
	"""Those of `known_failures.txt` run, and are expected to fail."""
	lines = [line for line in KNOWN_FAILURES.read_text().splitlines() if line and not line.startswith("#")]
	known = dict(line.split(" | ", 1) for line in lines)
	for item in items:
		for part, reason in known.items():
			if part in item.nodeid:
				item.add_marker(pytest.mark.xfail(reason=reason, strict=False))
