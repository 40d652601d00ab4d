"""No committed change is ever passed over, however late its transaction ends.

Writers hold transactions open for up to two seconds and give some of them up, one holds its own open for half a
minute, another process stamps all the while, and a consumer pulls without pause. `EVENT_STREAMING_TEST_SCALE`
scales the number of changes (1 stands for 10,000).
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from support.link import connect, drain, pull
from support.replica import Comparison, assert_nothing_double, assert_nothing_open, compare_all
from support.site import Site, SiteShell

SCALE = float(os.environ.get("EVENT_STREAMING_TEST_SCALE") or 1)
CHANGES = int(10_000 * SCALE)
WRITERS = 8
HELD_SECONDS = 30 * min(1, max(SCALE, 0.1))
DOCTYPES = ["Shop Note", "Shop Party"]
SABOTAGED_CHANGES = 600
LOCK_TIMEOUT = 50  # seconds that MariaDB waits for a row


@dataclass
class Work:
	"""What writers did and a consumer saw of it."""

	writers: list[dict] = field(default_factory=list)
	held: int = 0
	pulls: int = 0
	pulls_while_held: int = 0
	pulled_while_written: int = 0
	seconds: float = 0.0

	@property
	def committed(self) -> int:
		return sum(done["committed"] for done in self.writers) + self.held

	def __str__(self) -> str:
		sums = {key: sum(done[key] for done in self.writers) for key in self.writers[0]}
		return (
			f"{self.committed} changes committed, {sums['rolled_back']} rolled back, {sums['deadlocks']} deadlocks, "
			f"{sums['transactions']} transactions, {self.pulls} pulls ({self.pulls_while_held} while one transaction "
			f"was held), {self.pulled_while_written} events pulled while others were written, {self.seconds:.0f} s"
		)


@pytest.fixture(autouse=True)
def link(backend, hq, branch):
	if backend.database is None:
		pytest.skip("writers at the same time need a database server")
	connect(branch, hq, DOCTYPES)


def test_nothing_is_lost_however_late_transactions_commit(hq, branch):
	with stamping(hq):
		work = write_and_pull(hq, branch, CHANGES, held_seconds=HELD_SECONDS)
	drain(branch, hq)
	found = compare_all(hq, branch, DOCTYPES)
	print(f"{work}; {found}")
	assert found, str(found)
	assert work.pulled_while_written > work.committed / 10, "the consumer must not come when all is over"
	assert work.pulls_while_held > 1
	assert_nothing_open(branch)
	assert_nothing_double(branch)
	assert_each_change_once(hq, branch, work)


def test_an_open_transaction_holds_up_no_pull(hq, branch):
	"""Stamping touches committed rows only: to scan the log would be to wait for the open transaction."""
	with hq.transaction() as open_shell:
		for _ in range(5):
			open_shell.call("create", doctype="Shop Note")
		writer = hq.open_shell()
		names = [writer.call("create", doctype="Shop Note")["name"] for _ in range(30)]
		started = time.monotonic()
		assert drain(branch, hq)["synced"] == len(names)
		assert time.monotonic() - started < LOCK_TIMEOUT / 2
	writer.close()
	assert drain(branch, hq)["synced"] == 5


@pytest.mark.parametrize("sabotage", ["page_by_id", "page_by_time"])
def test_the_same_work_loses_changes_when_the_log_is_paged_by(hq, branch, sabotage):
	hq.configure(shop_sabotage=sabotage)
	work = write_and_pull(hq, branch, SABOTAGED_CHANGES)
	drain(branch, hq)
	found = compare_all(hq, branch, DOCTYPES)
	print(f"{sabotage}: {work}; {lost(found)} documents lost or stale of {lost(found) + found.equal}")
	assert not found, "the test above would not notice"
	assert found.missing, "whole documents have to be among what is lost"
	hq.configure(shop_sabotage=None)


def lost(found: Comparison) -> int:
	return len(found.missing) + len(found.different) + len(found.surplus)


def assert_each_change_once(hq: Site, branch: Site, work: Work) -> None:
	"""One Update Log row for each committed change, positions without a gap, one Event Sync Log row for each."""
	positions = sorted(row["position"] for row in hq.rows("Update Log", ["position"]))
	assert positions == list(range(1, work.committed + 1))
	replayed = sorted(
		row["position"] for row in branch.rows("Event Sync Log", ["position"], {"source": "Feed"})
	)
	assert replayed == positions


def write_and_pull(hq: Site, branch: Site, changes: int, held_seconds: float = 0.0) -> Work:
	"""Writers at work, and a consumer that pulls as long as they are."""
	work = Work()
	shared = [hq.create("Shop Note")["name"] for _ in range(20)]
	work.held = len(shared)
	writers, holder = hq.open_shell(), hq.open_shell()
	for shell in (writers, holder):
		shell.call("exists", doctype="User", name="Administrator")  # before any clock runs
	started = time.monotonic()
	with ThreadPoolExecutor(2) as threads:
		held = threads.submit(hold_transaction, holder, held_seconds, shared[:5]) if held_seconds else None
		options = {"writers": WRITERS, "changes": -(-changes // WRITERS), "shared": shared[5:]}
		writing = threads.submit(writers.call, "write_at_once", site=hq.name, **options)
		pull_while(work, hq, branch, writing, held)
		work.writers = writing.result()
		work.held += held.result() if held else 0
	work.seconds = time.monotonic() - started
	for shell in (writers, holder):
		shell.close()
	return work


def pull_while(work: Work, hq: Site, branch: Site, writing: Future, held: Future | None) -> None:
	while not writing.done() or (held and not held.done()):
		summary = pull(branch, hq, max_batches=3)
		assert not summary["error"], summary["error"]
		work.pulls += 1
		work.pulled_while_written += summary["synced"]
		work.pulls_while_held += bool(held and not held.done())


def hold_transaction(shell: SiteShell, seconds: float, names: list[str]) -> int:
	"""A transaction with changes at its begin and its end, and a long time in between; how many these are."""
	changes = 2 * len(names)
	with shell.transaction():
		shell.call("write_changes", seed=1, changes=changes, names=names)
		time.sleep(seconds)
		shell.call("write_changes", seed=2, changes=changes, names=names)
	return 2 * changes


@contextmanager
def stamping(hq: Site) -> Iterator[None]:
	"""Somebody else who stamps without pause, as the schedule and other consumers' requests do."""
	shell = hq.open_shell()
	shell.send("stamp_without_pause", until=str(hq.folder / "stop-stamping"))
	try:
		yield
	finally:
		(hq.folder / "stop-stamping").touch()
		shell.receive()
		(hq.folder / "stop-stamping").unlink()
		shell.close()
