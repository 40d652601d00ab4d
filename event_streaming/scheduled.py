"""What the scheduler starts each minute: one job for each site.

A job is a process of a worker that begins anew, connects and imports; work that is nothing in most minutes must not cost one of
its own. What waits for other sites is a job of its own, begun only where there is something to ask or to tell. What the steps read
they read by `frappe.db.get_values`: `get_all` imports what makes up the page of Desk, four times as long as all steps take.

Invariant: nothing of this waits for another site, and what fails keeps nothing else from being done.
"""

from collections.abc import Callable

import frappe
from frappe import _
from rq.timeouts import BaseTimeoutException

from event_streaming import answering, workers
from event_streaming.consumer import jobs
from event_streaming.consumer.pull import schedule
from event_streaming.monitoring import alerts, reporting
from event_streaming.producer import positions
from event_streaming.takeover import joining

STEPS: tuple[Callable[[], None], ...] = (
	schedule.pull_all,
	answering.answer_all,
	jobs.take_up,
	joining.begin_to_join,
	reporting.begin_to_report,
	positions.stamp_scheduled,
	alerts.check,
)


def each_minute() -> None:
	"""Commits."""
	workers.note_schedule()
	for step in STEPS:
		try:
			step()
			frappe.db.commit()  # nosemgrep -- each step is a job's worth, whatever becomes of the others
		except BaseTimeoutException:
			raise
		except Exception:
			frappe.db.rollback()
			frappe.clear_messages()
			# nosemgrep -- a text of this app and the name of a function
			frappe.log_error(title=_("Event Streaming: {0} failed").format(step.__name__))
			frappe.db.commit()  # nosemgrep -- the row of the Error Log
