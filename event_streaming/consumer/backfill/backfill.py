"""Brings the documents that were at a producer before their DocType was approved, while its events go on.

Invariants:
- A page is one transaction under the cursor's lock: its documents, their Event Sync Log rows and the place where
  the next page begins become visible together, or none does.
- A page counts only if the backfill still stands where the page was asked from, and was not stopped meanwhile.
- The documents themselves are fetched under the lock, so none is older than an event that was replayed. Each carries
  the highest log id it contains: events up to it are history, later ones come by the feed.
- A document that is here and contains what the producer has is not written. One that came from elsewhere is never
  overwritten. One that fails is parked and leaves the others alone.
- Documents come in the order in which they were made there, whatever their DocTypes: what a controller works out of others
  (what is left to pay, how much was delivered) it works out here as there. See `settling` for what follows.
- The lock is held for a page only, and between two pages the pulls that wait for a worker are done.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import schema_check
from event_streaming.consumer.backfill import settling, state
from event_streaming.consumer.backfill.ahead import Listed, TimeOrder
from event_streaming.consumer.backfill.settling import Settling
from event_streaming.consumer.cursor import Busy
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.replay import in_hand, whole_documents
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.context import BACKFILL
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key
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
	begun: set[str] = set()
	with _noted_on_all(producer):
		client = source or ProducerClient.for_producer(producer)
	try:
		cursors.check_link(producer)
		order = TimeOrder(client, page_size)
		while not summary.error and not (deadline and time.monotonic() > deadline):
			frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
			runs = state.unfinished(producer)
			if not runs:
				break
			for run in runs:
				if run.name not in begun:
					state.RUNS.note_begin(run, run.done)
					begun.add(run.name)
			_page(_Work(producer, client, order, summary, page_size), runs)
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


@contextmanager
def _noted_on_all(producer: str) -> Iterator[None]:
	"""What keeps all of it from beginning is on the form before it is raised."""
	try:
		yield
	except Exception as error:
		rollback()
		for run in state.unfinished(producer):
			state.RUNS.note(run, error_message(error))
		frappe.db.commit()  # nosemgrep -- the form says why
		raise


@dataclass
class _Work:
	producer: str
	source: Source
	order: TimeOrder
	summary: Summary
	page_size: int


def _page(work: _Work, runs: list[state.BackfillRun]) -> None:
	"""One page, of all DocTypes, or of one that is settled."""
	state.begin(runs)
	is_settled = bool(runs[0].settling)
	_note_ends(work.producer, runs, settling.SETTLING if is_settled else SOURCE)
	if is_settled:
		with _noted(work, runs[0]):
			Settling(work.producer, work.source, runs[0], work.page_size).page()
		return
	ready = [run for run in runs if _look_ahead(work, run)]
	if work.summary.error or len(ready) < len(runs):
		return  # what comes next is known of the others only
	documents = work.order.page(ready)
	doctypes = {document.key[0] for document in documents}
	with _noted(work, *(run for run in ready if run.remote_doctype in doctypes)):
		step = _Step(work, ready)
		in_hand.one_after_the_other(work.producer, SOURCE, step.take, documents, whole_documents.label_of)
		step.move_and_finish()
		work.summary.pages += 1


def _note_ends(producer: str, runs: list[state.BackfillRun], what: str) -> None:
	if ends := in_hand.trouble(producer, what):
		for run in runs:
			state.RUNS.note(run, ends)
		frappe.db.commit()  # nosemgrep -- the form says so, should this process end, too


def _look_ahead(work: _Work, run: state.BackfillRun) -> bool:
	def note_total(total: int) -> None:
		state.RUNS.set(run, total=total)
		run.total = total
		frappe.db.commit()  # nosemgrep -- the form shows how much there is

	with _noted(work, run) as went_well:
		work.order.look_ahead(run, note_total)
	return bool(went_well)


@contextmanager
def _noted(work: _Work, *runs: state.BackfillRun) -> Iterator[list[bool]]:
	"""What ends the work is noted on the rows of these DocTypes; what passes by itself also ends this job."""
	went_well: list[bool] = []
	try:
		yield went_well
		went_well.append(True)
	except Busy:
		frappe.db.rollback()
		cursors.pause()
	except Exception as error:
		rollback()
		message = error_message(error)
		passes = is_not_the_documents_fault(error)
		if passes:
			work.summary.error = message
		for run in runs:
			state.RUNS.note(run, message) if passes else state.RUNS.fail(run, message)
		frappe.db.commit()  # nosemgrep -- the form says why
		if not isinstance(error, StreamingError):
			raise


class _Step:
	"""The transactions of one page, from where the DocTypes stood when it was asked for."""

	def __init__(self, work: _Work, runs: list[state.BackfillRun]):
		self.work = work
		self.runs = {run.remote_doctype: run for run in runs}
		self.again = {
			doctype
			for doctype, run in self.runs.items()
			if schema_check.takes_again(work.producer, run.ref_doctype)
		}

	def take(self, documents: list[Listed], trouble: Exception | None = None) -> int:
		"""Lock, take, log, move, commit.

		:returns: how many of them, from the first, are done with
		:raises Busy: another process holds the link, or has moved or stopped the backfill of one of these DocTypes
		"""
		held = self._lock({document.key[0] for document in documents})
		with in_hand.noted(self.work.producer, whole_documents.label_of(documents[0]), SOURCE):
			return self._take_held(held, documents, trouble)

	def _take_held(self, held: cursors.Cursor, documents: list[Listed], trouble: Exception | None) -> int:
		batch = Batch(self.work.producer, FetchedDocuments(self.work.source), held, kind=BACKFILL)
		batch.subscription.settled_later = {
			doctype for doctype, run in self.runs.items() if settling.is_needed(self.work.producer, run)
		}
		with as_user(batch.subscription.subscriber):
			listed = [(document.key, document.log_id) for document in documents]
			outcomes = whole_documents.WholeDocuments(batch, SOURCE, again=self.again).take(listed, trouble)
		batch.finish()
		done = documents[: len(outcomes)]
		batch.note_files(document.key for document in done)  # also of those that are up to date
		moved = {
			doctype: self._moved(run, [document for document in done if document.key[0] == doctype], outcomes)
			for doctype, run in self.runs.items()
		}
		frappe.db.commit()  # nosemgrep -- documents, log rows and the places together
		self.runs = moved
		for doctype, run in moved.items():
			self.work.order.took(run, sum(document.key[0] == doctype for document in done))
		return len(outcomes)

	def _moved(
		self, run: state.BackfillRun, done: list[Listed], outcomes: dict[Key, str]
	) -> state.BackfillRun:
		if not done:
			return run
		counts = Counter(COUNTED_AS[outcomes[document.key]] for document in done)
		return state.move(run, done[-1].place, {"done": len(done), **counts})

	def move_and_finish(self) -> None:
		"""Past what the producer has looked at without finding anything for this site, and to the end."""
		for run in self.runs.values():
			end, more, is_empty = self.work.order.end_of(run)
			if not is_empty or (more and end == run.place):
				continue
			self._lock({run.remote_doctype})
			if more:
				run = state.move(run, end, {})
			else:
				self._finish(run)
			frappe.db.commit()  # nosemgrep -- the place, without documents
			self.work.order.moved(run)

	def _finish(self, run: state.BackfillRun) -> None:
		schema_check.note_taken(self.work.producer, run.ref_doctype, run.started)
		if settling.is_needed(self.work.producer, run):
			state.settle(run)
		else:
			state.RUNS.finish(run)

	def _lock(self, doctypes: set[str]) -> cursors.Cursor:
		locked = cursors.hold(self.work.producer)
		if not all(state.is_at(self.runs[doctype]) for doctype in doctypes):
			raise Busy
		return locked
