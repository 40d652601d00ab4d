"""What is large passes or fails alone: no change is too large to be saved at the producer, no page or answer too large to be
sent, and nothing behind it waits."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs, update_logs

NOTE = "Shop Note"
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE])


def large_note(site, size: int, title: str = "Large") -> str:
	return site.call("create_large", doctype=NOTE, title=title, field="content", size=size)


def test_a_large_document_is_logged_as_one_to_be_taken_whole(hq, branch):
	name = large_note(hq, 3 * MB)
	[row] = update_logs(hq)
	assert row["update_type"] == "Update" and json.loads(row["data"])["whole"] == 1
	assert drain(branch, hq)["synced"] == 1
	assert_same(hq, branch, NOTE, name)
	hq.call("make_large", doctype=NOTE, name=name, field="content", size=2 * MB)
	hq.update(NOTE, name, priority=7)
	hq.update(NOTE, name, content="small again")
	assert len(update_logs(hq)) == 4
	assert max(len(row["data"]) for row in update_logs(hq)) < 1000, "neither the new value nor the one before"
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, NOTE, name)
	assert parked(branch) == []


def test_a_page_has_a_bound_in_bytes(hq, branch):
	names = [large_note(hq, MB * 9 // 10, f"Note {number}") for number in range(12)]
	page = branch.call("ask_for_page", producer_url=hq.url)
	assert page["bytes"] < 6 * MB and page["more"] and 0 < len(page["events"]) < 12
	assert drain(branch, hq)["synced"] == 12
	for name in names:
		assert_same(hq, branch, NOTE, name)


def test_large_documents_are_asked_for_in_several_answers(hq, branch):
	names = [large_note(hq, 5 * MB, f"Note {number}") for number in range(6)]
	assert drain(branch, hq)["synced"] == 6
	for name in names:
		assert_same(hq, branch, NOTE, name)


def test_one_that_no_answer_holds_fails_alone_and_says_why(hq, branch):
	before = hq.create(NOTE)["name"]
	large = large_note(hq, 40 * MB)
	after = hq.create(NOTE)["name"]
	assert drain(branch, hq) == {"synced": 2, "failed": 1, "waiting": 0, "skipped": 0}
	for name in (before, after):
		assert_same(hq, branch, NOTE, name)
	[failed] = sync_logs(branch, status="Failed")
	assert failed["remote_docname"] == large and "too large" in failed["message"]
	assert [row["remote_docname"] for row in parked(branch)] == [large]
	hq.update(NOTE, large, content="small enough")
	drain(branch, hq)
	branch.call("make_retries_due")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, large)
	assert parked(branch) == []


def test_a_log_row_of_an_older_version_that_is_too_large_is_not_read_but_taken_whole(hq, branch):
	name = hq.create(NOTE)["name"]
	hq.update(NOTE, name, priority=4)
	hq.call("enlarge_log", size=10 * MB)
	other = hq.create(NOTE)["name"]
	page = branch.call("ask_for_page", producer_url=hq.url)
	assert page["bytes"] < MB
	assert drain(branch, hq)["failed"] == 0
	assert_same(hq, branch, NOTE, name)
	assert_same(hq, branch, NOTE, other)


def test_an_event_too_large_to_be_kept_here_is_taken_whole_at_the_next_try(hq, branch):
	branch.configure(shop_reject_poison=1)
	poison = large_note(hq, MB * 3 // 4, "POISON")
	other = hq.create(NOTE)["name"]
	assert branch.call("pull_keeping", producer_url=hq.url, size=MB // 2)["failed"] == 1
	[failed] = sync_logs(branch, status="Failed")
	assert failed["remote_docname"] == poison and not failed["data"]
	assert_same(hq, branch, NOTE, other)
	branch.configure(shop_reject_poison=None)
	branch.call("make_retries_due")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, poison)
	assert parked(branch) == []


def test_text_is_kept_as_it_is(hq, branch):
	name = hq.create(NOTE, title="Größe 漢字 😀 it's 100 %s", content="<p>„Zitat“ 100 % ' \\ \"</p>")["name"]
	[row] = update_logs(hq)
	assert "漢字 😀" in row["data"]
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)
	[row] = sync_logs(branch)
	assert "漢字 😀" in row["data"]


@pytest.mark.bench
def test_a_document_that_the_database_does_not_take_at_once_fails_alone(hq, branch, backend):
	if backend.db_type != "mariadb":
		pytest.skip("only MariaDB bounds what is sent at once")
	server = backend.database
	before = hq.create(NOTE)["name"]
	large = large_note(hq, 20 * MB)
	after = hq.create(NOTE)["name"]
	server.execute(f"SET GLOBAL max_allowed_packet = {16 * MB}")
	try:
		assert drain(branch, hq) == {"synced": 2, "failed": 1, "waiting": 0, "skipped": 0}
		for name in (before, after):
			assert_same(hq, branch, NOTE, name)
		[failed] = sync_logs(branch, status="Failed")
		assert failed["remote_docname"] == large
	finally:
		server.execute(f"SET GLOBAL max_allowed_packet = {64 * MB}")
	branch.call("make_retries_due")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, large)
	assert parked(branch) == []


@pytest.fixture
def both_know(hq, branch) -> str:
	"""A note that both sites give each other."""
	connect(hq, branch, [NOTE])
	name = hq.create(NOTE)["name"]
	drain(branch, hq)
	drain(hq, branch)
	return name


def conflicts_of(site) -> list[tuple]:
	rows = site.rows("Event Sync Log", ["conflict", "message"], {"conflict": ["is", "set"]})
	assert all(len(row["conflict"]) < 4 * MB for row in rows)
	return [
		(one["field"], one["kept"], row["message"]) for row in rows for one in json.loads(row["conflict"])
	]


@pytest.mark.parametrize(("there", "here"), [(3 * MB, 4 * MB), (3 * MB, 100), (100, 3 * MB)])
def test_large_changes_on_both_sites_at_once_are_decided_and_told_as_small_ones_are(
	hq, branch, both_know, there, here
):
	hq.call("make_large", doctype=NOTE, name=both_know, field="content", size=there)
	branch.update(NOTE, both_know, priority=7)
	branch.call("make_large", doctype=NOTE, name=both_know, field="content", size=here)
	for _round in range(2):
		drain(branch, hq)
		drain(hq, branch)
	assert_same(hq, branch, NOTE, both_know)
	assert hq.value(NOTE, both_know, "priority") == 7
	assert len(hq.value(NOTE, both_know, "content")) == here, "the latest change"
	[(field, kept, message), *_others] = conflicts_of(branch)
	assert (field, kept) == ("content", "here")
	assert ("too large to be kept" in message and "content" in message) == (there + here > 4 * MB)
