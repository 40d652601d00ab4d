"""Several workers replay one producer's changes at once, and what is guaranteed stays so."""

import random
import time

import pytest

from support.link import connect, drain, parked, pull, sync_logs, update_logs
from support.replica import assert_nothing_double, assert_nothing_open, assert_replica
from support.waiting import wait_until

NOTE, INVOICE, CUSTOMER, ITEM = "Shop Note", "Shop Invoice", "Shop Customer", "Shop Item"
TERRITORY, TICKET = "Shop Territory", "Shop Ticket"
SHOP = [NOTE, INVOICE, CUSTOMER, ITEM, TERRITORY, TICKET]
PULL = "support.laning:pull_in_lanes"
KILLS = 6
STOPS = (
	"before it writes",
	"with its documents written",
	"before the fence",
	"behind the fence",
	"with its share done",
)

pytestmark = pytest.mark.usefixtures("lane_workers")


@pytest.fixture(autouse=True)
def no_marks(branch):
	branch.call("support.laning:forget_marks")
	yield
	branch.call("support.laning:forget_marks")


def pull_in_lanes(branch, hq, **options) -> dict:
	summary = branch.call(PULL, producer_url=hq.url, **options)
	assert not summary["error"] and not summary["busy"] and not summary["behind"], summary
	return summary


def write_all_kinds(hq, number: int) -> None:
	"""Documents made, changed and linked with each other, and now and then one renamed or deleted."""
	notes = hq.call("create_many", doctype=NOTE, count=12)
	hq.call("update_many", doctype=NOTE, names=notes, priority=number)
	customers = hq.call("create_many", doctype=CUSTOMER, count=6)
	territory = hq.create(TERRITORY, territory_name=f"Territory {number}")["name"]
	hq.call("update_many", doctype=CUSTOMER, names=customers[:4], territory=territory)
	for customer in customers[:3]:
		hq.submit(INVOICE, hq.create(INVOICE, customer=customer)["name"])
	tickets = [hq.create(TICKET, customer=customer)["name"] for customer in customers]
	hq.call("update_many", doctype=TICKET, names=tickets[1:], caused_by=tickets[0])
	hq.rename(CUSTOMER, customers[0], f"Renamed {number}")
	hq.delete(NOTE, notes[0])
	hq.call("update_many", doctype=NOTE, names=notes[1:], priority=number + 1)
	hq.call("update_many", doctype=CUSTOMER, names=customers[1:], tax_id=f"DE {number}")
	hq.call("create_many", doctype=NOTE, count=8)


def assert_all_replayed_once(hq, branch) -> None:
	positions = [row["position"] for row in sync_logs(branch) if row["position"]]
	assert len(positions) == len(set(positions))
	received = set(positions)
	unsent = [log for log in update_logs(hq) if log["position"] not in received]
	gone = {log["docname"] for log in update_logs(hq) if log["update_type"] == "Delete"}
	assert {log["docname"] for log in unsent} <= gone, "only events of deleted documents are not sent"
	assert_nothing_double(branch)


@pytest.mark.parametrize("lanes", [2, 4])
def test_both_sites_are_equal_after_changes_of_all_kinds(hq, branch, lanes):
	connect(branch, hq, SHOP, lanes=lanes)
	for number in range(4):
		write_all_kinds(hq, number)
	summary = pull_in_lanes(branch, hq)
	assert summary["by_lanes"] > summary["synced"] / 2, summary
	assert_nothing_open(branch)
	assert_replica(hq, branch, SHOP)
	assert_all_replayed_once(hq, branch)


def test_what_is_linked_and_not_subscribed_to_is_made_once(hq, branch):
	connect(branch, hq, [INVOICE], lanes=2)
	customers = hq.call("create_many", doctype=CUSTOMER, count=3)
	for number in range(30):
		hq.create(INVOICE, customer=customers[number % 3])
	summary = pull_in_lanes(branch, hq)
	assert summary["by_lanes"] == summary["synced"] == 30
	assert_replica(hq, branch, [INVOICE, CUSTOMER, ITEM])
	assert_all_replayed_once(hq, branch)


