"""Whatever happens on the source, and whenever the replica pulls, in the end it has the same documents.

Hypothesis makes up the histories. By default, as many short ones as fit into less than a minute for each of the two
subscriptions, the same each time; `EVENT_STREAMING_TEST_HISTORIES=100` asks for so many new ones, and long ones, however
long that takes. The seed is printed; `--hypothesis-seed` (with the same variable) goes through the same histories again,
without a limit of time. What is found becomes a named test elsewhere.
"""

import os
import random
import time
from collections.abc import Callable
from functools import partial
from pprint import pformat

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from support.history_strategies import OLD_SHOP, SHOP, SUPPLIER, TERRITORY, histories
from support.link import connect
from support.replica import Comparison, assert_nothing_double, assert_nothing_open, compare_all
from support.site import Site

ON_DEMAND = int(os.environ.get("EVENT_STREAMING_TEST_HISTORIES") or 0)
HISTORIES = ON_DEMAND or 30
TURNS_AT_MOST = 40 if ON_DEMAND else 16
SECONDS = {"playground": 10, "bench": 35}  # of each subscription, when nothing else is asked for
FEWEST = min(5, HISTORIES)  # however slow the machine: the first are trivial
# What everybody runs is the same everywhere; what is asked for goes looking for something new.
USUAL_SEED = 20261124
SHRINKING_SECONDS = 90  # Hypothesis itself would take five minutes
SETTINGS = settings(
	max_examples=HISTORIES,
	deadline=None,
	database=None,
	print_blob=True,
	report_multiple_bugs=False,
	suppress_health_check=list(HealthCheck),
	phases=[Phase.generate, Phase.shrink],
)


@pytest.fixture(autouse=True)
def no_long_waits(hq):
	"""The playground's SQLite has one writer at a time: a pull while a transaction is open need not wait long for it."""
	hq.configure(playground_busy_timeout=0.2)


@pytest.fixture(autouse=True)
def no_long_shrinking(monkeypatch):
	limit = "hypothesis.internal.conjecture.engine.MAX_SHRINKING_SECONDS"
	monkeypatch.setattr(limit, SHRINKING_SECONDS, raising=False)


def test_all_doctypes_are_subscribed(backend, hq, branch, pytestconfig):
	connect(branch, hq, SHOP)
	try_to_break(pytestconfig, backend.name, partial(replay_history, hq, branch, SHOP))


def test_some_doctypes_come_only_because_others_link_to_them(backend, hq, branch, pytestconfig):
	subscribed = [doctype for doctype in SHOP if doctype not in (TERRITORY, SUPPLIER)]
	connect(branch, hq, subscribed)
	try_to_break(pytestconfig, backend.name, partial(replay_history, hq, branch, subscribed))


def try_to_break(config: pytest.Config, backend: str, holds: Callable[[dict], None]) -> None:
	asked = config.getoption("--hypothesis-seed")
	number = int(asked or (random.randrange(2**32) if ON_DEMAND else USUAL_SEED))
	variable = f"EVENT_STREAMING_TEST_HISTORIES={ON_DEMAND} " if ON_DEMAND else ""
	print(f"{variable}--hypothesis-seed={number}")
	trial = Trial(holds, None if ON_DEMAND or asked else SECONDS[backend])

	@seed(number)
	@SETTINGS
	@given(history=histories(TURNS_AT_MOST))
	def invariant(history):
		trial(history)

	try:
		invariant()
	finally:
		print(f"{trial.lived} histories in {time.monotonic() - trial.begun:.0f} s")
	assert trial.lived >= FEWEST


class Trial:
	"""Lives through one history after the other while there is time, a few in any case, and through all that Hypothesis asks for once one
	has failed."""

	def __init__(self, holds: Callable[[dict], None], seconds: float | None):
		self.holds = holds
		self.begun = time.monotonic()
		self.end = self.begun + seconds if seconds else None
		self.lived = 0

	def __call__(self, history: dict) -> None:
		if self.end and time.monotonic() > self.end and self.lived >= FEWEST:
			return
		self.lived += 1
		try:
			self.holds(history)
		except Exception:
			self.end = None
			raise


def replay_history(hq: Site, branch: Site, subscribed: list[str], history: dict) -> None:
	"""Lives through the history on hq, pulls where it says so, drains, and compares."""
	head = hq.call("restart_source", doctypes=SHOP)
	branch.call("restart_replica", doctypes=SHOP, producer=hq.url, head=head)
	if history["begins"]:
		hq.call(history["begins"], steps=OLD_SHOP)
	for turn in history["turns"]:
		TURNS[turn["turn"]](hq, branch, turn)
	settle(hq, branch)
	if branch.names("Parked Document") and remove_what_nobody_tells_of(hq, branch, subscribed):
		settle(hq, branch)
	try:
		assert_nothing_open(branch)
		found = due_documents(hq, branch, subscribed, head["position"])
		assert found, f"{branch.name} is no replica:\n{found}"
		assert_no_orphans_and_no_dangling_links(hq, branch)
		assert_nothing_double(branch)
	except AssertionError as error:
		raise AssertionError(
			f"{error}\n{pformat(history, width=150, sort_dicts=False)}\n{told(hq, branch)}"
		) from None


