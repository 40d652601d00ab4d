"""A run of the tests that has only so much time: what has not begun when it is over is skipped, and says so."""

import json
import os
import time
from pathlib import Path

import pytest

DEADLINE = "EVENT_STREAMING_TEST_DEADLINE"  # seconds since the epoch
COUNTS = "EVENT_STREAMING_TEST_COUNTS"  # a file
FAILED = ("failed", "error")
SKIPPED = ("skipped", "xfailed")


def is_limited() -> bool:
	return bool(os.environ.get(DEADLINE))


def skip_when_over() -> None:
	if is_limited() and time.time() > float(os.environ[DEADLINE]):
		pytest.skip("the time for this run is over (EVENT_STREAMING_TEST_MINUTES)")


def write_counts(stats: dict[str, list]) -> None:
	"""For `tests/run.py`, which adds up several runs."""
	if file := os.environ.get(COUNTS):
		number = {kind: len(reports) for kind, reports in stats.items()}
		counts = {
			"passed": number.get("passed", 0) + number.get("xpassed", 0),
			"failed": sum(number.get(kind, 0) for kind in FAILED),
			"skipped": sum(number.get(kind, 0) for kind in SKIPPED),
		}
		Path(file).write_text(json.dumps(counts))
