"""A site that is set back to an older dump of its database: people are told, or all is well; never in silence."""

import pytest

from support import backups
from support.compare import assert_same
from support.link import approve, connect, drain, parked, pull, reject, subscribe, sync_logs, update_logs
from support.replica import assert_nothing_double, assert_nothing_open, assert_replica
from support.setting_back import assert_stopped, set_back_behind_the_log, start_again

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


class TestTheProducer:
	@pytest.mark.parametrize(
		("since", "told"), [(0, "ends at position"), (1, "ends at position"), (4, "is another event now")]
	)
	def test_behind_its_consumer_stops_the_link_however_far_it_has_come_since(
		self, hq, branch, notes, since, told
	):
		stored = backups.dump(hq)
		for priority in (2, 3):
			hq.update(NOTE, notes[0], priority=priority)
		drain(branch, hq)
		backups.restore(hq, stored)
		for number in range(since):
			hq.update(NOTE, notes[1], priority=10 + number)
		assert_stopped(hq, branch, told)
		hq.update(NOTE, notes[2], priority=20)
		assert pull(branch, hq)["synced"] == 0, "it does not go on by itself"
		branch.call("enqueue_pulls")
		branch.call("run_jobs")
		assert branch.value("Event Stream Cursor", hq.url, "state") == "Stopped"

	def test_started_again_documents_become_equal_with_their_next_change(self, hq, branch, notes):
		stored = backups.dump(hq)
		hq.update(NOTE, notes[0], priority=2, content="<p>of a time that never was</p>")
		hq.delete(NOTE, notes[1])
		hq.rename(NOTE, notes[2], "renamed-in-vain")
		lost = hq.create(TICKET, subject="lost")["name"]
		drain(branch, hq)
		backups.restore(hq, stored)
		hq.update(NOTE, notes[0], title="before anybody noticed")
		assert pull(branch, hq)["error"]
		start_again(hq, branch)
		for name in notes:
			hq.update(NOTE, name, priority=7)
		again = hq.create(TICKET, subject="another one of the same name")["name"]
		assert again == lost
		drain(branch, hq)
		for name in notes:
			assert_same(hq, branch, NOTE, name)
		assert_same(hq, branch, TICKET, again)
		assert_nothing_open(branch)

	def test_started_again_each_event_has_its_row_though_positions_come_a_second_time(
		self, hq, branch, notes
	):
		stored = backups.dump(hq)
		hq.call("lengthen_log", doctype=NOTE, count=6)
		drain(branch, hq)
		backups.restore(hq, stored)
		assert pull(branch, hq)["error"]
		start_again(hq, branch)
		before = len(sync_logs(branch))
		positions = [row["position"] for row in sync_logs(branch)]
		hq.update(NOTE, notes[0], priority=2)
		hq.update(NOTE, notes[1], priority=3)
		assert drain(branch, hq)["synced"] == 2
		assert len(sync_logs(branch)) == before + 2
		assert sync_logs(branch)[-1]["position"] in positions, "or the test shows nothing"
		branch.configure(shop_reject_poison=1)
		poison = hq.create(NOTE, title="POISON")["name"]
		hq.update(NOTE, poison, priority=2)
		assert drain(branch, hq) == {"synced": 0, "failed": 1, "waiting": 1, "skipped": 0}
		branch.configure(shop_reject_poison=None)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, poison)
		assert_nothing_open(branch)

	def test_what_is_parked_then_comes_to_the_state_that_the_source_has_now(self, hq, branch, notes):
		branch.configure(shop_reject_poison=1)
		kept = hq.create(NOTE, title="POISON kept")["name"]
		hq.update(NOTE, kept, priority=2)
		drain(branch, hq)
		stored = backups.dump(hq)
		hq.update(NOTE, kept, priority=3)
		gone = hq.create(NOTE, title="POISON gone")["name"]
		hq.update(NOTE, gone, priority=3)
		drain(branch, hq)
		backups.restore(hq, stored)
		hq.update(NOTE, kept, content="<p>of the new time</p>")
		assert pull(branch, hq)["error"]
		start_again(hq, branch)
		branch.configure(shop_reject_poison=None)
		hq.update(NOTE, kept, tags_text="and one more")
		drain(branch, hq)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, kept)
		assert not branch.exists(NOTE, gone)
		assert_nothing_open(branch)
		assert any("no longer has the log" in row["message"] for row in sync_logs(branch, status="Skipped"))

	def test_not_behind_its_consumer_goes_on_as_if_nothing_had_been(self, hq, branch, notes):
		hq.update(NOTE, notes[0], priority=2)
		stored = backups.dump(hq)
		hq.update(NOTE, notes[0], priority=3)
		hq.create(NOTE)
		backups.restore(hq, stored)
		hq.update(NOTE, notes[1], priority=4)
		drain(branch, hq)
		assert assert_replica(hq, branch, [NOTE]) == len(notes)
		assert_nothing_open(branch)
		assert_nothing_double(branch)

	def test_behind_a_whole_document_alone_stops_the_link_as_well(self, hq, branch, notes):
		"""The cursor is not above the dump, but a document that was fetched besides is."""
		customer = hq.create(CUSTOMER)["name"]
		drain(branch, hq)
		branch.configure(shop_reject_poison=1)
		hq.update(NOTE, notes[0], title="POISON")
		drain(branch, hq)
		[failed] = sync_logs(branch, status="Failed")
		stored = backups.dump(hq)
		hq.update(CUSTOMER, customer, credit_limit=3)
		hq.update(NOTE, notes[0], title="of a time that never was")
		branch.call("resync_from_source", name=failed["name"])
		backups.restore(hq, stored)
		hq.update(NOTE, notes[0], title="of the new time")
		hq.update(NOTE, notes[0], priority=9)
		assert_stopped(hq, branch, "is gone or is another event now")
		start_again(hq, branch)
		branch.configure(shop_reject_poison=None)
		hq.update(NOTE, notes[0], priority=10)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, notes[0])
		assert_nothing_open(branch)

	def test_a_whole_document_that_the_dump_contains_stops_nothing(self, hq, branch, notes):
		branch.configure(shop_reject_poison=1)
		hq.update(NOTE, notes[0], title="POISON")
		drain(branch, hq)
		[failed] = sync_logs(branch, status="Failed")
		hq.update(NOTE, notes[0], title="Antidote")
		branch.call("resync_from_source", name=failed["name"])
		stored = backups.dump(hq)
		hq.update(NOTE, notes[0], title="of a time that never was")
		backups.restore(hq, stored)
		hq.update(NOTE, notes[0], priority=9)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, notes[0])

	def test_to_a_time_when_more_was_approved_with_a_cache_that_knows_nothing_of_it(self, hq, branch, notes):
		stored = backups.dump(hq)
		reject(hq, branch, [NOTE])
		backups.restore(hq, stored, clear_cache=False)
		hq.update(NOTE, notes[0], content="<p>heard by nobody</p>")
		pull(branch, hq)
		hq.update(NOTE, notes[0], priority=5)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, notes[0])

	def test_to_a_time_before_the_link_says_that_the_key_is_not_known(self, hq, branch, third):
		stored = backups.dump(third)
		connect(branch, third, DOCTYPES)
		note = third.create(NOTE)["name"]
		drain(branch, third)
		backups.restore(third, stored)
		summary = pull(branch, third)
		assert "does not accept the key" in summary["error"] and "Rotate Key" in summary["error"]
		assert branch.value("Event Stream Cursor", third.url, "state") == "Failing"
		branch.call("rotate_key", producer_url=third.url)
		assert branch.value("Event Stream Cursor", third.url, "state") == "Waiting for Approval"
		approve(third, branch)
		pull(branch, third)
		other = third.create(NOTE)["name"]
		drain(branch, third)
		assert_same(third, branch, NOTE, other)
		assert branch.exists(NOTE, note), "what the producer lost is no reason to delete it here"


