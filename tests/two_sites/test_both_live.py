"""People work on the receiving site, too: what was carried further here stays (I3), and what both sites changed is kept
on both, or recorded with its values where it lost (I4, I5).
"""

import json

import pytest

from support import link
from support.both_live import DOCTYPES, both_ways, drain_both, invoice, lost, rows_of
from support.compare import assert_same

INVOICE = "Shop Invoice"
RULES = ["Producer Wins", "This Site Wins", "Latest Change Wins"]


class TestCarriedFurtherHere:
	@pytest.fixture(params=RULES)
	def name(self, request, hq, branch):
		"""A draft of branch, submitted at hq."""
		link.connect(hq, branch, [{"ref_doctype": name, "on_conflict": request.param} for name in DOCTYPES])
		name = invoice(branch)
		link.drain(hq, branch)
		hq.submit(INVOICE, name)
		return name

	def test_a_change_of_the_draft_there_leaves_the_submitted_document_here_alone(self, hq, branch, name):
		before = hq.get(INVOICE, name)
		branch.call("update_row", doctype=INVOICE, name=name, table="items", row=1, qty=9)
		branch.update(INVOICE, name, notes="by branch")
		assert link.drain(hq, branch)["failed"] == 0
		assert hq.get(INVOICE, name) == before
		found = {(row["table"], row["field"]): (row["producer"], row["kept"]) for row in lost(hq)}
		assert found["items", "qty"] == (9, "here")
		assert found[None, "notes"] == ("by branch", "here")

	def test_a_direct_change_and_rows_of_the_draft_leave_it_alone_too(self, hq, branch, name):
		before = hq.get(INVOICE, name)
		branch.call("db_set", doctype=INVOICE, name=name, notes="by branch")
		branch.call("db_set_row", doctype=INVOICE, name=name, table="items", row=1, qty=9)
		branch.call("append_row", doctype=INVOICE, name=name, table="taxes", description="VAT", rate=19)
		branch.call("remove_row", doctype=INVOICE, name=name, table="items", row=2)
		assert link.drain(hq, branch)["failed"] == 0
		assert hq.get(INVOICE, name) == before

	def test_after_a_gap_the_draft_there_leaves_it_alone(self, hq, branch, name):
		hq.call("insert", doctype="Comment", comment_type="Comment", reference_doctype=INVOICE, reference_name=name, content="mine")  # fmt: skip
		before = hq.get(INVOICE, name)
		link.subscribe(hq, branch, [{"ref_doctype": INVOICE, "unsubscribe": 1}])
		branch.update(INVOICE, name, notes="not told")
		link.drain(hq, branch)
		link.subscribe(hq, branch, [{"ref_doctype": INVOICE, "unsubscribe": 0}])
		link.approve(branch, hq)
		branch.update(INVOICE, name, posting_time="01:02:03")
		link.drain(hq, branch)
		assert hq.get(INVOICE, name) == before
		assert hq.call("count", doctype="Comment", reference_name=name, content="mine") == 1
		assert ("notes", "not told", "here") in [(r["field"], r["producer"], r["kept"]) for r in lost(hq)]

	def test_the_draft_is_deleted_there(self, hq, branch, name):
		before = hq.get(INVOICE, name)
		branch.delete(INVOICE, name)
		assert link.drain(hq, branch)["failed"] == 0
		assert hq.get(INVOICE, name) == before

	def test_what_was_cancelled_here_is_not_touched_by_its_submission_there(self, hq, branch, name):
		hq.cancel(INVOICE, name)
		before = hq.get(INVOICE, name)
		branch.submit(INVOICE, name)
		assert link.drain(hq, branch)["failed"] == 0
		assert hq.get(INVOICE, name) == before

	def test_only_a_person_who_says_so_takes_it_back_and_what_belongs_to_it_stays(self, hq, branch, name):
		hq.call("insert", doctype="Comment", comment_type="Comment", reference_doctype=INVOICE, reference_name=name, content="mine")  # fmt: skip
		before = hq.get(INVOICE, name)
		branch.update(INVOICE, name, notes="by branch")
		link.drain(hq, branch)
		[row] = link.sync_logs(hq, remote_docname=name, update_type="Update")
		assert hq.call("resync_from_source", name=row["name"])["stays"]
		assert hq.get(INVOICE, name) == before
		assert not hq.call("resync_from_source", name=row["name"], take_back=True)["stays"]
		assert_same(hq, branch, INVOICE, name)
		assert hq.call("count", doctype="Comment", reference_name=name, content="mine") == 1
		assert "5" in json.dumps([found for found in lost(hq) if found["kept"] == "producer"])


