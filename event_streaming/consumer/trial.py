"""A trial run: documents are taken through their real life cycle here, and nothing of it stays.

Invariants:
- Every transaction of a trial is rolled back. A commit in the midst, a controller's too, is not done; a change of a table is
  refused. The Update Log hears nothing.
- Nothing is sent outside: no mails, webhooks, jobs, realtime messages, requests but those to the producer for its documents.
- People don't wait for it longer than for a batch: a transaction ends after about a second, and the next one goes on.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, tree_roots
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.recovery.retry import retry_document
from event_streaming.consumer.replay import whole_documents
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user, ends_transaction, undo_transaction
from event_streaming.consumer.subscription import Subscription, approved_configurations
from event_streaming.consumer.sync_log import UNSETTLED
from event_streaming.context import BACKFILL
from event_streaming.frappe_internals import nothing_kept
from event_streaming.link.client import ProducerClient
from event_streaming.link.http import no_other_requests
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key

SOURCE = "Backfill"
COUNT, MOST = 20, 200  # documents of one DocType
SECONDS = 60.0  # for all of it
LOCK_WAIT = 5.0
EXAMPLES = 3
RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?::.*)?$")


@dataclass
class Reason:
	"""Why documents would fail: `kind` is the exception's class, `names` some of the documents."""

	kind: str
	message: str
	count: int = 0
	names: list[str] = field(default_factory=list)


@dataclass
class Trial:
	"""Of one DocType: `total` documents there, of which `tried` were; `here` were here already. `roots` where its tree begins with
	another document here than there, see `tree_roots`."""

	ref_doctype: str
	remote_doctype: str
	total: int = 0
	tried: int = 0
	taken: int = 0
	here: int = 0
	failed: int = 0
	reasons: list[Reason] = field(default_factory=list)
	roots: tree_roots.Roots | None = None

	def plain(self) -> dict:
		return asdict(self)


def run(
	producer: str, doctypes: list[str] | None = None, count: int = COUNT, source: Source | None = None
) -> list[dict]:
	"""Tries documents of each approved DocType, the first ones in the producer's order.

	:param doctypes: rows of the Event Configuration; None for all that are approved
	:param count: of each DocType, at most MOST
	:returns: `Trial` as plain values: trees that begin otherwise, then most of what would fail, come first
	:raises StreamingError: a DocType is not approved, the producer can't be asked, or another process holds the link
	"""
	deadline = time.monotonic() + SECONDS
	cursors.check_link(producer)
	client = source or ProducerClient.for_producer(producer)
	try:
		trials = [
			_Trying(producer, client, Trial(here, there), deadline).run(min(count, MOST))
			for here, there in approved_configurations(producer, doctypes).items()
		]
	finally:
		if not source:
			client.close()
	return [trial.plain() for trial in sorted(trials, key=lambda trial: (trial.roots is None, -trial.failed))]


def retry(producer: str, key: Key, source: Source | None = None) -> str:
	"""What would come of trying a parked document again.

	:returns: why it would fail, "" if it would not
	"""
	client = source or ProducerClient.for_producer(producer)
	try:
		with _trying(producer):
			done = retry_document(producer, client, key, kind=BACKFILL)
			return "" if done else parking.message(producer, key) or _("It still fails.")
	finally:
		if not source:
			client.close()


@contextmanager
def _trying(producer: str) -> Iterator[None]:
	"""
	:raises Busy: another process replays from this producer
	:raises Exception: what the block raises; all that it did is undone in any case
	"""
	cursors.hold(producer, wait=LOCK_WAIT)  # what it keeps out stays out; nothing is unsaved here
	frappe.db.rollback()
	frappe.flags.event_streaming_trial = True
	try:
		with nothing_kept(), no_other_requests():
			yield
	finally:
		frappe.flags.event_streaming_trial = False
		undo_transaction()


class _Trying:
	def __init__(self, producer: str, source: Source, trial: Trial, deadline: float):
		self.producer = producer
		self.source = source
		self.trial = trial
		self.deadline = deadline
		self._reasons: dict[tuple[str, str], Reason] = {}

	def run(self, count: int) -> Trial:
		self.trial.roots = tree_roots.differing(
			Subscription(self.producer), self.source, self.trial.remote_doctype
		)
		page = self.source.list_documents(self.trial.remote_doctype, "", count, count=True)
		self.trial.total = page["total"] or 0
		documents = [(name, log_id) for name, log_id, *_rest in page["documents"]][:count]
		while documents and time.monotonic() < self.deadline:
			documents = documents[self._take(documents) :]
		self.trial.reasons = sorted(self._reasons.values(), key=lambda reason: -reason.count)
		return self.trial

	def _take(self, documents: list[tuple[str, int]]) -> int:
		"""
		:returns: how many of them, from the first, were tried
		"""
		try:
			with _trying(self.producer):
				return self._count(*self._try(documents))
		except Exception as error:
			if not ends_transaction(error) or isinstance(error, cursors.Busy):
				raise
			if len(documents) > 1:
				return self._take(documents[:1])
			name = documents[0][0]
			self._count({name: whole_documents.FAILED}, {name: (type(error).__name__, error_message(error))})
			return 1

	def _try(self, documents: list[tuple[str, int]]) -> tuple[dict, dict]:
		locked = cursors.hold(self.producer, wait=LOCK_WAIT)
		subscription = Subscription(self.producer)
		batch = Batch(self.producer, FetchedDocuments(self.source), locked, subscription, kind=BACKFILL)
		subscription.speaks = lambda kind: False
		batch.parked.clear()  # why it would fail now, not that it had failed before
		with as_user(subscription.subscriber):
			taking = whole_documents.WholeDocuments(batch, SOURCE)
			taken = taking.take([((self.trial.remote_doctype, name), log_id) for name, log_id in documents])
		outcomes = {name: outcome for (_doctype, name), outcome in taken.items()}
		failures = {
			row["remote_docname"]: (_kind(row), row.get("message") or "")
			for row in batch.log.rows
			if row["status"] in UNSETTLED and row["remote_doctype"] == self.trial.remote_doctype
		}
		return outcomes, failures

	def _count(self, outcomes: dict[str, str], failures: dict[str, tuple[str, str]]) -> int:
		counts = Counter(outcomes.values())
		trial = self.trial
		trial.tried += len(outcomes)
		trial.taken += counts[whole_documents.TAKEN]
		trial.here += counts[whole_documents.SKIPPED] + counts[whole_documents.STAYS]
		for name, outcome in outcomes.items():
			if outcome in (whole_documents.FAILED, whole_documents.WAITING):
				trial.failed += 1
				self._note(
					name,
					*failures.get(name, (outcome, _("It waits behind a document that had failed before."))),
				)
		return len(outcomes)

	def _note(self, name: str, kind: str, message: str) -> None:
		"""One reason for all whose message differs by the document's own name alone."""
		text = message.replace(name, "…")
		reason = self._reasons.setdefault((kind, text), Reason(kind, text))
		reason.count += 1
		reason.names = [*reason.names, name][:EXAMPLES]


def _kind(row: dict) -> str:
	for line in reversed((row.get("error") or "").splitlines()):
		if line and not line[0].isspace() and (found := RAISED.match(line.rstrip())):
			return found[1]
	return row["status"]
