"""What cannot be replayed holds up its own document and nothing else, until it is fixed."""

import pytest

from support.compare import assert_all_same, assert_same
from support.link import connect, drain, parked, pull, sync_logs
from support.site import SiteError
from support.transport import only_over_http

NOTE = "Shop Note"


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE, "Shop Customer", "Shop Ticket", "Shop Invoice", "Shop Item"])


@pytest.fixture
def poison(hq, branch) -> str:
	"""A document that the consumer's controller rejects, until `fix`."""
	branch.configure(shop_reject_poison=1)
	return hq.create(NOTE, title="POISON")["name"]


def fix(branch):
	branch.configure(shop_reject_poison=None)


def one_failure(branch) -> dict:
	[log] = sync_logs(branch, status="Failed")
	return log


class TestParking:
	def test_the_others_arrive_as_if_it_were_not_there(self, hq, branch, poison):
		others = [hq.create(NOTE)["name"] for _ in range(5)]
		assert drain(branch, hq) == {"synced": 5, "failed": 1, "waiting": 0, "skipped": 0}
		for name in others:
			assert_same(hq, branch, NOTE, name)
		assert not branch.exists(NOTE, poison)

	def test_what_was_replayed_in_one_go_with_it_is_replayed_all_the_same(self, hq, branch):
		"""Events share a savepoint until one of them fails."""
		branch.configure(shop_reject_poison=1)
		before = [hq.create(NOTE)["name"] for _ in range(3)]
		hq.update(NOTE, before[0], priority=7)
		hq.create(NOTE, title="POISON")
		hq.update(NOTE, before[1], priority=8)
		after = [hq.create(NOTE)["name"] for _ in range(2)]
		assert drain(branch, hq) == {"synced": 7, "failed": 1, "waiting": 0, "skipped": 0}
		for name in [*before, *after]:
			assert_same(hq, branch, NOTE, name)

	def test_the_log_says_failed_with_a_sentence_and_the_traceback(self, hq, branch, poison):
		drain(branch, hq)
		log = one_failure(branch)
		assert (log["remote_docname"], log["update_type"]) == (poison, "Create")
		assert log["message"] == "POISON is poison to this site"
		assert "Traceback" in log["error"] and "armed.py" in log["error"]
		[document] = parked(branch)
		assert (document["remote_docname"], document["status"], document["attempts"]) == (
			poison,
			"Retrying",
			1,
		)

	def test_later_events_of_the_document_wait_behind_it(self, hq, branch, poison):
		hq.update(NOTE, poison, priority=2)
		drain(branch, hq)
		hq.update(NOTE, poison, priority=3)
		assert drain(branch, hq) == {"synced": 0, "failed": 0, "waiting": 1, "skipped": 0}
		assert [log["status"] for log in sync_logs(branch)] == ["Failed", "Waiting", "Waiting"]
		assert len(parked(branch)) == 1

	def test_an_update_that_fails_leaves_the_document_as_it_was(self, hq, branch):
		name = hq.create(NOTE, title="Fine", priority=1)["name"]
		drain(branch, hq)
		branch.configure(shop_reject_poison=1)
		hq.update(NOTE, name, title="POISON", priority=2)
		drain(branch, hq)
		assert (branch.value(NOTE, name, "title"), branch.value(NOTE, name, "priority")) == ("Fine", 1)

	def test_a_mandatory_field_of_this_site(self, hq, branch):
		branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
		bad, good = hq.create("Shop Customer")["name"], hq.create("Shop Customer", tax_id="DE 1")["name"]
		assert drain(branch, hq)["failed"] == 1
		assert "tax_id" in one_failure(branch)["message"] and "MandatoryError" in one_failure(branch)["error"]
		assert_same(hq, branch, "Shop Customer", good)
		branch.call("make_optional", doctype="Shop Customer", fieldname="tax_id")
		branch.call("resync", names=[one_failure(branch)["name"]])
		assert_same(hq, branch, "Shop Customer", bad)

	def test_a_submit_that_fails_leaves_the_draft(self, hq, branch):
		invoice = hq.create("Shop Invoice")["name"]
		drain(branch, hq)
		branch.call("make_mandatory", doctype="Shop Invoice", fieldname="territory")
		hq.submit("Shop Invoice", invoice)
		drain(branch, hq)
		assert branch.value("Shop Invoice", invoice, "docstatus") == 0
		branch.call("make_optional", doctype="Shop Invoice", fieldname="territory")
		branch.call("resync", names=[one_failure(branch)["name"]])
		assert_same(hq, branch, "Shop Invoice", invoice)

	def test_a_delete_that_fails_leaves_the_document(self, hq, branch):
		customer = hq.create("Shop Customer")["name"]
		drain(branch, hq)
		ticket = branch.create("Shop Ticket", customer=customer)["name"]
		hq.delete("Shop Customer", customer)
		assert drain(branch, hq)["failed"] == 1
		assert branch.exists("Shop Customer", customer)
		assert ticket in one_failure(branch)["error"]
		branch.delete("Shop Ticket", ticket)
		branch.call("resync", names=[one_failure(branch)["name"]])
		assert not branch.exists("Shop Customer", customer)

	def test_a_controller_that_commits_in_the_middle(self, hq, branch):
		branch.configure(shop_commit_early=1)
		names = [hq.create(NOTE, title=f"COMMITS {number}")["name"] for number in range(3)]
		names.append(hq.create(NOTE)["name"])
		hq.update(NOTE, names[0], priority=9)
		assert drain(branch, hq)["failed"] == 0
		for name in names:
			assert_same(hq, branch, NOTE, name)
		assert len(sync_logs(branch)) == 5

	def test_a_controller_that_commits_and_one_that_fails_on_the_same_page(self, hq, branch, poison):
		branch.configure(shop_commit_early=1)
		before = hq.create(NOTE, title="COMMITS before")["name"]
		hq.create(NOTE, title="COMMITS POISON")
		after = hq.create(NOTE, title="COMMITS after")["name"]
		assert drain(branch, hq) == {"synced": 2, "failed": 2, "waiting": 0, "skipped": 0}
		assert_same(hq, branch, NOTE, before)
		assert_same(hq, branch, NOTE, after)
		fix(branch)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch, status="Failed")])
		assert assert_all_same(hq, branch, NOTE) == 4


