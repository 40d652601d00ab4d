"""Comments, tags and assignments: what Frappe makes of them, and what becomes of them with their document."""

import pytest

NOTE = "Shop Note"
COMMENT, COMMENTS = "support.annotations:comment", "support.annotations:comments_on"
ASSIGN, ASSIGNED, TODOS = (f"support.annotations:{name}" for name in ("assign", "assigned_to", "todos_about"))
ANN, BOB = "test-ann@example.com", "test-bob@example.com"
TAG, TAGS = "support.annotations:tag", "support.annotations:tags_of"


@pytest.fixture
def note(hq):
	return hq.create(NOTE)["name"]


def test_a_comment_is_cleaned_of_scripts(hq, note):
	hq.call(COMMENT, doctype=NOTE, name=note, text="<p>hi<script>alert(1)</script></p>")
	[comment] = hq.call(COMMENTS, doctype=NOTE, name=note)
	assert "<script" not in comment["content"]


def test_comments_follow_a_rename_and_go_with_their_document(hq, note):
	hq.call(COMMENT, doctype=NOTE, name=note, text="text")
	hq.rename(NOTE, note, "Renamed")
	assert [comment["content"] for comment in hq.call(COMMENTS, doctype=NOTE, name="Renamed")] == ["text"]
	hq.delete(NOTE, "Renamed")
	hq.call("run_jobs")
	assert hq.call(COMMENTS, doctype=NOTE, name="Renamed") == []


def test_tags_stand_in_the_document_and_have_a_link_each(hq, note):
	for tag in ("Red", "Blue", "Red"):
		hq.call(TAG, doctype=NOTE, name=note, tag=tag)
	assert hq.call(TAGS, doctype=NOTE, name=note) == ["Blue", "Red"]
	assert len(hq.names("Tag Link", document_name=note)) == 2
	hq.call(TAG, doctype=NOTE, name=note, tag="red", remove=1)
	assert hq.call(TAGS, doctype=NOTE, name=note) == ["Blue"]
	assert len(hq.names("Tag Link", document_name=note)) == 1


def test_tags_follow_a_rename_and_go_with_their_document(hq, note):
	hq.call(TAG, doctype=NOTE, name=note, tag="Red")
	hq.rename(NOTE, note, "Renamed")
	assert hq.call(TAGS, doctype=NOTE, name="Renamed") == ["Red"]
	assert len(hq.names("Tag Link", document_name="Renamed")) == 1
	hq.delete(NOTE, "Renamed")
	assert hq.names("Tag Link", document_name="Renamed") == []


@pytest.fixture
def assigned(hq, note):
	for user in (ANN, BOB):
		hq.call("make_user", email=user, roles=["Shop User"])
		hq.call("support.annotations:no_mail", users=[user])
		hq.call(ASSIGN, doctype=NOTE, name=note, user=user, date="2030-02-03")
	return note


def test_an_assignment_is_an_open_todo_and_stands_in_the_document(hq, assigned):
	assert hq.call(ASSIGNED, doctype=NOTE, name=assigned) == [ANN, BOB]
	todo = hq.call(TODOS, doctype=NOTE, name=assigned)[0]
	assert todo["allocated_to"] == ANN and todo["assigned_by"] == "Administrator"
	assert (todo["status"], todo["description"], todo["date"], todo["priority"]) == (
		"Open",
		"to do",
		"2030-02-03",
		"Medium",
	)


def test_nobody_is_assigned_twice(hq, assigned):
	hq.call(ASSIGN, doctype=NOTE, name=assigned, user=ANN)
	assert len(hq.call(TODOS, doctype=NOTE, name=assigned)) == 2


def test_an_assignment_that_is_removed_or_closed_keeps_its_todo(hq, assigned):
	hq.call("support.annotations:unassign", doctype=NOTE, name=assigned, user=ANN)
	hq.call("support.annotations:complete", doctype=NOTE, name=assigned, user=BOB)
	assert hq.call(ASSIGNED, doctype=NOTE, name=assigned) == []
	assert [todo["status"] for todo in hq.call(TODOS, doctype=NOTE, name=assigned)] == ["Cancelled", "Closed"]


def test_a_todo_that_is_opened_again_or_deleted_is_followed_by_the_list(hq, assigned):
	change = {"doctype": NOTE, "name": assigned, "user": ANN}
	hq.call("support.annotations:change_todo", **change, status="Closed")
	assert hq.call(ASSIGNED, doctype=NOTE, name=assigned) == [BOB]
	hq.call("support.annotations:change_todo", **change, status="Open")
	assert hq.call(ASSIGNED, doctype=NOTE, name=assigned) == [ANN, BOB]
	hq.call("support.annotations:delete_todo", doctype=NOTE, name=assigned, user=BOB)
	assert [todo["allocated_to"] for todo in hq.call(TODOS, doctype=NOTE, name=assigned)] == [ANN]


def test_an_assignment_is_noted_among_the_comments_and_notified(hq, assigned):
	hq.call("support.annotations:unassign", doctype=NOTE, name=assigned, user=ANN)
	hq.call("run_jobs")
	kinds = [
		row["comment_type"] for row in hq.rows("Comment", ["comment_type"], {"reference_name": assigned})
	]
	assert (kinds.count("Assigned"), kinds.count("Assignment Completed")) == (2, 1)
	notices = hq.rows("Notification Log", ["for_user"], {"document_name": assigned, "type": "Assignment"})
	assert sorted(row["for_user"] for row in notices) == [ANN, ANN, BOB]


def test_assignments_follow_a_rename_and_go_with_their_document(hq, assigned):
	hq.rename(NOTE, assigned, "Renamed")
	assert hq.call(ASSIGNED, doctype=NOTE, name="Renamed") == [ANN, BOB]
	hq.delete(NOTE, "Renamed")
	hq.call("run_jobs")
	assert hq.call(TODOS, doctype=NOTE, name="Renamed") == []