@pytest.mark.parametrize("rules", [("Latest Change Wins",) * 2, ("Producer Wins",) * 2, ("This Site Wins", "Producer Wins"), (None, None)])  # fmt: skip
class TestBothEndEqual:
	@pytest.fixture
	def name(self, hq, branch, rules):
		both_ways(hq, branch, *rules)
		name = invoice(hq)
		drain_both(hq, branch)
		return name

	def check(self, hq, branch, name):
		drain_both(hq, branch)
		assert hq.names(INVOICE) == branch.names(INVOICE)
		assert link.parked(hq) == link.parked(branch) == []
		if hq.exists(INVOICE, name):
			assert_same(hq, branch, INVOICE, name)

	def test_a_draft_here_says_nothing_against_what_was_submitted_there(self, hq, branch, name):
		branch.update(INVOICE, name, notes="of the draft")
		hq.submit(INVOICE, name)
		link.drain(branch, hq)
		hq.update(INVOICE, name, notes="submitted")
		self.check(hq, branch, name)
		assert hq.value(INVOICE, name, "notes") == branch.value(INVOICE, name, "notes") == "submitted"
		assert "of the draft" in json.dumps(lost(hq) + lost(branch))

	def test_both_add_a_row(self, hq, branch, name):
		item = hq.get(INVOICE, name)["items"][0]["item"]
		hq.call("append_row", doctype=INVOICE, name=name, table="items", item=item, qty=1, description="hq")
		branch.call(
			"append_row", doctype=INVOICE, name=name, table="items", item=item, qty=1, description="b"
		)
		self.check(hq, branch, name)
		assert sorted(rows_of(hq, name)) == ["b", "hq", "row 1", "row 2"]

	def test_one_adds_a_row_and_the_other_moves_rows(self, hq, branch, name):
		item = hq.get(INVOICE, name)["items"][0]["item"]
		hq.call("append_row", doctype=INVOICE, name=name, table="items", item=item, qty=1, description="hq")
		branch.call("reorder_rows", doctype=INVOICE, name=name, table="items", order=[2, 1])
		self.check(hq, branch, name)
		assert sorted(rows_of(hq, name)) == ["hq", "row 1", "row 2"]

	def test_one_changes_a_row_that_the_other_removes(self, hq, branch, name):
		hq.call("update_row", doctype=INVOICE, name=name, table="items", row=2, description="changed")
		branch.call("remove_row", doctype=INVOICE, name=name, table="items", row=2)
		self.check(hq, branch, name)
		assert rows_of(hq, name) == ["row 1"]
		assert "changed" in json.dumps(lost(hq)) and "changed" in json.dumps(lost(branch))

	def test_both_change_one_field(self, hq, branch, name):
		hq.update(INVOICE, name, notes="by hq")
		branch.update(INVOICE, name, notes="by branch")
		self.check(hq, branch, name)
		assert {"by hq", "by branch"} == {lost(hq)[0]["here"], lost(hq)[0]["producer"]}
		assert {"by hq", "by branch"} == {lost(branch)[0]["here"], lost(branch)[0]["producer"]}

	@pytest.mark.parametrize("back", ["hq", "branch"])
	def test_one_changes_a_field_and_changes_it_back(self, hq, branch, name, back):
		one, other = (hq, branch) if back == "hq" else (branch, hq)
		first = one.value(INVOICE, name, "notes")
		one.update(INVOICE, name, notes="for a moment")
		other.update(INVOICE, name, notes="other")
		one.update(INVOICE, name, notes=first)
		self.check(hq, branch, name)

	@pytest.mark.parametrize("submitting", ["hq", "branch"])
	def test_one_submits_what_the_other_changes(self, hq, branch, name, submitting):
		one, other = (hq, branch) if submitting == "hq" else (branch, hq)
		one.submit(INVOICE, name)
		other.call("update_row", doctype=INVOICE, name=name, table="items", row=1, qty=7)
		self.check(hq, branch, name)
		assert one.get(INVOICE, name)["items"][0]["qty"] == 1
		assert "7" in json.dumps(lost(other)) and "7" in json.dumps(lost(one))

	@pytest.mark.parametrize("deleting", ["hq", "branch"])
	@pytest.mark.parametrize("first", ["delete", "change"])
	def test_one_deletes_what_the_other_changes(self, hq, branch, name, deleting, first):
		one, other = (hq, branch) if deleting == "hq" else (branch, hq)
		if first == "delete":
			one.delete(INVOICE, name)
		other.update(INVOICE, name, notes="kept?")
		if first == "change":
			one.delete(INVOICE, name)
		self.check(hq, branch, name)
		if hq.exists(INVOICE, name):
			assert hq.value(INVOICE, name, "notes") == "kept?"
			[found] = [found for found in lost(one) if found["field"] == "name"]
			assert (found["here"], found["producer"], found["kept"]) == (None, name, "producer")
			assert "name" in [found["field"] for found in lost(other)]
		else:
			assert "kept?" in json.dumps(lost(hq) + lost(branch))

	def test_a_person_takes_the_other_sites_document(self, hq, branch, name):
		branch.update(INVOICE, name, notes="by branch")
		[row, *_others] = link.sync_logs(branch, remote_docname=name)
		branch.call("resync_from_source", name=row["name"])
		assert branch.value(INVOICE, name, "notes") == hq.value(INVOICE, name, "notes") != "by branch"
		assert ("by branch", "producer") in [(found["here"], found["kept"]) for found in lost(branch)]
		self.check(hq, branch, name)
		assert hq.value(INVOICE, name, "notes") != "by branch"

	def test_after_a_gap_both_sites_changes_are_kept(self, hq, branch, name):
		item = hq.get(INVOICE, name)["items"][0]["item"]
		branch.update(INVOICE, name, notes="by branch", posting_time="01:01:01")
		branch.call(
			"append_row", doctype=INVOICE, name=name, table="items", item=item, qty=1, description="b"
		)
		hq.update(INVOICE, name, posting_time="02:02:02")
		link.subscribe(branch, hq, [{"ref_doctype": INVOICE, "unsubscribe": 1}])
		hq.update(INVOICE, name, posting_date="2026-05-06")
		link.drain(branch, hq)
		link.subscribe(branch, hq, [{"ref_doctype": INVOICE, "unsubscribe": 0}])
		link.approve(hq, branch)
		hq.call("update_row", doctype=INVOICE, name=name, table="items", row=1, warehouse="W")
		self.check(hq, branch, name)
		assert branch.value(INVOICE, name, "notes") == "by branch"
		assert str(branch.value(INVOICE, name, "posting_date")) == "2026-05-06"
		assert sorted(rows_of(hq, name)) == ["b", "row 1", "row 2"]
		assert "posting_time" in [found["field"] for found in lost(hq) + lost(branch)]

	def test_a_backfill_does_not_bring_back_what_was_deleted_here_meanwhile(self, hq, branch, name):
		branch.delete(INVOICE, name)
		assert branch.call("backfill", producer_url=hq.url, doctypes=[INVOICE])["error"] == ""
		assert not branch.exists(INVOICE, name)
		[told] = link.sync_logs(branch, remote_docname=name, source="Backfill")
		assert (told["status"], told["message"]) == (
			"Skipped",
			"It was deleted here after its last change there.",
		)
		self.check(hq, branch, name)
		assert not hq.exists(INVOICE, name)

	def test_a_backfill_brings_back_what_was_changed_there_after_it_was_deleted_here(self, hq, branch, name):
		branch.delete(INVOICE, name)
		hq.update(INVOICE, name, notes="still needed")
		assert branch.call("backfill", producer_url=hq.url, doctypes=[INVOICE])["error"] == ""
		assert branch.value(INVOICE, name, "notes") == "still needed"
		self.check(hq, branch, name)
		assert hq.value(INVOICE, name, "notes") == "still needed"

	@pytest.mark.parametrize("deleting", ["hq", "branch"])
	def test_one_deletes_the_draft_that_the_other_submits(self, hq, branch, name, deleting):
		one, other = (hq, branch) if deleting == "hq" else (branch, hq)
		other.submit(INVOICE, name)
		one.delete(INVOICE, name)
		self.check(hq, branch, name)
		assert hq.value(INVOICE, name, "docstatus") == 1