def test_documents_that_get_names_of_this_site_arrive_too(hq, branch):
	connect(
		branch,
		hq,
		[{"ref_doctype": NOTE, "use_same_name": 1}, {"ref_doctype": CUSTOMER, "use_same_name": 0}],
		lanes=2,
	)
	for _time in range(5):
		hq.call("create_many", doctype=CUSTOMER, count=3)
		hq.call("create_many", doctype=NOTE, count=9)
	summary = pull_in_lanes(branch, hq)
	assert summary["by_lanes"] == 60
	assert_nothing_open(branch)
	assert len(branch.names(CUSTOMER)) == len(hq.names(CUSTOMER))
	assert_replica(hq, branch, [NOTE])


def test_the_events_of_a_document_keep_their_order(hq, branch):
	connect(branch, hq, [NOTE], lanes=2)
	notes = hq.call("create_many", doctype=NOTE, count=10)
	for priority in range(5):
		hq.call("update_many", doctype=NOTE, names=notes, priority=priority)
	assert pull_in_lanes(branch, hq)["by_lanes"] == 60
	for note in notes:
		order = branch.call("support.laning:order_of_writing", doctype=NOTE, name=note)
		assert order == sorted(order) and len(order) == 6
	assert_replica(hq, branch, [NOTE])


def test_poison_fails_alone_and_its_later_events_wait(hq, branch):
	connect(branch, hq, [NOTE], lanes=2)
	branch.configure(shop_reject_poison=1)
	hq.call("create_many", doctype=NOTE, count=20)
	[poison] = hq.call("create_many", doctype=NOTE, count=1, rows=[{"title": "POISON"}])
	hq.call("create_many", doctype=NOTE, count=20)
	hq.update(NOTE, poison, priority=2)
	hq.call("create_many", doctype=NOTE, count=40)
	hq.update(NOTE, poison, priority=3)
	hq.call("create_many", doctype=NOTE, count=20)
	summary = pull_in_lanes(branch, hq)
	counted = {kind: summary[kind] for kind in ("synced", "failed", "waiting", "by_lanes")}
	assert counted == {"synced": 100, "failed": 1, "waiting": 2, "by_lanes": 100}
	assert [row["remote_docname"] for row in parked(branch)] == [poison]
	statuses = [row["status"] for row in sync_logs(branch, remote_docname=poison)]
	assert statuses == ["Failed", "Waiting", "Waiting"]
	branch.configure(shop_reject_poison=None)
	branch.call("resync", names=[row["name"] for row in sync_logs(branch, status="Failed")])
	assert_nothing_open(branch)
	assert_replica(hq, branch, [NOTE])
	assert_all_replayed_once(hq, branch)


@pytest.mark.parametrize("dies", ["puller", "lane", "worker"])
def test_after_kills_one_clean_pull_makes_both_sites_equal(backend, hq, branch, dies):
	connect(branch, hq, SHOP, lanes=2)
	killed = 0
	for number in range(KILLS):
		write_all_kinds(hq, number)
		killed += pull_and_die(hq, branch, dies)
		have_workers(backend, branch)
	assert killed >= KILLS / 2
	drain_patiently(hq, branch)
	assert branch.call("support.laning:keys_without_expiry") == []
	assert_nothing_open(branch)
	assert_replica(hq, branch, SHOP)
	assert_all_replayed_once(hq, branch)


def pull_and_die(hq, branch, dies: str) -> bool:
	"""Whether the process was killed before it was done."""
	shell = branch.open_shell()
	silence = 3.0 if dies == "worker" else 30.0
	shell.send(PULL, producer_url=hq.url, dies=dies, within=random.choice((0.05, 0.3)), silence=silence)
	answer = shell.process.stdout.readline()
	shell.kill()
	branch._shells.remove(shell)
	if dies == "puller":
		wait_until(lambda: not branch.call("support.laning:lanes_alive"), 60)
		return not answer
	return bool(answer)


def have_workers(backend, branch) -> None:
	"""As many as before."""
	for worker in [one for one in backend.processes if one.name == "worker" and not one.is_running]:
		worker.start()
	wait_until(lambda: branch.call("support.laning:idle_workers") >= 4, 60)


def drain_patiently(hq, branch) -> None:
	"""The database may take a moment to notice that the last process is dead."""
	for _try in range(50):
		summary = branch.call(PULL, producer_url=hq.url)
		if not summary["busy"]:
			break
		time.sleep(0.2)
	assert not summary["error"] and not summary["behind"], summary


