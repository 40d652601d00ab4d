"""Names while people work on both sites: of two renames one stands, a change meets its document under any name, and what
comes back after a deletion is the document that it was (I2, I4, I5)."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs

CUSTOMER, NOTE = "Shop Customer", "Shop Note"
LATEST, PRODUCER, HERE = "Latest Change Wins", "Producer Wins", "This Site Wins"
RULES = [(LATEST, LATEST), (PRODUCER, PRODUCER), (HERE, PRODUCER)]


def both_ways(hq, branch, rule_at_branch=None, rule_at_hq=None, doctype=NOTE, **row) -> None:
	connect(branch, hq, [{"ref_doctype": doctype, "on_conflict": rule_at_branch, **row}])
	connect(hq, branch, [{"ref_doctype": doctype, "on_conflict": rule_at_hq, **row}])


def settle(hq, branch) -> None:
	for _round in range(4):
		drain(branch, hq)
		drain(hq, branch)


def lost(site) -> list[dict]:
	rows = site.rows("Event Sync Log", ["conflict"], {"conflict": ["is", "set"]})
	return [conflict for row in rows for conflict in json.loads(row["conflict"])]


def assert_equal_sites(hq, branch, doctype=NOTE) -> list[str]:
	assert parked(hq) == parked(branch) == []
	assert sorted(hq.names(doctype)) == sorted(branch.names(doctype))
	for name in hq.names(doctype):
		assert_same(hq, branch, doctype, name)
	return sorted(hq.names(doctype))


@pytest.mark.parametrize("rules", RULES)
class TestUnderEachRule:
	@pytest.fixture
	def note(self, hq, branch, rules) -> str:
		both_ways(hq, branch, *rules)
		name = hq.create(NOTE, title="first")["name"]
		settle(hq, branch)
		return name

	def first(self, rules, hq, branch, earlier, later):
		"""Whose name stands."""
		if rules[0] == HERE:
			return branch
		return hq if rules[1] == HERE else later

	@pytest.mark.parametrize("order", ["hq first", "branch first"])
	def test_both_rename_it(self, hq, branch, rules, note, order):
		earlier, later = (hq, branch) if order == "hq first" else (branch, hq)
		for site in (earlier, later):
			site.rename(NOTE, note, f"of {site.name}")
		settle(hq, branch)
		stands = self.first(rules, hq, branch, earlier, later)
		assert assert_equal_sites(hq, branch) == [f"of {stands.name}"]
		for site in (hq, branch):
			[found] = [found for found in lost(site) if found["field"] == "name"]
			assert {found["here"], found["producer"]} == {f"of {hq.name}", f"of {branch.name}"}

	@pytest.mark.parametrize("renaming", ["hq", "branch"])
	def test_one_renames_what_the_other_changes(self, hq, branch, note, renaming):
		one, other = (hq, branch) if renaming == "hq" else (branch, hq)
		one.rename(NOTE, note, "renamed")
		other.update(NOTE, note, content="<p>changed</p>")
		settle(hq, branch)
		assert assert_equal_sites(hq, branch) == ["renamed"]
		assert hq.value(NOTE, "renamed", "content") == "<p>changed</p>"

	@pytest.mark.parametrize("renaming", ["hq", "branch"])
	def test_both_change_a_field_and_one_renames_it_in_between(self, hq, branch, note, renaming):
		"""What was changed under the former name is known under the new one."""
		one, other = (hq, branch) if renaming == "hq" else (branch, hq)
		one.update(NOTE, note, title="of one")
		one.rename(NOTE, note, "renamed")
		other.update(NOTE, note, title="of other")
		settle(hq, branch)
		assert assert_equal_sites(hq, branch) == ["renamed"]
		told = json.dumps([lost(hq), lost(branch)])
		assert "of one" in told and "of other" in told

	@pytest.mark.parametrize("renaming", ["hq", "branch"])
	def test_a_rename_of_what_the_other_renamed_before_is_no_conflict(self, hq, branch, note, renaming):
		"""Who renames it the second time knows the first name, though it came under the name before that."""
		one, other = (hq, branch) if renaming == "hq" else (branch, hq)
		other.rename(NOTE, note, "first")
		settle(hq, branch)
		one.update(NOTE, "first", title="changed")
		one.rename(NOTE, "first", "second")
		settle(hq, branch)
		assert assert_equal_sites(hq, branch) == ["second"]
		assert lost(hq) == lost(branch) == []

	@pytest.mark.parametrize("order", ["rename first", "delete first"])
	@pytest.mark.parametrize("renaming", ["hq", "branch"])
	def test_one_renames_what_the_other_deletes(self, hq, branch, note, order, renaming):
		one, other = (hq, branch) if renaming == "hq" else (branch, hq)
		if order == "rename first":
			one.rename(NOTE, note, "renamed")
		other.delete(NOTE, note)
		if order == "delete first":
			one.rename(NOTE, note, "renamed")
		settle(hq, branch)
		names = assert_equal_sites(hq, branch)
		assert names == (["renamed"] if order == "delete first" else [])
		assert "renamed" in json.dumps([lost(hq), lost(branch)])

	@pytest.mark.parametrize("deleting", ["hq", "branch"])
	def test_what_comes_back_is_the_document_that_it_was(self, hq, branch, note, deleting):
		one, other = (hq, branch) if deleting == "hq" else (branch, hq)
		one.delete(NOTE, note)
		other.update(NOTE, note, title="kept")
		settle(hq, branch)
		assert assert_equal_sites(hq, branch) == [note]
		one.update(NOTE, note, content="<p>of one</p>")
		settle(hq, branch)
		other.rename(NOTE, note, "renamed")
		settle(hq, branch)
		one.update(NOTE, "renamed", priority=3)
		settle(hq, branch)
		assert assert_equal_sites(hq, branch) == ["renamed"]
		assert other.get(NOTE, "renamed")["priority"] == 3
		other.delete(NOTE, "renamed")
		settle(hq, branch)
		assert hq.names(NOTE) == branch.names(NOTE) == []


class TestAnotherUnderTheOldName:
	@pytest.fixture(autouse=True)
	def link(self, hq, branch):
		both_ways(hq, branch, doctype=CUSTOMER)

	def test_deleted_and_made_anew_while_the_other_site_changed_the_first(self, hq, branch):
		"""Both are documents of their own: the first makes way, and nothing is lost."""
		hq.create(CUSTOMER, customer_name="X", tax_id="1")
		settle(hq, branch)
		hq.delete(CUSTOMER, "X")
		hq.create(CUSTOMER, customer_name="X", tax_id="2")
		branch.update(CUSTOMER, "X", contact_person="Eve")
		settle(hq, branch)
		for site in (hq, branch):
			site.call("make_retries_due")
		settle(hq, branch)
		names = assert_equal_sites(hq, branch, CUSTOMER)
		assert names[0] == "X" and names[1].startswith("X (20") and len(names) == 2
		assert hq.value(CUSTOMER, "X", "tax_id") == "2"
		assert hq.value(CUSTOMER, names[1], "contact_person") == "Eve"
		assert any("it is X (20" in (row["message"] or "") for row in sync_logs(branch))

	def test_both_rename_it_and_one_changes_it_under_its_new_name(self, hq, branch):
		both_ways(hq, branch, PRODUCER, HERE)
		name = hq.create(NOTE, title="first")["name"]
		settle(hq, branch)
		branch.rename(NOTE, name, "by branch")
		hq.rename(NOTE, name, "by hq")
		branch.update(NOTE, "by branch", content="later")
		settle(hq, branch)
		assert assert_equal_sites(hq, branch) == ["by hq"]
		assert hq.value(NOTE, "by hq", "content") == "later"

	def test_renamed_and_changed_before_the_other_site_hears_of_either(self, hq, branch):
		name = branch.create(CUSTOMER, customer_name="X")["name"]
		settle(hq, branch)
		hq.rename(CUSTOMER, name, "Y")
		hq.update(CUSTOMER, "Y", tax_id="7")
		settle(hq, branch)
		assert assert_equal_sites(hq, branch, CUSTOMER) == ["Y"]


class TestOneWay:
	@pytest.mark.parametrize("rule", [None, HERE, "Wait for a Person"])
	def test_renamed_here_and_there(self, hq, branch, rule):
		connect(branch, hq, [{"ref_doctype": NOTE, "on_conflict": rule}])
		note = hq.create(NOTE)["name"]
		drain(branch, hq)
		branch.rename(NOTE, note, "here")
		hq.rename(NOTE, note, "there")
		hq.update(NOTE, "there", priority=5)
		drained = drain(branch, hq)
		if rule == "Wait for a Person":
			assert (drained["failed"], drained["waiting"]) == (1, 1)
			assert "was renamed on both sites" in sync_logs(branch, status="Failed")[0]["message"]
			branch.call("skip", name=sync_logs(branch, status="Failed")[0]["name"])
			drain(branch, hq)
		name = "there" if rule is None else "here"
		assert branch.names(NOTE) == [name]
		assert branch.value(NOTE, name, "priority") == 5
		if rule != "Wait for a Person":
			assert [found["field"] for found in lost(branch)] == ["name"]


class TestTheSameNameOnBothSites:
	@pytest.mark.parametrize("ways", ["one way", "both ways"])
	def test_given_on_each_without_the_other(self, hq, branch, ways):
		connect(branch, hq, [NOTE])
		if ways == "both ways":
			connect(hq, branch, [NOTE])
		name = hq.create(NOTE)["name"]
		drain(branch, hq)
		for site in (branch, hq):
			site.rename(NOTE, name, "of one mind")
		hq.update(NOTE, "of one mind", title="after that")
		drain(branch, hq)
		if ways == "both ways":
			settle(hq, branch)
		assert_equal_sites(hq, branch)
		assert branch.value(NOTE, "of one mind", "title") == "after that"


class TestInARing:
	def test_a_deletion_passes_a_site_that_had_deleted_it_before(self, hq, branch, third):
		row = {"ref_doctype": NOTE, "shared": 1, "on_conflict": LATEST}
		for consumer, producer in ((branch, hq), (third, branch), (hq, third)):
			connect(consumer, producer, [row])
		note = hq.create(NOTE)["name"]
		drain(branch, hq), drain(third, branch), drain(hq, third)
		hq.delete(NOTE, note)
		branch.update(NOTE, note, title="kept for a while")
		third.delete(NOTE, note)
		for _round in range(4):
			drain(branch, hq), drain(third, branch), drain(hq, third)
		assert [site.names(NOTE) for site in (hq, branch, third)] == [[], [], []]
		assert "kept for a while" in json.dumps(lost(branch))

	def test_a_deletion_passes_a_site_that_never_had_it(self, hq, branch, third):
		row = {"ref_doctype": NOTE, "shared": 1, "on_conflict": LATEST}
		for consumer, producer in ((branch, hq), (third, branch), (hq, third)):
			connect(consumer, producer, [row])
		note = branch.create(NOTE)["name"]
		drain(third, branch)
		third.delete(NOTE, note)
		for _round in range(3):
			drain(hq, third), drain(branch, hq), drain(third, branch)
		assert [site.names(NOTE) for site in (hq, branch, third)] == [[], [], []]

	def test_a_document_that_its_first_site_deleted_comes_back_as_itself(self, hq, branch, third):
		row = {"ref_doctype": NOTE, "shared": 1, "on_conflict": LATEST}
		for consumer, producer in ((branch, hq), (third, branch), (hq, third)):
			connect(consumer, producer, [row])

		def settle_ring():
			for _round in range(5):
				drain(branch, hq), drain(third, branch), drain(hq, third)

		note = hq.create(NOTE, title="first")["name"]
		settle_ring()
		hq.delete(NOTE, note)
		third.update(NOTE, note, title="kept")
		settle_ring()
		hq.update(NOTE, note, content="<p>hq</p>")
		settle_ring()
		branch.update(NOTE, note, priority=4)
		settle_ring()
		for site in (hq, branch, third):
			assert parked(site) == []
			assert site.names(NOTE) == [note]
			assert_same(hq, site, NOTE, note)
		assert (hq.value(NOTE, note, "title"), hq.value(NOTE, note, "priority")) == ("kept", 4)
