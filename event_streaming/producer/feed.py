"""The feed of one consumer: pages of this site's Update Log, by position.

A page costs the same wherever it lies in the log and however much of the log is not for this consumer. What of its rows the
consumer may have is `feed_page`'s to say.
"""

from functools import partial

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Length
from frappe.utils import get_system_timezone

from event_streaming import site
from event_streaming.document import schema
from event_streaming.exceptions import PositionGone
from event_streaming.link.protocol import MAX_PAGE
from event_streaming.locks import is_not_the_documents_fault, undone_if_it_fails
from event_streaming.producer import consumed_doctypes, hearing, positions
from event_streaming.producer.feed_page import MAX_EVENT_BYTES, FeedPage
from event_streaming.producer.knowledge import rules_towards
from event_streaming.producer.registration import (
	approved_doctypes,
	conditions_asked_for,
	row_statuses,
	still_given,
)
from event_streaming.producer.terms import restrictions
from event_streaming.producer.visibility import Visibility

PAGE_BYTES = 4 * 1024 * 1024  # of the log's data on a page
STAMP_PATIENCE = 3.0  # seconds; a page without what was just committed would leave it to the next hint
COUNT_LIMIT = 100_000  # "behind" is exact up to here: counting a longer way costs more than it tells


def get_updates(
	consumer: str,
	after: int,
	event_key: str,
	epoch: str,
	limit: int,
	shown: dict[int, str] | None = None,
	count: bool = False,
	leaving: bool = False,
	time_zone: str = "",
) -> dict:
	"""A page of events with positions above `after`, in order.

	:param event_key: key of the event at `after`; together they prove that this log is still the one the
	        consumer has read (a restored backup gives old positions to new events)
	:param limit: most events on the page, 1 to 500
	:param shown: other positions that the consumer knows of, and the keys of the events there. Whole documents that it
	        has may contain changes up to one that is above `after`: a log that was restored to a state between the two
	        would number other changes alike
	:param count: whether to count what is behind the page
	:param leaving: whether to tell of documents that a change took out of the consumer's sight
	:param time_zone: the consumer's, see `moments`
	:raises PositionGone: epoch, position or key are not this log's
	"""
	positions.stamp(STAMP_PATIENCE)
	head = positions.head()
	check_cursor(head, after, event_key, epoch)
	for position, key in (shown or {}).items():
		if position and position != after:
			check_cursor(head, position, key, epoch)
	doctypes = approved_doctypes(consumer)
	consumed_doctypes.resume_capture(set(doctypes))
	limit = max(1, min(int(limit), MAX_PAGE))
	keys = _next_log_names(list(doctypes), after, head.position, limit)
	rows = _within_page_bytes(log_rows(keys))
	more = len(keys) == limit or len(rows) < len(keys)
	visibility = Visibility(consumer, time_zone=time_zone)
	unreadable = visibility.unreadable(doctypes)
	readable = [row for row in rows if row.ref_doctype not in unreadable]
	events = events_of(consumer, visibility, readable, leaving)
	held = {
		name: why for name in doctypes if name not in unreadable and (why := visibility.broken_filter(name))
	}
	withheld = {*unreadable, *held}
	passed_over = {row.ref_doctype: row.name for row in rows if row.ref_doctype in withheld}
	hearing.note_withheld(consumer, passed_over)
	last = rows[-1] if more else head
	return {
		"site_id": site.own_id(),
		"epoch": head.epoch,
		"events": events,
		"position": last.position,
		"event_key": last.event_key,
		"head": head.position,
		"passed": len(rows),
		"behind": _count_behind(list(doctypes), last.position) if more and count else None if more else 0,
		"more": more,
		"doctypes": row_statuses(consumer),
		"still_given": still_given(consumer),
		"conditions": conditions_asked_for(consumer),
		"unreadable": [*unreadable, *held],
		"held": held,
		"passed_over": sorted(passed_over),
		"kept_back": restrictions(consumer),
		"schemas": schema.digests([doctype for doctype in doctypes if doctype not in withheld]),
		"rules": rules_towards(consumer),
		**({"time_zone": get_system_timezone()} if visibility.fields.clock.differs else {}),
	}