class TestResync:
	def test_of_one_row_replays_all_that_waits_in_order(self, hq, branch, poison):
		hq.update(NOTE, poison, priority=2)
		hq.update(NOTE, poison, priority=3, content="<p>last</p>")
		drain(branch, hq)
		fix(branch)
		branch.call("resync", names=[one_failure(branch)["name"]])
		assert [log["status"] for log in sync_logs(branch)] == ["Synced"] * 3
		assert parked(branch) == []
		assert_same(hq, branch, NOTE, poison)

	def test_of_a_waiting_row_does_the_same(self, hq, branch, poison):
		hq.update(NOTE, poison, priority=2)
		drain(branch, hq)
		fix(branch)
		[waiting] = sync_logs(branch, status="Waiting")
		branch.call("resync", names=[waiting["name"]])
		assert_same(hq, branch, NOTE, poison)

	def test_that_fails_again_says_so_and_keeps_the_events(self, hq, branch, poison):
		hq.update(NOTE, poison, priority=2)
		drain(branch, hq)
		result = branch.call("resync", names=[one_failure(branch)["name"]])
		assert result["failed"] == [
			{"doctype": NOTE, "name": poison, "message": "POISON is poison to this site"}
		]
		assert [log["status"] for log in sync_logs(branch)] == ["Failed", "Waiting"]
		assert parked(branch)[0]["attempts"] == 2

	def test_of_many_rows(self, hq, branch, poison):
		names = [poison, *(hq.create(NOTE, title=f"POISON {number}")["name"] for number in range(40))]
		for name in names:
			hq.update(NOTE, name, priority=4)
		assert drain(branch, hq) == {"synced": 0, "failed": 41, "waiting": 41, "skipped": 0}
		fix(branch)
		result = branch.call("resync", names=[log["name"] for log in sync_logs(branch)])
		assert result == {"fixed": 41, "failed": []}
		assert assert_all_same(hq, branch, NOTE) == 41
		assert len(sync_logs(branch, status="Synced")) == 82

	def test_comes_to_the_last_state_when_the_document_was_deleted_meanwhile(self, hq, branch, poison):
		hq.update(NOTE, poison, priority=2)
		hq.delete(NOTE, poison)
		drain(branch, hq)
		fix(branch)
		branch.call("resync", names=[sync_logs(branch)[0]["name"]])
		assert not branch.exists(NOTE, poison)
		assert parked(branch) == []

	def test_comes_to_the_last_state_when_the_document_was_renamed_meanwhile(self, hq, branch, poison):
		hq.rename(NOTE, poison, "renamed-note")
		hq.update(NOTE, "renamed-note", priority=6)
		drain(branch, hq)
		fix(branch)
		branch.call("resync", names=[log["name"] for log in sync_logs(branch) if log["status"] != "Synced"])
		drain(branch, hq)
		assert_same(hq, branch, NOTE, "renamed-note")
		assert not branch.exists(NOTE, poison)
		assert parked(branch) == []

	def test_from_source_takes_the_whole_document(self, hq, branch, poison):
		hq.update(NOTE, poison, title="Antidote", priority=5)
		drain(branch, hq)
		branch.call("resync_from_source", name=one_failure(branch)["name"])
		assert_same(hq, branch, NOTE, poison)
		assert parked(branch) == []
		hq.update(NOTE, poison, priority=6)
		assert drain(branch, hq)["synced"] == 1
		assert_same(hq, branch, NOTE, poison)

	def test_from_source_that_fails_leaves_everything_as_it_was(self, hq, branch, poison):
		drain(branch, hq)
		with pytest.raises(SiteError, match="POISON is poison"):
			branch.call("resync_from_source", name=one_failure(branch)["name"])
		assert not branch.exists(NOTE, poison)
		assert len(parked(branch)) == 1

	def test_skip_gives_up_one_event_and_goes_on_with_the_next(self, hq, branch):
		name = hq.create(NOTE, title="Fine")["name"]
		drain(branch, hq)
		branch.configure(shop_reject_poison=1)
		hq.update(NOTE, name, title="POISON")
		hq.update(NOTE, name, title="Fine again", priority=4)
		drain(branch, hq)
		branch.call("skip", name=one_failure(branch)["name"])
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)
		assert parked(branch) == []


