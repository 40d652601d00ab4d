"""Processes are killed in the middle of their work, over and over; then one clean pull."""

import contextlib
import os
import random
import time

import pytest

from support import link
from support.compare import assert_same
from support.kills import POINTS
from support.site import SiteError

ASKED_FOR = int(os.environ.get("EVENT_STREAMING_TEST_KILLS") or 0)
KILLS = ASKED_FOR or 200
ENOUGH = 15  # seconds: then no more kills than each point needs; the test says how many there were
ENOUGH_KILLS = 24
LONGEST_PULL = 0.6  # seconds, in which "anywhere" lies


def kill_over_and_over(hq, branch) -> tuple[dict[str, int], dict[str, list[str]]]:
	"""
	:returns: how often a process died at each point, and the documents that were written meanwhile
	"""
	points = ["anywhere", *POINTS, "in the stamper"]
	died = dict.fromkeys(points, 0)
	written: dict[str, list[str]] = {"Shop Note": [], "Shop Invoice": [], "poison": []}
	end = time.monotonic() + ENOUGH
	for number in range(KILLS):
		if time.monotonic() > end and is_enough(died):
			break
		for kind, names in hq.call("write_some", number=number).items():
			written[kind] += names
		point = points[number % len(points)]
		died[point] += dies(hq, branch, point)
	return died, written


def is_enough(died: dict[str, int]) -> bool:
	return not ASKED_FOR and sum(died.values()) >= ENOUGH_KILLS and all(died[point] for point in POINTS)


def dies(hq, branch, point: str) -> bool:
	if point == "in the stamper":
		return hq.call_until_killed("stamp_and_die")
	nth = random.randint(1, 4) if point != "while parking" else 1
	return branch.call_until_killed(
		"pull_and_die", producer_url=hq.url, point=point, nth=nth, after_seconds=LONGEST_PULL
	)


def test_after_any_number_of_kills_one_clean_pull_makes_both_sites_equal(hq, branch):
	link.connect(branch, hq, ["Shop Note", "Shop Invoice"])
	branch.configure(shop_reject_poison=1)
	died, written = kill_over_and_over(hq, branch)
	print(f"killed {sum(died.values())} times: {died}")
	assert sum(died.values()) >= min(KILLS, ENOUGH_KILLS) / 2, died
	assert all(died[point] for point in POINTS), f"nothing ever died at some point: {died}"

	link.drain_patiently(branch, hq)
	rows = [row for row in link.sync_logs(branch) if row["position"]]
	assert (
		len({row["position"] for row in rows})
		== len(rows)
		== len(link.update_logs(hq)) - gone_unsent(hq, rows)
	)
	assert {row["remote_docname"] for row in link.parked(branch)} == set(written["poison"])

	branch.configure(shop_reject_poison=None)
	branch.call("resync", names=[row["name"] for row in link.sync_logs(branch, status="Failed")])
	assert link.parked(branch) == []
	assert sorted(branch.names("Shop Note")) == sorted(written["Shop Note"] + written["poison"])
	assert sorted(branch.names("Shop Invoice")) == sorted(written["Shop Invoice"])
	for doctype in ("Shop Note", "Shop Invoice"):
		for name in hq.names(doctype):
			assert_same(hq, branch, doctype, name)
	for doctype in ("Shop Invoice Item", "Shop Invoice Tax", "Shop Customer", "Shop Item"):
		assert branch.call("count", doctype=doctype) == hq.call("count", doctype=doctype)


def gone_unsent(hq, rows: list[dict]) -> int:
	"""Of documents that are gone when the feed is read, only the Delete is sent."""
	received = {row["position"] for row in rows}
	deleted = {log["docname"] for log in link.update_logs(hq) if log["update_type"] == "Delete"}
	unsent = [log for log in link.update_logs(hq) if log["position"] not in received]
	assert {log["docname"] for log in unsent} <= deleted
	assert all(log["update_type"] != "Delete" for log in unsent)
	return len(unsent)


def test_the_producers_web_server_dies_while_it_serves_pages(backend, hq, branch):
	link.connect(branch, hq, ["Shop Note", "Shop Invoice"])
	for number in range(6):
		hq.call("write_some", number=number)
		shell = branch.open_shell()
		shell.send("pull", producer_url=hq.url)
		time.sleep(random.random())
		hq.web.kill()
		shell.receive()
		hq.web = backend.start_web(hq)
	link.drain_patiently(branch, hq)
	assert_equal_sites(hq, branch)


@pytest.mark.bench
def test_the_database_server_dies_while_batches_are_committed(backend, hq, branch):
	if not getattr(backend, "database", None):
		pytest.skip("there is no database server")
	link.connect(branch, hq, ["Shop Note", "Shop Invoice"])
	for number in range(4):
		for place in range(5):
			hq.call("write_some", number=10 * number + place)
		shell = branch.open_shell()
		shell.send("pull_and_die", producer_url=hq.url, point="anywhere", after_seconds=3600)
		time.sleep(0.5 + random.random())
		backend.database.crash()
		with contextlib.suppress(SiteError):
			shell.receive()
		backend.database.start()
	link.drain_patiently(branch, hq)
	assert_equal_sites(hq, branch)


def test_a_controller_that_commits_early_leaves_nothing_double(hq, branch):
	link.connect(branch, hq, ["Shop Note"])
	branch.configure(shop_commit_early=1)
	names = []
	for number in range(8):
		note = hq.create("Shop Note", title=f"COMMITS {number}")["name"]
		hq.update("Shop Note", note, priority=number)
		names.append(note)
		dies(hq, branch, ("after replay before cursor", "after cursor before commit")[number % 2])
	link.drain_patiently(branch, hq)
	assert link.parked(branch) == []
	assert sorted(branch.names("Shop Note")) == sorted(names)
	assert_equal_sites(hq, branch)


def assert_equal_sites(hq, branch) -> None:
	rows = [row["position"] for row in link.sync_logs(branch) if row["position"]]
	assert len(rows) == len(set(rows))
	assert link.sync_logs(branch, status="Failed") == []
	for doctype in ("Shop Note", "Shop Invoice"):
		assert sorted(branch.names(doctype)) == sorted(hq.names(doctype))
		for name in hq.names(doctype):
			assert_same(hq, branch, doctype, name)
	for doctype in ("Shop Invoice Item", "Shop Customer", "Shop Item"):
		assert branch.call("count", doctype=doctype) == hq.call("count", doctype=doctype)