class TestLinksInBothDirections:
	@pytest.fixture(autouse=True)
	def way_back(self, hq, branch, notes):
		"""Approved when the documents are on both sites already."""
		connect(hq, branch, [NOTE])

	def test_a_site_that_lost_changes_of_its_own_gets_them_back_with_the_next_change(self, hq, branch, notes):
		"""The other site has them, and would send nobody his own changes."""
		stored = backups.dump(branch)
		branch.update(NOTE, notes[0], tags_text="made and lost here, kept there")
		drain(hq, branch)
		backups.restore(branch, stored)
		assert hq.value(NOTE, notes[0], "tags_text") and not branch.value(NOTE, notes[0], "tags_text")
		assert_stopped(branch, hq, "ends at position")
		start_again(branch, hq)
		hq.update(NOTE, notes[0], priority=8)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, notes[0])
		assert branch.value(NOTE, notes[0], "tags_text") == "made and lost here, kept there"

	def test_that_stop_go_on_both_ways_when_they_are_started_again(self, hq, branch, notes):
		stored = backups.dump(hq)
		hq.update(NOTE, notes[0], tags_text="made and lost there, kept here")
		branch.update(NOTE, notes[1], tags_text="made here")
		drain(branch, hq)
		drain(hq, branch)
		assert_same(hq, branch, NOTE, notes[1])
		backups.restore(hq, stored)
		drain(hq, branch)
		assert_same(hq, branch, NOTE, notes[1])
		assert_stopped(hq, branch, "is gone or is another event now")
		start_again(hq, branch)
		branch.update(NOTE, notes[2], priority=8)
		drain(hq, branch)
		hq.update(NOTE, notes[0], priority=9)
		drain(branch, hq)
		assert assert_replica(hq, branch, [NOTE]) == len(notes)

	def test_the_first_change_after_an_approval_comes_back_to_where_the_document_is_from(
		self, hq, branch, notes
	):
		branch.update(NOTE, notes[0], priority=8)
		assert drain(hq, branch)["synced"] == 1
		assert_same(hq, branch, NOTE, notes[0])


