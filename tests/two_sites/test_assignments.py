"""Who is assigned to streamed documents comes along, where the row says so and the other site approved it."""

import pytest

from support.assignments import (
	ANN,
	ASSIGN,
	BOB,
	CHANGE,
	COMPLETE,
	FETCH,
	assign,
	assigned,
	brought,
	connected_note,
	make_stranger,
	make_users,
	messages,
	notices,
	row,
	set_notified,
	todos,
	trouble,
	unassign,
)
from support.link import connect, drain, keep_annotations_back, subscribe, sync_logs, update_logs

NOTE, TICKET = "Shop Note", "Shop Ticket"


@pytest.fixture
def users(hq, branch):
	make_users(hq, branch)


@pytest.fixture
def stranger(hq):
	return make_stranger(hq)


@pytest.fixture
def note(hq, branch, users):
	return connected_note(branch, hq)


class TestOneWay:
	def test_come_with_text_date_and_priority(self, hq, branch, note):
		assign(hq, note, ANN, text="<p>call <b>them</b></p>", date="2030-02-03", priority="High")
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		[there], [here] = todos(hq, note), todos(branch, note)
		assert here["assigned_by"] == branch.get("Event Producer", hq.url)["event_subscriber"]
		for one in (there, here):
			del one["name"], one["assigned_by"]
		assert here == there
		assert (here["date"], here["priority"]) == ("2030-02-03", "High")

	def test_by_whom_if_that_is_a_user_here(self, hq, branch, note):
		assign(hq, note, ANN, assigned_by=BOB)
		brought(branch, hq)
		assert todos(branch, note)[0]["assigned_by"] == BOB

	def test_by_a_job_after_the_pull(self, hq, branch, note):
		assign(hq, note, ANN)
		drain(branch, hq)
		branch.call("run_jobs")
		assert assigned(branch, note) == [ANN]

	def test_are_logged_with_the_change_or_not_at_all(self, hq, note):
		logged = len(update_logs(hq))
		assign(hq, note, ANN)
		[log] = update_logs(hq)[logged:]
		assert (log["update_type"], log["docname"]) == ("Update", note)
		hq.call(CHANGE, doctype=NOTE, name=note, user=ANN, description="other words")
		assert len(update_logs(hq)) == logged + 1

	def test_one_that_is_taken_away_or_completed_is_so_here(self, hq, branch, note):
		assign(hq, note, ANN, BOB)
		brought(branch, hq)
		unassign(hq, note, ANN)
		hq.call(COMPLETE, doctype=NOTE, name=note, user=BOB)
		brought(branch, hq)
		assert assigned(branch, note) == []
		assert [todo["status"] for todo in todos(branch, note)] == ["Cancelled", "Closed"]

	def test_one_whose_todo_is_deleted_is_taken_away(self, hq, branch, note):
		assign(hq, note, ANN)
		brought(branch, hq)
		hq.call("support.annotations:delete_todo", doctype=NOTE, name=note, user=ANN)
		brought(branch, hq)
		assert assigned(branch, note) == []

	def test_those_of_this_site_stay_and_one_taken_away_here_stays_away(self, hq, branch, note):
		assign(branch, note, BOB)
		assign(hq, note, ANN)
		brought(branch, hq)
		assert assigned(branch, note) == [ANN, BOB]
		unassign(branch, note, ANN)
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert assigned(branch, note) == [BOB]
		assert assigned(hq, note) == [ANN]

	def test_taken_away_and_given_again_between_two_looks(self, hq, branch, note):
		assign(hq, note, ANN, text="first")
		brought(branch, hq)
		unassign(hq, note, ANN)
		assign(hq, note, ANN, text="second")
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		assert todos(branch, note)[-1]["description"] == "second"

	def test_one_that_is_opened_again_is_so_here(self, hq, branch, note):
		assign(hq, note, ANN)
		brought(branch, hq)
		hq.call(CHANGE, doctype=NOTE, name=note, user=ANN, status="Closed")
		brought(branch, hq)
		hq.call(CHANGE, doctype=NOTE, name=note, user=ANN, status="Open")
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		assert len(todos(branch, note)) == 1

	def test_one_that_is_handed_over(self, hq, branch, note):
		assign(hq, note, ANN)
		brought(branch, hq)
		hq.call(CHANGE, doctype=NOTE, name=note, user=ANN, allocated_to=BOB)
		brought(branch, hq)
		assert assigned(branch, note) == assigned(hq, note) == [BOB]

	def test_two_todos_of_one_user_there_are_one_here_until_both_have_ended(self, hq, branch, note):
		about = {"reference_type": NOTE, "reference_name": note, "allocated_to": ANN}
		first, second = (hq.insert("ToDo", description=text, **about)["name"] for text in ("one", "two"))
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		for todo, left in ((first, [ANN]), (second, [])):
			hq.update("ToDo", todo, status="Closed")
			brought(branch, hq)
			assert assigned(branch, note) == left

	def test_what_is_on_nobodys_document_is_never_touched(self, hq, branch, note):
		own = branch.insert("ToDo", description="mine", allocated_to=ANN)["name"]
		assign(hq, note, ANN)
		brought(branch, hq)
		unassign(hq, note, ANN)
		brought(branch, hq)
		assert branch.value("ToDo", own, "status") == "Open"

	def test_to_the_right_document_by_own_names(self, hq, branch, users):
		branch.create(TICKET)
		connect(branch, hq, [row(TICKET, use_same_name=0)])
		tickets = [hq.create(TICKET)["name"] for _number in range(2)]
		hq.call(ASSIGN, doctype=TICKET, name=tickets[1], user=ANN)
		brought(branch, hq)
		[local] = branch.names(TICKET, remote_document_name=tickets[1])
		others = [name for name in branch.names(TICKET) if name != local]
		assert assigned(branch, local, TICKET) == [ANN]
		assert [assigned(branch, name, TICKET) for name in others] == [[], []]

	def test_follow_a_rename(self, hq, branch, note):
		assign(hq, note, ANN)
		brought(branch, hq)
		hq.rename(NOTE, note, "Renamed Note")
		assign(hq, "Renamed Note", BOB)
		unassign(hq, "Renamed Note", ANN)
		brought(branch, hq)
		assert assigned(branch, "Renamed Note") == [BOB]


