"""People work on all sites at once, pulls come in between; in the end all sites are equal, and nothing is lost unseen.

By default a few histories of a fixed seed for each kind of link and rule, in bounded time.
`EVENT_STREAMING_TEST_SHARED_HISTORIES=200` asks for so many of each, long ones, beginning with `EVENT_STREAMING_TEST_SEED` (a number; else a new
one, which is printed). Each history has a seed of its own: the one that is printed with a failure makes it again.
"""

import json
import os
import random
import time

import pytest

from support import link
from support.history_author import Author, shrink
from support.shared_history import DOCTYPES, LiveNetwork, live_through
from support.site import Site, SiteError

ON_DEMAND = int(os.environ.get("EVENT_STREAMING_TEST_SHARED_HISTORIES") or 0)
USUAL_SEED = 20261126
SEED = int(
	os.environ.get("EVENT_STREAMING_TEST_SEED") or (random.randrange(10**9) if ON_DEMAND else USUAL_SEED)
)
SECONDS = {"playground": 5, "bench": 8}  # for each kind of link, when nothing else is asked for
TURNS = 40 if ON_DEMAND else 14
SHRINKING_SECONDS = int(os.environ.get("EVENT_STREAMING_TEST_SHRINKING") or (120 if ON_DEMAND else 0))
MOST_FAILURES = int(os.environ.get("EVENT_STREAMING_TEST_MOST_FAILURES") or 1)
KIND = 2  # characters of a message that say which invariant broke
KINDS = {
	"insert": 3, "update": 8, "set_back": 4, "db_set": 2, "rows": 8, "submit": 3, "cancel": 1, "delete": 2,
	"amend": 1, "rename": 2, "merge": 1, "recreate": 1,
}  # fmt: skip
# What is not borne yet; see docs/architecture.md. Taken back in when it is.
NOT_YET = set((os.environ.get("EVENT_STREAMING_TEST_LEFT_OUT") or "merge").split(","))
NOT_YET_IN_RINGS = set(
	(os.environ.get("EVENT_STREAMING_TEST_LEFT_OUT_OF_RINGS") or "amend,rename,recreate").split(",")
)

TWO_WAY = [(1, 0), (0, 1)]
RING = [(1, 0), (2, 1), (0, 2)]
LATEST, PRODUCER, HERE = "Latest Change Wins", "Producer Wins", "This Site Wins"
NETWORKS = {
	"two-way": (TWO_WAY, [None, None], True),
	"two-way, latest change, own names": (TWO_WAY, [LATEST, LATEST], False),
	"two-way, both say producer": (TWO_WAY, [PRODUCER, PRODUCER], True),
	"two-way, both say here": (TWO_WAY, [HERE, HERE], True),
	"two-way, the first site is right": (TWO_WAY, [PRODUCER, HERE], True),
	"ring": (RING, [LATEST] * 3, True),
	"ring that says producer": (RING, [PRODUCER] * 3, True),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_all_sites_end_equal_and_nothing_is_lost_unseen(backend, sites, name):
	links, rules, same_names = NETWORKS[name]
	network = connected(sites, links, rules, same_names)
	left_out = NOT_YET | (NOT_YET_IN_RINGS if links == RING else set())
	kinds = {kind: weight for kind, weight in KINDS.items() if kind not in left_out}
	end, lived, failures = time.monotonic() + SECONDS[backend.name], 0, []
	for seed in range(SEED, SEED + (ON_DEMAND or 1000)):
		if not ON_DEMAND and lived and time.monotonic() > end:
			break
		history = Author(seed, network, kinds, TURNS).history()
		try:
			live_through(network, history)
		except (AssertionError, SiteError) as error:
			failures.append(told(network, name, seed, history, error))
			if len(failures) == MOST_FAILURES:
				break
		lived += 1
	assert not failures, "\n\n".join([*failures, f"{len(failures)} of {lived} histories failed"])
	print(f"{lived} histories of {name!r}")


def told(network: LiveNetwork, name: str, seed: int, history: dict, error: Exception) -> str:
	least = shortest(network, history, str(error)[:KIND])
	return f"seed {seed} of {name!r}: {error}\n{json.dumps(least, indent=None)}\n{said(network, least)}"


def connected(sites: list[Site], links: list[tuple[int, int]], rules: list, same_names: bool) -> LiveNetwork:
	shared = int(len(links) > 2)
	for (consumer, producer), rule in zip(links, rules, strict=True):
		rows = [{"ref_doctype": doctype, "on_conflict": rule, "shared": shared} for doctype in DOCTYPES]
		link.connect(sites[consumer], sites[producer], rows, use_same_name=same_names)
	return LiveNetwork(sites[: max(max(pair) for pair in links) + 1], links, same_names)


def shortest(network: LiveNetwork, history: dict, kind: str) -> dict:
	"""
	:param kind: how the message begins
	"""
	end = time.monotonic() + SHRINKING_SECONDS

	def fails(shorter: dict) -> bool:
		if time.monotonic() > end:
			return False
		try:
			live_through(network, shorter)
		except (AssertionError, SiteError) as error:
			return str(error).startswith(kind)
		return False

	return shrink(history, fails)


def said(network: LiveNetwork, history: dict) -> str:
	try:
		live_through(network, history)
	except (AssertionError, SiteError) as error:
		return f"{error}\n{network.logs()}"
	return "it holds when it is lived through once more"
