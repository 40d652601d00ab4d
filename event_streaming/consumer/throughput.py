"""What each link has brought since Redis was last emptied: counters for a monitoring system, which is used to their
beginning again.

They are kept in Redis, so that counting costs a pull one round trip, and reading those of all links one, too.
"""

from contextlib import suppress

import frappe
from redis.exceptions import RedisError

KEY = "event_streaming:throughput:"
COUNTED = ("synced", "failed", "waiting", "skipped", "pages", "bytes", "seconds")


def add(producer: str, **values: float) -> None:
	"""
	:param values: by the names of COUNTED; `bytes` as they came over the wire, `seconds` of pulling; and `conflicts_` with a kind, of
	        values that both sites changed at once
	"""
	pipeline = frappe.cache.pipeline(transaction=False)
	for name, value in values.items():
		if value:
			pipeline.hincrbyfloat(_key(producer), name, round(value, 3))
	with suppress(RedisError):  # a figure less
		pipeline.execute()


def read(producers: list[str]) -> dict[str, dict[str, float]]:
	"""By producer, what was counted by the names of COUNTED; empty where nothing was, or Redis does not answer."""
	pipeline = frappe.cache.pipeline(transaction=False)
	for producer in producers:
		pipeline.hgetall(_key(producer))
	try:
		found = pipeline.execute()
	except RedisError:
		return {}
	return {
		producer: {name.decode(): float(value) for name, value in counted.items()}
		for producer, counted in zip(producers, found, strict=True)
	}


def forget(producer: str) -> None:
	with suppress(RedisError):
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.delete(_key(producer))


def _key(producer: str) -> str:
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return frappe.cache.make_key(KEY + producer)
