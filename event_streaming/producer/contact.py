"""How far a consumer has come, and when it was last heard of."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import get_datetime, now_datetime

from event_streaming.exceptions import PositionGone
from event_streaming.locks import is_transient
from event_streaming.producer import hearing

CONTACT_INTERVAL = 60  # seconds between two notes of an idle consumer's last contact


@contextmanager
def acknowledging(consumer: str, position: int, event_key: str) -> Iterator[None]:
	"""Gives the consumer what comes next; then it is noted how far it has come, or that its place in the log is gone."""
	try:
		yield
	except PositionGone:
		note_lost_place(consumer)
		raise
	acknowledge(consumer, position, event_key)


def acknowledge(consumer: str, position: int, event_key: str) -> None:
	"""Notes how far the consumer has come; the request commits it. An idle one is noted once a minute.

	While the database is held by somebody else (SQLite has one writer at a time) nothing is noted: the page is no worse
	for it, and the next request says the same or more.
	"""
	fields = ["position", "event_key", "last_contact"]
	known = frappe.db.get_value("Event Consumer", consumer, fields, as_dict=True)
	age = (now_datetime() - get_datetime(known.last_contact)).total_seconds() if known.last_contact else None
	if (
		(known.position, known.event_key or "") == (position, event_key)
		and age is not None
		and age < CONTACT_INTERVAL
	):
		return
	values = {"position": position, "event_key": event_key, "last_contact": now_datetime()}
	try:
		frappe.db.set_value("Event Consumer", consumer, values, update_modified=False)
	except Exception as error:
		frappe.db.rollback()
		if not is_transient(error):
			raise


def note_lost_place(consumer: str) -> None:
	"""A consumer that can't go on from where it was (it was set back to a backup, or was silent for too long) goes on from the
	end of the log: what changed before now it may never hear, and may have forgotten. Commits, since it is answered by an error.
	"""
	frappe.db.rollback()
	hearing.begin_again({"parent": consumer, "parenttype": "Event Consumer"})
	frappe.db.commit()  # nosemgrep -- the error that answers the request undoes it else
