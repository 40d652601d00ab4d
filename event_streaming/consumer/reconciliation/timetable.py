"""When the documents of a link are compared automatically: at the day and hour that its Event Producer names.

Invariants:
- Each of these moments begins one comparison, a site that was off at its last one catches up; a moment before the
  timetable was set begins none.
- It repairs automatically only what comes by rows for which a person ticked that, and deletes nothing.
"""

from datetime import datetime, timedelta

import frappe
from frappe.utils import cint, get_datetime, now_datetime

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.reconciliation import state
from event_streaming.link.protocol import APPROVED

EVERY_DAY = "Every Day"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIELDS = ("compare_on", "compare_hour")


def begin_due(now: datetime | None = None) -> None:
	"""Queues the comparisons whose moment has come. Commits; call it with nothing unsaved."""
	now = now or now_datetime()
	filters = {"paused": 0, "compare_on": ("is", "set")}
	for producer in frappe.db.get_values("Event Producer", filters, ["name", *FIELDS], as_dict=True):
		moment = last_moment(producer.compare_on, cint(producer.compare_hour), now)
		compared_for = frappe.db.get_value(cursors.DOCTYPE, producer.name, "compared_for")
		if moment and compared_for and get_datetime(compared_for) < moment:
			_begin(producer.name, moment)
			frappe.db.commit()  # nosemgrep -- each for itself: the moment, and what is queued for it


def follow_change(producer: str) -> None:
	"""From now on the timetable is another one."""
	frappe.db.set_value(
		cursors.DOCTYPE,
		producer,
		"compared_for",
		now_datetime().replace(microsecond=0),
		update_modified=False,
	)


def last_moment(day: str, hour: int, now: datetime) -> datetime | None:
	"""The latest moment of a timetable up to `now`; None for an unknown day."""
	moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
	if day == EVERY_DAY:
		return moment if moment <= now else moment - timedelta(days=1)
	if day not in DAYS:
		return None
	moment -= timedelta(days=(moment.weekday() - DAYS.index(day)) % len(DAYS))
	return moment if moment <= now else moment - timedelta(days=len(DAYS))


def _begin(producer: str, moment: datetime) -> None:
	frappe.db.set_value(cursors.DOCTYPE, producer, "compared_for", moment, update_modified=False)
	filters = {"parent": producer, "status": APPROVED, "unsubscribe": 0, "compare": 1}
	rows = frappe.get_all(
		"Event Producer Document Type", filters, ["ref_doctype", "repair_by_itself"], order_by="idx"
	)
	repaired = [row.ref_doctype for row in rows if row.repair_by_itself]
	if rows:
		state.start(producer, [row.ref_doctype for row in rows], by_itself=True, repaired=repaired)
