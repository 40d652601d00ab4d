"""What comparisons have found: an Event Reconciliation row for a producer and a remote DocType with the figures, and an
Event Difference row for each document that is not the same, up to a bound."""

from collections.abc import Sequence
from dataclasses import dataclass

import frappe
from frappe.utils import now, now_datetime

from event_streaming import bulk
from event_streaming.consumer.runs import DONE, MAX_MESSAGE, QUEUED, RUNNING, Run, Runs, key_of
from event_streaming.consumer.subscription import approved_configurations
from event_streaming.json_text import as_json_text

DOCTYPE, DIFFERENCE = "Event Reconciliation", "Event Difference"
MISSING, DIFFERENT, SURPLUS, BEHIND = "Missing", "Different", "Surplus", "Behind"
COUNTS = ("there", "here", "equal", "missing", "different", "surplus", "behind")
MAX_LISTED = 1000  # documents of one DocType
NAMED = 50  # fields


@dataclass(kw_only=True)
class ReconciliationRun(Run):
	percent: float | None = None
	done: int = 0
	total: int = 0
	repair: int = 0  # what is missing or different is to be taken next
	there: int = 0
	here: int = 0
	equal: int = 0
	missing: int = 0
	different: int = 0
	surplus: int = 0
	behind: int = 0
	not_compared: str | None = None  # fields that only one of the two sites has


RUNS = Runs(DOCTYPE, ReconciliationRun)


def start(
	producer: str,
	doctypes: list[str] | None = None,
	by_itself: bool = False,
	repaired: Sequence[str] = (),
) -> None:
	"""Queues these DocTypes to be compared. What the last comparison found is shown until this one is done.

	:param doctypes: as the Event Configuration calls them; None for all that are approved
	:param by_itself: whether no person has asked for it now
	:param repaired: those of which what is missing or different is taken afterwards
	:raises StreamingError: one of them is not approved, or the link doesn't have it
	"""

	def begun(ref_doctype: str, _status: str | None) -> dict:
		values = {"status": QUEUED, "message": None, "done": 0, "total": 0, "told": 0}
		return {**values, "by_itself": int(by_itself), "repair": int(ref_doctype in repaired)}

	RUNS.start(producer, approved_configurations(producer, doctypes), begun)


def stop(producer: str, doctypes: list[str] | None = None) -> None:
	"""Ends it after the piece that is under way. What the comparison before has found stays."""
	RUNS.stop(producer, doctypes)


def producers_with_work() -> list[str]:
	"""Those with something to be compared, or to be repaired after that."""
	repaired = frappe.db.get_values(DOCTYPE, {"status": DONE, "repair": 1}, "event_producer", pluck=True)
	return sorted({*RUNS.producers_with_work(), *repaired})


def begin(run: ReconciliationRun) -> None:
	RUNS.set(run, status=RUNNING, started=now_datetime(), finished=None, done=0, total=0)


def note_done(run: ReconciliationRun, done: int, total: int) -> bool:
	"""How many documents are compared, of how many.

	:returns: whether it is to go on: nobody has stopped it
	"""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.update(table).set(table.done, done).set(table.total, max(done, total))
	query.where(table.name == run.name).where(table.status == RUNNING).run()
	return is_running(run)


def is_running(run: ReconciliationRun) -> bool:
	return frappe.db.get_value(DOCTYPE, run.name, "status") == RUNNING


def next_repair(producer: str) -> ReconciliationRun | None:
	"""A comparison that is done and whose differences are to be repaired."""
	filters = {"event_producer": producer, "status": DONE, "repair": 1}
	row = frappe.db.get_value(DOCTYPE, filters, RUNS.fields, as_dict=True)
	return ReconciliationRun(**row) if row else None


def finish(
	run: ReconciliationRun, counts: dict[str, int], differences: list[dict], not_compared: Sequence[str] = ()
) -> None:
	"""
	:param counts: by the names of COUNTS
	:param differences: values of Event Difference rows; of more than MAX_LISTED the rest is counted only
	:param not_compared: fields that only one of the two sites has
	"""
	told = ", ".join(not_compared[:NAMED]) + (" …" if len(not_compared) > NAMED else "")
	frappe.db.delete(DIFFERENCE, key_of(run.event_producer, run.remote_doctype))
	_insert_differences(run, differences[:MAX_LISTED])
	RUNS.finish(run, **counts, percent=percent(counts), not_compared=told or None)


def percent(counts: dict[str, int]) -> float:
	"""Of what is there, what is here and the same. 100 only when all is."""
	if counts["equal"] >= counts["there"]:
		return 100.0
	return min(round(100 * counts["equal"] / counts["there"], 2), 99.99)


def differences(
	producer: str, ref_doctype: str, kinds: tuple[str, ...], names: list[str] | None = None
) -> list[frappe._dict]:
	"""Event Difference rows in the order of their names.

	:param names: those at the producer that are wanted; None for all
	"""
	filters = {"event_producer": producer, "ref_doctype": ref_doctype, "kind": ("in", kinds)}
	if names is not None:
		filters["remote_docname"] = ("in", names)
	fields = ["name", "kind", "remote_doctype", "remote_docname", "docname"]
	return frappe.get_all(DIFFERENCE, filters=filters, fields=fields, order_by="remote_docname asc")


def settle(producer: str, difference: frappe._dict) -> None:
	"""A listed document is the same on both sites now, or gone from both."""
	frappe.db.delete(DIFFERENCE, {"name": difference.name})
	key = key_of(producer, difference.remote_doctype)
	row = frappe.db.get_value(DOCTYPE, key, ["name", *COUNTS], as_dict=True)
	counts = {field: row[field] for field in COUNTS}
	counts[difference.kind.lower()] = max(counts[difference.kind.lower()] - 1, 0)
	counts["equal"] += int(difference.kind != SURPLUS)
	counts["here"] += {MISSING: 1, SURPLUS: -1}.get(difference.kind, 0)
	frappe.db.set_value(DOCTYPE, row.name, {**counts, "percent": percent(counts)})


def note_failure(difference: frappe._dict, message: str) -> None:
	frappe.db.set_value(DIFFERENCE, difference.name, "message", message[:MAX_MESSAGE])


def _insert_differences(run: ReconciliationRun, differences: list[dict]) -> None:
	user, time = frappe.session.user, now()
	fixed = {
		"creation": time,
		"modified": time,
		"owner": user,
		"modified_by": user,
		"event_producer": run.event_producer,
		"ref_doctype": run.ref_doctype,
		"remote_doctype": run.remote_doctype,
	}
	columns = ("name", *fixed, "kind", "remote_docname", "docname", "differences")
	bulk.insert(
		DIFFERENCE,
		columns,
		(
			(
				bulk.new_name(),
				*fixed.values(),
				found["kind"],
				found["remote_docname"],
				found["docname"],
				as_json_text(found["differences"] or {}),
			)
			for found in differences
		),
	)
