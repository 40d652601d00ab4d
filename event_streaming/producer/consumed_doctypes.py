"""Which DocTypes anybody consumes: the one look-up that a DocType costs which nobody consumes."""

import time

import frappe

from event_streaming.producer import hearing
from event_streaming.producer.terms import given_rows

CONSUMED = "event_streaming:consumed_doctypes"
CONSUMED_GUESS = "event_streaming:consumed_doctypes_guess"
LIFETIME = 7 * 24 * 60 * 60  # seconds
GUESS_LIFETIME = 5
MEMO_LIFETIME = 1


def consumed_doctypes() -> set[str]:
	"""DocTypes with at least one row of an Event Consumer by which documents go out.

	What approval writes to the cache holds; what a reader finds out on its own is a guess that may come
	from a snapshot older than the approval, so it lives for seconds only.
	"""
	memo = getattr(frappe.local, "event_streaming_consumed", None)
	if memo and memo[0] > time.monotonic():
		return memo[1]
	doctypes = frappe.cache.get_value(CONSUMED, expires=True)
	if doctypes is None:
		doctypes = frappe.cache.get_value(CONSUMED_GUESS, expires=True)
	if doctypes is None:
		doctypes = _read_consumed_doctypes()
		frappe.cache.set_value(CONSUMED_GUESS, doctypes, expires_in_sec=GUESS_LIFETIME)
	doctypes = set(doctypes)
	frappe.local.event_streaming_consumed = (time.monotonic() + MEMO_LIFETIME, doctypes)
	return doctypes


def resume_capture(approved: set[str]) -> None:
	"""A restored backup can bring approvals back of which the cache knows nothing. What changed meanwhile was not
	logged: consumers are to find a gap before the next change of each document."""
	unlogged = approved - consumed_doctypes()
	if unlogged:
		rows = given_rows(["name"], ref_doctype=("in", list(unlogged)))
		hearing.begin_again({"name": ("in", [row.name for row in rows])})
		clear_consumed_cache()


def clear_consumed_cache() -> None:
	"""Call when an Event Consumer changes: in this transaction at once, for all others after its commit."""
	frappe.local.event_streaming_consumed = None
	frappe.cache.delete_value([CONSUMED, CONSUMED_GUESS])
	frappe.db.after_commit.add(_publish_consumed)
	frappe.db.after_rollback.add(_publish_consumed)


def forget_cached() -> None:
	"""The site's cache is cleared."""
	frappe.local.event_streaming_consumed = None
	frappe.cache.delete_value([CONSUMED, CONSUMED_GUESS])


def _publish_consumed() -> None:
	frappe.local.event_streaming_consumed = None
	frappe.cache.set_value(CONSUMED, _read_consumed_doctypes(), expires_in_sec=LIFETIME)


def _read_consumed_doctypes() -> list[str]:
	if not frappe.db.table_exists("Event Consumer Document Type"):
		return []  # while this app is being installed
	return sorted({row.ref_doctype for row in given_rows()})
