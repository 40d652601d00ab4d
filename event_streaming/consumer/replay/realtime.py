"""What open pages are told of a batch: sent together after its commit, and nothing of what was undone.

Frappe queues a message for each document and its list, looks through all that are queued before it adds one, and sends
them one by one; for a hundred documents that takes as long as storing ten of them.
"""

from contextlib import suppress

import frappe
from frappe.utils.background_jobs import get_redis_connection_without_auth
from redis.exceptions import RedisError

QUEUE = "_realtime_log"  # of frappe.realtime
CHANNEL = "events"


class RealtimeBuffer:
	"""Made at the beginning of a transaction; sends when it is committed."""

	def __init__(self) -> None:
		_forget_queue()  # of a transaction that was rolled back
		self._messages: dict[str, None] = {}

	def take(self) -> None:
		"""Takes over what Frappe has queued, each message once."""
		queue = getattr(frappe.local, QUEUE, None)
		for event, message, room in queue or ():
			told = {"event": event, "message": message, "room": room, "namespace": frappe.local.site}
			self._messages[frappe.as_json(told, indent=None)] = None
		if queue:
			queue.clear()

	def mark(self) -> int:
		self.take()
		return len(self._messages)

	def undo(self, mark: int) -> None:
		"""What has been queued since `mark` tells of changes that were undone."""
		self.take()
		for message in list(self._messages)[mark:]:
			del self._messages[message]

	def send_after_commit(self) -> None:
		self.take()
		frappe.db.after_commit.add(self._send)

	def _send(self) -> None:
		"""Who isn't reached reloads the page, as ever."""
		_forget_queue()
		if not self._messages:
			return
		with suppress(RedisError):
			pipeline = get_redis_connection_without_auth().pipeline(transaction=False)
			for message in self._messages:
				pipeline.publish(CHANNEL, message)
			pipeline.execute()


def _forget_queue() -> None:
	"""An undone savepoint takes back what Frappe has arranged for the commit, but not the queue that tells Frappe
	that it has. Without the queue the next message arranges it anew."""
	if hasattr(frappe.local, QUEUE):
		delattr(frappe.local, QUEUE)
