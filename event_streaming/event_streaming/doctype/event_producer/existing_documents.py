"""Documents that were at the producer before: fetching them, and comparing both sites, as the form of an Event Producer asks."""

import frappe
from frappe.utils import cint

from event_streaming.consumer import jobs
from event_streaming.consumer.backfill import state as backfill_state
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.reconciliation import repair as repairing
from event_streaming.consumer.reconciliation import state as reconciliation_state
from event_streaming.event_streaming.doctype.event_producer.access import (
	check_readable,
	get_writable,
	names_of_rows,
)
from event_streaming.link import arguments
from event_streaming.link.messages import told_to_caller


@frappe.whitelist(methods=["POST"])
def start_backfill(
	producer: str,
	doctypes: str | list | None = None,
	only: str | list | dict | None = None,
	from_date: str | None = None,
	newest_first: int | None = 0,
) -> list[dict]:
	"""Begins to fetch the documents that were at the producer before; they come in the background, while changes
	go on. What was stopped or failed goes on where it was, what was done is gone through again.

	:param doctypes: rows of the Event Configuration, by their `ref_doctype`; None for all approved ones
	:param only: filters; only documents that fit them are fetched
	:param from_date: only documents that were made there on that day or later
	:param newest_first: 1 to begin with those that were made last
	:returns: as `get_backfill`
	:raises StreamingError: one of them is not subscribed to or not approved
	"""
	get_writable(producer)
	with told_to_caller():
		part = arguments.part(only, from_date)
		backfill_state.start(producer, names_of_rows(doctypes), part, bool(cint(newest_first)))
	frappe.db.after_commit.add(lambda: jobs.enqueue_backfill(producer))
	return backfill_state.read(producer)


@frappe.whitelist(methods=["POST"])
def stop_backfill(producer: str, doctypes: str | list | None = None) -> list[dict]:
	"""Ends it after the page that is under way; `start_backfill` goes on from there.

	:param doctypes: as for `start_backfill`; None for all
	:returns: as `get_backfill`
	"""
	get_writable(producer)
	backfill_state.stop(producer, names_of_rows(doctypes))
	return backfill_state.read(producer)


@frappe.whitelist()
def get_backfill(producer: str) -> list[dict]:
	"""How far the backfill of each DocType is that was ever begun; ask again every few seconds while one is unfinished.

	:returns: [{`ref_doctype` as in the Event Configuration, `remote_doctype`, `status` Queued/Running/Done/Stopped/
	        Failed, `percent` 0 to 100, `total` documents there, `done` looked at, of these `taken`, `skipped` (here
	        already), `failed` (see Event Sync Log, source Backfill), `waiting`; `message` why it doesn't go on,
	        `started`, `finished`}]
	"""
	check_readable(producer)
	return backfill_state.read(producer)


@frappe.whitelist(methods=["POST"])
def start_reconciliation(producer: str, doctypes: str | list | None = None) -> list[dict]:
	"""Compares the documents here with those at the producer, in the background; nothing is changed by it.

	:param doctypes: rows of the Event Configuration, by their `ref_doctype`; None for all approved ones
	:returns: as `get_reconciliation`
	:raises StreamingError: one of them is not subscribed to or not approved
	"""
	get_writable(producer)
	with told_to_caller():
		reconciliation_state.start(producer, names_of_rows(doctypes))
	frappe.db.after_commit.add(lambda: jobs.enqueue_reconciliation(producer))
	return reconciliation_state.RUNS.shown(producer)


@frappe.whitelist(methods=["POST"])
def stop_reconciliation(producer: str, doctypes: str | list | None = None) -> list[dict]:
	"""Ends it after the piece that is under way; what the comparison before has found stays.

	:param doctypes: as for `start_reconciliation`; None for all
	:returns: as `get_reconciliation`
	"""
	get_writable(producer)
	reconciliation_state.stop(producer, names_of_rows(doctypes))
	return reconciliation_state.RUNS.shown(producer)


@frappe.whitelist()
def get_reconciliation(producer: str) -> list[dict]:
	"""What the last comparison of each DocType has found; ask again every few seconds while one is unfinished.

	The documents themselves are rows of Event Difference (`event_producer`, `ref_doctype`, `kind`), up to 1000 of each
	DocType.

	:returns: [{`ref_doctype` as in the Event Configuration, `remote_doctype`, `status` Queued/Running/Done/Failed,
	        `message` why it failed or doesn't go on, `there` documents at the producer, `here` documents that came from
	        there, `equal`, `percent` of those there that are here and equal, `missing`, `different`, `surplus` (here, no
	        longer there), `behind` (changes still to come, or waiting behind a failure), `started`, `finished`}]
	"""
	check_readable(producer)
	return reconciliation_state.RUNS.shown(producer)


@frappe.whitelist(methods=["POST"])
def repair(producer: str, doctype: str, names: str | list | None = None, delete_surplus: bool = False) -> str:
	"""Takes documents that the last comparison has listed from the producer again, in the background.

	:param doctype: `ref_doctype` of the comparison
	:param names: `remote_docname` of Event Difference rows; None for all of this DocType
	:param delete_surplus: whether documents that are no longer at the producer are deleted here
	:returns: the job, to watch its progress: `done`, `total`; at its end `fixed`, `deleted`, `failed`, `messages`
	"""
	get_writable(producer)
	doctype = arguments.text(doctype, "doctype")
	names = None if names is None else arguments.names(names, "names")
	job = f"repair:{frappe.generate_hash(length=10)}"
	frappe.enqueue(
		repairing.repair_with_progress,
		queue=schedule.QUEUE,
		timeout=jobs.COMPARING_TIME,
		producer=producer,
		ref_doctype=doctype,
		names=names,
		delete_surplus=bool(delete_surplus),
		user=frappe.session.user,
		job=job,
	)
	return job
