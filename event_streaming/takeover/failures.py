"""The earlier Event Sync Log: its rows stay readable, and what had failed is parked, to be taken whole."""

import frappe
from frappe import _

from event_streaming.consumer import parking, sync_log
from event_streaming.takeover import layout
from event_streaming.takeover.documents import doctypes_of
from event_streaming.takeover.links import url_of

WANTED = (
	"name", "ref_doctype", "docname", "producer_doc", "event_producer", "status", "error", "mapping", "source",
	layout.USE_SAME_NAME,
)  # fmt: skip
MESSAGE_LENGTH = 500


def take_over() -> None:
	if not layout.has_columns("Event Sync Log", "producer_doc"):
		return
	failed = {}
	for row in layout.rows("Event Sync Log", WANTED):
		if row.source:
			continue  # this app's own, or taken over before
		doctype, remote = doctypes_of(row)
		producer, there = url_of(row.event_producer), row.producer_doc or row.docname
		values = {
			"ref_doctype": doctype,
			"event_producer": producer,
			"remote_doctype": remote,
			"remote_docname": there,
		}
		values["use_same_name"] = int(row[layout.USE_SAME_NAME] not in (None, "", "0", "False", "None"))
		values |= {"source": sync_log.FEED, "epoch": sync_log.LOG_IS_GONE}
		if row.status == sync_log.FAILED:
			values["message"] = _reason(row)
			if there and frappe.db.exists("Event Producer", producer):
				failed[producer, remote, there] = values["message"]
		layout.set_values("Event Sync Log", row.name, **values)
	for (producer, remote, there), message in failed.items():
		parking.park(producer, (remote, there), message)


def _reason(row: frappe._dict) -> str:
	"""The last line of the traceback is what went wrong."""
	lines = [line.strip() for line in (row.error or "").splitlines() if line.strip()]
	return _("It had failed in the earlier app: {0}").format(lines[-1][:MESSAGE_LENGTH] if lines else "?")
