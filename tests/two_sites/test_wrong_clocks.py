"""Who had a change, and then made one, made the later one, whatever the clocks of the two sites say."""

import pytest

from support import link
from support.both_live import both_ways, drain_both, invoice, lost, rows_of
from support.compare import assert_same

INVOICE, CUSTOMER = "Shop Invoice", "Shop Customer"


class TestClocksThatAreWrong:
	"""Who had a change, and then made one, made the later one, whatever the clocks say."""

	AHEAD = "2099-01-01T00:00:00.000000Z"

	@pytest.fixture
	def name(self, hq, branch):
		both_ways(hq, branch, "Latest Change Wins", "Latest Change Wins")
		name = invoice(hq, notes="as it was")
		drain_both(hq, branch)
		return name

	def made_ahead_of_time(self, hq, at: str = AHEAD) -> None:
		"""The last change at hq, whose clock is wrong."""
		last = max(hq.rows("Update Log", ["name"]), key=lambda row: row["name"])
		hq.call("set_value_silently", doctype="Update Log", name=last["name"], changed_at=at)

	def test_the_second_change_of_a_value_stands_on_both_sites(self, hq, branch, name):
		hq.update(INVOICE, name, notes="first")
		self.made_ahead_of_time(hq)
		link.drain(branch, hq)
		branch.update(INVOICE, name, notes="second")
		drain_both(hq, branch)
		assert_same(hq, branch, INVOICE, name)
		assert hq.get(INVOICE, name)["notes"] == "second"
		assert lost(hq) == lost(branch) == []

	def test_a_deletion_of_the_changed_document_takes_it_on_both_sites(self, hq, branch, name):
		hq.update(INVOICE, name, notes="first")
		self.made_ahead_of_time(hq)
		link.drain(branch, hq)
		branch.delete(INVOICE, name)
		drain_both(hq, branch)
		assert not hq.exists(INVOICE, name) and not branch.exists(INVOICE, name)

	def test_rows_that_were_moved_again_stand_in_one_order(self, hq, branch, name):
		hq.call("reorder_rows", doctype=INVOICE, name=name, table="items", order=[2, 1])
		self.made_ahead_of_time(hq)
		link.drain(branch, hq)
		branch.call("reorder_rows", doctype=INVOICE, name=name, table="items", order=[2, 1])
		drain_both(hq, branch)
		assert rows_of(hq, name) == rows_of(branch, name) == ["row 1", "row 2"]

	def test_a_clock_that_is_set_back_between_two_changes_leaves_the_sites_equal(self, hq, branch, name):
		hq.update(INVOICE, name, notes="first")
		self.made_ahead_of_time(hq)
		hq.update(INVOICE, name, notes="third")
		branch.update(INVOICE, name, notes="meanwhile")
		drain_both(hq, branch)
		assert_same(hq, branch, INVOICE, name)
		assert branch.get(INVOICE, name)["notes"] == "third"
		assert lost(branch)

	def test_a_clock_that_is_set_back_after_a_rename_leaves_the_sites_equal(self, hq, branch, name):
		customer = hq.create(CUSTOMER, remarks="as it was")["name"]
		drain_both(hq, branch)
		hq.update(CUSTOMER, customer, remarks="first")
		self.made_ahead_of_time(hq)
		renamed = hq.rename(CUSTOMER, customer, f"{customer} R")
		hq.update(CUSTOMER, renamed, remarks="third")
		branch.update(CUSTOMER, customer, remarks="meanwhile")
		drain_both(hq, branch)
		assert_same(hq, branch, CUSTOMER, renamed)
		assert branch.get(CUSTOMER, renamed)["remarks"] == "third"

	def test_a_change_after_one_of_the_last_moment_there_is(self, hq, branch, name):
		hq.update(INVOICE, name, notes="first")
		self.made_ahead_of_time(hq, "9999-12-31T23:59:59.999999Z")
		link.drain(branch, hq)
		branch.update(INVOICE, name, notes="second")
		drain_both(hq, branch)
		assert_same(hq, branch, INVOICE, name)

	def test_of_two_changes_at_once_the_clocks_decide_all_the_same(self, hq, branch, name):
		hq.update(INVOICE, name, notes="first")
		self.made_ahead_of_time(hq)
		branch.update(INVOICE, name, notes="second")
		drain_both(hq, branch)
		assert_same(hq, branch, INVOICE, name)
		assert hq.get(INVOICE, name)["notes"] == "first"
		assert lost(branch)
