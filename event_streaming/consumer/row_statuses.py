"""What the producer says of each DocType with every page, kept in the rows of the Event Configuration: whether it is given,
what is kept back, who wins a conflict there, and what was passed over.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import frappe

from event_streaming.consumer.cursor import STREAMING, WAITING
from event_streaming.consumer.feed.pages import KeptBack
from event_streaming.consumer.subscription import PASSED_OVER, RULES, TO_BE_FETCHED, Subscription
from event_streaming.link.arguments import canonical_condition, condition_digest
from event_streaming.link.protocol import APPROVED, PENDING, REJECTED, UNSUBSCRIBED

if TYPE_CHECKING:
	from frappe.model.document import Document

KEPT_BACK = ("left_out_there", "filtered_there")


def update_statuses(
	producer: str,
	doctypes: dict[str, str],
	unreadable: Collection[str] = (),
	kept_back: Mapping[str, KeptBack] | None = None,
	still_given: Collection[str] = (),
) -> None:
	"""Writes what a feed answer says of the DocTypes to the rows of an Event Producer, if anything changed.

	:param doctypes: {producer's DocType: Approved, Pending, Rejected or Unsubscribed}
	:param unreadable: those that are approved and that the Event Subscriber may not read there
	:param kept_back: what the producer's administrator left out, by its DocType; None when it wasn't told
	:param still_given: those that it gives as approved before, while a change waits for its answer
	"""
	rows = [row for row in _subscribed_rows(producer) if doctypes.get(row.remote_doctype) != UNSUBSCRIBED]
	changed = []
	for row in rows:
		told = {
			"status": known_status(doctypes.get(row.remote_doctype)),
			"unreadable": int(row.remote_doctype in unreadable),
			"still_given": int(row.remote_doctype in still_given),
		}
		if kept_back is not None:
			kept = kept_back.get(row.remote_doctype) or KeptBack()
			told |= {"left_out_there": kept.left_out, "filtered_there": int(kept.filtered)}
		if told != {field: row.get(field) for field in told}:
			changed.append(row)
			row.update(told)
			frappe.db.set_value("Event Producer Document Type", row.name, told, update_modified=False)
	set_cursor_state(producer, {APPROVED if row.still_given else row.status for row in rows})
	if changed:
		frappe.clear_document_cache("Event Producer", producer)
		frappe.get_doc("Event Producer", producer).notify_update()


def unsubscribed_there(producer: str, doctypes: dict[str, str]) -> list[str]:
	"""Rows by which this site subscribes, and of which the producer was told that it doesn't any more: the save that said so
	came to no end here, or the producer was set back to an older backup.

	:param doctypes: as of `update_statuses`
	:returns: their names
	"""
	if UNSUBSCRIBED not in doctypes.values():
		return []
	return [
		row.name for row in _subscribed_rows(producer) if doctypes.get(row.remote_doctype) == UNSUBSCRIBED
	]


def asked_otherwise(producer: str, conditions: Mapping[str, str]) -> bool:
	"""Whether the producer knows of another condition than this site has: the save that told it came to no end here.

	:param conditions: {producer's DocType: digest of the one that it was asked for}
	"""
	return bool(conditions) and any(
		conditions.get(row.remote_doctype, digest) != digest
		for row in _subscribed_rows(producer)
		for digest in [condition_digest(canonical_condition(row.condition))]
	)


def note_before_replay(
	producer: str, rules: dict, passed_over: Collection[str] = (), withheld: Collection[str] = ()
) -> bool:
	"""Writes what has to be known before a page is replayed, if anything changed: the producer's own choices for conflicts, and of
	which DocTypes the page leaves changes out. Whether anything changed.

	:param rules: {producer's DocType: On Conflict there}
	:param passed_over: the producer's DocTypes of which the page covers changes that it doesn't give
	:param withheld: those of which it gives nothing at present
	"""
	changed = False
	for row in _subscribed_rows(producer):
		there = rules.get(row.remote_doctype)
		missed = row.missed or ""
		if row.remote_doctype in passed_over:
			missed = PASSED_OVER
		elif missed == PASSED_OVER and row.remote_doctype not in withheld:
			missed = TO_BE_FETCHED
		told = {"on_conflict_there": there if there in RULES else None, "missed": missed}
		if told != {"on_conflict_there": row.on_conflict_there or None, "missed": row.missed or ""}:
			frappe.db.set_value("Event Producer Document Type", row.name, told, update_modified=False)
			changed = True
	if changed:
		frappe.clear_document_cache("Event Producer", producer)
	return changed


def note_trouble(subscription: Subscription, field: str, doctypes: Collection[str], trouble: str) -> None:
	"""On the rows of the Event Configuration, if anything changed.

	:param doctypes: the producer's
	:param trouble: why what belongs to documents of these does not come, "" where it does
	"""
	for row in subscription.doc.producer_doctypes:
		is_concerned = subscription.remote_doctype(row.ref_doctype) in doctypes
		if is_concerned and (row.get(field) or "") != trouble:
			row.set(field, trouble)
			frappe.db.set_value(row.doctype, row.name, field, trouble, update_modified=False)


def remote_doctype(row: "Document") -> str:
	"""The producer's DocType that a row of an Event Producer takes."""
	mapped = row.has_mapping and frappe.db.get_value("Document Type Mapping", row.mapping, "remote_doctype")
	return mapped or row.ref_doctype


def known_status(status: object) -> str:
	return status if status in (APPROVED, REJECTED) else PENDING


def set_cursor_state(producer: str, statuses: set[str]) -> None:
	"""Between waiting and streaming; trouble and pauses are for others to end."""
	state = frappe.db.get_value("Event Stream Cursor", producer, "state")
	wanted = STREAMING if APPROVED in statuses else WAITING
	if state in (WAITING, STREAMING) and state != wanted:
		frappe.db.set_value("Event Stream Cursor", producer, "state", wanted)


def _subscribed_rows(producer: str) -> list[frappe._dict]:
	rows = frappe.get_all(
		"Event Producer Document Type",
		filters={"parent": producer, "parenttype": "Event Producer", "unsubscribe": 0},
		fields=[
			"name",
			"ref_doctype",
			"has_mapping",
			"mapping",
			"status",
			"unreadable",
			"still_given",
			"missed",
			"on_conflict_there",
			"condition",
			*KEPT_BACK,
		],
	)
	for row in rows:
		row.remote_doctype = remote_doctype(row)
		row.left_out_there = row.left_out_there or ""
	return rows
