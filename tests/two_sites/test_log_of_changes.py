"""What is captured of changes, and what the other site asks for: what was committed, once, in the order of positions."""

import pytest

from support.arrivals import SHOP, assert_arrives
from support.compare import assert_all_same, assert_same
from support.link import connect, drain, pull, subscribe, sync_logs, update_logs


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, SHOP)


def test_what_is_committed_arrives_while_another_transaction_of_the_producer_is_open(hq, branch):
	hq.configure(playground_busy_timeout=0.2)  # SQLite has one writer at a time
	hq.create("Shop Note")
	drain(branch, hq)
	name = hq.create("Shop Note")["name"]
	hq.call("stamp")
	with hq.transaction() as shell:
		shell.call("create", doctype="Shop Note")
		assert_arrives(hq, branch, "Shop Note", name)


def test_what_is_rolled_back_is_not_captured(hq, branch):
	with pytest.raises(ZeroDivisionError), hq.transaction() as shell:
		shell.call("create", doctype="Shop Note")
		raise ZeroDivisionError
	assert drain(branch, hq)["synced"] == 0
	assert update_logs(hq) == []


def test_two_saves_in_one_transaction(hq, branch):
	with hq.transaction() as shell:
		name = shell.call("create", doctype="Shop Note")["name"]
		shell.call("update", doctype="Shop Note", name=name, priority=4)
		shell.call("update", doctype="Shop Note", name=name, priority=5, title="Twice")
	drain(branch, hq)
	assert_same(hq, branch, "Shop Note", name)


def test_documents_of_the_system_and_of_other_doctypes_are_not_captured(hq, branch):
	hq.create("Shop Ticket")
	hq.call("make_user", email="test-nobody@example.com", roles=[])
	assert update_logs(hq) == []


def test_passwords_stay_on_their_site(hq, branch):
	name = hq.create("Shop Field Sampler")["name"]
	drain(branch, hq)
	assert all("secret-of-this" not in log["data"] for log in update_logs(hq))
	assert not branch.value("Shop Field Sampler", name, "password_field")


def test_events_come_in_pages(hq, branch):
	notes = [hq.create("Shop Note")["name"] for _ in range(230)]
	first = pull(branch, hq, max_batches=1)
	assert 0 < first["synced"] < 230
	assert first["behind"] == 230 - first["synced"]
	drain(branch, hq)
	assert assert_all_same(hq, branch, "Shop Note") == len(notes)


def test_positions_go_up_by_one_and_the_log_keeps_them(hq, branch):
	for _ in range(3):
		hq.create("Shop Note")
	drain(branch, hq)
	positions = [log["position"] for log in update_logs(hq)]
	assert positions == list(range(positions[0], positions[0] + 3))
	assert [log["position"] for log in sync_logs(branch)] == positions


def test_an_update_of_a_document_that_is_not_here_brings_the_whole_document(hq, branch):
	name = hq.create("Shop Note")["name"]
	drain(branch, hq)
	branch.delete("Shop Note", name)
	hq.update("Shop Note", name, priority=3)
	assert_arrives(hq, branch, "Shop Note", name)


def test_documents_from_before_the_approval_come_with_their_first_change(hq, branch):
	name = hq.create("Shop Ticket")["name"]
	subscribe(branch, hq, ["Shop Ticket"])
	hq.call("set_consumer_status", callback_url=branch.url, status="Approved")
	drain(branch, hq)
	assert not branch.exists("Shop Ticket", name)
	hq.update("Shop Ticket", name, status="Replied")
	assert_arrives(hq, branch, "Shop Ticket", name)


def test_a_minute_of_the_schedule_brings_what_is_new(hq, branch):
	name = hq.create("Shop Note")["name"]
	branch.tick()
	assert_same(hq, branch, "Shop Note", name)


def test_a_hint_after_the_commit_brings_what_is_new_at_once(hq, branch):
	name = hq.create("Shop Note")["name"]
	branch.call("run_jobs")  # the hint's job on hq, and then the pull's on branch, which the hint asked for
	assert_same(hq, branch, "Shop Note", name)
