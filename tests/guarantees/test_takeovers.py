"""A process loses the link's lock in the middle of its work and is told nothing: a controller commits, or catches the deadlock
that undid the transaction, or the database was started anew. Another one does the same work to its end. Then the first goes on."""

import pytest

from support import link
from support.replica import assert_nothing_double, assert_nothing_open, assert_replica

NOTE, CUSTOMER = "Shop Note", "Shop Customer"
LOSE = "support.takeovers:lose_lock_to_another"
POINTS = (
	"with a document in its hand",
	"with a document written",
	"before its log is written",
	"with its log written",
)
WAYS = ("commit", "rollback", "new connection")
AFTERWARDS = [("with a document written", "commit"), *(("with its log written", how) for how in WAYS)]


def lose_lock(hq, branch, who: str, point: str, how: str) -> dict:
	told = branch.call(LOSE, producer_url=hq.url, who=who, point=point, how=how)
	assert told["other"], "it never came to this point"
	assert "result" in told["other"], told
	return told


def write(hq, number: int) -> None:
	notes = hq.call("create_many", doctype=NOTE, count=6)
	hq.call("update_many", doctype=NOTE, names=notes, priority=number)
	hq.create(CUSTOMER)


def assert_done_once(hq, branch) -> None:
	link.drain_patiently(branch, hq)
	assert_nothing_open(branch)
	assert_replica(hq, branch, [NOTE, CUSTOMER])
	assert_nothing_double(branch)


@pytest.mark.parametrize("how", WAYS)
def test_a_puller_that_lost_the_link_writes_nothing_over_the_next(hq, branch, how):
	link.connect(branch, hq, [NOTE, CUSTOMER])
	for number, point in enumerate(POINTS):
		write(hq, number)
		told = lose_lock(hq, branch, "puller", point, how)
		positions = {row["position"] for row in link.sync_logs(branch)}
		assert branch.value("Event Stream Cursor", hq.url, "position") == max(positions), (point, told)
	assert_done_once(hq, branch)


@pytest.mark.parametrize(("point", "how"), AFTERWARDS)
def test_a_backfill_that_lost_the_link_writes_nothing_over_the_next(hq, branch, point, how):
	write(hq, 1)
	write(hq, 2)
	link.connect(branch, hq, [NOTE, CUSTOMER])
	lose_lock(hq, branch, "backfill", point, how)
	[state] = branch.rows("Event Backfill", ["status", "done"], {"ref_doctype": NOTE})
	assert (state["status"], state["done"]) == ("Done", 12)
	rows = link.sync_logs(branch, source="Backfill", remote_doctype=NOTE)
	assert len(rows) == len({row["remote_docname"] for row in rows})
	assert len(rows) == 12 or how == "commit", (
		"what a controller commits by itself is here, and is not taken again"
	)
	assert_done_once(hq, branch)


@pytest.mark.parametrize(("point", "how"), AFTERWARDS)
def test_a_repair_that_lost_the_link_writes_nothing_over_the_next(hq, branch, point, how):
	link.connect(branch, hq, [NOTE, CUSTOMER])
	write(hq, 1)
	link.drain(branch, hq)
	for name in hq.names(NOTE)[:3]:
		branch.call("support.comparing:delete_silently", doctype=NOTE, name=name)
	branch.call("support.comparing:reconcile", producer_url=hq.url)
	assert len(branch.rows("Event Difference", ["name"])) == 3
	lose_lock(hq, branch, "repair", point, how)
	assert branch.rows("Event Difference", ["name"]) == []
	assert_done_once(hq, branch)


def test_who_lost_the_link_when_all_was_written_is_refused(hq, branch):
	link.connect(branch, hq, [NOTE])
	hq.call("create_many", doctype=NOTE, count=5)
	told = lose_lock(hq, branch, "puller", "with its log written", "rollback")
	assert told["refused"] == 1, told
	assert_done_once(hq, branch)


@pytest.mark.parametrize("who", ["a pull", "a backfill", "a trial", "a comparison and its repair"])
def test_whoever_takes_the_link_first_keeps_out_the_lanes_of_a_dead_puller(hq, branch, who):
	link.connect(branch, hq, [NOTE])
	[note] = hq.call("create_many", doctype=NOTE, count=1)
	link.drain(branch, hq)
	hq.update(NOTE, note, priority=3)
	branch.call("support.takeovers:leave_stretch", producer_url=hq.url)
	assert branch.call("support.takeovers:is_lane_let_through", producer_url=hq.url)
	if who == "a pull":
		link.drain(branch, hq)
	elif who == "a backfill":
		branch.call("backfill", producer_url=hq.url)
	elif who == "a trial":
		branch.call("support.trials:run", producer=hq.url)
	else:
		branch.call("support.comparing:delete_silently", doctype=NOTE, name=note)
		branch.call("support.comparing:reconcile", producer_url=hq.url)
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=NOTE)
	assert not branch.call("support.takeovers:is_lane_let_through", producer_url=hq.url)
	link.drain_patiently(branch, hq)
	assert_nothing_open(branch)
	assert_replica(hq, branch, [NOTE])
