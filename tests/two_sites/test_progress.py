"""Long work says how far it is, and ends early when its user says so; what is done stays."""

from support.link import connect, drain, parked

NOTE = "Shop Note"


def fail_some(hq, branch, count: int) -> None:
	connect(branch, hq, [NOTE])
	branch.configure(shop_reject_poison=1)
	for _ in range(count):
		hq.create(NOTE, title="POISON")
	drain(branch, hq)
	branch.configure(shop_reject_poison=0)


def test_a_bulk_resync_that_is_cancelled_keeps_what_it_has_done(hq, branch):
	fail_some(hq, branch, 4)
	names = branch.names("Event Sync Log", status="Failed")
	told = branch.call("support.trouble:resync_cancelled_after", names=names, documents=1)
	assert (told["fixed"], told["cancelled"], told["finished"]) == (1, True, True)
	assert told["total"] == 4
	assert len(parked(branch)) == 3


def test_a_repair_that_is_cancelled_keeps_what_it_has_done(hq, branch):
	for _ in range(4):
		hq.create(NOTE)
	connect(branch, hq, [NOTE])
	branch.call("support.comparing:reconcile", producer_url=hq.url)
	told = branch.call("support.comparing:repair_cancelled_after", producer_url=hq.url, together=2)
	assert (told["fixed"], told["cancelled"]) == (2, True)
	assert len(branch.names(NOTE)) == 2
	assert len(branch.rows("Event Difference", ["name"])) == 2


def test_a_backfill_says_how_fast_it_is_to_form_and_terminal_alike(hq, branch):
	for _ in range(3):
		hq.create(NOTE)
	connect(branch, hq, [NOTE])
	shown = branch.call("support.comparing:backfill_shown", producer_url=hq.url, seconds_a_page=2.1)
	running = [row for row in shown if row["status"] == "Running"]
	assert running[-1]["per_second"] > 0 and running[-1]["seconds_left"] > 0
