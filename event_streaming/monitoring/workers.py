"""Which workers there are for this app's jobs."""

from frappe.utils.background_jobs import get_queue, get_workers
from redis.exceptions import RedisError

QUEUES = ("short", "long")  # hints; pulls, backfills, comparisons


def queues_without_worker() -> list[str]:
	"""Queues of this app's jobs that no worker listens to; all of them where Redis does not answer."""
	try:
		served = {name for worker in get_workers() for name in worker.queue_names()}
		return [queue for queue in QUEUES if get_queue(queue).name not in served]
	except RedisError:
		return list(QUEUES)


def waiting_jobs() -> dict[str, int]:
	"""Jobs of all sites that wait in each queue; empty where Redis does not answer."""
	try:
		return {queue: get_queue(queue).count for queue in QUEUES}
	except RedisError:
		return {}
