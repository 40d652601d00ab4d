"""Looks for faults where the schedule doesn't: that it stands still is a fault, too, and somebody is to be told of it.

What calls this site then is other sites, which ask for changes or tell of theirs, and people who look at a link.
"""

from typing import Any

import frappe

from event_streaming import workers
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.monitoring import alerts

PATH = "/api/method/event_streaming."


def look_after_request(response: Any = None, request: Any = None) -> None:
	"""After each request; nobody waits for what is done once it is answered."""
	if request is not None and request.path.startswith(PATH) and workers.schedule_is_late():
		request.after_response.add(look)


def look() -> None:
	"""Commits."""
	try:
		with as_user("Administrator"):
			alerts.check()
	except Exception:
		frappe.db.rollback()
		frappe.logger("event_streaming").error("Could not look for faults", exc_info=True)
