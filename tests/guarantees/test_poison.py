"""One document that cannot be replayed holds up itself and nothing else, however many others there are."""

import json

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, pull, sync_logs, update_logs
from support.replica import assert_nothing_double, assert_nothing_open, assert_replica
from support.site import SiteError

NOTE, CUSTOMER, TICKET = "Shop Note", "Shop Customer", "Shop Ticket"
OTHERS = 400
MANY = 120


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE, CUSTOMER, TICKET])


@pytest.fixture
def poison(hq, branch) -> str:
	"""One document among a thousand that this site's controller rejects; three events of it and the others' are
	fetched."""
	branch.configure(shop_reject_poison=1)
	hq.call("create_many", doctype=NOTE, count=OTHERS // 2)
	[poison] = hq.call("create_many", doctype=NOTE, count=1, rows=[{"title": "POISON"}])
	hq.update(NOTE, poison, priority=2)
	hq.call("create_many", doctype=NOTE, count=OTHERS // 2 - 1)
	hq.update(NOTE, poison, content="<p>once more</p>")
	assert drain(branch, hq) == {"synced": OTHERS - 1, "failed": 1, "waiting": 2, "skipped": 0}
	return poison


def fix(branch) -> None:
	branch.configure(shop_reject_poison=None)


def assert_ended_well(hq, branch, poison: str, events: int) -> None:
	"""The document is as there, each of its events was replayed, in order, and once."""
	assert_same(hq, branch, NOTE, poison)
	mine = [row for row in sync_logs(branch) if row["remote_docname"] == poison]
	assert [row["status"] for row in mine] == ["Synced"] * events
	theirs = [row["position"] for row in update_logs(hq) if row["docname"] == poison]
	assert [row["position"] for row in mine] == theirs
	assert_nothing_open(branch)
	assert_nothing_double(branch)


class TestOneAmongMany:
	def test_the_others_arrive_its_own_events_wait_and_one_resync_ends_it(self, hq, branch, poison):
		others = [name for name in hq.names(NOTE) if name != poison]
		assert sorted(branch.names(NOTE)) == sorted(others)
		hq.update(NOTE, others[0], priority=9)
		hq.update(NOTE, poison, priority=3)
		assert drain(branch, hq) == {"synced": 1, "failed": 0, "waiting": 1, "skipped": 0}
		assert [row["status"] for row in sync_logs(branch, remote_docname=poison)] == [
			"Failed",
			*["Waiting"] * 3,
		]
		fix(branch)
		[failed] = sync_logs(branch, status="Failed")
		assert branch.call("resync", names=[failed["name"]]) == {"fixed": 1, "failed": []}
		assert_ended_well(hq, branch, poison, events=4)
		assert assert_replica(hq, branch, [NOTE]) == OTHERS

	def test_the_next_try_that_is_due_ends_it(self, hq, branch, poison):
		fix(branch)
		assert drain(branch, hq)["synced"] == 0 and not branch.exists(NOTE, poison), "it is not yet time"
		branch.call("make_retries_due")
		drain(branch, hq)
		assert_ended_well(hq, branch, poison, events=3)
		assert assert_replica(hq, branch, [NOTE]) == OTHERS
		hq.update(NOTE, poison, priority=4)
		assert drain(branch, hq) == {"synced": 1, "failed": 0, "waiting": 0, "skipped": 0}
		assert_same(hq, branch, NOTE, poison)


class TestResyncOfMany:
	def test_hundreds_of_failed_rows_in_one_action_that_tells_how_far_it_is(self, hq, branch):
		branch.configure(shop_reject_poison=1)
		rows = [{"title": f"POISON {number}"} for number in range(MANY)]
		names = hq.call("create_many", doctype=NOTE, count=MANY, rows=rows)
		hq.call("update_many", doctype=NOTE, names=names[:100], priority=7)
		assert drain(branch, hq) == {"synced": 0, "failed": MANY, "waiting": 100, "skipped": 0}
		fix(branch)
		failed = [row["name"] for row in sync_logs(branch, status="Failed")]
		result = branch.call("resync_telling", names=failed)
		assert (result["fixed"], result["failed"]) == (MANY, [])
		assert result["told"] == [[done, MANY] for done in range(1, MANY + 1)]
		assert len(sync_logs(branch, status="Synced")) == MANY + 100
		assert assert_replica(hq, branch, [NOTE]) == MANY
		assert_nothing_open(branch)
		assert_nothing_double(branch)

	def test_those_that_still_fail_are_named_and_hold_up_none_of_the_rest(self, hq, branch):
		branch.configure(shop_reject_poison=1)
		rows = [{"title": f"POISON {number}"} for number in range(20)]
		names = hq.call("create_many", doctype=NOTE, count=20, rows=rows)
		drain(branch, hq)
		hq.call("update_many", doctype=NOTE, names=names[5:], title="Antidote")
		drain(branch, hq)
		result = branch.call("resync_telling", names=[row["name"] for row in sync_logs(branch)])
		assert result["fixed"] == 0, "the first event of each is what fails"
		fix(branch)
		branch.call("make_mandatory", doctype=NOTE, fieldname="tags_text")
		hq.call("update_many", doctype=NOTE, names=names[:3], tags_text="now it has one")
		drain(branch, hq)
		result = branch.call("resync_telling", names=[row["name"] for row in sync_logs(branch)])
		assert result["told"][-1] == [20, 20] and len(result["failed"]) == 20
		assert all("tags_text" in document["message"] for document in result["failed"])
		for row in sync_logs(branch, update_type="Create"):
			if row["remote_docname"] in names[:3]:
				branch.call("resync_from_source", name=row["name"])
		assert sorted(branch.names(NOTE)) == sorted(names[:3])
		branch.call("make_optional", doctype=NOTE, fieldname="tags_text")
		result = branch.call("resync_telling", names=[row["name"] for row in sync_logs(branch)])
		assert result["failed"] == []
		assert assert_replica(hq, branch, [NOTE]) == 20
		assert_nothing_open(branch)


class TestALogThatCannotBeReplayedAnyMore:
	def test_a_raw_event_that_is_spoilt_fails_with_a_sentence_and_the_source_mends_it(self, hq, branch):
		poison = poisoned(hq, branch)
		assert branch.call("make_events_unusable", producer_url=hq.url, docname=poison) == 3
		fix(branch)
		[failed] = sync_logs(branch, status="Failed")
		result = branch.call("resync", names=[failed["name"]])
		assert result["fixed"] == 0
		assert "Resync From Source" in result["failed"][0]["message"]
		assert not branch.exists(NOTE, poison)
		branch.call("resync_from_source", name=failed["name"])
		assert_same(hq, branch, NOTE, poison)
		assert_nothing_open(branch)
		hq.update(NOTE, poison, priority=6)
		assert drain(branch, hq)["synced"] == 1
		assert_same(hq, branch, NOTE, poison)

	def test_its_first_event_is_gone_here_and_the_whole_document_comes_with_the_next(self, hq, branch):
		poison = poisoned(hq, branch)
		[failed] = sync_logs(branch, status="Failed")
		branch.call("delete_if_there", doctype="Event Sync Log", name=failed["name"])
		fix(branch)
		waiting = sync_logs(branch, status="Waiting")
		branch.call("resync", names=[waiting[0]["name"]])
		assert_same(hq, branch, NOTE, poison)
		assert_nothing_open(branch)

	def test_all_its_events_are_gone_here_and_the_next_try_takes_the_whole_document(self, hq, branch):
		poison = poisoned(hq, branch)
		for row in sync_logs(branch):
			branch.call("delete_if_there", doctype="Event Sync Log", name=row["name"])
		fix(branch)
		branch.call("make_retries_due")
		drain(branch, hq)
		assert_same(hq, branch, NOTE, poison)
		assert_nothing_open(branch)
		hq.update(NOTE, poison, priority=6)
		drain(branch, hq)
		assert_same(hq, branch, NOTE, poison)

	def test_the_producer_has_cut_its_log_and_the_events_kept_here_suffice(self, hq, branch):
		poison = poisoned(hq, branch)
		cut_log(hq, branch)
		fix(branch)
		[failed] = sync_logs(branch, status="Failed")
		assert branch.call("resync", names=[failed["name"]]) == {"fixed": 1, "failed": []}
		assert_same(hq, branch, NOTE, poison)
		assert_nothing_open(branch)

	def test_the_producer_has_cut_its_log_and_the_source_gives_the_document(self, hq, branch):
		poison = poisoned(hq, branch)
		cut_log(hq, branch)
		branch.call("make_events_unusable", producer_url=hq.url, docname=poison)
		fix(branch)
		[failed] = sync_logs(branch, status="Failed")
		branch.call("resync_from_source", name=failed["name"])
		assert_same(hq, branch, NOTE, poison)
		assert_nothing_open(branch)
		hq.update(NOTE, poison, priority=6)
		assert drain(branch, hq)["synced"] == 1
		assert_same(hq, branch, NOTE, poison)

	def test_the_document_is_gone_at_the_source_too_and_that_is_said(self, hq, branch):
		poison = poisoned(hq, branch)
		branch.call("make_events_unusable", producer_url=hq.url, docname=poison)
		hq.delete(NOTE, poison)
		drain(branch, hq)
		[failed] = sync_logs(branch, status="Failed")
		with pytest.raises(SiteError, match="no longer has Shop Note"):
			branch.call("resync_from_source", name=failed["name"])
		for row in sync_logs(branch):
			if row["status"] == "Failed" or row["update_type"] == "Update":
				branch.call("skip", name=row["name"])
		drain(branch, hq)
		assert not branch.exists(NOTE, poison)
		assert parked(branch) == []


def poisoned(hq, branch) -> str:
	"""A document with three events here, of which the first fails."""
	branch.configure(shop_reject_poison=1)
	name = hq.create(NOTE, title="POISON")["name"]
	hq.update(NOTE, name, priority=2)
	hq.update(NOTE, name, priority=3)
	hq.create(NOTE)
	assert drain(branch, hq) == {"synced": 1, "failed": 1, "waiting": 2, "skipped": 0}
	assert json.loads(sync_logs(branch, remote_docname=name)[0]["data"])["data"]["title"] == "POISON"
	return name


def cut_log(hq, branch) -> None:
	"""As the producer does when rows are old and the consumer has said that it is past them."""
	pull(branch, hq)
	hq.call("age_log", days=40)
	assert hq.call("purge") == 3
