"""The producer's log is cut behind those who read it, never before them, and who was away too long is told."""

import pytest

from support.compare import assert_same
from support.link import connect, drain, pull, sync_logs, update_logs
from support.replica import assert_nothing_double, assert_nothing_open, assert_replica

NOTE = "Shop Note"
OLD = 40  # days: more than rows are kept, less than a silent consumer counts
SILENT = 100


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE])


def positions(hq) -> list[int]:
	return sorted(row["position"] for row in update_logs(hq))


def read_by(branch, hq, events: int) -> int:
	"""So many events made and read; acknowledged as the next fetch does. The position after them."""
	hq.call("create_many", doctype=NOTE, count=events)
	drain(branch, hq)
	pull(branch, hq)
	return branch.value("Event Stream Cursor", hq.url, "position")


class TestWhileAConsumerLags:
	def test_rows_that_it_still_needs_stay_and_so_does_the_one_where_it_stands(self, hq, branch):
		place = read_by(branch, hq, 5)
		hq.call("create_many", doctype=NOTE, count=7)
		hq.call("age_log", days=OLD)
		assert hq.call("purge") == place - 1
		assert hq.call("purge") == 0
		assert positions(hq) == [*[0] * 7, place]
		assert drain(branch, hq) == {"synced": 7, "failed": 0, "waiting": 0, "skipped": 0}
		assert positions(hq) == list(range(place, place + 8))
		assert assert_replica(hq, branch, [NOTE]) == 12
		assert_nothing_double(branch)

	def test_the_slowest_of_two_counts(self, hq, branch, third):
		connect(third, hq, [NOTE])
		slow = read_by(third, hq, 3)
		quick = read_by(branch, hq, 6)
		assert quick > slow
		hq.call("age_log", days=OLD)
		assert hq.call("purge") == slow - 1
		assert positions(hq) == list(range(slow, quick + 1))
		drain(third, hq)
		pull(third, hq)
		hq.call("purge")
		assert positions(hq) == [quick]
		assert_replica(hq, third, [NOTE])

	def test_one_that_has_read_nothing_yet_keeps_everything(self, hq, branch):
		hq.call("create_many", doctype=NOTE, count=4)
		hq.call("age_log", days=OLD)
		assert hq.call("purge") == 0
		assert drain(branch, hq)["synced"] == 4

	def test_young_rows_stay_though_all_have_read_them(self, hq, branch):
		place = read_by(branch, hq, 6)
		hq.call("age_log", days=OLD, upto=3)
		assert hq.call("purge") == 3
		assert positions(hq) == list(range(4, place + 1))

	def test_how_long_rows_stay_is_a_setting(self, hq, branch):
		read_by(branch, hq, 4)
		hq.call("age_log", days=5)
		assert hq.call("purge") == 0
		hq.configure(event_streaming_keep_days=3)
		assert hq.call("purge") == 3

	def test_a_log_longer_than_a_chunk_goes_as_a_whole(self, hq, branch):
		place = read_by(branch, hq, 1)
		hq.call("lengthen_log", doctype=NOTE, count=1100)
		drain(branch, hq)
		pull(branch, hq)
		hq.call("age_log", days=OLD)
		assert hq.call("purge") == place + 1100 - 1
		hq.create(NOTE)
		assert drain(branch, hq)["synced"] == 1


