"""What open pages hear about a batch: sent together after its commit, and nothing of what was undone.

Frappe queues a message for each document and its list, looks through all that are queued before it adds one, and sends
them one by one; for a hundred documents that takes as long as storing ten of them.
"""

from contextlib import suppress

import frappe
from frappe.utils.background_jobs import get_redis_connection_without_auth
from redis.exceptions import RedisError

from event_streaming.frappe_internals import drop_realtime_queue, take_realtime_messages

CHANNEL = "events"


class RealtimeBuffer:
	"""Made at the beginning of a transaction; sends when it is committed."""

	def __init__(self) -> None:
		self._messages: dict[str, None] = {}

	def take(self) -> None:
		"""Takes over what Frappe has queued, each message once. What is queued after that goes when the change that it tells
		of is undone."""
		for event, message, room in take_realtime_messages():
			published = {"event": event, "message": message, "room": room, "namespace": frappe.local.site}
			self._messages[frappe.as_json(published, indent=None)] = None

	def send_after_commit(self) -> None:
		self.take()
		frappe.db.after_commit.add(self._send)

	def _send(self) -> None:
		"""Who isn't reached reloads the page, as ever."""
		drop_realtime_queue()
		if not self._messages:
			return
		with suppress(RedisError):
			pipeline = get_redis_connection_without_auth().pipeline(transaction=False)
			for message in self._messages:
				pipeline.publish(CHANNEL, message)
			pipeline.execute()
