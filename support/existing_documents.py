"""Backfills, comparisons and repairs, as tests ask for them."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from support.site import Site

NOTE = "Shop Note"
PATIENCE = 30  # seconds


def backfill(branch: Site, hq: Site, **options) -> dict:
	result = branch.call("backfill", producer_url=hq.url, **options)
	assert not result["error"], result["error"]
	return result


def in_pages(branch: Site, hq: Site, size: int, pages: int | None = None) -> dict:
	return branch.call("support.backfilling:backfill_in_pages", producer_url=hq.url, size=size, pages=pages)


def create_notes(hq: Site, count: int) -> list[str]:
	"""In the order in which they are made, which is that of a backfill."""
	return [hq.create(NOTE)["name"] for _ in range(count)]


def compare(branch: Site, hq: Site, doctypes: list[str] | None = None) -> dict:
	result = branch.call("support.comparing:reconcile", producer_url=hq.url, doctypes=doctypes)
	assert not result["error"], result["error"]
	return result


def repair(branch: Site, hq: Site, doctype: str, **options) -> dict:
	return branch.call("support.comparing:repair", producer_url=hq.url, doctype=doctype, **options)


def found(branch: Site, **filters) -> dict[str, tuple[str, dict]]:
	"""Listed documents: kind and differences by the name at the source."""
	rows = branch.rows("Event Difference", ["remote_docname", "kind", "differences"], filters)
	return {row["remote_docname"]: (row["kind"], json.loads(row["differences"])) for row in rows}


def figures(row: dict) -> tuple:
	return tuple(
		row[kind] for kind in ("there", "here", "equal", "missing", "different", "surplus", "behind")
	)


def assert_equal(row: dict, count: int) -> None:
	assert (row["status"], row["percent"]) == ("Done", 100)
	assert figures(row) == (count, count, count, 0, 0, 0, 0)


def held_up(branch: Site, hq: Site, function: str, after: str, folder: Path) -> Callable[[], dict]:
	"""A backfill or comparison in another process, that waits with an answer of `after` in its hand.

	:param function: of the site, `backfill_held_up` or `reconcile_held_up`
	:returns: lets it go on, and gives its result
	"""
	waiting, go_on = folder / "waiting", folder / "go on"
	shell = branch.open_shell()
	files = {"waiting": str(waiting), "go_on": str(go_on)}
	shell.send(function, producer_url=hq.url, after=after, **files)
	end = time.monotonic() + PATIENCE
	while not waiting.exists() and time.monotonic() < end:
		time.sleep(0.02)

	def let_go() -> dict:
		go_on.touch()
		return shell.receive()

	return let_go
