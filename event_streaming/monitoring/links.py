"""How all links of this site are doing, in a fixed number of queries however many there are."""

from dataclasses import asdict, dataclass
from datetime import datetime

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import cint, flt, get_datetime, now_datetime

from event_streaming.consumer import cursor as cursors
from event_streaming.producer import link_state, positions

RECEIVES, SENDS = "Event Producer", "Event Consumer"
NOT_REGISTERED = "Not Registered"
CONFLICTS = "event_streaming:conflicts"
CONFLICTS_LIFETIME = 30  # seconds


@dataclass
class LinkStatus:
	"""`behind` of a consumer counts every row of the log after its position, whether the row is for it or not."""

	doctype: str
	site: str
	state: str
	error: str = ""
	behind: int = 0
	lag_seconds: float = 0.0
	failed: int = 0
	parked: int = 0
	conflicts: int = 0
	attempts: int = 0
	last_contact: datetime | None = None
	created: datetime | None = None

	@property
	def is_paused(self) -> bool:
		return self.state == cursors.PAUSED

	def plain(self) -> dict:
		"""For JSON: moments as text."""
		return {
			key: str(value) if isinstance(value, datetime) else value for key, value in asdict(self).items()
		}


def links() -> list[LinkStatus]:
	"""Every link, those this site receives by first, in the order of their sites."""
	return [*_received(), *_sent()]


def _received() -> list[LinkStatus]:
	producers = _all("Event Producer", ["name", "paused", "creation"])
	fields = ["name", "state", "error", "behind", "lag_seconds", "attempts", "last_contact"]
	states = {row.name: row for row in _all(cursors.DOCTYPE, fields)}
	names = [producer.name for producer in producers]
	failed, parked = _count("Event Sync Log", names, status="Failed"), _count("Parked Document", names)
	conflicts = _conflicts(failed)
	found = []
	for producer in producers:
		at = states.get(producer.name) or frappe._dict()
		found.append(
			LinkStatus(
				RECEIVES,
				producer.name,
				cursors.PAUSED if producer.paused else at.state or NOT_REGISTERED,
				at.error or "",
				cint(at.behind),
				flt(at.lag_seconds),
				failed.get(producer.name, 0),
				parked.get(producer.name, 0),
				conflicts.get(producer.name, 0),
				cint(at.attempts),
				at.last_contact and get_datetime(at.last_contact),
				get_datetime(producer.creation),
			)
		)
	return found


def _sent() -> list[LinkStatus]:
	fields = ["name", "paused", "position", "last_contact", "creation"]
	consumers = _all("Event Consumer", fields)
	if not consumers:
		return []
	head = cint((positions.head() or frappe._dict()).position)
	states, next_rows = _approvals(), _written({cint(row.position) + 1 for row in consumers})
	now = now_datetime()
	found = []
	for row in consumers:
		written = next_rows.get(cint(row.position) + 1)
		found.append(
			LinkStatus(
				SENDS,
				row.name,
				link_state.PAUSED if row.paused else states.get(row.name, link_state.WAITING),
				behind=max(head - cint(row.position), 0),
				lag_seconds=max((now - written).total_seconds(), 0.0) if written else 0.0,
				last_contact=row.last_contact and get_datetime(row.last_contact),
				created=get_datetime(row.creation),
			)
		)
	return found


def _count(doctype: str, producers: list[str], **filters) -> dict[str, int]:
	"""Rows by producer; the producers are named, so that an index that begins with them serves."""
	if not producers:
		return {}
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.event_producer, Count("*")).groupby(table.event_producer)
	query = query.where(table.event_producer.isin(producers))
	for field, value in filters.items():
		query = query.where(table[field] == value)
	return dict(query.run())


def _conflicts(failed: dict[str, int]) -> dict[str, int]:
	"""Changes that wait for a person to choose between two sites' values, by producer. Each of the failed is read for it, so it is
	done again only when their numbers have changed, or after a while.

	:param failed: numbers of failed changes, by producer
	"""
	if not failed:
		return {}
	known = frappe.cache.get_value(CONFLICTS, expires=True) or {}
	if known.get("failed") != failed:
		known = {"failed": failed, "conflicts": _count_conflicts(list(failed))}
		frappe.cache.set_value(CONFLICTS, known, expires_in_sec=CONFLICTS_LIFETIME)
	return known["conflicts"]


def _count_conflicts(producers: list[str]) -> dict[str, int]:
	log = frappe.qb.DocType("Event Sync Log")
	return dict(
		frappe.qb.from_(log)
		.select(log.event_producer, Count("*"))
		.where(log.event_producer.isin(producers))
		.where(log.status == "Failed")
		.where(log.error.like("%ConflictFound%") | log.error.like("%SubmittedTwice%"))
		.groupby(log.event_producer)
		.run()
	)


def _all(doctype: str, fields: list[str]) -> list[frappe._dict]:
	return frappe.db.get_values(doctype, {}, fields, as_dict=True, order_by="name asc")


def _approvals() -> dict[str, str]:
	"""The state of each consumer that has asked for DocTypes."""
	filters = {"parenttype": "Event Consumer", "unsubscribed": 0}
	rows = frappe.db.get_values("Event Consumer Document Type", filters, ["parent", "status"], as_dict=True)
	asked: dict[str, set[str]] = {}
	for row in rows:
		asked.setdefault(row.parent, set()).add(row.status)
	return {site: link_state.state_of(statuses) for site, statuses in asked.items()}


def _written(at: set[int]) -> dict[int, datetime]:
	"""When the rows at some positions of the log were written."""
	log = frappe.qb.DocType("Update Log")
	rows = frappe.qb.from_(log).select(log.position, log.creation).where(log.position.isin(sorted(at))).run()
	return {position: get_datetime(creation) for position, creation in rows}
