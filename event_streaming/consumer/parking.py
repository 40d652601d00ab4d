"""Documents whose events can't be replayed for now.

```
event fails ──> Retrying ──next try fails──> Retrying … ──after MAX_ATTEMPTS──> Failed (a person acts)
link target parked ──> Waiting ──target fixed──> Retrying, at once
all events replayed ──> no longer parked
```

Later events of a parked document are logged as Waiting and wait behind the failed one, in order; all other
documents go on. What is replayed later is the raw event in the Event Sync Log, so fixed mappings count.
"""

from dataclasses import dataclass, fields

import frappe
from frappe import _
from frappe.utils import add_to_date, now, now_datetime

from event_streaming import bulk
from event_streaming.consumer.cursor import delay_before
from event_streaming.consumer.sync_log import UNSETTLED
from event_streaming.link.messages import plain_text
from event_streaming.link.protocol import Key

DOCTYPE = "Parked Document"
MAX_ATTEMPTS = 12
RETRYING, WAITING, FAILED = "Retrying", "Waiting", "Failed"


class WaitsFor(Exception):
	"""A link target is parked: what links to it waits until that is fixed."""

	def __init__(self, key: Key):
		self.key = key
		super().__init__(_("waits for {0} {1}, which could not be replayed yet").format(*key))


def parked_keys(producer: str) -> set[Key]:
	table = frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(table)
		.select(table.remote_doctype, table.remote_docname)
		.where(table.event_producer == producer)
		.run()
	)
	return set(rows)


def park(producer: str, key: Key, message: str, waits_for: Key | None = None) -> None:
	"""Parks a document, or counts one more failed try of one that is parked."""
	row = frappe.db.get_value(DOCTYPE, _filters(producer, key), ["name", "attempts"], as_dict=True)
	attempts = (row.attempts if row else 0) + (0 if waits_for else 1)
	values = {
		"attempts": attempts,
		"status": WAITING if waits_for else FAILED if attempts >= MAX_ATTEMPTS else RETRYING,
		"next_retry_at": add_to_date(now_datetime(), seconds=delay_before(max(attempts, 1))),
		"message": plain_text(message or ""),  # it may quote what another site sent
		"waits_for_doctype": waits_for[0] if waits_for else None,
		"waits_for_name": waits_for[1] if waits_for else None,
	}
	if row:
		return frappe.db.set_value(DOCTYPE, row.name, values)
	_insert(producer, key, values)


def unpark(producer: str, key: Key) -> None:
	"""All its events are replayed: it is no longer parked, and what waits for it is tried at once."""
	frappe.db.delete(DOCTYPE, _filters(producer, key))
	for name in frappe.get_all(DOCTYPE, filters=_waiting_for(producer, key), pluck="name"):
		values = {
			"status": RETRYING,
			"next_retry_at": now_datetime(),
			"waits_for_doctype": None,
			"waits_for_name": None,
		}
		frappe.db.set_value(DOCTYPE, name, values)


def try_again(producer: str | None) -> None:
	"""Documents that failed are due at once: what they failed for may be right now.

	:param producer: of one link; None for all
	"""
	filters = {"status": ("in", (RETRYING, FAILED)), **({"event_producer": producer} if producer else {})}
	values = {"status": RETRYING, "next_retry_at": now_datetime()}
	frappe.db.set_value(DOCTYPE, filters, values, update_modified=False)


def documents_waiting_for(producer: str, key: Key) -> list[Key]:
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(table.remote_doctype, table.remote_docname)
	for field, value in _waiting_for(producer, key).items():
		query = query.where(table[field] == value)
	return list(query.run())


def _waiting_for(producer: str, key: Key) -> dict:
	return {"event_producer": producer, "waits_for_doctype": key[0], "waits_for_name": key[1]}


def due(producer: str) -> list[Key]:
	"""Parked documents whose next try has come, oldest first."""
	rows = frappe.get_all(
		DOCTYPE,
		filters=_due(producer),
		fields=["remote_doctype", "remote_docname"],
		order_by="next_retry_at asc",
	)
	return [(row.remote_doctype, row.remote_docname) for row in rows]


def producers_with_due() -> set[str]:
	filters = {"status": RETRYING, "next_retry_at": ["<=", now_datetime()]}
	return set(frappe.db.get_values(DOCTYPE, filters, "event_producer", distinct=True, pluck=True))


def is_any_due(producer: str) -> bool:
	return bool(frappe.db.exists(DOCTYPE, _due(producer)))


def _due(producer: str) -> dict:
	return {"event_producer": producer, "status": RETRYING, "next_retry_at": ["<=", now_datetime()]}


@dataclass(frozen=True)
class WaitingEvent:
	"""An Event Sync Log row that is still to be replayed. `data` is the raw event, if it is kept."""

	name: str
	status: str
	update_type: str
	data: str | None
	position: int
	event_id: int
	epoch: str | None
	source: str


def waiting_events(producer: str, key: Key) -> list[WaitingEvent]:
	"""Event Sync Log rows of a parked document that are still to be replayed, in order."""
	log = frappe.qb.DocType("Event Sync Log")
	rows = (
		frappe.qb.from_(log)
		.select(*(log[field.name] for field in fields(WaitingEvent)))
		.where(log.event_producer == producer)
		.where(log.remote_doctype == key[0])
		.where(log.remote_docname == key[1])
		.where(log.status.isin(UNSETTLED))
		.orderby(log.event_id)
		.orderby(log.creation)
		.run()
	)
	return [WaitingEvent(*row) for row in rows]


def try_now(producer: str, key: Key) -> None:
	frappe.db.set_value(
		DOCTYPE, _filters(producer, key), {"status": RETRYING, "next_retry_at": now_datetime()}
	)


def try_all_now(producer: str) -> None:
	"""Also those that had been given up: what they wait for has changed."""
	values = {
		"status": RETRYING,
		"attempts": 0,
		"next_retry_at": now_datetime(),
		"waits_for_doctype": None,
		"waits_for_name": None,
	}
	frappe.db.set_value(DOCTYPE, {"event_producer": producer}, values)


def message(producer: str, key: Key) -> str | None:
	"""Why this document is parked; None when it isn't."""
	return frappe.db.get_value(DOCTYPE, _filters(producer, key), "message")


def _filters(producer: str, key: Key) -> dict:
	return {"event_producer": producer, "remote_doctype": key[0], "remote_docname": key[1]}


def _insert(producer: str, key: Key, values: dict) -> None:
	row = {
		"name": frappe.generate_hash(length=10),
		"creation": now(),
		"modified": now(),
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		**_filters(producer, key),
		**values,
	}
	bulk.insert(DOCTYPE, tuple(row), [tuple(row.values())])
