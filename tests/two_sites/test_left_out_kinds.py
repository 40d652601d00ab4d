"""Kinds of change that a row of the Event Configuration leaves out."""

import pytest

from support.link import connect, drain, parked, sync_logs

INVOICE, NOTE = "Shop Invoice", "Shop Note"


def stream(branch, hq, doctype=INVOICE, **options):
	connect(branch, hq, [{"ref_doctype": doctype, **options}])


def state(site, name):
	return site.value(INVOICE, name, "docstatus")


def messages(branch):
	return " ".join(row["message"] or "" for row in branch.rows("Event Sync Log", ["message"]))


class TestReceiveAsDraft:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		stream(branch, hq, receive_as_draft=1)

	def assert_nothing_waits(self, branch):
		assert parked(branch) == [] and sync_logs(branch, status="Failed") == []

	def test_a_document_that_is_submitted_there_is_a_draft_here(self, hq, branch):
		name = hq.create(INVOICE, notes="one")["name"]
		drain(branch, hq)
		hq.submit(INVOICE, name)
		drain(branch, hq)
		assert state(branch, name) == 0
		assert "this site submits it itself" in messages(branch)
		self.assert_nothing_waits(branch)

	def test_one_that_is_submitted_at_once(self, hq, branch):
		name = hq.call("insert_and_submit", doctype=INVOICE, customer=hq.create("Shop Customer")["name"])[
			"name"
		]
		drain(branch, hq)
		assert state(branch, name) == 0
		assert {row["docstatus"] for row in branch.get(INVOICE, name)["items"]} <= {0}
		self.assert_nothing_waits(branch)

	def test_changes_after_the_submit_go_on_into_the_draft(self, hq, branch):
		name = hq.create(INVOICE, notes="one")["name"]
		hq.submit(INVOICE, name)
		drain(branch, hq)
		hq.call("db_set", doctype=INVOICE, name=name, notes="two")
		drain(branch, hq)
		assert (branch.value(INVOICE, name, "notes"), state(branch, name)) == ("two", 0)
		self.assert_nothing_waits(branch)

	def test_what_is_submitted_here_stays_and_the_row_says_so(self, hq, branch):
		name = hq.create(INVOICE, notes="one")["name"]
		drain(branch, hq)
		branch.submit(INVOICE, name)
		hq.submit(INVOICE, name)
		hq.call("db_set", doctype=INVOICE, name=name, notes="two")
		drain(branch, hq)
		assert (branch.value(INVOICE, name, "notes"), state(branch, name)) == ("one", 1)
		assert "stays as it is" in messages(branch)
		self.assert_nothing_waits(branch)

	def test_cancelled_there(self, hq, branch):
		name = hq.create(INVOICE)["name"]
		hq.submit(INVOICE, name)
		drain(branch, hq)
		hq.cancel(INVOICE, name)
		drain(branch, hq)
		assert state(branch, name) == 0
		assert "It was cancelled there." in messages(branch)
		self.assert_nothing_waits(branch)

	def test_backfill_of_all_states(self, hq, branch):
		names = [hq.create(INVOICE)["name"] for _ in range(3)]
		hq.submit(INVOICE, names[1])
		hq.submit(INVOICE, names[2])
		hq.cancel(INVOICE, names[2])
		branch.call("backfill", producer_url=hq.url, doctypes=[INVOICE])
		assert [state(branch, name) for name in names] == [0, 0, 0]
		drain(branch, hq)
		self.assert_nothing_waits(branch)

	def test_a_comparison_looks_at_all_but_the_state(self, hq, branch):
		name = hq.create(INVOICE)["name"]
		drain(branch, hq)
		hq.submit(INVOICE, name)
		drain(branch, hq)
		row = branch.call("support.comparing:reconcile", producer_url=hq.url)[INVOICE]
		assert (row["equal"], row["different"]) == (1, 0)


class TestLaterChanges:
	def test_stay_away(self, hq, branch):
		stream(branch, hq, leave_out_changes=1)
		name = hq.create(INVOICE, notes="one")["name"]
		drain(branch, hq)
		hq.update(INVOICE, name, notes="two")
		drain(branch, hq)
		assert branch.value(INVOICE, name, "notes") == "one"
		assert [row["status"] for row in sync_logs(branch, update_type="Update")] == ["Skipped"]
		hq.submit(INVOICE, name)
		drain(branch, hq)
		assert state(branch, name) == 1

	def test_of_a_document_that_is_not_here_bring_it(self, hq, branch):
		name = hq.create(INVOICE, notes="one")["name"]
		stream(branch, hq, leave_out_changes=1)
		hq.update(INVOICE, name, notes="two")
		drain(branch, hq)
		assert branch.value(INVOICE, name, "notes") == "two"


class TestCancellations:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		stream(branch, hq, leave_out_cancels=1)

	def test_stay_away(self, hq, branch):
		name = hq.create(INVOICE)["name"]
		hq.submit(INVOICE, name)
		drain(branch, hq)
		hq.cancel(INVOICE, name)
		drain(branch, hq)
		assert state(branch, name) == 1
		assert "leaves out cancellations" in messages(branch)

	def test_also_in_a_whole_document(self, hq, branch):
		name = hq.create(INVOICE)["name"]
		hq.submit(INVOICE, name)
		drain(branch, hq)
		hq.cancel(INVOICE, name)
		drain(branch, hq)
		branch.call("resync_from_source", name=sync_logs(branch)[-1]["name"])
		assert state(branch, name) == 1


class TestDeletions:
	def test_stay_away(self, hq, branch):
		stream(branch, hq, doctype=NOTE, leave_out_deletes=1)
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		hq.delete(NOTE, name)
		drain(branch, hq)
		assert branch.exists(NOTE, name)
		assert "leaves out deletions" in messages(branch)
