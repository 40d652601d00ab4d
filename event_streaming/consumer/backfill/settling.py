"""The second pass of a backfill: documents are compared by digests, and those that differ are made equal.

In the first pass what controllers work out of other documents was left to them (see `worked_out`). Now all are here, and it
should be what it is at the producer. Where it isn't (a tool at the producer wrote it by itself, the clock of this site says
otherwise, a document of some other DocType is not streamed), it is set, past the controllers, and the Event Sync Log tells.

A page is one transaction, as in the first pass; a document that fails is parked, and what was changed here by people stays.
"""

import frappe

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.backfill import state
from event_streaming.consumer.cursor import Busy
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.replay import in_hand, whole_documents, worked_out
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.child_rows import known_by_their_source
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.subscription import Subscription
from event_streaming.context import BACKFILL
from event_streaming.document import snapshot
from event_streaming.document.digest import Digester, Fields, in_both, stored_fields
from event_streaming.link.protocol import Key

SOURCE = "Backfill"
SETTLING = "Settling"  # what a process has in hand, see `in_hand`


def is_needed(producer: str, run: state.BackfillRun) -> bool:
	"""Whether documents of this DocType can hold what controllers work out of others."""
	config = Subscription(producer).configuration(run.remote_doctype)
	return bool(config.subscribed and not config.mapping and worked_out.has_any(config.local_doctype))


class Settling:
	"""One page of one DocType."""

	def __init__(self, producer: str, source: Source, run: state.BackfillRun, size: int):
		self.producer = producer
		self.source = source
		self.run = run
		self.size = size

	def page(self) -> None:
		"""
		:raises Busy: another process holds the link, or has moved or stopped the backfill
		"""
		fields = stored_fields(self.run.ref_doctype)
		listed = self.source.list_documents(
			self.run.remote_doctype, self.run.last_name or "", self.size, fields=fields
		)
		digests = {(self.run.remote_doctype, name): digest for name, _log_id, digest in listed["documents"]}
		wanted = unequal(self.producer, self.run, digests, in_both(fields, listed["fields"]))
		documents: list[whole_documents.Document] = [(key, 0) for key in wanted]
		in_hand.one_after_the_other(self.producer, SETTLING, self._take, documents, whole_documents.label_of)
		self._lock()
		if listed["more"]:
			self.run = state.move(self.run, ("", listed["last"]), {})
		else:
			state.RUNS.finish(self.run)
		frappe.db.commit()  # nosemgrep -- the place; the documents are committed

	def _take(self, documents: list[whole_documents.Document], trouble: Exception | None = None) -> int:
		held = self._lock()
		with in_hand.noted(self.producer, whole_documents.label_of(documents[0]), SETTLING):
			return self._take_held(held, documents, trouble)

	def _take_held(
		self, held: cursors.Cursor, documents: list[whole_documents.Document], trouble: Exception | None
	) -> int:
		batch = Batch(self.producer, FetchedDocuments(self.source), held, kind=BACKFILL)
		with as_user(batch.subscription.subscriber):
			taking = whole_documents.WholeDocuments(batch, SOURCE, settle=True)
			outcomes = taking.take(documents, trouble)
		batch.finish()
		frappe.db.commit()  # nosemgrep -- documents and their log rows together
		return len(outcomes)

	def _lock(self) -> cursors.Cursor:
		locked = cursors.hold(self.producer)
		if not state.is_at(self.run):
			raise Busy
		return locked


def unequal(producer: str, run: state.BackfillRun, digests: dict[Key, str], fields: Fields) -> list[Key]:
	"""Those that are here and say something else.

	:param digests: of these fields, at the producer
	"""
	frappe.db.rollback()  # what is here is read after what is there
	subscription = Subscription(producer)
	config = subscription.configuration(run.remote_doctype)
	names = IdentityMap(producer, subscription.local_doctype)
	names.load(digests)
	here = {key: local_name for key in digests if (local_name := names.local_name(key))}
	docs = snapshot.read_many(config.local_doctype, list(here.values()))
	digester = Digester(config.local_doctype, fields)
	return [
		key
		for key, local_name in here.items()
		if local_name in docs
		and digester.digest(key[1], known_by_their_source(docs[local_name], key[1])) != digests[key]
	]
