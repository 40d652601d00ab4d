"""What a person can do about a failed event: Resync, Resync From Source, Skip."""

from collections.abc import Callable

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, sync_log
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.recovery.retry import retry_document, retry_due
from event_streaming.consumer.replay import both_sites
from event_streaming.consumer.replay.batch import Batch
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.subscription import Subscription
from event_streaming.context import RESYNC
from event_streaming.exceptions import StreamingError, TransientError
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key

Progress = Callable[[int, int], object]  # returns whether to end early


def resync(names: list[str], progress: Progress | None = None) -> dict:
	"""Replays, in order, the waiting events of the documents that these Event Sync Log rows are about.

	:param progress: called with (documents done, documents)
	:returns: `{"fixed": n, "failed": [{"doctype", "name", "message"}]}`, and `cancelled` if `progress` ended it early
	"""
	documents = _documents(names)
	result: dict = {"fixed": 0, "failed": []}
	done = 0
	for producer, keys in documents.items():
		with ProducerClient.for_producer(producer) as source:
			for key in keys:
				if _try_again(producer, source, key):
					result["fixed"] += 1
				else:
					result["failed"].append(
						{"doctype": key[0], "name": key[1], "message": _reason(producer, key)}
					)
				done += 1
				if progress and progress(done, sum(map(len, documents.values()))):
					return {**result, "cancelled": True}
			retry_due(producer, source)
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
	with ProducerClient.for_producer(producer) as source:
		batch = Batch(producer, FetchedDocuments(source), cursors.hold(producer), kind=RESYNC)
		batch.parked.discard(key)
		with as_user(batch.subscription.subscriber):
			own = both_sites.TAKE_BACK if take_back else both_sites.REPLACE_THEM
			outcome = batch.take_whole(key, adopt=True, own=own)
		if not outcome.docname:
			raise StreamingError(outcome.message)
		_close_history(producer, key, batch.names.log_id(key))
		batch.finish()
		batch.note_files([key])
		frappe.db.commit()  # nosemgrep -- the document and its closed history together
		if parking.waiting_events(producer, key):
			retry_document(producer, source, key, RESYNC)
		else:
			parking.unpark(producer, key)
			frappe.db.commit()  # nosemgrep -- it is fixed; what waits for it may go on
	return {"docname": outcome.docname, "stays": outcome.stays}


def skip(name: str) -> None:
	"""Gives one event up. The document goes on with its next event at the next try."""
	row = _row(name)
	if row.status not in sync_log.UNSETTLED:
		frappe.throw(_("Only an event that failed or waits can be skipped."))
	sync_log.update(name, status=sync_log.SKIPPED, message=_("Skipped by {0}.").format(frappe.session.user))
	key = (row.remote_doctype, row.remote_docname)
	_count_as_seen(row.event_producer, key, row.event_id)
	if parking.waiting_events(row.event_producer, key):
		parking.try_now(row.event_producer, key)
	else:
		parking.unpark(row.event_producer, key)


def resync_many_from_source(names: list[str], progress: Progress | None = None) -> dict:
	"""Takes the whole document of each of these rows from its producer, each document once. One that is refused holds up
	no other.

	:param progress: called with (documents done, documents)
	:returns: as `resync`
	:raises TransientError: a producer can't be asked now; what was done before stays
	"""
	return _each(_one_row_a_document(names), resync_from_source, progress)


def skip_many(names: list[str], progress: Progress | None = None) -> dict:
	"""Gives these events up, as far as they failed or wait; those that are settled stay as they are."""
	unsettled = {"name": ["in", names], "status": ["in", sync_log.UNSETTLED]}
	rows = frappe.get_all("Event Sync Log", unsettled, pluck="name", order_by="event_id asc")
	return _each(rows, skip, progress)


def _each(rows: list[str], act: Callable[[str], object], progress: Progress | None) -> dict:
	result: dict = {"fixed": 0, "failed": []}
	for done, name in enumerate(rows, 1):
		try:
			act(name)
			frappe.db.commit()  # nosemgrep -- what is done stays, whatever becomes of the next
			result["fixed"] += 1
		except TransientError:
			raise  # the site can't be asked: it would be the same with all that follow
		except frappe.ValidationError as error:
			frappe.db.rollback()
			result["failed"].append({**_document(name), "message": error_message(error)})
		if progress and progress(done, len(rows)):
			return {**result, "cancelled": True}
	return result


def _one_row_a_document(names: list[str]) -> list[str]:
	fields = ["name", "event_producer", "remote_doctype", "remote_docname"]
	rows = frappe.get_all("Event Sync Log", {"name": ["in", names]}, fields, order_by="event_id asc")
	documents = {
		(row.event_producer, row.remote_doctype, row.remote_docname): row.name for row in reversed(rows)
	}
	return list(reversed(documents.values()))


def _document(name: str) -> dict:
	doctype, docname = frappe.db.get_value("Event Sync Log", name, ["remote_doctype", "remote_docname"])
	return {"doctype": doctype, "name": docname}


def _try_again(producer: str, source: Source, key: Key) -> bool:
	if not parking.waiting_events(producer, key):
		return True
	return retry_document(producer, source, key, RESYNC)


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
				status=sync_log.SYNCED,
				message=_("Contained in the whole document taken from the source."),
				error=None,
			)


def _reason(producer: str, key: Key) -> str:
	return parking.message(producer, key) or _("It still fails.")