def test_another_puller_finds_the_link_busy_while_lanes_work(hq, branch):
	connect(branch, hq, [NOTE], lanes=2)
	hq.call("create_many", doctype=NOTE, count=50)
	both = branch.call("support.laning:pull_while_lanes_work", producer_url=hq.url)
	assert both["other"]["busy"] and not both["other"]["synced"]
	assert both["lanes"]["by_lanes"] == both["lanes"]["synced"] == 50
	assert_replica(hq, branch, [NOTE])


def test_with_no_free_worker_one_process_does_it_and_the_log_says_so(hq, branch):
	connect(branch, hq, [NOTE], lanes=2)
	branch.configure(event_streaming_lane_queue="default")
	hq.call("create_many", doctype=NOTE, count=80)
	summary = pull_in_lanes(branch, hq)
	assert (summary["by_lanes"], summary["synced"], summary["error"]) == (0, 80, "")
	log = branch.folder / "logs" / "event_streaming.log"
	assert "lanes: no worker of the queue default is free" in log.read_text()
	assert_replica(hq, branch, [NOTE])


@pytest.mark.parametrize("point", STOPS)
def test_a_lane_that_was_stopped_commits_nothing_that_another_has_replayed(hq, branch, point):
	connect(branch, hq, SHOP, lanes=2)
	for number in range(2):
		write_all_kinds(hq, number)
	branch.configure(shop_before_job="support.laning:stop_lane", shop_lane_stops=point)
	summary = pull_in_lanes(branch, hq, silence=6.0)
	assert summary["synced"] and not summary["failed"], summary
	hq.call("update_many", doctype=NOTE, names=hq.names(NOTE)[:5], priority=99)
	assert not branch.call(PULL, producer_url=hq.url)["error"]
	assert branch.call("support.laning:wake_stopped_lane")
	assert_nothing_open(branch)
	assert_replica(hq, branch, SHOP)
	assert_all_replayed_once(hq, branch)


def test_a_lane_passes_the_fence_only_while_nobody_else_has_the_link(hq, branch):
	connect(branch, hq, [NOTE], lanes=2)
	told = branch.call("support.laning:fence_after_takeover", producer_url=hq.url)
	assert told == ["passed", "FenceClosed", "FenceClosed", "Busy"]
	hq.call("create_many", doctype=NOTE, count=3)
	assert drain(branch, hq)["synced"] == 3


def test_redis_is_started_anew_while_lanes_work(backend, hq, branch, lane_workers):
	connect(branch, hq, [NOTE], lanes=2)
	branch.configure(shop_wait_seconds=0.2)
	hq.call("create_many", doctype=NOTE, count=60, rows=[{"title": f"SLOW {row}"} for row in range(60)])
	shell = branch.open_shell()
	shell.send(PULL, producer_url=hq.url)
	wait_until(lambda: branch.call("support.laning:are_lanes_at_work"), 60)
	backend.redis_queue.process.kill()
	backend.redis_queue.start()
	summary = shell.receive()
	assert not summary["error"] and not summary["busy"] and summary["by_lanes"] == 0, summary
	for worker in lane_workers:
		worker.kill()  # Redis has forgotten them
	drain_patiently(hq, branch)
	assert_nothing_open(branch)
	assert_replica(hq, branch, [NOTE])
	assert_all_replayed_once(hq, branch)


def test_one_process_replays_until_the_lanes_have_started(hq, branch):
	connect(branch, hq, [NOTE, CUSTOMER], lanes=2)
	for _time in range(4):
		hq.call("create_many", doctype=NOTE, count=30)
		hq.call("create_many", doctype=CUSTOMER, count=31)
	summary = pull_in_lanes(branch, hq, alone=3)
	assert summary["synced"] == 244 and 0 < summary["by_lanes"] <= 244 - 3 * 5, summary
	assert_replica(hq, branch, [NOTE, CUSTOMER])
	assert_all_replayed_once(hq, branch)


def test_lanes_end_with_their_pull_and_few_changes_need_none(hq, branch):
	connect(branch, hq, [NOTE], lanes=2)
	hq.call("create_many", doctype=NOTE, count=50)
	assert pull_in_lanes(branch, hq)["by_lanes"] == 50
	wait_until(lambda: branch.call("support.laning:lanes_alive") == [], 60)
	hq.call("create_many", doctype=NOTE, count=3)
	assert drain(branch, hq)["synced"] == 3
	hq.call("create_many", doctype=NOTE, count=20)
	assert pull(branch, hq, max_batches=None)["synced"] == 20
	assert_replica(hq, branch, [NOTE])
