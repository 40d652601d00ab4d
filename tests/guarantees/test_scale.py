"""A hundred links and a long log: looking at them takes no longer for it.

`EVENT_STREAMING_SCALE=1000000` makes the log that long, and prints the figures; the usual log is short.
"""

import os

import pytest

LINKS, PARKED = 100, 10_000
ROWS = int(os.environ.get("EVENT_STREAMING_SCALE", 0))
AT_MOST = {"metrics": 50, "state of all links": 50}  # milliseconds; all others have a second


@pytest.mark.skipif(not ROWS, reason="makes a long log: set EVENT_STREAMING_SCALE")
def test_looking_is_quick_however_long_the_log_is(backend, branch):
	branch.call("support.scale:fill", links=LINKS, log_rows=ROWS, parked=min(PARKED, ROWS))
	try:
		took = branch.call("support.scale:measure")
	finally:
		branch.call("support.scale:clear")
	print("\n".join(f"{what:30}{milliseconds:10.1f} ms" for what, milliseconds in took.items()))
	slow = {what: ms for what, ms in took.items() if ms > AT_MOST.get(what, 1000)}
	assert not slow, took
