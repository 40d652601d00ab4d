from collections.abc import Callable
from functools import partial

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime

from event_streaming import progress, roles
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.recovery import resync as by_hand
from event_streaming.consumer.sync_log import UNSETTLED
from event_streaming.desk import change, remedies
from event_streaming.desk.change import is_here
from event_streaming.desk.conflict_view import conflicts_of_sync_log
from event_streaming.link import arguments
from event_streaming.link.messages import told_to_caller


class EventSyncLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		conflict: DF.Code | None
		data: DF.Code | None
		docname: DF.Data | None
		epoch: DF.Data | None
		error: DF.Code | None
		event_id: DF.Int
		event_producer: DF.Data | None
		mapping: DF.Data | None
		message: DF.SmallText | None
		position: DF.Int
		ref_doctype: DF.Link | None
		remote_docname: DF.Data | None
		remote_doctype: DF.Data | None
		source: DF.Literal["Feed", "Dependency", "Backfill", "Resync"]
		status: DF.Literal["Synced", "Failed", "Waiting", "Skipped"]
		stream_key: DF.Data | None
		update_type: DF.Literal["Create", "Update", "Delete", "Rename"]
		use_same_name: DF.Check

	# end: auto-generated types
	def onload(self) -> None:
		self.set_onload("change", change.of_sync_log(self))
		self.set_onload("conflicts", conflicts_of_sync_log(self))
		self.set_onload("remedy", remedies.remedy_for(self.status, self.error))
		self.set_onload("is_here", is_here(self.ref_doctype, self.docname))

	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""What failed or waits is still needed to fix its document: it stays, however old."""
		log = frappe.qb.DocType("Event Sync Log")
		old = log.modified < add_days(now_datetime(), -days)
		frappe.db.delete(log, filters=old & log.status.notin(UNSETTLED))


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_index("Event Sync Log", remote_document, "event_sync_log_remote_document")
	frappe.db.add_index("Event Sync Log", ["event_producer", "status"], "event_sync_log_producer_status")
	frappe.db.add_index("Event Sync Log", ["ref_doctype", "docname"], "event_sync_log_document")
	# the list of failures, newest first, among a million rows that are Synced
	frappe.db.add_index("Event Sync Log", ["status", "modified"], "event_sync_log_status_modified")


def resync_with_progress(names: list[str], user: str, job: str) -> None:
	"""Job behind the list's Resync."""
	progress.run_on_documents(job, user, partial(by_hand.resync, names))


def resync_from_source_with_progress(names: list[str], user: str, job: str) -> None:
	"""Job behind the list's Resync From Source."""
	progress.run_on_documents(job, user, partial(by_hand.resync_many_from_source, names))


def skip_with_progress(names: list[str], user: str, job: str) -> None:
	"""Job behind the list's Skip; it runs as who asked, whose name the rows keep."""
	progress.run_on_documents(job, user, partial(by_hand.skip_many, names), runs_as=user)


def _enqueue(
	job_function: Callable[..., None], names: str | list, allowed: tuple[str, ...] = roles.USERS
) -> str:
	frappe.only_for(allowed)
	names = arguments.names(names, "names")
	job = f"resync:{frappe.generate_hash(length=10)}"
	frappe.enqueue(
		job_function,
		queue=schedule.QUEUE,
		timeout=60 * 60,
		names=names,
		user=frappe.session.user,
		job=job,
	)
	return job


@frappe.whitelist(methods=["POST"])
def resync(name: str) -> dict:
	"""Replays the waiting events of the document that this row is about; see `recovery.resync.resync`."""
	frappe.only_for(roles.USERS)
	with told_to_caller():
		return by_hand.resync([arguments.text(name, "name")])


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def bulk_resync(names: str | list) -> str:
	"""
	:param names: of Event Sync Log rows
	:returns: the job, to watch its progress
	"""
	return _enqueue(resync_with_progress, names)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def bulk_resync_from_source(names: str | list) -> str:
	"""
	:param names: of Event Sync Log rows
	:returns: the job, to watch its progress
	"""
	return _enqueue(resync_from_source_with_progress, names, roles.MANAGERS)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def bulk_skip(names: str | list) -> str:
	"""
	:param names: of Event Sync Log rows
	:returns: the job, to watch its progress
	"""
	return _enqueue(skip_with_progress, names)


@frappe.whitelist(methods=["POST"])
def resync_from_source(name: str, take_back: int = 0) -> dict:
	"""Takes the whole document from the other site as it is there now.

	:param take_back: 1 to take back a document, too, that was submitted or cancelled here
	"""
	frappe.only_for(roles.MANAGERS)
	with told_to_caller():
		take_back = arguments.integer(take_back, "take_back", 0, 1)
		return by_hand.resync_from_source(arguments.text(name, "name"), bool(take_back))


@frappe.whitelist(methods=["POST"])
def skip(name: str) -> None:
	"""Gives one event up, so that later ones of its document can go on."""
	frappe.only_for(roles.USERS)
	with told_to_caller():
		by_hand.skip(arguments.text(name, "name"))