class TestTheConsumer:
	def test_reads_again_from_its_older_position_and_ends_equal(self, hq, branch, notes):
		stored = backups.dump(branch)
		hq.update(NOTE, notes[0], priority=2, content="<p>new</p>")
		hq.delete(NOTE, notes[1])
		hq.rename(NOTE, notes[2], "a-new-name")
		customer = hq.create(CUSTOMER)["name"]
		hq.create(TICKET, customer=customer)
		drain(branch, hq)
		assert_replica(hq, branch, DOCTYPES)
		backups.restore(branch, stored)
		assert branch.exists(NOTE, notes[1])
		hq.update(NOTE, notes[0], priority=3)
		assert drain(branch, hq)["synced"] == 6
		assert_replica(hq, branch, DOCTYPES)
		assert_nothing_open(branch)
		assert_nothing_double(branch)
		assert len(sync_logs(branch, source="Feed")) == len(update_logs(hq))

	def test_forgets_what_had_been_parked_or_fixed_since_and_ends_equal(self, hq, branch, notes):
		branch.configure(shop_reject_poison=1)
		first = hq.create(NOTE, title="POISON first")["name"]
		drain(branch, hq)
		stored = backups.dump(branch)
		hq.update(NOTE, first, priority=2)
		hq.create(NOTE, title="POISON second")
		drain(branch, hq)
		backups.restore(branch, stored)
		assert len(parked(branch)) == 1
		drain(branch, hq)
		assert len(parked(branch)) == 2
		branch.configure(shop_reject_poison=None)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert_replica(hq, branch, [NOTE])
		assert_nothing_open(branch)
		assert_nothing_double(branch)

	def test_whose_producer_has_cut_its_log_since_is_told(self, hq, branch, notes):
		stored = backups.dump(branch)
		for priority in (2, 3, 4):
			hq.update(NOTE, notes[0], priority=priority)
		set_back_behind_the_log(hq, branch, stored, days=40)
		hq.update(NOTE, notes[0], tags_text="now")
		drain(branch, hq)
		assert_replica(hq, branch, [NOTE])

	def test_whose_key_was_rotated_since_is_told_and_keeps_its_place(self, hq, branch, notes):
		stored = backups.dump(branch)
		hq.update(NOTE, notes[0], priority=2)
		branch.call("rotate_key", producer_url=hq.url)
		drain(branch, hq)
		backups.restore(branch, stored)
		assert "does not accept the key" in pull(branch, hq)["error"]
		branch.call("rotate_key", producer_url=hq.url)
		drain(branch, hq)
		assert_replica(hq, branch, [NOTE])
		assert_nothing_double(branch)

	def test_to_a_time_before_the_link_subscribes_again_and_goes_on(self, hq, third):
		stored = backups.dump(third)
		connect(third, hq, [NOTE])
		old = hq.create(NOTE)["name"]
		drain(third, hq)
		backups.restore(third, stored)
		assert not third.exists(NOTE, old)
		subscribe(third, hq, [NOTE])
		pull(third, hq)
		hq.update(NOTE, old, priority=5)
		drain(third, hq)
		assert_same(hq, third, NOTE, old)
		assert_nothing_open(third)
