"""Resync from Source and Skip for many Event Sync Log rows at once. One that is refused holds up no other."""

from collections.abc import Callable, Iterable

import frappe

from event_streaming.consumer.recovery import resync
from event_streaming.consumer.replay.batch import error_message
from event_streaming.exceptions import TransientError

Progress = Callable[[int, int], None]


def resync_from_source(names: list[str], progress: Progress | None = None) -> dict:
	"""Takes the whole document of each of these rows from its producer, each document once.

	:param progress: called with (documents done, documents)
	:returns: as `resync.resync` does
	:raises TransientError: a producer can't be asked now; what was done before stays
	"""
	return _each(_one_row_a_document(names), resync.resync_from_source, progress)


def skip(names: list[str], progress: Progress | None = None) -> dict:
	"""Gives these events up, as far as they failed or wait; those that are settled stay as they are."""
	unsettled = {"name": ["in", names], "status": ["in", ["Failed", "Waiting"]]}
	rows = frappe.get_all(
		"Event Sync Log", unsettled, pluck="name", order_by="event_id asc", limit_page_length=0
	)
	return _each(rows, resync.skip, progress)


def _each(rows: list[str], act: Callable[[str], object], progress: Progress | None) -> dict:
	result: dict = {"mended": 0, "failed": []}
	for done, name in enumerate(rows, 1):
		try:
			act(name)
			frappe.db.commit()  # what is done stays, whatever becomes of the next
			result["mended"] += 1
		except TransientError:
			raise  # the site can't be asked: it would be the same with all that follow
		except frappe.ValidationError as error:
			frappe.db.rollback()
			result["failed"].append({**_document(name), "message": error_message(error)})
		if progress:
			progress(done, len(rows))
	return result


def _one_row_a_document(names: Iterable[str]) -> list[str]:
	fields = ["name", "event_producer", "remote_doctype", "remote_docname"]
	rows = frappe.get_all(
		"Event Sync Log", {"name": ["in", list(names)]}, fields, order_by="event_id asc", limit_page_length=0
	)
	documents = {
		(row.event_producer, row.remote_doctype, row.remote_docname): row.name for row in reversed(rows)
	}
	return list(reversed(documents.values()))


def _document(name: str) -> dict:
	doctype, docname = frappe.db.get_value("Event Sync Log", name, ["remote_doctype", "remote_docname"])
	return {"doctype": doctype, "name": docname}
