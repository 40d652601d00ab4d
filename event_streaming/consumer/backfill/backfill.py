"""Brings the documents that were at a producer before their DocType was approved, while its events go on.

Invariants:
- A page is one transaction under the cursor's lock: its documents, their Event Sync Log rows and the place where
  the next page begins become visible together, or none does.
- A page counts only if the backfill still stands where the page was asked from, and was not stopped meanwhile.
- The documents themselves are fetched under the lock, so none is older than an event that was replayed. Each carries
  the highest log id it contains: events up to it are history, later ones come by the feed.
- A document that is here and contains what the producer has is not written. One that came from elsewhere is never
  overwritten. One that fails is parked and leaves the others alone.
- The lock is held for a page only, and between two pages the pulls that wait for a worker are done.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import frappe

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import schema_check
from event_streaming.consumer.backfill import state
from event_streaming.consumer.cursor import Busy
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.replay import whole_documents
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.replay.transactions import as_one_or_each
from event_streaming.context import BACKFILL
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message
from event_streaming.locks import is_not_the_documents_fault, rollback

PAGE = 100  # documents
SOURCE = "Backfill"
COUNTED_AS = {
	whole_documents.TAKEN: "taken",
	whole_documents.SKIPPED: "skipped",
	whole_documents.STAYS: "skipped",
	whole_documents.FAILED: "failed",
	whole_documents.WAITING: "waiting",
}


@dataclass
class Summary:
	"""`error` is why it stopped early."""

	producer: str
	pages: int = 0
	seconds: float = 0.0
	error: str = ""


def backfill(
	producer: str,
	source: Source | None = None,
	deadline: float | None = None,
	progress: Callable[[list[dict]], None] | None = None,
	page_size: int = PAGE,
) -> Summary:
	"""Works off all that is queued for a producer. Commits; call it with nothing unsaved.

	:param source: the producer's end; by default its REST API
	:param deadline: `time.monotonic()` after which no further page is begun
	:param progress: called after each page, with what `state.read` returns
	:param page_size: documents on a page
	"""
	summary = Summary(producer)
	began = time.monotonic()
	client = source or ProducerClient.for_producer(producer)
	begun = ""
	try:
		cursors.check_link(producer)
		while not summary.error and not (deadline and time.monotonic() > deadline):
			frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
			run = state.RUNS.next(producer)
			if not run:
				break
			if run.name != begun:
				state.RUNS.note_begin(run, run.done)
				begun = run.name
			_advance(producer, client, run, summary, page_size)
			if progress:
				progress(state.read(producer))
			schedule.pull_waiting()
	except StreamingError as error:
		frappe.db.rollback()
		summary.error = error_message(error)
	finally:
		if not source:
			client.close()
	summary.seconds = time.monotonic() - began
	return summary


def _advance(producer: str, source: Source, run: state.BackfillRun, summary: Summary, page_size: int) -> None:
	"""One page of one DocType. What ends it is noted on its row; what passes without help also ends this run."""
	try:
		state.begin(run)
		_page(producer, source, run, page_size)
		summary.pages += 1
	except Busy:
		frappe.db.rollback()
		cursors.pause()
	except Exception as error:
		rollback()
		message = error_message(error)
		if is_not_the_documents_fault(error):
			summary.error = message
			state.RUNS.note(run, message)
		else:
			state.RUNS.fail(run, message)
		frappe.db.commit()  # nosemgrep -- the form says why
		if not isinstance(error, StreamingError):
			raise


def _page(producer: str, source: Source, run: state.BackfillRun, size: int) -> None:
	first = not run.last_name
	page = source.list_documents(run.remote_doctype, run.last_name or "", size, count=first)
	if first:
		state.RUNS.set(run, total=page["total"])
		frappe.db.commit()  # nosemgrep -- the form shows how much there is
	documents = [(name, log_id) for name, log_id, _digest in page["documents"]]
	step = _Step(producer, source, run)
	while documents:
		documents = documents[as_one_or_each(step.take, documents, whole_documents.name_of) :]
	if page["more"]:
		step.move(page["last"])
	else:
		step.finish()


class _Step:
	"""The transactions of one page, from where the backfill stood when it was asked for."""

	def __init__(self, producer: str, source: Source, run: state.BackfillRun):
		self.producer = producer
		self.source = source
		self.run = run
		self.again = schema_check.takes_again(producer, run.ref_doctype)

	def take(self, documents: list[whole_documents.Document], trouble: Exception | None = None) -> int:
		"""Lock, take, log, move, commit.

		:returns: how many of them, from the first, are done with
		:raises Busy: another process holds the link, or has moved or stopped the backfill
		"""
		batch = Batch(self.producer, FetchedDocuments(self.source), self._lock().epoch, kind=BACKFILL)
		with as_user(batch.subscription.subscriber):
			outcomes = whole_documents.WholeDocuments(
				batch, self.run.remote_doctype, SOURCE, again=self.again
			).take(documents, trouble)
		batch.finish()
		counts = Counter(COUNTED_AS[outcome] for outcome in outcomes.values())
		run = state.move(self.run, documents[len(outcomes) - 1][0], {"done": len(outcomes), **counts})
		frappe.db.commit()  # nosemgrep -- documents, log rows and the place together
		self.run = run
		return len(outcomes)

	def move(self, last_name: str) -> None:
		"""Past what the producer has looked at without finding anything for this site."""
		if last_name != self.run.last_name:
			self._lock()
			self.run = state.move(self.run, last_name, {})
			frappe.db.commit()  # nosemgrep -- the place, without documents

	def finish(self) -> None:
		self._lock()
		state.RUNS.finish(self.run)
		schema_check.note_taken(self.producer, self.run.ref_doctype, self.run.started)
		frappe.db.commit()  # nosemgrep -- nothing is left to do

	def _lock(self) -> cursors.Cursor:
		locked = cursors.hold(self.producer)
		if not state.is_at(self.run):
			raise Busy
		return locked