class TestRetry:
	def test_happens_by_itself_when_its_time_has_come(self, hq, branch, poison):
		hq.update(NOTE, poison, priority=2)
		drain(branch, hq)
		fix(branch)
		drain(branch, hq)
		assert not branch.exists(NOTE, poison), "it is not yet time"
		branch.call("make_retries_due")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, poison)
		assert parked(branch) == []

	def test_comes_later_each_time(self, hq, branch, poison):
		drain(branch, hq)
		waits = []
		for attempt in (1, 2, 3, 4):
			assert parked(branch)[0]["attempts"] == attempt
			waits.append(branch.call("seconds_to_next_retry"))
			branch.call("make_retries_due")
			drain(branch, hq)
		assert 15 < waits[0] < 45
		assert waits == sorted(waits)
		assert waits[3] > 4 * waits[0]

	def test_ends_after_a_while_until_a_person_acts(self, hq, branch, poison):
		drain(branch, hq)
		for _attempt in range(11):
			branch.call("make_retries_due")
			drain(branch, hq)
		assert parked(branch)[0]["status"] == "Failed"
		fix(branch)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert not branch.exists(NOTE, poison)
		branch.call("resync", names=[one_failure(branch)["name"]])
		assert_same(hq, branch, NOTE, poison)


class TestWaitingForALinkTarget:
	def test_what_links_to_a_parked_document_waits_and_is_released_by_its_success(self, hq, branch):
		branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
		customer = hq.create("Shop Customer")["name"]
		ticket = hq.create("Shop Ticket", customer=customer)["name"]
		other = hq.create("Shop Ticket", caused_by=ticket)["name"]
		assert drain(branch, hq) == {"synced": 0, "failed": 1, "waiting": 2, "skipped": 0}
		waiting = {row["remote_docname"]: row for row in parked(branch)}
		assert waiting[ticket]["status"] == waiting[other]["status"] == "Waiting"
		assert waiting[ticket]["waits_for_name"] == customer
		branch.call("make_optional", doctype="Shop Customer", fieldname="tax_id")
		branch.call("resync", names=[one_failure(branch)["name"]])
		drain(branch, hq)
		assert parked(branch) == []
		for doctype, name in (("Shop Customer", customer), ("Shop Ticket", ticket), ("Shop Ticket", other)):
			assert_same(hq, branch, doctype, name)

	def test_a_link_taken_away_meanwhile_does_not_keep_it_waiting(self, hq, branch):
		branch.call("make_mandatory", doctype="Shop Customer", fieldname="tax_id")
		customer = hq.create("Shop Customer")["name"]
		ticket = hq.create("Shop Ticket", customer=customer)["name"]
		drain(branch, hq)
		hq.update("Shop Ticket", ticket, customer=None)
		drain(branch, hq)
		branch.call("resync_from_source", name=sync_logs(branch, remote_docname=ticket)[0]["name"])
		assert_same(hq, branch, "Shop Ticket", ticket)


