"""What documents have linked to, by the events of them that a consumer is given.

A voucher lets go in its cancel of what its submit has made. A consumer that pulls both changes later replays the first, and
needs what that one links to, though nothing does any more. What an event says is the same proof as what its document says now:
it goes out only if the document is visible, with the values that the consumer may have, and of none from out of its sight.
"""

from collections.abc import Callable, Iterable, Iterator

import frappe
from frappe.query_builder import Order

from event_streaming.link.protocol import Key
from event_streaming.producer import feed, hearing
from event_streaming.producer.link_field import LinkField
from event_streaming.producer.visibility import Visibility

MOST = 100  # events that are looked at, the latest


def linked_in_log(
	visibility: Visibility, holders: Iterable[Key], link_fields: Callable[[str], list[LinkField]]
) -> set[Key]:
	"""
	:param holders: documents that the consumer may have; of those that are not approved there are no events
	:param link_fields: those of a DocType that it may have
	"""
	names: dict[str, list[str]] = {}
	for doctype, name in holders:
		if visibility.terms(doctype).approved:
			names.setdefault(doctype, []).append(name)
	heard = hearing.of_consumer(visibility.consumer) if names else {}
	rows = [
		row
		for doctype, some in names.items()
		for row in _log_names(doctype, some, heard.get(doctype, hearing.NEVER_APPROVED).active_since)
	]
	latest = feed.log_rows(sorted(rows, reverse=True)[:MOST])
	return {
		(target, str(values[field.field]))
		for event in feed.events_of(visibility.consumer, visibility, latest, leaving=False)
		for field in link_fields(event["ref_doctype"])
		for values in _values(event, field)
		if values.get(field.field) and (target := field.target or values.get(field.doctype_field))
	}


def _log_names(doctype: str, names: list[str], since: int) -> list[int]:
	log = frappe.qb.DocType("Update Log")
	rows = (
		frappe.qb.from_(log)
		.select(log.name)
		.where(log.ref_doctype == doctype)
		.where(log.docname.isin(names))
		.where(log.name >= since)
		.where(log.update_type.isin(("Create", "Update")))
		.where(log.position.isnotnull())
		.orderby(log.name, order=Order.desc)
		.limit(MOST)
		.run()
	)
	return [name for (name,) in rows]


def _values(event: dict, field: LinkField) -> Iterator[dict]:
	"""Those of the document, or of its rows, as far as the event tells them."""
	data = event["data"]
	if event["update_type"] == "Create":
		yield from (data.get(field.table) or []) if field.table else [data]
	elif not field.table:
		yield data.get("changed") or {}
	else:
		yield from (data.get("added") or {}).get(field.table) or []
		yield from ((data.get("row_changed") or {}).get(field.table) or {}).values()
