"""A site is set back to an older dump, and the other one has purged what it had heard: no change is lost in silence."""

import json

import pytest

from support import backups
from support.compare import assert_same
from support.link import approve, connect, drain, pull, subscribe, sync_logs
from support.setting_back import set_back_behind_the_log

NOTE, TICKET, CUSTOMER = "Shop Note", "Shop Ticket", "Shop Customer"
DOCTYPES = [NOTE, TICKET, CUSTOMER]


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, DOCTYPES)


@pytest.fixture
def notes(hq, branch) -> list[str]:
	"""On both sites before any dump."""
	names = hq.call("create_many", doctype=NOTE, count=3)
	drain(branch, hq)
	return names


class TestWhatItKnewOfTheOtherSiteIsInNoLogAnyMore:
	"""Before the dump was restored, the branch had heard what was changed here, so it was purged."""

	LATEST, PRODUCER, HERE, PARK = (
		"Latest Change Wins", "Producer Wins", "This Site Wins", "Wait for a Person",
	)  # fmt: skip
	INVOICE, ITEM = "Shop Invoice", "Shop Item"

	def both_ways(self, hq, branch, here=None, there=None) -> None:
		"""
		:param here: rule for conflicts at hq
		"""
		doctypes = [*DOCTYPES, self.INVOICE, self.ITEM]
		subscribe(branch, hq, [{"ref_doctype": doctype, "on_conflict": there} for doctype in doctypes])
		approve(hq, branch)
		connect(hq, branch, [{"ref_doctype": doctype, "on_conflict": here} for doctype in doctypes])
		pull(branch, hq)
		pull(hq, branch)

	def forget(self, hq, branch, stored) -> None:
		"""The branch has heard all, and is set back; nothing here tells it again."""
		hq.create(CUSTOMER)  # the last event of all is kept
		set_back_behind_the_log(hq, branch, stored, days=400)

	def recorded(self, hq) -> list[dict]:
		"""At hq, as values that lost."""
		rows = hq.rows("Event Sync Log", ["conflict"], {"conflict": ["is", "set"]})
		return [conflict for row in rows for conflict in json.loads(row["conflict"])]

	@pytest.mark.parametrize(
		("here", "there"),
		[(None, None), (LATEST, LATEST), (PRODUCER, HERE), (HERE, PRODUCER), (PRODUCER, PRODUCER)],
	)
	def test_a_change_made_here_is_recorded_when_the_older_document_comes(
		self, hq, branch, notes, here, there
	):
		self.both_ways(hq, branch, here, there)
		stored = backups.dump(branch)
		hq.update(NOTE, notes[0], tags_text="made here, heard there, forgotten")
		self.forget(hq, branch, stored)
		branch.update(NOTE, notes[0], priority=8)
		drain(hq, branch)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, notes[0])
		assert hq.value(NOTE, notes[0], "priority") == 8
		[lost] = self.recorded(hq)
		assert (lost["field"], lost["here"], lost["kept"]) == (
			"tags_text", "made here, heard there, forgotten", "producer",
		)  # fmt: skip

	def test_where_a_person_decides_it_waits(self, hq, branch, notes):
		self.both_ways(hq, branch, self.PARK, self.PARK)
		stored = backups.dump(branch)
		hq.update(NOTE, notes[0], tags_text="made here, heard there, forgotten")
		self.forget(hq, branch, stored)
		branch.update(NOTE, notes[0], priority=8)
		assert drain(hq, branch)["failed"] == 1
		assert hq.value(NOTE, notes[0], "tags_text") == "made here, heard there, forgotten"
		[failed] = sync_logs(hq, status="Failed")
		assert "tags_text" in failed["message"]
		hq.call("resync_from_source", name=failed["name"])
		assert_same(hq, branch, NOTE, notes[0])
		assert self.recorded(hq)[-1]["here"] == "made here, heard there, forgotten"

	def test_rows_that_were_added_here_are_recorded(self, hq, branch, notes):
		self.both_ways(hq, branch)
		item = hq.create(self.ITEM)["name"]
		name = hq.create(self.INVOICE, items=[{"item": item, "qty": 1, "description": "first"}])["name"]
		drain(branch, hq)
		stored = backups.dump(branch)
		hq.call(
			"append_row",
			doctype=self.INVOICE,
			name=name,
			table="items",
			item=item,
			qty=2,
			description="second",
		)
		self.forget(hq, branch, stored)
		branch.update(self.INVOICE, name, notes="by the branch")
		drain(hq, branch)
		drain(branch, hq)
		assert_same(hq, branch, self.INVOICE, name)
		[lost] = [conflict for conflict in self.recorded(hq) if conflict["field"] == "items"]
		assert "second" in lost["here"]

	def test_beside_a_change_that_the_log_still_has_it_is_recorded_while_that_is_kept(
		self, hq, branch, notes
	):
		self.both_ways(hq, branch)
		stored = backups.dump(branch)
		hq.update(NOTE, notes[0], tags_text="made here, heard there, forgotten")
		self.forget(hq, branch, stored)
		hq.update(NOTE, notes[0], title="made here since")
		branch.update(NOTE, notes[0], priority=8)
		drain(hq, branch)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, notes[0])
		assert hq.value(NOTE, notes[0], "title") == "made here since"
		assert hq.value(NOTE, notes[0], "priority") == 8
		texts = [conflict["here"] for conflict in self.recorded(hq)]
		kept = hq.value(NOTE, notes[0], "tags_text") == "made here, heard there, forgotten"
		assert kept or texts == ["made here, heard there, forgotten"]

	def test_of_a_document_that_is_deleted_there_its_values_are_recorded(self, hq, branch, notes):
		self.both_ways(hq, branch)
		stored = backups.dump(branch)
		hq.update(NOTE, notes[0], tags_text="made here, heard there, forgotten")
		self.forget(hq, branch, stored)
		branch.delete(NOTE, notes[0])
		drain(hq, branch)
		assert not hq.exists(NOTE, notes[0])
		assert "made here, heard there, forgotten" in [conflict["here"] for conflict in self.recorded(hq)]

	def test_a_name_that_was_given_here_is_kept_and_told_with_the_next_change(self, hq, branch, notes):
		self.both_ways(hq, branch)
		stored = backups.dump(branch)
		hq.rename(NOTE, notes[0], "named-here")
		self.forget(hq, branch, stored)
		branch.update(NOTE, notes[0], priority=8)
		drain(hq, branch)
		assert hq.value(NOTE, "named-here", "priority") == 8
		hq.update(NOTE, "named-here", title="told by this")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, "named-here")
		assert not branch.exists(NOTE, notes[0])

	def test_a_document_that_was_deleted_here_comes_again_and_that_is_said(self, hq, branch, notes):
		self.both_ways(hq, branch)
		stored = backups.dump(branch)
		hq.delete(NOTE, notes[0])
		self.forget(hq, branch, stored)
		branch.update(NOTE, notes[0], priority=8)
		drain(hq, branch)
		assert_same(hq, branch, NOTE, notes[0])
		assert ("name", None) in [(conflict["field"], conflict["here"]) for conflict in self.recorded(hq)]

	def test_what_was_submitted_here_is_not_replaced_by_what_is_submitted_there_otherwise(
		self, hq, branch, notes
	):
		self.both_ways(hq, branch)
		item = hq.create(self.ITEM)["name"]
		name = hq.create(self.INVOICE, items=[{"item": item, "qty": 1}])["name"]
		drain(branch, hq)
		stored = backups.dump(branch)
		hq.submit(self.INVOICE, name)
		self.forget(hq, branch, stored)
		branch.call("update_row", doctype=self.INVOICE, name=name, table="items", row=1, qty=5)
		branch.submit(self.INVOICE, name)
		assert drain(hq, branch)["failed"] >= 1
		assert hq.get(self.INVOICE, name)["items"][0]["qty"] == 1
		assert "submitted on both sites" in sync_logs(hq, status="Failed")[0]["message"]

	def test_what_the_restored_site_changed_itself_is_no_loss(self, hq, branch, notes):
		self.both_ways(hq, branch)
		stored = backups.dump(branch)
		hq.update(NOTE, notes[1], tags_text="of another document")
		self.forget(hq, branch, stored)
		branch.update(NOTE, notes[0], priority=8)
		drain(hq, branch)
		assert_same(hq, branch, NOTE, notes[0])
		assert self.recorded(hq) == []
