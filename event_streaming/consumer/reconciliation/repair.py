"""Fixes what a comparison has found: takes whole documents from the producer, deletes surplus where a person says so.

Each document is taken on its own, as in a backfill: one that fails is parked and says why, the others are fixed.
"""

from collections.abc import Callable
from functools import partial

import frappe
from frappe import _

from event_streaming import progress as progress_bar
from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking
from event_streaming.consumer.cursor import Busy, check_link
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.reconciliation import state
from event_streaming.consumer.replay import whole_documents
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user, undo_transaction
from event_streaming.consumer.replay.transactions import as_one_or_each
from event_streaming.context import REPAIR
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key
from event_streaming.locks import is_not_the_documents_fault

SOURCE = "Resync"
TOGETHER = 50  # documents in one transaction
LOCK_WAIT = 12.0  # seconds

Progress = Callable[[int, int], object]  # returns whether to end early


def repair(
	producer: str,
	ref_doctype: str,
	names: list[str] | None = None,
	delete_surplus: bool = False,
	source: Source | None = None,
	progress: Progress | None = None,
) -> dict:
	"""Makes documents that the last comparison has listed equal to their source. Commits.

	:param names: those at the producer; None for all that are listed
	:param delete_surplus: whether documents here that are no longer there are deleted; else they are left alone
	:param progress: called with (documents done, documents)
	:returns: `{"fixed": n, "deleted": n, "failed": [{"doctype", "name", "message"}]}`
	:raises StreamingError: nothing can be asked at the moment
	"""
	check_link(producer)
	kinds = (state.MISSING, state.DIFFERENT) + ((state.SURPLUS,) if delete_surplus else ())
	listed = state.differences(producer, ref_doctype, kinds, names)
	client = source or ProducerClient.for_producer(producer)
	try:
		return _Repair(producer, client, listed, progress).run()
	finally:
		if not source:
			client.close()


def repair_with_progress(
	producer: str, ref_doctype: str, names: list[str] | None, delete_surplus: bool, user: str, job: str
) -> None:
	"""Job behind the button."""

	progress_bar.run_on_documents(job, user, partial(repair, producer, ref_doctype, names, delete_surplus))


class _Repair:
	def __init__(self, producer: str, source: Source, listed: list[frappe._dict], progress: Progress | None):
		self.producer = producer
		self.source = source
		self.listed = {row.remote_docname: row for row in listed}
		self.result: dict = {"fixed": 0, "deleted": 0, "failed": []}
		self._progress = progress
		self._done = 0
		self._cancelled = False

	def run(self) -> dict:
		wanted = [(_key(row), 0) for row in self.listed.values() if row.kind != state.SURPLUS]
		while wanted and not self._cancelled:
			wanted = wanted[as_one_or_each(self._take, wanted[:TOGETHER], whole_documents.label_of) :]
		for row in self.listed.values():
			if row.kind == state.SURPLUS and not self._cancelled:
				self._delete(row)
		if self._cancelled:
			self.result["cancelled"] = True
		return self.result

	def _take(self, documents: list[whole_documents.Document], trouble: Exception | None) -> int:
		"""A transaction: lock, take, settle, commit.

		:returns: how many of them, from the first, were taken or parked
		"""
		batch = self._lock()
		with as_user(batch.subscription.subscriber):
			taking = whole_documents.WholeDocuments(batch, SOURCE, even_known=True)
			outcomes = taking.take(documents, trouble)
		batch.finish()
		for (_doctype, name), outcome in outcomes.items():
			self._settle_or_note(self.listed[name], outcome)
		frappe.db.commit()  # nosemgrep -- documents, their log rows and the list together
		for (_doctype, name), outcome in outcomes.items():
			self._tell(self.listed[name], outcome)
		return len(outcomes)

	def _settle_or_note(self, row: frappe._dict, outcome: str) -> None:
		if outcome == whole_documents.TAKEN:
			return state.settle(self.producer, row)
		state.note_failure(row, self._reason(row, outcome))

	def _delete(self, row: frappe._dict) -> None:
		"""A transaction for each: what it takes along is this site's own business."""
		try:
			batch = self._lock()
			with as_user(batch.subscription.subscriber):
				outcome = whole_documents.WholeDocuments(batch, SOURCE).delete(_key(row))
			batch.finish()
			if outcome == whole_documents.DELETED:
				state.settle(self.producer, row)
			frappe.db.commit()  # nosemgrep -- the document, its log row and the list together
			self._tell(row, outcome)
		except Exception as error:
			undo_transaction()
			if isinstance(error, Busy) or is_not_the_documents_fault(error):
				raise
			state.note_failure(row, error_message(error))
			frappe.db.commit()  # nosemgrep -- the list says why
			self._tell(row, whole_documents.FAILED, error_message(error))

	def _lock(self) -> Batch:
		locked = cursors.hold(self.producer, wait=LOCK_WAIT)
		return Batch(self.producer, FetchedDocuments(self.source), locked, kind=REPAIR)

	def _tell(self, row: frappe._dict, outcome: str, message: str = "") -> None:
		self._done += 1
		if outcome in (whole_documents.TAKEN, whole_documents.DELETED):
			self.result["fixed" if outcome == whole_documents.TAKEN else "deleted"] += 1
		else:
			message = message or self._reason(row, outcome)
			failed = {"doctype": row.remote_doctype, "name": row.remote_docname, "message": message}
			self.result["failed"].append(failed)
		if self._progress:
			self._cancelled = bool(self._progress(self._done, len(self.listed))) or self._cancelled

	def _reason(self, row: frappe._dict, outcome: str) -> str:
		if outcome == whole_documents.SKIPPED:
			return _("The producer no longer has it, or has it again. Compare again.")
		if outcome == whole_documents.STAYS:
			return _(
				"It was submitted or cancelled here, and stays as it is. Resync From Source in its Event Sync Log can take it back."
			)
		key = (row.remote_doctype, row.remote_docname)
		return parking.message(self.producer, key) or _(
			"It waits behind another document in the Event Sync Log."
		)


def _key(row: frappe._dict) -> Key:
	return row.remote_doctype, row.remote_docname
