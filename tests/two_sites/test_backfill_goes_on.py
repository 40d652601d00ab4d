"""A backfill is stopped, killed, held up, and fails at documents, while changes go on: it goes on where it was."""

import time

import pytest

from support.compare import assert_all_same, assert_same
from support.existing_documents import backfill, create_notes, held_up, in_pages
from support.kills import BACKFILL_POINTS
from support.link import connect, drain, parked, sync_logs
from support.transport import is_mailbox, only_over_http

NOTE, TICKET, CUSTOMER, ITEM = "Shop Note", "Shop Ticket", "Shop Customer", "Shop Item"
START = "support.backfilling:start"
CREATE_UNDER_NAME = "support.backfilling:create_under_name"
HELD_UP = "support.backfilling:backfill_held_up"


class TestThatItGoesOn:
	def test_stopped_and_started_again_it_goes_on_where_it_was(self, hq, branch):
		names = create_notes(hq, 10)
		connect(branch, hq, [NOTE])
		stopped = in_pages(branch, hq, size=3, pages=2)[NOTE]
		assert (stopped["status"], stopped["done"]) == ("Stopped", 6)
		assert sorted(branch.names(NOTE)) == sorted(names[:6])
		finished = in_pages(branch, hq, size=3)
		assert (finished[NOTE]["status"], finished[NOTE]["done"], finished[NOTE]["taken"]) == ("Done", 10, 10)
		assert finished["calls"]["list_documents"] == 2
		assert assert_all_same(hq, branch, NOTE) == 10

	@pytest.mark.parametrize("point", BACKFILL_POINTS)
	def test_killed_in_the_middle_it_goes_on_where_it_was(self, hq, branch, point):
		customers = [hq.create(CUSTOMER)["name"] for _ in range(3)]
		for number in range(9):
			hq.create(TICKET, customer=customers[number % 3])
		create_notes(hq, 5)
		poison = hq.create(NOTE, title="POISON")["name"]
		connect(branch, hq, [TICKET, NOTE])
		branch.configure(shop_reject_poison=1)
		for nth in (1, 2, 3):
			shell = branch.open_shell()
			shell.send("support.kills:backfill_and_die", producer_url=hq.url, point=point, nth=nth, size=4)
			died = not shell.process.stdout.readline()
			shell.kill()
			assert died or nth > 1, "it never came to that point"
		finished = patiently(branch, hq)
		assert finished[TICKET]["done"] == 9 and finished[NOTE]["done"] == 6
		assert [row["remote_docname"] for row in parked(branch)] == [poison]
		branch.configure(shop_reject_poison=None)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		for doctype, count in ((TICKET, 9), (CUSTOMER, 3), (NOTE, 6)):
			assert assert_all_same(hq, branch, doctype) == count
		logged = [
			(log["remote_doctype"], log["remote_docname"]) for log in sync_logs(branch, source="Backfill")
		]
		assert len(logged) == len(set(logged)), "a document is logged once"

	def test_a_page_that_somebody_else_has_taken_meanwhile_does_not_count(self, hq, branch, tmp_path):
		create_notes(hq, 5)
		connect(branch, hq, [NOTE])
		go_on = held_up(branch, hq, HELD_UP, "list_documents", tmp_path)
		assert in_pages(branch, hq, size=3, pages=1)[NOTE]["done"] == 3
		branch.call(START, producer_url=hq.url, doctypes=[NOTE])
		state = go_on()[NOTE]
		assert (state["status"], state["done"], state["taken"], state["skipped"]) == ("Done", 5, 5, 0)
		assert assert_all_same(hq, branch, NOTE) == 5

	def test_stopped_with_a_page_under_way_it_takes_no_more(self, hq, branch, tmp_path):
		create_notes(hq, 5)
		connect(branch, hq, [NOTE])
		go_on = held_up(branch, hq, HELD_UP, "list_documents", tmp_path)
		branch.call("support.backfilling:stop", producer_url=hq.url)
		state = go_on()[NOTE]
		assert (state["status"], state["done"], branch.names(NOTE)) == ("Stopped", 0, [])

	def test_the_schedule_takes_up_what_was_begun(self, hq, branch):
		create_notes(hq, 4)
		connect(branch, hq, [NOTE])
		branch.call(START, producer_url=hq.url, doctypes=[NOTE])
		branch.tick()
		assert branch.call("support.backfilling:state", producer_url=hq.url)[NOTE]["status"] == "Done"
		assert assert_all_same(hq, branch, NOTE) == 4

	@only_over_http("its web server is not asked")
	def test_a_producer_that_is_off_is_asked_again_later(self, hq, branch, backend):
		create_notes(hq, 4)
		connect(branch, hq, [NOTE])
		backend.stop_process(hq.web)
		try:
			result = branch.call("backfill", producer_url=hq.url)
		finally:
			hq.web = backend.start_web(hq)
		assert "refuses connections" in result["error"]
		assert result[NOTE]["status"] == "Running" and "refuses connections" in result[NOTE]["message"]
		branch.tick()
		state = branch.call("support.backfilling:state", producer_url=hq.url)[NOTE]
		assert (state["status"], state["message"]) == ("Done", None)
		assert assert_all_same(hq, branch, NOTE) == 4


