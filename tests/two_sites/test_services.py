"""The sites as they run in production: web servers, workers and the scheduler. Only the time until the schedule's next minute
and until a retry is not waited for."""

import pytest

from support.compare import assert_same, differences, snapshot
from support.link import approve, connect, parked, statuses, subscribe, sync_logs
from support.waiting import wait_until

pytestmark = pytest.mark.services
MINUTE = 60


@pytest.fixture
def services(backend, sites):
	"""Two workers and the scheduler, for all sites."""
	for site in sites:
		site.call("only_our_scheduled_jobs")
	processes = [backend.start_worker(), backend.start_worker(), backend.start_scheduler()]
	yield processes
	for process in processes:
		backend.stop_process(process)
	backend.forget_jobs()


def is_same(one, other, doctype, name) -> bool:
	left, right = snapshot(one, doctype, name), snapshot(other, doctype, name)
	return left is not None and right is not None and not differences(left, right)


def test_the_main_job_from_one_end_to_the_other(hq, branch, services):
	subscribe(branch, hq, ["Shop Invoice"])
	approve(hq, branch)
	wait_until(lambda: statuses(branch, hq) == {"Shop Invoice": "Approved"}, 20)
	invoice = hq.call("insert_and_submit", doctype="Shop Invoice")
	took = wait_until(lambda: is_same(hq, branch, "Shop Invoice", invoice["name"]), 20)
	print(f"the invoice arrived after {took:.1f} s")
	assert_same(hq, branch, "Shop Customer", invoice["customer"])
	for row in invoice["items"]:
		assert_same(hq, branch, "Shop Item", row["item"])
	logged = {(log["remote_doctype"], log["remote_docname"]) for log in sync_logs(branch, status="Synced")}
	assert {("Shop Customer", invoice["customer"]), ("Shop Invoice", invoice["name"])} <= logged


def test_a_failure_waits_while_the_rest_flows_and_a_fixed_one_is_retried(hq, branch, services):
	connect(branch, hq, ["Shop Customer"])
	branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
	bad, good = hq.create("Shop Customer")["name"], hq.create("Shop Customer", tax_id="DE 1")["name"]
	wait_until(lambda: is_same(hq, branch, "Shop Customer", good), 20)
	assert [row["remote_docname"] for row in parked(branch)] == [bad]
	branch.call("make_optional", doctype="Shop Customer", fieldname="tax_id")
	branch.call("make_retries_due")
	branch.call("make_schedule_due")
	wait_until(lambda: is_same(hq, branch, "Shop Customer", bad), 3 * MINUTE)
	wait_until(lambda: parked(branch) == [], 5)


def test_the_schedule_brings_what_no_hint_announced(hq, branch, backend, services):
	connect(branch, hq, ["Shop Note"])
	backend.stop_process(branch.web)
	name = hq.create("Shop Note")["name"]
	branch.call("make_schedule_due")
	try:
		took = wait_until(lambda: is_same(hq, branch, "Shop Note", name), 2 * MINUTE)
	finally:
		branch.web = backend.start_web(branch)
	print(f"the note arrived after {took:.1f} s, without a hint")


def test_many_changes_in_a_short_time_all_arrive(hq, branch, services):
	connect(branch, hq, ["Shop Note"])
	names = [hq.create("Shop Note")["name"] for _ in range(150)]
	for name in names[::2]:
		hq.update("Shop Note", name, priority=2)
	wait_until(lambda: branch.call("count", doctype="Shop Note") == 150, 2 * MINUTE)
	wait_until(lambda: len(sync_logs(branch, status="Synced")) == 225, 2 * MINUTE)
	for name in names:
		assert_same(hq, branch, "Shop Note", name)


def test_jobs_stay_a_moment_for_what_follows(hq, branch, services):
	connect(branch, hq, ["Shop Note"])
	begun = set()
	for number in range(5):
		name = hq.create("Shop Note", title=f"One after the other {number}")["name"]
		wait_until(lambda name=name: is_same(hq, branch, "Shop Note", name), 20)
		begun.add(branch.call("job_began", job_id=f"event_streaming:pull:{hq.url}"))
	# other jobs may have needed the worker now and then
	assert len(begun) < 5, "each change had a job of its own"
