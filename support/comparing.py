"""Comparisons of two sites, and what is done about their findings. Runs inside the site."""

import frappe

from support import backfilling, streaming_ops


def reconcile(producer_url: str, doctypes: list[str] | None = None) -> dict:
	"""Starts it, and works it off in the foreground.

	:returns: `error`, `calls` as of `streaming_ops.pull`, and the row of each DocType as the form shows it
	"""
	from event_streaming.consumer.reconciliation import state
	from event_streaming.consumer.reconciliation.reconciliation import reconcile as reconcile_now

	state.start(producer_url, doctypes)
	frappe.db.commit()
	with streaming_ops.counted_calls() as calls:
		error = reconcile_now(producer_url)
	return {
		"error": error,
		"calls": calls,
		**{row.ref_doctype: row for row in state.RUNS.shown(producer_url)},
	}


def reconcile_in_pieces(producer_url: str, size: int) -> dict:
	"""`reconcile` with at most so many documents in a summary, on a page of a list, and fetched at once."""
	from event_streaming.consumer.reconciliation import reconciliation

	names = ("SUMMARISED", "LISTED", "FETCHED", "READ")
	usual = {name: getattr(reconciliation, name) for name in names}
	for name in names:
		setattr(reconciliation, name, min(size, usual[name]))
	try:
		return reconcile(producer_url)
	finally:
		for name, value in usual.items():
			setattr(reconciliation, name, value)


def repair(
	producer_url: str, doctype: str, names: list[str] | None = None, delete_surplus: bool = False
) -> dict:
	from event_streaming.consumer.reconciliation.repair import repair as repair_now

	return repair_now(producer_url, doctype, names, delete_surplus)


def start(producer_url: str, doctypes: list[str] | None = None) -> list[dict]:
	"""What the form's button does."""
	from event_streaming.event_streaming.doctype.event_producer.event_producer import start_reconciliation

	return start_reconciliation(producer_url, doctypes)


def start_repair(producer_url: str, doctype: str) -> str:
	from event_streaming.event_streaming.doctype.event_producer.event_producer import repair

	return repair(producer_url, doctype)


def progress(job: str) -> dict:
	from event_streaming.progress import read

	return read(job)


def set_row_silently(doctype: str, name: str, table: str, row: int, **values) -> None:
	child = frappe.get_doc(doctype, name).get(table)[row - 1]
	frappe.db.set_value(child.doctype, child.name, values)


def set_single_silently(doctype: str, **values) -> None:
	for field, value in values.items():
		frappe.db.set_single_value(doctype, field, value)


def delete_silently(doctype: str, name: str) -> None:
	"""As a line of SQL would."""
	frappe.db.delete(doctype, {"name": name})


def insert_silently(doctype: str, **values) -> str:
	"""A document of which no hook hears."""
	frappe.flags.in_import = frappe.flags.in_migrate = True
	try:
		from support.factories import create_test_document

		return create_test_document(doctype, **values).name
	finally:
		frappe.flags.in_import = frappe.flags.in_migrate = False


def reconcile_held_up(producer_url: str, after: str, waiting: str, go_on: str) -> dict:
	"""See `backfilling.held_up`."""
	with backfilling.held_up(after, waiting, go_on):
		return reconcile(producer_url)


def compare_and_die_before_repair(producer_url: str) -> None:
	"""A regular comparison that a power cut ends between what it found and the repair."""
	from event_streaming.consumer.reconciliation import reconciliation, state
	from event_streaming.consumer.reconciliation import repair as repairing
	from support.kills import die

	repairing.repair = lambda *_args, **_kwargs: die()
	doctypes = ["Shop Note"]
	state.start(producer_url, doctypes, by_itself=True, repaired=doctypes)
	frappe.db.commit()
	reconciliation.reconcile(producer_url)


def reconcile_stopped_midway(producer_url: str) -> None:
	"""A person presses Stop while the first piece is compared."""
	from event_streaming.consumer.reconciliation import reconciliation, state

	state.start(producer_url, ["Shop Note"])
	frappe.db.commit()
	end_piece = reconciliation.Walk._end_piece

	def stopping(walk) -> None:
		state.stop(producer_url)
		frappe.db.commit()
		end_piece(walk)

	reconciliation.Walk._end_piece = stopping
	try:
		assert not reconciliation.reconcile(producer_url)
	finally:
		reconciliation.Walk._end_piece = end_piece


def repair_cancelled_after(producer_url: str, together: int) -> dict:
	"""The job of a repair whose user presses Cancel after the first transaction of so many documents."""
	from event_streaming import progress
	from event_streaming.consumer.reconciliation import repair as repairing
	from support.trouble import _cancelled_after

	usual, repairing.TOGETHER = repairing.TOGETHER, together
	try:
		return _cancelled_after(
			together,
			lambda user, job: repairing.repair_with_progress(
				producer_url, "Shop Note", None, False, user, job
			),
			progress,
		)
	finally:
		repairing.TOGETHER = usual


def backfill_shown(producer_url: str, seconds_a_page: float) -> list[dict]:
	"""What the form shows after each page of one document, of a backfill that is slow."""
	import time

	from event_streaming.consumer.backfill import backfill, state

	shown = []

	def look(rows) -> None:
		shown.extend(rows)

	state.start(producer_url)
	frappe.db.commit()
	begin = backfill._page

	def slow_page(*args) -> None:
		time.sleep(seconds_a_page)
		begin(*args)

	backfill._page = slow_page
	try:
		backfill.backfill(producer_url, progress=look, page_size=1)
	finally:
		backfill._page = begin
	return shown