class TestWhoIsNotAssigned:
	def test_no_user_here(self, hq, branch, note, stranger):
		assign(hq, note, ANN, stranger)
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		assert f"{stranger} is not assigned: there is no such user here." in messages(branch, note)
		assert trouble(branch, hq) == ""

	def test_it_is_said_once_and_made_up_for_when_the_user_is_here(self, hq, branch, note, stranger):
		assign(hq, note, stranger)
		brought(branch, hq)
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert messages(branch, note).count("is not assigned") == 1
		branch.call("make_user", email=stranger, roles=["Shop User"])
		hq.update(NOTE, note, title="changed again")
		brought(branch, hq)
		assert assigned(branch, note) == [stranger]

	def test_one_who_is_disabled(self, hq, branch, note, stranger):
		branch.call("make_user", email=stranger, roles=["Shop User"])
		branch.call("disable_user", email=stranger)
		assign(hq, note, ANN, stranger)
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		assert f"{stranger} is not assigned: the user is disabled here." in messages(branch, note)

	def test_one_who_may_not_read_the_document_is_not_given_the_right(self, hq, branch, note, stranger):
		branch.call("make_user", email=stranger, roles=[])
		assign(hq, note, ANN, stranger)
		brought(branch, hq)
		assert assigned(branch, note) == [ANN]
		assert f"{stranger} is not assigned: the user may not read the document here." in messages(
			branch, note
		)
		assert not branch.call("support.annotations:may_read", doctype=NOTE, name=note, user=stranger)

	def test_administrator_is_another_one_on_each_site(self, hq, branch, note):
		assign(hq, note, "Administrator")
		brought(branch, hq)
		assert assigned(branch, note) == []
		assert "Administrator is not assigned" in messages(branch, note)