def events_of(consumer: str, visibility: Visibility, rows: list[frappe._dict], leaving: bool) -> list[dict]:
	"""The events of one page. A DocType whose documents can't be looked at, whatever an app's code raises, holds up itself
	only: nothing goes out of it but that documents are deleted, and `visibility` knows why.
	"""

	def of(some: list[frappe._dict]) -> list[dict]:
		given = [
			row
			for row in some
			if row.update_type == "Delete" or not visibility.broken_filter(row.ref_doctype)
		]
		return FeedPage(consumer, visibility, given).events(leaving)

	if not rows:
		return []
	try:
		return undone_if_it_fails(lambda: of(rows))
	except Exception as error:
		if is_not_the_documents_fault(error):
			raise
	for doctype in sorted({row.ref_doctype for row in rows}):
		visibility.hold_if_it_fails(doctype, partial(of, [row for row in rows if row.ref_doctype == doctype]))
	return of(rows)


def check_cursor(head: frappe._dict, after: int, event_key: str, epoch: str) -> None:
	if epoch != head.epoch:
		raise PositionGone(
			_("This site's log was started over: its epoch is not the one that you have read.")
		)
	if after > head.position:
		raise PositionGone(
			_("This site's log ends at position {0}, before your position {1}.").format(head.position, after)
		)
	if event_key != _key_at(after) if after else _has_lost_its_beginning(head):
		raise PositionGone(
			_("Position {0} of this site's log is gone or is another event now.").format(after)
		)


def _next_log_names(doctypes: list[str], after: int, upto: int, limit: int) -> list[int]:
	"""Ids of the next `limit` rows, each DocType read along its own index, so a page costs the same
	wherever it lies and however much of the log is not for this consumer."""
	log = frappe.qb.DocType("Update Log")
	candidates = []
	for doctype in doctypes:
		candidates += (
			frappe.qb.from_(log)
			.select(log.position, log.name)
			.where(log.ref_doctype == doctype)
			.where(log.position > after)
			.where(log.position <= upto)
			.orderby(log.position)
			.limit(limit)
			.run()
		)
	return [name for _position, name in sorted(candidates)[:limit]]


def log_rows(names: list[int]) -> list[frappe._dict]:
	"""Without their data, of which only the `size` is read: of most pages not all goes out."""
	if not names:
		return []
	log = frappe.qb.DocType("Update Log")
	fields = "name position event_key update_type ref_doctype docname origin path creation changed_at document_creation"
	fields += " cause"
	return (
		frappe.qb.from_(log)
		.select(*(log[field] for field in fields.split()), Length(log.data).as_("size"))
		.where(log.name.isin(names))
		.orderby(log.position)
		.run(as_dict=True)
	)


def _within_page_bytes(rows: list[frappe._dict]) -> list[frappe._dict]:
	"""The first of them, as many as one answer holds; at least one."""
	size = 0
	for number, row in enumerate(rows):
		size += row.size if row.size <= MAX_EVENT_BYTES else 0  # else it is sent without its data
		if number and size > PAGE_BYTES:
			return rows[:number]
	return rows


def _key_at(position: int) -> str | None:
	return frappe.db.get_value("Update Log", {"position": position}, "event_key", order_by=None)


def _has_lost_its_beginning(head: frappe._dict) -> bool:
	"""Who has read nothing yet needs the very first event."""
	return head.position > 0 and not _key_at(1)


def _count_behind(doctypes: list[str], after: int) -> int:
	log = frappe.qb.DocType("Update Log")
	behind = 0
	for doctype in doctypes:
		upto = (
			frappe.qb.from_(log)
			.select(log.position)
			.where(log.ref_doctype == doctype)
			.where(log.position > after)
			.limit(COUNT_LIMIT)
		)
		behind += frappe.qb.from_(upto).select(Count("*")).run()[0][0]
	return behind
