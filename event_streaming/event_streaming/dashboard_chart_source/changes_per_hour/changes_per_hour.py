"""What came from other sites, and what was written down for them, in each of the last hours."""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Cast_, Count, Substring
from frappe.utils import now_datetime

from event_streaming.consumer.sync_log import SYNCED

HOURS = 24
KEY = "%Y-%m-%d %H"  # how the database begins to write a time
LENGTH_OF_KEY = 13


@frappe.whitelist()
def get() -> dict:
	"""
	:returns: labels and datasets, as charts of Desk take them; the last hour is the present one
	"""
	for doctype in ("Event Sync Log", "Update Log"):
		frappe.has_permission(doctype, "read", throw=True)
	hours = last_hours(now_datetime())
	received = count_per_hour("Event Sync Log", hours[0], status=SYNCED)
	logged = count_per_hour("Update Log", hours[0])
	return {
		"labels": [f"{hour:%H}:00" for hour in hours],
		"datasets": [
			{"name": _("Received"), "values": [received.get(hour, 0) for hour in hours]},
			{"name": _("To Send"), "values": [logged.get(hour, 0) for hour in hours]},
		],
	}


def last_hours(now: datetime) -> list[datetime]:
	present = now.replace(minute=0, second=0, microsecond=0)
	return [present - timedelta(hours=back) for back in reversed(range(HOURS))]


def count_per_hour(doctype: str, since: datetime, **filters: str) -> dict[datetime, int]:
	log = frappe.qb.DocType(doctype)
	hour = Substring(Cast_(log.creation, "varchar"), 1, LENGTH_OF_KEY).as_("hour")
	query = (
		frappe.qb.from_(log)
		.select(hour, Count("*"))
		.where((log.creation >= since) & (log.modified >= since))  # the latter has an index
		.groupby(hour)
	)
	for field, value in filters.items():
		query = query.where(log[field] == value)
	return {datetime.strptime(key, KEY): count for key, count in query.run()}
