"""How many values two sites changed at once, by kind, for the form of an Event Producer."""

import json
from collections import Counter

import frappe
from frappe.query_builder import Order
from frappe.utils import add_days, now_datetime

from event_streaming.consumer.replay.lost_values import kind_of
from event_streaming.consumer.sync_log import FAILED
from event_streaming.desk.field_names import FieldNames

DAYS = 30
MOST = 1000  # rows of the log that are read, the newest
LIFETIME = 60  # seconds
WAITING = "waiting"


def read(producer: str) -> dict[str, int]:
	"""Of the last days: values by kind, and changes that wait for a person. What there is none of is left out. A minute old
	at most."""
	key = f"event_streaming:conflicts_by_kind:{producer}"
	known = frappe.cache.get_value(key, expires=True)
	if known is None:
		known = _count(producer)
		frappe.cache.set_value(key, known, expires_in_sec=LIFETIME)
	return known


def _count(producer: str) -> dict[str, int]:
	counts: Counter[str] = Counter()
	names: dict[str, FieldNames] = {}
	for doctype, status, text in _rows(producer):
		found = _parsed(text)
		of_doctype = names.setdefault(doctype, FieldNames(doctype))
		counts.update(
			kind_of(conflict, of_doctype.of(conflict.get("field") or "").fieldtype) for conflict in found
		)
		counts[WAITING] += bool(found) and status == FAILED
	return {kind: number for kind, number in counts.items() if number}


def _rows(producer: str) -> list[tuple[str, str, str]]:
	log = frappe.qb.DocType("Event Sync Log")
	return (
		frappe.qb.from_(log)
		.select(log.ref_doctype, log.status, log.conflict)
		.where(log.event_producer == producer)
		.where(log.conflict.isnotnull())
		.where(log.conflict != "")
		.where(log.creation >= add_days(now_datetime(), -DAYS))
		.orderby(log.creation, order=Order.desc)
		.limit(MOST)
		.run()
	)


def _parsed(text: str) -> list[dict]:
	try:
		found = json.loads(text)
	except ValueError:
		return []
	return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