@only_over_http(
	"the producer's web server is not asked, and the schedule leaves it to the producer to tell of news"
)
class TestATransientFailure:
	def test_a_producer_that_is_off_moves_nothing_and_the_link_says_so(self, hq, branch, backend):
		name = hq.create(NOTE)["name"]
		before = branch.value("Event Stream Cursor", hq.url, "position")
		backend.stop_process(hq.web)
		try:
			summary = pull(branch, hq)
		finally:
			hq.web = backend.start_web(hq)
		assert "refuses connections" in summary["error"]
		cursor = branch.get("Event Stream Cursor", hq.url)
		assert (cursor["position"], cursor["state"], cursor["attempts"]) == (before, "Failing", 1)
		assert "refuses connections" in cursor["error"] and cursor["next_attempt_at"]
		assert sync_logs(branch) == [] and parked(branch) == []
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)
		cursor = branch.get("Event Stream Cursor", hq.url)
		assert (cursor["state"], cursor["attempts"], cursor["error"]) == ("Streaming", 0, None)

	def test_the_schedule_leaves_it_alone_until_the_next_attempt_and_others_go_on(
		self, hq, branch, third, backend
	):
		connect(branch, third, ["Shop Territory"])
		territory = third.create("Shop Territory")["name"]
		backend.forget_jobs()  # among them hints, which count as a sign of life
		backend.stop_process(hq.web)
		try:
			pull(branch, hq)
			attempts = branch.value("Event Stream Cursor", hq.url, "attempts")
			branch.tick()
		finally:
			hq.web = backend.start_web(hq)
		assert branch.value("Event Stream Cursor", hq.url, "attempts") == attempts
		assert_same(third, branch, "Shop Territory", territory)


class TestALogThatIsNotTheOneThatWasRead:
	def test_another_epoch_stops_the_link_and_says_so(self, hq, branch):
		hq.create(NOTE)
		drain(branch, hq)
		hq.call("begin_new_epoch")
		hq.create(NOTE)
		summary = pull(branch, hq)
		assert summary["error"]
		cursor = branch.get("Event Stream Cursor", hq.url)
		assert cursor["state"] == "Stopped" and cursor["error"]
		assert len(sync_logs(branch)) == 1

	def test_a_position_that_is_another_event_now_stops_the_link(self, hq, branch):
		hq.create(NOTE)
		drain(branch, hq)
		hq.call("change_event_key_of_last_event")
		assert pull(branch, hq)["error"]
		assert branch.value("Event Stream Cursor", hq.url, "state") == "Stopped"
