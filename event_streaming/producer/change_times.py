"""When a change that is made here counts as made.

Invariant: a change of this site is later than all that its log has of the document by then, those of other sites
included, whatever the clock here shows. Clocks are wrong, and are set back. Who decides by time between changes of two sites
(see `consumer.replay.own_changes`) relies on it: a site's newest change of a document is the one that it made last, and who
changes what another site wrote makes the later change.

This is a hybrid logical clock, for each document: the clock as long as it goes forward, else the next microsecond.
"""

import time
from datetime import datetime, timedelta, timezone

import frappe
from frappe.query_builder.functions import Max

MEMO_LIFETIME = 1  # seconds
FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def utc_now() -> str:
	"""The moment in a form that sorts as text, the same on sites in all time zones."""
	return datetime.now(timezone.utc).strftime(FORM)


def change_time(doctype: str, name: str, creation: str | None) -> str:
	"""For a change that is about to be logged.

	:param creation: of the document, by which its log is found under all its names; None where it is not known
	"""
	moment = utc_now()
	if not _is_received(doctype):
		return moment  # nobody else changes it: its own log has it in order
	log = frappe.qb.DocType("Update Log")
	is_document = log.document_creation == creation if creation else log.docname == name
	newest = (
		frappe.qb.from_(log)
		.select(Max(log.changed_at))
		.where((log.ref_doctype == doctype) & is_document & (log.changed_at >= moment))
		.run()[0][0]
	)
	return _after(newest) if newest else moment


def _is_received(doctype: str) -> bool:
	"""Whether any other site sends this one changes of it. Asked once in a request, or a second of a job."""
	memo = getattr(frappe.local, "event_streaming_received", None)
	if not memo or memo[0] < time.monotonic():
		rows = {"parenttype": "Event Producer", "unsubscribe": 0}
		received = frappe.db.get_values("Event Producer Document Type", rows, "ref_doctype", pluck=True)
		memo = frappe.local.event_streaming_received = (time.monotonic() + MEMO_LIFETIME, {*received})
	return doctype in memo[1]


def _after(moment: str) -> str:
	try:
		later = datetime.strptime(moment, FORM) + timedelta(microseconds=1)
	except (ValueError, OverflowError):
		return moment  # another site sent what no clock shows
	return later.strftime(FORM)