def patiently(branch, hq) -> dict:
	"""The database may take a moment to notice that the last process is dead."""
	for _try in range(50):
		result = in_pages(branch, hq, size=4)
		if not result["error"]:
			return result
		time.sleep(0.2)
	raise AssertionError(result["error"])


class TestWhileChangesGoOn:
	"""Some documents have come, the others have not, and something happens at the producer."""

	@pytest.fixture
	def names(self, hq, branch) -> list[str]:
		names = create_notes(hq, 6)
		connect(branch, hq, [NOTE])
		in_pages(branch, hq, size=3, pages=1)
		assert sorted(branch.names(NOTE)) == sorted(names[:3])
		return names

	@pytest.mark.parametrize("when", ["pulled before the rest", "pulled after the rest"])
	@pytest.mark.parametrize("place", ["come", "not come"])
	@pytest.mark.parametrize("change", ["update", "delete", "rename", "rename to the front", "recreate"])
	def test_a_change(self, hq, branch, names, change, place, when):
		name = names[1 if place == "come" else 4]
		if change == "update":
			hq.update(NOTE, name, priority=7, title="changed")
		elif change == "rename":
			hq.rename(NOTE, name, "zzzz-renamed")
			hq.update(NOTE, "zzzz-renamed", priority=8)
		elif change == "rename to the front":
			hq.rename(NOTE, name, "0000-renamed")
			hq.update(NOTE, "0000-renamed", priority=8)
		else:
			hq.delete(NOTE, name)
		if change == "recreate":
			hq.call(CREATE_UNDER_NAME, doctype=NOTE, name=name, title="another life")
		steps = [lambda: drain(branch, hq), lambda: in_pages(branch, hq, size=3)]
		for step in steps if when == "pulled before the rest" else reversed(steps):
			step()
		assert assert_all_same(hq, branch, NOTE) == (5 if change == "delete" else 6)
		assert parked(branch) == []
		hq.update(NOTE, hq.names(NOTE)[0], priority=11)
		drain(branch, hq)
		assert_all_same(hq, branch, NOTE)

	@pytest.mark.parametrize("change", ["update", "delete", "rename"])
	def test_a_change_between_the_reading_and_the_writing_of_a_page(self, hq, branch, tmp_path, change):
		names = create_notes(hq, 3)
		connect(branch, hq, [NOTE])
		go_on = held_up(branch, hq, HELD_UP, "get_documents", tmp_path)
		if change == "update":
			hq.update(NOTE, names[1], priority=7)
		elif change == "delete":
			hq.delete(NOTE, names[1])
		else:
			hq.rename(NOTE, names[1], "renamed")
		assert go_on()[NOTE]["taken"] == 3
		if not is_mailbox():  # there, the backfill does the pull that a producer asks for as it comes
			assert branch.exists(NOTE, names[1]), "it was read before"
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == (2 if change == "delete" else 3)

	def test_a_rename_where_names_are_this_sites_own(self, hq, branch):
		names = create_notes(hq, 6)
		connect(branch, hq, [NOTE], use_same_name=False)
		in_pages(branch, hq, size=3, pages=1)
		hq.rename(NOTE, names[1], "zzzz-renamed")
		hq.update(NOTE, "zzzz-renamed", priority=8)
		in_pages(branch, hq, size=3)
		drain(branch, hq)
		found = branch.rows(NOTE, ["remote_document_name", "priority"])
		assert sorted(row["remote_document_name"] for row in found) == sorted(hq.names(NOTE))
		assert [row["priority"] for row in found if row["remote_document_name"] == "zzzz-renamed"] == [8]

	def test_who_asks_for_a_pull_gets_it_between_two_pages(self, hq, branch, names):
		news = "zzzz-news"
		hq.call(CREATE_UNDER_NAME, doctype=NOTE, name=news, title="news")
		result = branch.call("support.backfilling:backfill_asked_for_pulls", producer_url=hq.url, size=1)
		assert result["calls"]["get_updates"] == result["calls"]["list_documents"]
		assert [log["source"] for log in sync_logs(branch, remote_docname=news)] == ["Feed"]
		assert assert_all_same(hq, branch, NOTE) == 7