def transaction(hq: Site, branch: Site, turn: dict) -> None:
	hq.call("run_transactions", transactions=[turn])


def held_transaction(hq: Site, branch: Site, turn: dict) -> None:
	"""With a pull while it is open, so that what it wrote becomes visible late."""
	hq.call("stamp")  # where nobody can do it while the transaction is open
	hq.call("begin")
	try:
		hq.call("run_steps", steps=turn["steps"])
		pull(hq, branch, {"page": 100, "batches": None})
		hq.call("run_steps", steps=turn["more_steps"])
	finally:
		hq.call("commit" if turn["commit"] else "rollback")


def pull(hq: Site, branch: Site, turn: dict) -> dict:
	return branch.call("pull_pages", producer_url=hq.url, page=turn["page"], batches=turn["batches"])


def paused_transaction(hq: Site, branch: Site, turn: dict) -> None:
	"""With a pull that is turned away."""
	hq.call("pause_consumer", callback_url=branch.url, paused=1)
	transaction(hq, branch, turn)
	assert "paused" in pull(hq, branch, {"page": 100, "batches": None})["error"]
	hq.call("pause_consumer", callback_url=branch.url, paused=0)


TURNS = {
	"transaction": transaction,
	"held transaction": held_transaction,
	"paused transaction": paused_transaction,
	"pull": pull,
}


def settle(hq: Site, branch: Site) -> None:
	"""Pulls until nothing is left and nothing more fixes itself."""
	for _ in range(6):
		summary = pull(hq, branch, {"page": 100, "batches": None})
		assert not summary["error"] and not summary["behind"], summary
		if not branch.call("retry_at_once"):
			break


def remove_what_nobody_tells_of(hq: Site, branch: Site, subscribed: list[str]) -> bool:
	"""As a person does where a dependency is no longer at the source and forbids a Delete; whether there was any."""
	gone = [
		(doctype, name)
		for doctype in SHOP
		if doctype not in subscribed
		for name in set(branch.names(doctype)) - set(hq.names(doctype))
	]
	return branch.call("delete_where_possible", documents=gone) > 0


def due_documents(hq: Site, branch: Site, subscribed: list[str], after: int) -> Comparison:
	"""All that the source has must be here and equal, but for what it never told of: that comes when needed."""
	found = compare_all(hq, branch, subscribed)
	heard = {tuple(pair) for pair in hq.call("heard_names", doctypes=subscribed, after=after)}
	found.missing = [key for key in found.missing if key in heard]
	unheard = names_that_nobody_tells_of(branch, subscribed)
	left = {
		key: [line for line in lines if line.partition(": ")[2] not in unheard]
		for key, lines in found.different.items()
	}
	found.different = {key: lines for key, lines in left.items() if lines}
	return found


def names_that_nobody_tells_of(branch: Site, subscribed: list[str]) -> set[str]:
	"""Of documents that came because others link to them and were renamed at the source: they keep their names here, and links
	are to them, as `differences` words it."""
	fields = ["local_doctype", "remote_docname", "local_docname"]
	return {
		f"{row['remote_docname']!r} != {row['local_docname']!r}"
		for row in branch.rows("Remote Document", fields)
		if row["local_doctype"] not in subscribed and row["remote_docname"] != row["local_docname"]
	}


def assert_no_orphans_and_no_dangling_links(hq: Site, branch: Site) -> None:
	orphans = branch.call("orphaned_rows", doctypes=SHOP)
	assert not orphans, f"rows without a document: {orphans}"
	here = {tuple(link) for link in branch.call("dangling_links", doctypes=SHOP)}
	there = {tuple(link) for link in hq.call("dangling_links", doctypes=SHOP)}
	assert not here - there, f"links to nothing: {sorted(here - there)}"


def told(hq: Site, branch: Site) -> str:
	"""What both logs say, for who has to find the cause."""
	fields = ["name", "position", "update_type", "ref_doctype", "docname", "data"]
	lines = [f"{hq.name} logged:"]
	for row in hq.call("rows", doctype="Update Log", fields=fields, order_by="name asc"):
		lines.append(
			"  {name} at {position}: {update_type} {ref_doctype} {docname} {data}".format(**row)[:600]
		)
	lines.append(f"{branch.name} did:")
	fields = [
		"event_id",
		"update_type",
		"source",
		"status",
		"remote_doctype",
		"remote_docname",
		"docname",
		"message",
	]
	for row in branch.call("rows", doctype="Event Sync Log", fields=fields, order_by="creation asc"):
		lines.append("  " + " ".join(str(row[field]) for field in fields)[:400])
	return "\n".join(lines)
