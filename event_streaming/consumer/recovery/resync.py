"""What a person can do about a failed event: Resync, Resync from Source, Skip."""

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, sync_log
from event_streaming.consumer.feed.source import FetchedDocuments
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.recovery.retry import retry_document, retry_due
from event_streaming.consumer.replay import both_sites
from event_streaming.consumer.replay.batch import Batch, error_message
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.subscription import Subscription
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient
from event_streaming.link.protocol import Key


def resync(names: list[str], progress=None) -> dict:
	"""Replays, in order, the waiting events of the documents that these Event Sync Log rows are about.

	:param progress: called with (documents done, documents)
	:returns: `{"mended": n, "failed": [{"doctype", "name", "message"}]}`
	"""
	documents = _documents(names)
	result: dict = {"mended": 0, "failed": []}
	done = 0
	for producer, keys in documents.items():
		with ProducerClient.for_producer(producer) as end:
			for key in keys:
				if _try_again(producer, end, key):
					result["mended"] += 1
				else:
					result["failed"].append(
						{"doctype": key[0], "name": key[1], "message": _reason(producer, key)}
					)
				done += 1
				if progress:
					progress(done, sum(map(len, documents.values())))
			retry_due(producer, end)
	return result


def resync_from_source(name: str, take_back: bool = False) -> dict:
	"""Takes the whole document from the producer instead of replaying its events; a document here that did not
	come from there, but has its name, becomes it. Changes made here are replaced, and recorded.

	:param take_back: also a document that was submitted or cancelled here and not there
	:returns: `{"docname", "stays"}`; `stays` if it was carried further here and was left alone
	:raises StreamingError: the producer doesn't have or doesn't give it
	"""
	row = _row(name)
	key = (row.remote_doctype, row.remote_docname)
	producer = row.event_producer
	with ProducerClient.for_producer(producer) as end:
		batch = Batch(producer, FetchedDocuments(end), cursors.hold(producer).epoch)
		batch.parked.discard(key)
		with as_user(batch.subscription.subscriber):
			own = both_sites.TAKE_BACK if take_back else both_sites.REPLACE_THEM
			outcome = batch.take_whole(key, adopt=True, own=own)
		if not outcome.docname:
			raise StreamingError(outcome.message)
		_close_history(producer, key, batch.names.log_id(key))
		batch.finish()
		frappe.db.commit()  # the document and its closed history together
		if parking.waiting_events(producer, key):
			retry_document(producer, end, key)
		else:
			parking.unpark(producer, key)
			frappe.db.commit()  # it is mended; what waits for it may go on
	return {"docname": outcome.docname, "stays": outcome.stays}


def skip(name: str) -> None:
	"""Gives one event up. The document goes on with its next event at the next try."""
	row = _row(name)
	if row.status not in ("Failed", "Waiting"):
		frappe.throw(_("Only an event that failed or waits can be skipped."))
	sync_log.update(name, status="Skipped", message=_("Skipped by {0}.").format(frappe.session.user))
	key = (row.remote_doctype, row.remote_docname)
	_count_as_seen(row.event_producer, key, row.event_id)
	if parking.waiting_events(row.event_producer, key):
		parking.try_now(row.event_producer, key)
	else:
		parking.unpark(row.event_producer, key)


def _try_again(producer: str, end, key: Key) -> bool:
	if not parking.waiting_events(producer, key):
		return True
	return retry_document(producer, end, key)


def _documents(names: list[str]) -> dict[str, list[Key]]:
	"""The documents of these rows, by producer, each once, oldest event first."""
	rows = frappe.get_all(
		"Event Sync Log",
		filters={"name": ["in", names]},
		fields=["event_producer", "remote_doctype", "remote_docname"],
		order_by="event_id asc",
	)
	documents: dict[str, list[Key]] = {}
	for row in rows:
		keys = documents.setdefault(row.event_producer, [])
		if (key := (row.remote_doctype, row.remote_docname)) not in keys:
			keys.append(key)
	return documents


def _row(name: str) -> frappe._dict:
	fields = ["name", "status", "event_producer", "remote_doctype", "remote_docname", "event_id"]
	row = frappe.db.get_value("Event Sync Log", name, fields, as_dict=True)
	if not row:
		frappe.throw(_("There is no Event Sync Log {0}.").format(name), frappe.DoesNotExistError)
	return row


def _count_as_seen(producer: str, key: Key, log_id: int) -> None:
	"""Else the next event would come after a gap and bring the skipped change with the whole document."""
	if not frappe.db.exists("Event Producer", producer):
		return  # the link was removed: no next event comes
	names = IdentityMap(producer, Subscription(producer).local_doctype)
	names.saw(key, log_id)
	names.flush()


def _close_history(producer: str, key: Key, log_id: int) -> None:
	for row in parking.waiting_events(producer, key):
		if row.event_id <= log_id:
			sync_log.update(
				row.name,
				status="Synced",
				message=_("Contained in the whole document taken from the source."),
				error=None,
			)


def _reason(producer: str, key: Key) -> str:
	return parking.message(producer, key) or error_message(StreamingError(_("It still fails.")))