class TestWhatFails:
	@pytest.fixture
	def poison(self, hq, branch) -> str:
		create_notes(hq, 4)
		poison = hq.create(NOTE, title="POISON")["name"]
		connect(branch, hq, [NOTE])
		branch.configure(shop_reject_poison=1)
		return poison

	def test_fails_alone_and_says_so(self, hq, branch, poison):
		state = backfill(branch, hq)[NOTE]
		assert (state["status"], state["taken"], state["failed"]) == ("Done", 4, 1)
		[log] = sync_logs(branch, status="Failed")
		assert (log["remote_docname"], log["source"]) == (poison, "Backfill")
		assert log["message"] == "POISON is poison to this site" and "armed.py" in log["error"]
		assert [row["remote_docname"] for row in parked(branch)] == [poison]

	@pytest.mark.parametrize("changed", [False, True])
	def test_is_fixed_by_resync_with_what_has_happened_since(self, hq, branch, poison, changed):
		backfill(branch, hq)
		if changed:
			hq.update(NOTE, poison, priority=5)
			assert drain(branch, hq)["waiting"] == 1
		branch.configure(shop_reject_poison=None)
		[failed] = sync_logs(branch, status="Failed")
		assert branch.call("resync", names=[failed["name"]]) == {"fixed": 1, "failed": []}
		assert parked(branch) == []
		assert sync_logs(branch, status="Failed") == sync_logs(branch, status="Waiting") == []
		assert sync_logs(branch, source="Backfill", remote_docname=poison)[0]["status"] == "Synced"
		assert assert_all_same(hq, branch, NOTE) == 5

	def test_is_fixed_by_resync_from_source(self, hq, branch, poison):
		backfill(branch, hq)
		hq.update(NOTE, poison, title="Antidote")
		[failed] = sync_logs(branch, status="Failed")
		branch.call("resync_from_source", name=failed["name"])
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == 5
		assert parked(branch) == []

	def test_is_tried_again_by_itself(self, hq, branch, poison):
		backfill(branch, hq)
		branch.configure(shop_reject_poison=None)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert assert_all_same(hq, branch, NOTE) == 5
		assert parked(branch) == []

	def test_that_is_gone_by_the_time_it_is_tried_again_is_skipped(self, hq, branch, poison):
		backfill(branch, hq)
		hq.delete(NOTE, poison)
		[failed] = sync_logs(branch, status="Failed")
		branch.call("resync", names=[failed["name"]])
		drain(branch, hq)
		assert parked(branch) == []
		assert sync_logs(branch, source="Backfill", remote_docname=poison)[0]["status"] == "Skipped"

	def test_what_links_to_it_waits_for_it(self, hq, branch):
		branch.call("make_mandatory", doctype=CUSTOMER, fieldname="tax_id")
		customer = hq.create(CUSTOMER)["name"]
		ticket = hq.create(TICKET, customer=customer)["name"]
		connect(branch, hq, [CUSTOMER, TICKET])
		result = backfill(branch, hq)
		assert (result[CUSTOMER]["failed"], result[TICKET]["waiting"]) == (1, 1)
		branch.call("make_optional", doctype=CUSTOMER, fieldname="tax_id")
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert_same(hq, branch, TICKET, ticket)
		assert parked(branch) == [] and sync_logs(branch, status="Waiting") == []

	def test_a_document_that_no_answer_can_hold(self, hq, branch):
		small = hq.create(NOTE)["name"]
		large = hq.create(NOTE, content="x" * 200_000)["name"]
		connect(branch, hq, [NOTE])
		result = branch.call(
			"support.backfilling:backfill_with_answers_up_to", producer_url=hq.url, size=100_000
		)
		assert (result[NOTE]["status"], result[NOTE]["taken"], result[NOTE]["failed"]) == ("Done", 1, 1)
		assert branch.names(NOTE) == [small]
		[log] = sync_logs(branch, status="Failed")
		assert log["remote_docname"] == large and "answered with more than" in log["message"]
		branch.call("resync", names=[log["name"]])
		assert_same(hq, branch, NOTE, large)

	def test_a_document_of_this_site_is_not_overwritten(self, hq, branch):
		for site in (hq, branch):
			site.create(ITEM, item_code="Bolt", item_name=f"Bolt of {site.name}")
		connect(branch, hq, [ITEM])
		assert backfill(branch, hq)[ITEM]["failed"] == 1
		[log] = sync_logs(branch, status="Failed")
		assert "is on this site already and did not come from" in log["message"]
		assert branch.value(ITEM, "Bolt", "item_name") == f"Bolt of {branch.name}"

	def test_a_controller_that_commits_and_one_that_fails_on_the_same_page(self, hq, branch):
		for title in ("COMMITS one", "COMMITS POISON", "fine"):
			hq.create(NOTE, title=title)
		connect(branch, hq, [NOTE])
		branch.configure(shop_reject_poison=1, shop_commit_early=1)
		state = backfill(branch, hq)[NOTE]
		assert (state["status"], state["done"], state["failed"]) == ("Done", 3, 1)
		branch.configure(shop_reject_poison=None)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert assert_all_same(hq, branch, NOTE) == 3


def test_a_document_that_ends_each_process_is_parked_in_the_end(hq, branch):
	"""It takes all memory, say: nobody is left to tell of it."""
	names = [hq.create(NOTE, title=title)["name"] for title in ("One", "BAD", "Two")]
	connect(branch, hq, [NOTE])
	ended = 0
	while branch.call_until_killed("support.raising:backfill_killed", producer_url=hq.url):
		ended += 1
		assert ended < 10
		if ended == 3:
			[row] = branch.rows("Event Backfill", ["status", "message"])
			assert row["status"] == "Running" and "ended in the middle" in row["message"]
	assert branch.rows("Event Backfill", ["status", "taken", "failed", "message"]) == [
		{"status": "Done", "taken": 2, "failed": 1, "message": None}
	]
	[failed] = sync_logs(branch, status="Failed")
	assert failed["remote_docname"] == names[1] and "ended in the middle" in failed["message"]
	branch.call("make_retries_due")
	drain(branch, hq)
	assert assert_all_same(hq, branch, NOTE) == 3
