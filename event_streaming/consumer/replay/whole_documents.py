"""Whole documents taken apart from any event: each on its own, logged, and parked when it fails.

Used under the cursor's lock; who uses it commits. A document that fails leaves a row in the Event Sync Log that has no
event: trying it again takes the whole document again.
"""

from collections.abc import Collection

import frappe
from frappe import _

from event_streaming.consumer import parking
from event_streaming.consumer.parking import WaitsFor
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.both_sites import KEEP, REPLACE_THEM
from event_streaming.consumer.replay.parts import Outcome
from event_streaming.consumer.replay.savepoint import ends_transaction
from event_streaming.consumer.sync_log import FAILED, SKIPPED, SYNCED, WAITING
from event_streaming.json_text import as_json_text
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key

TAKEN, DELETED, STAYS = "Taken", "Deleted", "Stays"

Document = tuple[Key, int]  # the highest log id that it contains at the producer


def label_of(document: tuple) -> str:
	"""
	:param document: a `Document`, or another tuple that begins with a key
	"""
	return " ".join(document[0])


class WholeDocuments:
	def __init__(
		self,
		batch: Batch,
		source: str,
		even_known: bool = False,
		again: Collection[str] = (),
		settle: bool = False,
	):
		"""
		:param source: what the Event Sync Log says of where they come from
		:param even_known: take documents too whose newest change is known to be here, instead of what was changed here: a
		        person says so
		:param again: remote DocTypes of which documents are taken too whose newest change is known to be here; what was changed
		        here is left
		:param settle: only those that are here, see `WholeWriter.settle`
		"""
		self.batch = batch
		self.source = source
		self.even_known = even_known
		self.again = again
		self.settle = settle

	def take(self, documents: list[Document], trouble: Exception | None = None) -> dict[Key, str]:
		"""
		:param trouble: why they are known to fail; they are parked without another try
		:returns: TAKEN, SKIPPED (here already, or gone there), STAYS (carried further here), FAILED or WAITING; only
		        the first where the batch is full
		"""
		keys = dict(documents)
		for doctype in {doctype for doctype, _name in keys}:
			self.batch.subscription.subscribed(doctype)
		self.batch.names.load(keys)
		if not trouble:
			self.batch.prepare_whole([key for key, log_id in keys.items() if self._is_wanted(key, log_id)])
		self.batch.begin()
		outcomes: dict[Key, str] = {}
		for key, log_id in keys.items():
			if outcomes and self.batch.is_full:
				break
			outcomes[key] = self._one(key, log_id, trouble)
		return outcomes

	def delete(self, key: Key) -> str:
		"""Deletes a document here that is no longer at the producer, which is asked once more.

		:returns: DELETED, SKIPPED (it is there after all) or WAITING
		:raises Exception: this site's reason against it; all is undone
		"""
		if key in self.batch.parked:
			return WAITING
		if self.batch.fetched.get(key, fresh=True):
			return SKIPPED
		outcome = self.batch.remove(key)
		self._log(SYNCED, key, outcome.docname, update_type="Delete")
		return DELETED

	def _is_wanted(self, key: Key, log_id: int) -> bool:
		return key not in self.batch.parked and not self._is_known(key, log_id)

	def _is_known(self, key: Key, log_id: int) -> bool:
		if self.even_known or self.settle or key[0] in self.again or self.batch.names.log_id(key) < log_id:
			return False
		return bool(self.batch.names.local_name(key))

	def _is_told_by_feed(self, key: Key, log_id: int) -> bool:
		"""Whether another document of the producer has its name here: that this one is gone there, and which has its name now, is
		behind in the feed."""
		if (
			self.even_known
			or self.settle
			or not log_id
			or not (found := self.batch.fetched.documents.get(key))
		):
			return False
		self.batch.names.identify(key, found["identity"], current=True)
		return bool(self.batch.names.displaced(key)) and not self.batch.names.local_name(key)

	def _was_deleted_here(self, key: Key) -> bool:
		"""Whether the producer has a document only as long as it hasn't heard that people here deleted it."""
		return not self.even_known and not self.settle and self.batch.was_deleted_here(key)

	def _one(self, key: Key, log_id: int, trouble: Exception | None) -> str:
		if key in self.batch.parked:
			return WAITING
		if self._is_known(key, log_id):
			return SKIPPED
		if self._is_told_by_feed(key, log_id):
			return self._skip(
				key, None, _("Another document has its name here. The feed will tell what became of both.")
			)
		if self._was_deleted_here(key):
			return self._skip(key, None, _("It was deleted here after its last change there."))
		try:
			if trouble:
				raise trouble
			outcome = self._act(key)
		except WaitsFor as error:
			return self._park(key, log_id, WAITING, error, error.key)
		except Exception as error:
			if error is not trouble and ends_transaction(error):
				raise
			return self._park(key, log_id, FAILED, error)
		if outcome.stays:
			return STAYS
		if outcome.status == SKIPPED and outcome.docname and outcome.message:
			return self._skip(key, outcome.docname, outcome.message)
		is_taken = outcome.docname and outcome.status == SYNCED
		return TAKEN if is_taken else SKIPPED

	def _skip(self, key: Key, local_name: str | None, message: str) -> str:
		"""What the producer has, and is not here under a name of its own, is never silent."""
		self._log(SKIPPED, key, local_name, update_type="Create", message=message)
		return SKIPPED

	def _act(self, key: Key) -> Outcome:
		if self.settle:
			return self.batch.settle(key, self.source)
		return self.batch.take(key, self.source, REPLACE_THEM if self.even_known else KEEP)

	def _park(
		self, key: Key, log_id: int, status: str, error: Exception, waits_for: Key | None = None
	) -> str:
		message = error_message(error)
		parking.park(self.batch.producer, key, message, waits_for)
		self.batch.parked.add(key)
		found = self.batch.fetched.documents.get(key)
		local_name = self.batch.names.local_name(key)
		self.batch.names.discard_reservation(key)
		self._log(
			status,
			key,
			local_name,
			update_type="Update" if local_name else "Create",
			event_id=found["log_id"] if found else log_id,
			data=as_json_text({"data": found["doc"]}) if found else None,
			message=message,
			error=frappe.get_traceback() if status == FAILED else None,
		)
		return status

	def _log(self, status: str, key: Key, local_name: str | None, update_type: str, **values) -> None:
		config = self.batch.subscription.configuration(key[0])
		self.batch.log.add(
			status,
			update_type,
			key,
			ref_doctype=config.local_doctype,
			docname=local_name,
			use_same_name=config.use_same_name,
			mapping=config.mapping,
			source=self.source,
			**values,
		)
