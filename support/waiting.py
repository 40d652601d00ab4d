"""Waits are for conditions, generous on a busy machine, and say what they waited for."""

import inspect
import os
import time
from collections.abc import Callable


def patience(seconds: float) -> float:
	"""What an idle machine gets, as many times as there is more work than processors."""
	return seconds * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_until(condition: Callable[[], object], seconds: float, pause: float = 0.1) -> float:
	"""How long it took.

	:param seconds: within which it happens on an idle machine
	:raises AssertionError: it did not happen; says what was waited for, and how long
	"""
	begin = time.monotonic()
	while not condition():
		waited = time.monotonic() - begin
		assert waited < patience(seconds), f"not within {waited:.0f} s: {_source(condition)}"
		time.sleep(pause)
	return time.monotonic() - begin


def _source(condition: Callable[[], object]) -> str:
	try:
		return " ".join(inspect.getsource(condition).split())
	except (OSError, TypeError):
		return repr(condition)