class TestAConsumerThatIsGone:
	@pytest.fixture
	def gone(self, hq, branch, third):
		"""Has read three events, then nothing for a long time; another consumer is up to date."""
		connect(third, hq, [NOTE])
		read_by(third, hq, 3)
		read_by(branch, hq, 4)
		hq.call("age_log", days=SILENT)
		hq.call("silence_consumer", callback_url=third.url, days=SILENT)
		return third

	def test_for_too_long_holds_nothing_and_is_told_when_it_comes_back(self, hq, branch, gone):
		before = gone.value("Event Stream Cursor", hq.url, "position")
		assert hq.call("purge") > before
		assert "is gone or is another event now" in pull(gone, hq)["error"]
		cursor = gone.get("Event Stream Cursor", hq.url)
		assert (cursor["state"], cursor["position"]) == ("Stopped", before)
		assert "is gone or is another event now" in cursor["error"]
		hq.create(NOTE)
		assert pull(gone, hq)["synced"] == 0
		assert drain(branch, hq)["synced"] == 1, "the others know nothing of it"

	def test_starts_again_and_documents_become_equal_with_their_next_change(self, hq, branch, gone):
		hq.call("purge")
		assert pull(gone, hq)["error"]
		missed = [name for name in hq.names(NOTE) if name not in gone.names(NOTE)]
		assert len(missed) == 4
		gone.call("start_again", producer_url=hq.url)
		pull(gone, hq)
		assert gone.value("Event Stream Cursor", hq.url, "state") == "Streaming"
		hq.call("update_many", doctype=NOTE, names=hq.names(NOTE), priority=6)
		drain(gone, hq)
		assert assert_replica(hq, gone, [NOTE]) == 7
		assert_nothing_open(gone)
		assert_nothing_double(gone)

	def test_that_comes_back_before_the_next_purge_has_missed_nothing(self, hq, branch, gone):
		assert drain(gone, hq)["synced"] == 4
		pull(gone, hq)
		hq.call("purge")
		hq.create(NOTE)
		assert drain(gone, hq)["synced"] == 1
		assert_replica(hq, gone, [NOTE])

	def test_for_less_than_too_long_holds_what_it_needs(self, hq, branch, gone):
		hq.call("silence_consumer", callback_url=gone.url, days=SILENT - 20)
		hq.call("purge")
		assert drain(gone, hq)["synced"] == 4
		assert_replica(hq, gone, [NOTE])

	def test_how_long_is_too_long_is_a_setting(self, hq, branch, gone):
		hq.configure(event_streaming_silent_days=SILENT + 50)
		hq.call("purge")
		assert drain(gone, hq)["synced"] == 4

	def test_that_had_read_nothing_at_all_is_told_as_well(self, hq, branch, third):
		connect(third, hq, [NOTE])
		assert third.value("Event Stream Cursor", hq.url, "position") == 0
		read_by(branch, hq, 4)
		hq.call("age_log", days=SILENT)
		hq.call("silence_consumer", callback_url=third.url, days=SILENT)
		assert hq.call("purge") == 3
		assert "is gone" in pull(third, hq)["error"]
		assert third.value("Event Stream Cursor", hq.url, "state") == "Stopped"
		assert sync_logs(third) == []

	def test_never_finds_a_hole_behind_the_row_where_it_stands(self, hq, branch, third):
		"""Rows of a long transaction are older than those that were stamped before them."""
		connect(third, hq, [NOTE])
		place = read_by(third, hq, 3)
		read_by(branch, hq, 4)
		hq.call("age_log", days=SILENT)
		hq.call("make_row_young", position=place)
		hq.call("silence_consumer", callback_url=third.url, days=SILENT)
		hq.call("purge")
		summary = pull(third, hq)
		assert summary["error"] or summary["synced"] == 4

	def test_with_no_other_leaves_the_last_row_alone(self, hq, branch):
		place = read_by(branch, hq, 4)
		hq.call("create_many", doctype=NOTE, count=2)
		hq.call("stamp")
		hq.call("age_log", days=SILENT)
		hq.call("silence_consumer", callback_url=branch.url, days=SILENT)
		hq.call("purge")
		assert positions(hq) == [place + 2]
		assert pull(branch, hq)["error"]

	def test_at_the_very_end_goes_on_when_nothing_has_happened_since(self, hq, branch):
		read_by(branch, hq, 4)
		hq.call("age_log", days=SILENT)
		hq.call("silence_consumer", callback_url=branch.url, days=SILENT)
		assert hq.call("purge") == 3
		name = hq.create(NOTE)["name"]
		assert drain(branch, hq)["synced"] == 1
		assert_same(hq, branch, NOTE, name)
