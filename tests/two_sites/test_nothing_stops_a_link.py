"""Whatever a document raises, those behind it arrive; what stops a link is on its form."""

import time

import pytest

from support.compare import assert_same
from support.link import connect, drain, parked, sync_logs
from support.replica import assert_nothing_open

NOTE = "Shop Note"
OWN_FAULTS = (
	"deadlock", "list", "dict", "unspeakable", "lost connection", "recursion", "half a character", "exit", "ending", "very long",
	"circle of causes", "unpicklable", "another Redis",
)  # fmt: skip


@pytest.fixture(autouse=True)
def link(hq, branch):
	connect(branch, hq, [NOTE])


@pytest.mark.parametrize("kind", OWN_FAULTS)
def test_an_event_that_always_raises_fails_alone(hq, branch, kind):
	first, bad, last = (hq.create(NOTE, title=title)["name"] for title in ("One", "BAD", "Two"))
	summary = branch.call("pull_raising", producer_url=hq.url, kind=kind)
	assert (summary["synced"], summary["failed"], summary["error"]) == (2, 1, "")
	for name in (first, last):
		assert_same(hq, branch, NOTE, name)
	[failed] = sync_logs(branch, status="Failed")
	assert failed["remote_docname"] == bad and failed["message"]
	branch.call("make_retries_due")
	later = hq.create(NOTE)["name"]
	branch.call("pull_raising", producer_url=hq.url, kind=kind)
	assert_same(hq, branch, NOTE, later)
	assert [row["attempts"] for row in parked(branch)] == [2]
	branch.call("make_retries_due")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, bad)
	assert_nothing_open(branch)


def test_an_event_that_ends_each_process_is_parked_in_the_end(hq, branch):
	"""It takes all memory, say: nobody is left to tell of it."""
	first, bad, last = (hq.create(NOTE, title=title)["name"] for title in ("One", "BAD", "Two"))
	ended = 0
	while branch.call_until_killed("pull_killed", producer_url=hq.url):
		ended += 1
		assert ended < 10
		if ended == 2:
			state = branch.call("link_state", producer_url=hq.url)
			assert state["state"] == "Failing" and "ended in the middle" in state["error"]
	for name in (first, last):
		assert_same(hq, branch, NOTE, name)
	[failed] = sync_logs(branch, status="Failed")
	assert failed["remote_docname"] == bad and "ended in the middle" in failed["message"]
	assert branch.call("link_state", producer_url=hq.url)["state"] == "Streaming"

	branch.call("make_retries_due")
	later = hq.create(NOTE)["name"]
	assert branch.call_until_killed("pull_killed", producer_url=hq.url)
	assert_same(hq, branch, NOTE, later)
	assert not branch.call_until_killed("pull_killed", producer_url=hq.url), (
		"the try that ended it has counted"
	)
	assert [row["attempts"] for row in parked(branch)] == [2]
	branch.call("make_retries_due")
	drain(branch, hq)
	assert_same(hq, branch, NOTE, bad)
	assert_nothing_open(branch)


@pytest.mark.parametrize("kind", ["time is over", "disk full"])
def test_what_is_no_documents_fault_parks_none_and_is_on_the_form(hq, branch, kind):
	bad = hq.create(NOTE, title="BAD")["name"]
	with pytest.raises(Exception, match=r"timeout value|No space left"):
		branch.call("pull_raising", producer_url=hq.url, kind=kind)
	state = branch.call("link_state", producer_url=hq.url)
	assert state["state"] == "Failing" and state["error"] and state["next_attempt_at"]
	assert parked(branch) == [] and sync_logs(branch) == []
	drain(branch, hq)
	assert_same(hq, branch, NOTE, bad)
	assert branch.call("link_state", producer_url=hq.url)["state"] == "Streaming"


@pytest.mark.parametrize(
	("trouble", "raised", "told"),
	[
		("decryption", "", "encryption key"),
		("programming", "", "a bug"),
		("time", "JobTimeoutException", "timeout value"),
	],
)
def test_trouble_outside_of_any_event_is_on_the_form(hq, branch, trouble, raised, told):
	name = hq.create(NOTE)["name"]
	assert branch.call("pull_with", producer_url=hq.url, trouble=trouble) == raised
	state = branch.call("link_state", producer_url=hq.url)
	assert state["state"] == "Failing" and told in state["error"]
	drain(branch, hq)
	assert_same(hq, branch, NOTE, name)


def test_what_keeps_a_backfill_or_a_comparison_from_beginning_is_on_its_row(hq, branch):
	hq.create(NOTE)
	for told in branch.call("work_without_key", producer_url=hq.url, doctype=NOTE):
		assert "encryption key" in told


@pytest.mark.parametrize("function", ["note_held", "note_contact"])
def test_what_is_noted_between_batches_is_noted_again_when_the_database_gives_up(hq, branch, function):
	name = hq.create(NOTE)["name"]
	summary = branch.call("pull_where_the_database_gives_up", producer_url=hq.url, function=function, times=2)
	assert (summary["synced"], summary["failed"], summary["error"]) == (1, 0, "")
	assert_same(hq, branch, NOTE, name)
	assert branch.call("link_state", producer_url=hq.url)["last_contact"]


def test_a_batch_ends_by_time(hq, branch):
	hq.call("create_many", doctype=NOTE, count=30)
	summary = branch.call("pull_slowly", producer_url=hq.url, seconds=0.15)
	assert summary["synced"] == 30
	assert max(summary["commits"]) <= 9, "no more than a second's work is locked at once"


def test_a_batch_ends_by_bytes(hq, branch):
	for number in range(12):
		hq.call("create_large", doctype=NOTE, title=f"Note {number}", field="content", size=900_000)
	summary = branch.call("pull_slowly", producer_url=hq.url, seconds=0)
	assert summary["synced"] == 12 and max(summary["commits"]) <= 5


def test_what_is_new_comes_before_what_is_tried_again(hq, branch):
	branch.configure(shop_reject_poison=1)
	hq.call("create_many", doctype=NOTE, count=40, rows=[{"title": "POISON"}] * 40)
	assert drain(branch, hq)["failed"] == 40
	branch.call("make_retries_due")
	name = hq.create(NOTE)["name"]
	begin = time.monotonic()
	assert branch.call("pull_first_batch_before_retries", producer_url=hq.url) == [name]
	print(f"the new one came after {time.monotonic() - begin:.2f} s")
	drain(branch, hq)
	assert {row["attempts"] for row in parked(branch)} == {2}, "each was tried, too"


def test_a_paused_link_is_not_pulled_from(hq, branch):
	hq.create(NOTE)
	branch.call("set_paused", producer_url=hq.url, paused=1)
	summary = branch.call("pull", producer_url=hq.url)
	assert "paused" in summary["error"] and summary["synced"] == 0
	assert branch.call("link_state", producer_url=hq.url)["state"] == "Paused"
	branch.call("set_paused", producer_url=hq.url, paused=0)
	assert drain(branch, hq)["synced"] == 1