class TestTheSecondDirectionComesLater:
	"""Of what each site knew before its log began, the register tells: else all that the first site ever did would count as
	done at the same time."""

	@pytest.fixture
	def name(self, hq, branch):
		link.connect(branch, hq, DOCTYPES)
		name = invoice(hq)
		hq.update(INVOICE, name, notes="by hq")
		link.drain(branch, hq)
		return name

	def give_back(self, hq, branch, rule) -> None:
		rows = [{"ref_doctype": name, "on_conflict": rule} for name in DOCTYPES]
		link.connect(hq, branch, rows)

	@pytest.mark.parametrize("rule", [*RULES, "Wait for a Person"])
	def test_a_change_there_of_what_was_changed_here_before_is_no_conflict(self, hq, branch, name, rule):
		self.give_back(hq, branch, rule)
		branch.update(INVOICE, name, notes="by branch")
		branch.update(INVOICE, name, posting_time="02:02:02")
		assert link.drain(hq, branch)["failed"] == 0
		branch.update(INVOICE, name, notes="by branch again")
		branch.submit(INVOICE, name)
		assert link.drain(hq, branch)["failed"] == 0
		assert hq.value(INVOICE, name, "notes") == "by branch again"
		assert_same(hq, branch, INVOICE, name)
		assert lost(hq) == []

	def test_what_was_changed_at_once_is_one(self, hq, branch, name):
		self.give_back(hq, branch, "Latest Change Wins")
		hq.update(INVOICE, name, notes="earlier")
		branch.update(INVOICE, name, notes="later")
		drain_both(hq, branch)
		assert_same(hq, branch, INVOICE, name)
		assert hq.value(INVOICE, name, "notes") == "later"
		assert "earlier" in json.dumps(lost(hq))

	def test_what_was_changed_at_once_is_one_also_by_the_first_event_of_the_log(self, hq, branch, name):
		"""The log of a new site has no gap between the ids at the approval and at the first change."""
		another = invoice(hq)
		link.drain(branch, hq)
		self.give_back(hq, branch, "Latest Change Wins")
		branch.update(INVOICE, another, notes="by branch")
		link.drain(hq, branch)
		last = max(row["name"] for row in link.update_logs(branch))
		rows = "Event Consumer Document Type"
		for row in branch.rows(rows, ["name"]):
			branch.call("db_set", doctype=rows, name=row["name"], active_since=last + 1)
		hq.update(INVOICE, name, notes="earlier")
		branch.update(INVOICE, name, notes="later")
		assert max(row["name"] for row in link.update_logs(branch)) == last + 1
		drain_both(hq, branch)
		assert_same(hq, branch, INVOICE, name)
		assert hq.value(INVOICE, name, "notes") == "later"
		assert "earlier" in json.dumps(lost(hq))

	def test_what_was_missed_while_unsubscribed_comes_with_the_next_change(self, hq, branch, name):
		"""This site knows the document, but by its own log alone: it has never received an event of it."""
		another = invoice(hq)
		link.drain(branch, hq)
		self.give_back(hq, branch, "Latest Change Wins")
		link.subscribe(hq, branch, [{"ref_doctype": doctype, "unsubscribe": 1} for doctype in DOCTYPES])
		branch.update(INVOICE, name, notes="changed while unsubscribed")
		link.drain(hq, branch)
		link.subscribe(hq, branch, [{"ref_doctype": doctype, "unsubscribe": 0} for doctype in DOCTYPES])
		link.approve(branch, hq)
		branch.update(INVOICE, another, notes="something else first")
		branch.update(INVOICE, name, posting_time="02:02:02")
		assert link.drain(hq, branch)["failed"] == 0
		assert_same(hq, branch, INVOICE, name)
		assert hq.value(INVOICE, name, "notes") == "changed while unsubscribed"
