"""The three sites of the demo: sites of the playground, two with a web server of their own, one that nobody can call; workers and
the schedule serve all of them.

They are started as the tests start theirs, and stopped when the demo ends.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support import link
from support.playground import PlaygroundBackend
from support.site import Site

HEAD, BRANCH, SHOP = "head-office.localhost", "branch.localhost", "shop.localhost"
WORKERS = 4
PATIENCE = 90  # seconds


@contextmanager
def running_sites() -> Iterator[tuple[Site, Site, Site]]:
	backend = PlaygroundBackend()
	try:
		backend.start()
		sites = backend.make_sites([HEAD, BRANCH, SHOP])
		for site in sites:
			site.call("only_our_scheduled_jobs")
		backend.stop_process(sites[2].web)  # it listens on no port at all
		for _number in range(WORKERS):
			backend.start_worker()
		backend.start_scheduler()
		yield sites[0], sites[1], sites[2]
	finally:
		backend.stop()


def wait_until(condition: Callable[[], bool], what: str) -> float:
	"""Seconds until `condition` held.

	:raises SystemExit: it did not within PATIENCE
	"""
	begin = time.monotonic()
	while not condition():
		if time.monotonic() - begin > PATIENCE:
			raise SystemExit(f"The demo gave up after {PATIENCE} s: {what}")
		time.sleep(0.1)
	return time.monotonic() - begin


def failures(branch: Site) -> list[dict]:
	return link.sync_logs(branch, status="Failed")
