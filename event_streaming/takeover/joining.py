"""Links that were taken over are made again, as soon as the other site has this app, too.

Invariant: a link goes on where the earlier app had stopped. The producer tells again of every document that changed since the
last change that was read, and this site compares all once, since the earlier app has left gaps before.
"""

import frappe

from event_streaming import lingering
from event_streaming.consumer import cursor, jobs
from event_streaming.consumer.pull.schedule import QUEUE
from event_streaming.consumer.reconciliation import state as reconciliation_state
from event_streaming.exceptions import StreamingError
from event_streaming.link.messages import plain_text
from event_streaming.locks import is_transient

JOB = "event_streaming:join"


def begin_to_join() -> None:
	"""Each minute."""
	if _due():
		method = "event_streaming.takeover.joining.join_waiting"
		lingering.enqueue_unless_queued(method, JOB, queue=QUEUE)


def join_waiting() -> None:
	"""Job; who doesn't answer is asked ever less often."""
	for producer in _due():
		join(producer)


def _due() -> list[str]:
	return [producer for producer in waiting() if (at := cursor.read(producer)) and cursor.is_due(at)]


def waiting() -> list[str]:
	"""Links that were taken over and not made again."""
	link = frappe.qb.DocType(cursor.DOCTYPE)
	query = frappe.qb.from_(link).select(link.event_producer).orderby(link.name)
	return [producer for (producer,) in query.where(link.epoch.isnull() | (link.epoch == "")).run()]


def join(producer: str) -> bool:
	"""Registers with the producer, as saving the form does. Commits.

	:returns: whether the link is made again; if not, the form says why
	"""
	try:
		doc = frappe.get_doc("Event Producer", producer)
		# nosemgrep -- this app's own records; whoever asked was checked before
		doc.flags.ignore_permissions = True
		doc.save()
		frappe.db.commit()  # nosemgrep -- the link is made on both sites, whatever comes of the comparison
	except Exception as error:
		frappe.db.rollback()
		frappe.clear_messages()
		if is_transient(error):
			return False
		cursor.note_failure(producer, plain_text(str(error)) or type(error).__name__)
		frappe.db.commit()  # nosemgrep -- why it waits
		return False
	_compare(producer)
	return True


def _compare(producer: str) -> None:
	try:
		reconciliation_state.start(producer)
		frappe.db.commit()  # nosemgrep -- asked for, whenever the worker comes to it
	except StreamingError:
		frappe.clear_messages()
		return
	jobs.enqueue_reconciliation(producer)
