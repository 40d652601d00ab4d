"""How the link to a consumer is doing, seen from here, for people: on the form and on the command line."""

from typing import TYPE_CHECKING

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import now_datetime, time_diff_in_seconds

from event_streaming.link.protocol import APPROVED, REJECTED

if TYPE_CHECKING:
	from frappe.model.document import Document

WAITING, SENDING, PAUSED, REFUSED = "Waiting for Approval", "Streaming", "Paused", "Rejected"


def read(consumer: "Document") -> dict:
	"""`state`, how many events and seconds the consumer is `behind` and `lag_seconds`, and its `last_contact`.

	What the approved condition or the subscriber's rights leave out counts as behind until the next fetch.
	"""
	approved = [row.ref_doctype for row in consumer.consumer_doctypes if is_flowing(row)]
	behind, oldest = _unread(consumer.position, approved)
	return {
		"state": _state(consumer, approved),
		"behind": behind,
		"lag_seconds": max(time_diff_in_seconds(now_datetime(), oldest), 0) if oldest else 0,
		"last_contact": consumer.last_contact,
	}


def is_flowing(row) -> bool:
	return row.status == APPROVED and not row.unsubscribed


def _state(consumer: "Document", approved: list[str]) -> str:
	if consumer.paused:
		return PAUSED
	if approved:
		return SENDING
	asked = {row.status for row in consumer.consumer_doctypes if not row.unsubscribed}
	return REFUSED if asked == {REJECTED} else WAITING


def _unread(position: int, doctypes: list[str]) -> tuple[int, object]:
	"""Events behind a position, also those not stamped yet, and when the oldest was written."""
	if not doctypes:
		return 0, None
	log = frappe.qb.DocType("Update Log")
	behind, oldest = 0, None
	for unread in (log.position > position, log.position == 0):
		rows = frappe.qb.from_(log).where(log.ref_doctype.isin(doctypes)).where(unread)
		behind += rows.select(Count("*")).run()[0][0]
		first = oldest or rows.select(log.creation).orderby(log.position).orderby(log.name).limit(1).run()
		oldest = oldest or (first and first[0][0]) or None
	return behind, oldest
