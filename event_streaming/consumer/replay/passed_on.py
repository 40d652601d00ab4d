"""What this site's own log says of what is replayed: for the sites that take it from here, and for its own changes to come."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import cint

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay.own_changes import Stamp, named
from event_streaming.producer import capture

LONG_AGO = (
	"0001-01-01T00:00:00.000000Z"  # when a document came to be of which the producer's log tells nothing
)


@contextmanager
def told_in_order(doctype: str, name: str, orders: dict) -> Iterator[None]:
	"""What is logged of this document tells the order of its tables as it was first given, and when: another site that merges
	other rows puts them behind that, as this one does."""
	passed = frappe.flags.event_streaming_passed
	if passed and orders:
		passed["orders"] = {(doctype, name): dict(orders)}
	try:
		yield
	finally:
		if passed:
			passed.pop("orders", None)


@contextmanager
def told_state(event: Event, producer: str, doctype: str, name: str) -> Iterator[None]:
	"""What is logged of this document tells when and where it was first submitted or cancelled: there it comes back to as its own."""
	passed, state = frappe.flags.event_streaming_passed, (event.data.get("changed") or {}).get("docstatus")
	if passed and state is not None:
		passed["states"] = {(doctype, name): (cint(state), state_stamp(event, producer))}
	try:
		yield
	finally:
		if passed:
			passed.pop("states", None)


@contextmanager
def told_as_of(found: dict, producer: str) -> Iterator[None]:
	"""What is logged here of a whole document is as old as that, contains what it contains, and has passed the producer only,
	whatever event it was fetched for.

	:param found: as `FetchedDocuments.get` returns it
	"""
	before = frappe.flags.event_streaming_passed
	if before:
		frappe.flags.event_streaming_passed = {
			"origin": found.get("origin") or producer,
			"path": list(dict.fromkeys([*found.get("path", []), producer])),
			"changed_at": found.get("changed_at") or LONG_AGO,
			"source": producer,
			"source_id": found["log_id"],
			"knows": named(found.get("knows"), producer),
			"states": before.get("states"),
		}
	try:
		yield
	finally:
		frappe.flags.event_streaming_passed = before


@contextmanager
def as_own_change() -> Iterator[None]:
	"""What is logged meanwhile goes to all sites, as if it were made here now."""
	before, frappe.flags.event_streaming_passed = frappe.flags.event_streaming_passed, None
	try:
		yield
	finally:
		frappe.flags.event_streaming_passed = before


def state_stamp(event: Event, producer: str) -> Stamp:
	return event.stated_at or (event.changed_at, event.origin or producer)


def note_same(doctype: str, name: str, same: dict, docstatus: int) -> None:
	"""A change that says what is here already is logged all the same: it is newer, and all sites have to know that."""
	passed = frappe.flags.event_streaming_passed or {}
	if any(same.values()) or (passed.get("orders") or {}).get((doctype, name)):
		write(doctype, name, {**same, "direct": 1, "docstatus": cint(docstatus)})


def note_lost(doctype: str, name: str, docstatus: int) -> None:
	"""A change that was received and lost is logged without a value: what is changed here from now on is changed by somebody
	who had it."""
	write(doctype, name, {"direct": 1, "docstatus": cint(docstatus)})


def write(doctype: str, name: str, data: dict) -> None:
	capture.write("Update", doctype, name, data, frappe.db.get_value(doctype, name, "creation"))
