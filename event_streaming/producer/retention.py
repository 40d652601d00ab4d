"""Forgets Update Log rows that every live consumer has passed.

A row goes when it is older than the setting and every live consumer stands past it. The row at which
a consumer stands stays, since its key proves that the log is still the one it has read. A consumer that has
been silent for too long holds nothing any more: when it comes back it is told so (410) and never continues
with a gap.
"""

import frappe
from frappe.utils import add_days, get_datetime, now_datetime

from event_streaming import settings

CHUNK = 1000
KEEP_DAYS = 30
SILENT_DAYS = 90


def purge() -> int:
	"""Scheduled daily. Deletes in chunks of its own transactions; returns how many rows went."""
	keep_days = settings.whole_number("keep_days", KEEP_DAYS)
	before = add_days(now_datetime(), -keep_days)
	live = _live_positions()
	upto = min([*live, *_first_young_position(before)], default=None)
	kept = {frappe.db.get_value("Update Log Head", "head", "position"), *live}
	gone = 0
	while names := _old_rows(before, upto, kept):
		log = frappe.qb.DocType("Update Log")
		frappe.qb.from_(log).delete().where(log.name.isin(names)).run()
		frappe.db.commit()  # nosemgrep -- short transactions: writers must not wait for a long clean-up
		gone += len(names)
	return gone


def _live_positions() -> set[int]:
	"""Where the consumers stand that were heard of not too long ago."""
	silent_days = settings.whole_number("silent_days", SILENT_DAYS)
	silent_since = add_days(now_datetime(), -silent_days)
	consumers = frappe.get_all("Event Consumer", fields=["position", "last_contact", "modified"])
	return {
		row.position for row in consumers if get_datetime(row.last_contact or row.modified) > silent_since
	}


def _first_young_position(before) -> list[int]:
	"""What is stamped behind a young row stays, however old: a long transaction's rows are. Else a silent consumer
	that stands at the young row would find a hole behind it."""
	log = frappe.qb.DocType("Update Log")
	young = (
		frappe.qb.from_(log)
		.select(log.position)
		.where(log.position > 0)
		.where(log.creation >= before)
		.orderby(log.position)
		.limit(1)
	)
	return [row[0] for row in young.run()]


def _old_rows(before, upto: int | None, kept: set[int]) -> list[int]:
	log = frappe.qb.DocType("Update Log")
	query = (
		frappe.qb.from_(log)
		.select(log.name)
		.where(log.position > 0)
		.where(log.creation < before)
		.where(log.position.notin(list(kept)))
		.orderby(log.position)
		.limit(CHUNK)
	)
	if upto is not None:
		query = query.where(log.position < upto)
	return [row[0] for row in query.run()]
