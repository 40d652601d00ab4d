"""Two sites change one document at once, and documents whose changes a consumer was not always given."""

import json

import pytest

from support import link
from support.compare import assert_same


@pytest.fixture
def shared_note(hq, branch):
	"""A note of hq that both sites stream to each other, named so that each site knows it."""
	link.connect(branch, hq, ["Shop Note"])
	link.connect(hq, branch, [{"ref_doctype": "Shop Note", "on_conflict": "This Site Wins"}])
	note = hq.create("Shop Note", title="first")
	link.drain(branch, hq)
	link.drain(hq, branch)
	return note["name"]


def drain_both(hq, branch):
	for _round in range(2):
		link.drain(branch, hq)
		link.drain(hq, branch)


def test_a_change_goes_to_the_other_site_once_and_stops_there(hq, branch, shared_note):
	hq.update("Shop Note", shared_note, title="second")
	assert link.drain(branch, hq)["synced"] == 1
	assert link.drain(hq, branch) == {"synced": 0, "failed": 0, "waiting": 0, "skipped": 0}
	assert link.drain(branch, hq)["synced"] == 0
	branch.update("Shop Note", shared_note, title="third")
	drain_both(hq, branch)
	assert_same(hq, branch, "Shop Note", shared_note)
	assert hq.value("Shop Note", shared_note, "title") == "third"


def test_concurrent_edits_of_different_fields_both_stay(hq, branch, shared_note):
	hq.update("Shop Note", shared_note, title="by hq")
	branch.update("Shop Note", shared_note, priority=7)
	drain_both(hq, branch)
	assert_same(hq, branch, "Shop Note", shared_note)
	assert hq.value("Shop Note", shared_note, "title") == "by hq"
	assert hq.value("Shop Note", shared_note, "priority") == 7


def test_of_concurrent_edits_of_one_field_the_chosen_one_stays_and_the_other_is_recorded(
	hq, branch, shared_note
):
	hq.update("Shop Note", shared_note, title="by hq")
	branch.update("Shop Note", shared_note, title="by branch")
	drain_both(hq, branch)
	assert_same(hq, branch, "Shop Note", shared_note)
	assert hq.value("Shop Note", shared_note, "title") == "by hq"
	at_branch = json.loads(
		branch.rows("Event Sync Log", ["conflict"], {"conflict": ["is", "set"]})[0]["conflict"]
	)
	assert [
		(row["field"], row["before"], row["here"], row["producer"], row["kept"]) for row in at_branch
	] == [("title", "first", "by branch", "by hq", "producer")]
	at_hq = json.loads(hq.rows("Event Sync Log", ["conflict"], {"conflict": ["is", "set"]})[0]["conflict"])
	assert [(row["here"], row["producer"], row["kept"]) for row in at_hq] == [("by hq", "by branch", "here")]


def test_json_that_is_written_otherwise_here_is_no_conflict(hq, branch):
	link.connect(branch, hq, [{"ref_doctype": "Shop Field Sampler", "on_conflict": "Wait for a Person"}])
	name = hq.create("Shop Field Sampler", json_field='{"b": 1, "a": 2}')["name"]
	link.drain(branch, hq)
	otherwise = '{"a":2,"b":1}'
	branch.call("set_value_silently", doctype="Shop Field Sampler", name=name, json_field=otherwise)
	hq.update("Shop Field Sampler", name, json_field='{"b": 1, "a": 3}')
	assert link.drain(branch, hq) == {"synced": 1, "failed": 0, "waiting": 0, "skipped": 0}
	assert branch.rows("Event Sync Log", ["name"], {"conflict": ["is", "set"]}) == []
	here = branch.value("Shop Field Sampler", name, "json_field")
	assert (json.loads(here) if isinstance(here, str) else here) == {"a": 3, "b": 1}


def test_a_conflict_can_wait_for_a_person_who_takes_the_producers_value(hq, branch):
	link.connect(branch, hq, [{"ref_doctype": "Shop Note", "on_conflict": "Wait for a Person"}])
	note = hq.create("Shop Note", title="first")["name"]
	link.drain(branch, hq)
	branch.update("Shop Note", note, title="by branch")
	hq.update("Shop Note", note, title="by hq")
	assert link.drain(branch, hq)["failed"] == 1
	[failed] = link.sync_logs(branch, status="Failed")
	assert (
		"title was changed on both sites: it is by branch here and by hq at the producer" in failed["message"]
	)
	assert branch.value("Shop Note", note, "title") == "by branch"
	branch.call("resync_from_source", name=failed["name"])
	assert_same(hq, branch, "Shop Note", note)
	assert link.parked(branch) == []


def test_a_document_that_left_the_condition_and_came_back_is_whole(hq, branch):
	link.connect(branch, hq, [{"ref_doctype": "Shop Note", "condition": '{"priority": 1}'}])
	note = hq.create("Shop Note", title="first", priority=1)["name"]
	link.drain(branch, hq)
	hq.update("Shop Note", note, priority=2)
	hq.update("Shop Note", note, title="changed while it was out")
	link.drain(branch, hq)
	assert branch.value("Shop Note", note, "title") == "first"
	hq.update("Shop Note", note, priority=1)
	link.drain(branch, hq)
	assert_same(hq, branch, "Shop Note", note)


def test_changes_made_while_unsubscribed_come_with_the_next_one(hq, branch):
	link.connect(branch, hq, ["Shop Note"])
	note = hq.create("Shop Note", title="first")["name"]
	link.drain(branch, hq)
	link.subscribe(branch, hq, [{"ref_doctype": "Shop Note", "unsubscribe": 1}])
	hq.update("Shop Note", note, title="changed while unsubscribed")
	link.drain(branch, hq)
	link.subscribe(branch, hq, [{"ref_doctype": "Shop Note", "unsubscribe": 0}])
	link.approve(hq, branch)
	link.drain(branch, hq)
	hq.update("Shop Note", note, priority=9)
	link.drain(branch, hq)
	assert_same(hq, branch, "Shop Note", note)


def test_the_form_counts_conflicts_by_kind(hq, branch):
	link.connect(branch, hq, ["Shop Note", "Shop Invoice", "Shop Item", "Shop Customer"])
	link.connect(hq, branch, ["Shop Note", "Shop Invoice", "Shop Item", "Shop Customer"])
	item = hq.create("Shop Item")["name"]
	rows = [{"item": item, "qty": 1, "description": "first"}]
	changed, renamed, deleted = (hq.create("Shop Note", title="first")["name"] for _note in range(3))
	invoice = hq.create("Shop Invoice", items=rows)["name"]
	drain_both(hq, branch)
	assert branch.call("event_streaming.desk.conflict_counts:_count", producer=hq.url) == {}
	for site, name in ((hq, "by hq"), (branch, "by branch")):
		site.update("Shop Note", changed, title=name, content=name)
		site.rename("Shop Note", renamed, name)
		site.call("update_row", doctype="Shop Invoice", name=invoice, table="items", row=0, description=name)
	branch.delete("Shop Note", deleted)
	hq.update("Shop Note", deleted, title="later")
	drain_both(hq, branch)
	counts = branch.call("event_streaming.desk.conflict_counts:_count", producer=hq.url)
	assert counts == {"fields": 2, "rows": 1, "names": 1, "deletions": 1}
	onload = branch.call("event_streaming.desk.conflict_counts:read", producer=hq.url)
	assert onload == counts
