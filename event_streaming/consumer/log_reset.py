"""A producer's log that is not, or no longer, the one that was read: restored from a backup, cut, started over.

What this site knows by ids and positions of the old log must not be mistaken for the new one's, which may use
the same numbers for other events.
"""

import frappe

from event_streaming.consumer import parking, sync_log
from event_streaming.consumer.identity.register import doubt
from event_streaming.producer import hearing


def reset_after_new_log(producer: str, epoch: str, position: int) -> None:
	"""To be called when the cursor is put at `position` of the log `epoch` without having read up to there.

	From then on the next event of each document takes the whole document, and so does the next try of
	each that is parked.
	"""
	doubt(producer)
	_free_positions(producer, epoch, position)
	_disown_unsettled_events(producer)
	parking.try_all_now(producer)


def request_whole_documents_from(site: str) -> None:
	"""A site that was set back lost changes of its own that this site has, and is never sent what came from it. If it
	is a consumer of this site, it now finds a gap before the next event of each document."""
	rows = {"parent": site, "parenttype": "Event Consumer"}
	if frappe.db.exists("Event Consumer Document Type", rows):
		hearing.begin_again(rows)


def _free_positions(producer: str, epoch: str, position: int) -> None:
	"""A restored log gives the positions after its end a second time: their rows here must not pass for the new
	events' rows."""
	log = frappe.qb.DocType("Event Sync Log")
	(
		frappe.qb.update(log)
		.set(log.stream_key, None)
		.where(log.event_producer == producer)
		.where(log.epoch == epoch)
		.where(log.position > position)
		.run()
	)


def _disown_unsettled_events(producer: str) -> None:
	log = frappe.qb.DocType("Event Sync Log")
	(
		frappe.qb.update(log)
		.set(log.epoch, sync_log.LOG_IS_GONE)
		.where(log.event_producer == producer)
		.where(log.status.isin(sync_log.UNSETTLED))
		.run()
	)