class TestNotice:
	def test_as_the_link_says_of_what_changes_now(self, hq, branch, note):
		assign(hq, note, ANN)
		brought(branch, hq)
		branch.call("run_jobs")
		assert notices(branch, note) == [ANN]
		set_notified(branch, hq, 0)
		assign(hq, note, BOB)
		unassign(hq, note, ANN)
		brought(branch, hq)
		branch.call("run_jobs")
		assert assigned(branch, note) == [BOB]
		assert notices(branch, note) == [ANN]

	def test_nobody_of_documents_of_the_past(self, hq, branch, users):
		name = hq.create(NOTE)["name"]
		assign(hq, name, ANN)
		connect(branch, hq, [row()])
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		assert branch.call(FETCH, producer_url=hq.url)["error"] == ""
		branch.call("run_jobs")
		assert assigned(branch, name) == [ANN]
		assert notices(branch, name) == []


class TestByChoice:
	def test_off_nothing_comes_and_nothing_is_logged(self, hq, branch, users):
		connect(branch, hq, [row(assignments=0, comments=1, tags=1)])
		name = hq.create(NOTE)["name"]
		logged = len(update_logs(hq))
		assign(hq, name, ANN)
		assert len(update_logs(hq)) == logged
		hq.update(NOTE, name, title="changed")
		brought(branch, hq)
		assert assigned(branch, name) == []

	def test_switched_on_it_waits_for_approval_and_then_a_backfill_brings_them(self, hq, branch, users):
		connect(branch, hq, [NOTE])
		name = hq.create(NOTE)["name"]
		assign(hq, name, ANN)
		drain(branch, hq)
		subscribe(branch, hq, [row()])
		hq.update(NOTE, name, title="changed")
		brought(branch, hq)
		assert branch.get(NOTE, name)["title"] == "changed"
		assert assigned(branch, name) == []
		assert "has not approved" in trouble(branch, hq)
		hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
		drain(branch, hq)
		branch.call("backfill", producer_url=hq.url, doctypes=[NOTE])
		brought(branch, hq)
		assert assigned(branch, name) == [ANN]
		assert trouble(branch, hq) == ""

	def test_the_producer_keeps_them_back(self, hq, branch, note):
		keep_annotations_back(hq, branch)
		assign(hq, note, ANN)
		hq.update(NOTE, note, title="changed")
		brought(branch, hq)
		assert assigned(branch, note) == []
		assert "keeps them back" in trouble(branch, hq)

	def test_to_another_consumer_the_document_has_not_changed(self, hq, branch, third, users):
		connect(third, hq, [NOTE])
		connect(branch, hq, [row()])
		name = hq.create(NOTE)["name"]
		drain(third, hq)
		before = third.get(NOTE, name)
		assign(hq, name, ANN)
		drain(third, hq)
		assert third.get(NOTE, name) == before
		assert {log["status"] for log in sync_logs(third)} == {"Synced"}


class TestComparison:
	def test_it_finds_what_nobody_heard_and_repair_brings_it(self, hq, branch, note, stranger):
		assign(hq, note, ANN, stranger)
		assign(branch, note, BOB)
		brought(branch, hq)
		assert compared(branch, hq) == (1, 0)
		hq.call("support.annotations:assign_silently", doctype=NOTE, name=note, user=BOB, ended=ANN)
		assert compared(branch, hq) == (0, 1)
		[found] = branch.rows("Event Difference", ["differences"], {})
		assert BOB in found["differences"] and ANN in found["differences"]
		branch.call("support.comparing:repair", producer_url=hq.url, doctype=NOTE)
		assert branch.call(FETCH, producer_url=hq.url)["error"] == ""
		assert assigned(branch, note) == [BOB]
		assert compared(branch, hq) == (1, 0)


def compared(consumer, producer) -> tuple[int, int]:
	counts = consumer.call("support.comparing:reconcile", producer_url=producer.url)[NOTE]
	return counts["equal"], counts["different"]
