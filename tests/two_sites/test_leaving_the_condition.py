"""A change at the producer takes a document out of the condition: what becomes of it here is chosen for each DocType."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, subscribe, sync_logs

NOTE, INVOICE, CUSTOMER = "Shop Note", "Shop Invoice", "Shop Customer"
OPEN = '[["status", "=", "Open"]]'


def ask_for(branch, hq, choice, doctype=NOTE, condition=OPEN):
	row = {"ref_doctype": doctype, "condition": condition, "use_same_name": 1}
	connect(branch, hq, [{**row, **({"when_it_leaves": choice} if choice else {})}])


def messages(branch, name):
	return [row["message"] or "" for row in sync_logs(branch) if row["remote_docname"] == name]


@pytest.mark.parametrize("choice", ["", "Keep"])
def test_keep_is_the_default_and_says_nothing(hq, branch, choice):
	ask_for(branch, hq, choice)
	name = hq.create(NOTE, status="Open")["name"]
	drain(branch, hq)
	hq.update(NOTE, name, status="Closed")
	drain(branch, hq)
	assert branch.value(NOTE, name, "status") == "Open"
	assert messages(branch, name) == [""]


def test_keep_and_mark_leaves_a_comment(hq, branch):
	ask_for(branch, hq, "Keep and Mark")
	name = hq.create(NOTE, status="Open")["name"]
	drain(branch, hq)
	hq.update(NOTE, name, status="Closed")
	drain(branch, hq)
	assert branch.value(NOTE, name, "status") == "Open"
	comments = branch.rows("Comment", ["content"], {"reference_doctype": NOTE, "reference_name": name})
	assert [hq.url in row["content"] for row in comments] == [True]
	assert "left the condition" in messages(branch, name)[1]


class TestDelete:
	@pytest.fixture(autouse=True)
	def deleting(self, hq, branch, request):
		if "submitted" not in request.node.name:
			ask_for(branch, hq, "Delete")

	def test_it_goes_and_comes_back_whole(self, hq, branch):
		name = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		hq.update(NOTE, name, status="Closed", content="unseen")
		drain(branch, hq)
		assert not branch.exists(NOTE, name)
		assert "deleted here" in messages(branch, name)[1]
		hq.update(NOTE, name, priority=4)
		drain(branch, hq)
		assert not branch.exists(NOTE, name)
		hq.update(NOTE, name, status="Open")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, name)

	def test_what_was_out_all_along_is_not_named(self, hq, branch):
		name = hq.create(NOTE, status="Closed")["name"]
		hq.update(NOTE, name, priority=4)
		hq.update(NOTE, name, title="still out")
		drain(branch, hq)
		assert messages(branch, name) == []

	def test_out_in_and_out_again_before_anything_is_read(self, hq, branch):
		name = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		for status in ("Closed", "Open", "Closed"):
			hq.update(NOTE, name, status=status)
		drain(branch, hq)
		assert not branch.exists(NOTE, name)
		assert not [row for row in sync_logs(branch) if row["status"] == "Failed"]

	def test_db_set_takes_it_out_too(self, hq, branch):
		name = hq.create(NOTE, status="Open")["name"]
		drain(branch, hq)
		hq.call("db_set", doctype=NOTE, name=name, status="Closed")
		drain(branch, hq)
		assert not branch.exists(NOTE, name)

	def test_what_is_submitted_stays(self, hq, branch):
		condition = '[["posting_date", "<", "2030-01-01"]]'
		ask_for(branch, hq, "Delete", INVOICE, condition)
		name = hq.create(INVOICE)["name"]
		hq.call("submit", doctype=INVOICE, name=name)
		drain(branch, hq)
		assert branch.value(INVOICE, name, "docstatus") == 1
		hq.call("db_set", doctype=INVOICE, name=name, posting_date="2031-01-01")
		drain(branch, hq)
		assert branch.value(INVOICE, name, "docstatus") == 1
		assert "submitted here" in messages(branch, name)[-1]


def test_a_producer_that_is_not_asked_tells_nothing_of_what_left(hq, branch):
	ask_for(branch, hq, "Keep")
	name = hq.create(NOTE, status="Open")["name"]
	drain(branch, hq)
	subscribe(
		branch, hq, [{"ref_doctype": NOTE, "condition": OPEN, "use_same_name": 1, "when_it_leaves": "Keep"}]
	)
	hq.update(NOTE, name, status="Closed")
	assert drain(branch, hq)["synced"] == 0
