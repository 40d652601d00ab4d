"""How the link to a consumer is doing, seen from here, for people: on the form and on the command line."""

from typing import TYPE_CHECKING

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import now_datetime, time_diff_in_seconds

from event_streaming import site
from event_streaming.link.protocol import APPROVED, REJECTED
from event_streaming.producer.terms import is_given
from event_streaming.producer.visibility import Visibility

if TYPE_CHECKING:
	from frappe.model.document import Document

COUNT_LIMIT = 10_000
TROUBLE = "event_streaming:not_asked:"
TROUBLE_LIFETIME = 10 * 60  # seconds; it is tried again each minute
WAITING, SENDING, PAUSED, REFUSED = "Waiting for Approval", "Streaming", "Paused", "Rejected"


def read(consumer: "Document") -> dict:
	"""`state`, how many events and seconds the consumer is `behind` and `lag_seconds`, and its `last_contact`.

	What the approved condition or the subscriber's rights leave out counts as behind until the next fetch.
	"""
	approved = [row.ref_doctype for row in consumer.consumer_doctypes if is_given(row)]
	behind, oldest = _unread(consumer.position, approved)
	return {
		"state": _state(consumer),
		"behind": behind,
		"lag_seconds": max(time_diff_in_seconds(now_datetime(), oldest), 0) if oldest else 0,
		"is_copy": site.is_copy(),
		"last_contact": consumer.last_contact,
		"held": held(consumer.name, approved),
		"trouble": trouble(consumer.name),
	}


def note_trouble(consumer: str, message: str) -> None:
	"""Why this site could not ask what the consumer wants, where it fetches that; "" when it could."""
	if message:
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.set_value(TROUBLE + consumer, message, expires_in_sec=TROUBLE_LIFETIME)
	else:
		# nosemgrep -- a constant and one name, or a hash: no two make one
		frappe.cache.delete_value(TROUBLE + consumer)


def trouble(consumer: str) -> str:
	"""What `note_trouble` has kept."""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	return frappe.cache.get_value(TROUBLE + consumer, expires=True) or ""


def held(consumer: str, doctypes: list[str]) -> dict[str, str]:
	"""{DocType: why} of which nothing goes out, since the approved condition doesn't fit it any more, or an app's code fails."""
	visibility = Visibility(consumer)
	here = set(doctypes) - set(visibility.unreadable(doctypes))
	return {doctype: why for doctype in sorted(here) if (why := visibility.why_nothing_goes_out(doctype))}


def _state(consumer: "Document") -> str:
	if consumer.paused:
		return PAUSED
	if any(map(is_given, consumer.consumer_doctypes)):
		return SENDING
	return state_of({row.status for row in consumer.consumer_doctypes if not row.unsubscribed})


def state_of(statuses: set[str]) -> str:
	"""Of a consumer that is not paused.

	:param statuses: of the DocTypes that it has asked for and still wants
	"""
	if APPROVED in statuses:
		return SENDING
	return REFUSED if statuses == {REJECTED} else WAITING


def _unread(position: int, doctypes: list[str]) -> tuple[int, object]:
	"""Events behind a position, also those not stamped yet, and when the oldest was written. Exact up to COUNT_LIMIT of a
	DocType: a form must not count millions."""
	if not doctypes:
		return 0, None
	log = frappe.qb.DocType("Update Log")
	behind, oldest = 0, None
	for doctype in doctypes:
		for unread in (log.position > position, log.position == 0):
			rows = frappe.qb.from_(log).where(log.ref_doctype == doctype).where(unread)
			some = rows.select(log.position).limit(COUNT_LIMIT)
			behind += frappe.qb.from_(some).select(Count("*")).run()[0][0]
			first = rows.select(log.creation).orderby(log.position).orderby(log.name).limit(1).run()
			oldest = min(filter(None, (oldest, first and first[0][0])), default=None)
	return behind, oldest
