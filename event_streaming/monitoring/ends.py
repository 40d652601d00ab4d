"""Tells people that a backfill, or a comparison that a person has started, has ended.

Invariant: one notice for all DocTypes of one producer that end together; a row is marked in the transaction that holds
its notice, so none is told twice. Nothing is told of a link that is paused. Comparisons that begin by themselves tell of
differences only; see `faults`.
"""

from collections import defaultdict

import frappe
from frappe import _

from event_streaming.consumer.backfill import state as backfill_state
from event_streaming.consumer.reconciliation import state as reconciliation_state
from event_streaming.consumer.runs import DONE, UNFINISHED
from event_streaming.monitoring.faults import Fault
from event_streaming.monitoring.links import RECEIVES

BACKFILL_ENDED, COMPARISON_ENDED = "Backfill Ended", "Comparison Ended"
BACKFILL_FIELDS = ["done", "taken", "failed", "waiting"]
COMPARISON_FIELDS = ["there", "missing", "different", "surplus"]


def take_untold() -> list[Fault]:
	"""What has ended since the last call; marks it as told. The caller commits."""
	return [
		*_take(backfill_state.DOCTYPE, BACKFILL_FIELDS, {}, _backfill_ended),
		*_take(reconciliation_state.DOCTYPE, COMPARISON_FIELDS, {"by_itself": 0}, _comparison_ended),
	]


def _take(doctype: str, fields: list[str], filters: dict, written) -> list[Fault]:
	busy = set(frappe.get_all(doctype, {"status": ("in", UNFINISHED)}, pluck="event_producer"))
	running = set(frappe.get_all(RECEIVES, {"paused": 0}, pluck="name"))
	ended = defaultdict(list)
	rows = frappe.get_all(
		doctype, {"status": DONE, "told": 0, **filters}, ["name", "event_producer", "ref_doctype", *fields]
	)
	for row in rows:
		if row.event_producer in running - busy:
			ended[row.event_producer].append(row)
	for row in (row for some in ended.values() for row in some):
		frappe.db.set_value(doctype, row.name, "told", 1, update_modified=False)
	return [written(producer, some) for producer, some in sorted(ended.items())]


def _backfill_ended(producer: str, rows: list[frappe._dict]) -> Fault:
	looked_at, taken, failed, waiting = (sum(row[field] or 0 for row in rows) for field in BACKFILL_FIELDS)
	message = _("{0} from {1}: {2} documents looked at, {3} taken, {4} failed, {5} wait.").format(
		_names(rows), producer, looked_at, taken, failed, waiting
	)
	remedy = _("Open Event Sync Log with status Failed: each row says what to do.") if failed else ""
	return Fault(BACKFILL_ENDED, message, remedy, RECEIVES, producer)


def _comparison_ended(producer: str, rows: list[frappe._dict]) -> Fault:
	there, missing, different, surplus = (sum(row[field] or 0 for row in rows) for field in COMPARISON_FIELDS)
	message = _("{0} from {1}: {2} documents there, {3} missing, {4} different, {5} surplus.").format(
		_names(rows), producer, there, missing, different, surplus
	)
	differs = missing or different or surplus
	remedy = (
		_("Open the Event Producer, look at the differences, and repair them from there.") if differs else ""
	)
	return Fault(COMPARISON_ENDED, message, remedy, RECEIVES, producer)


def _names(rows: list[frappe._dict]) -> str:
	return ", ".join(sorted(_(row.ref_doctype) for row in rows))
