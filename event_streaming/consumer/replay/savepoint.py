"""Runs one piece of replay so that its failure undoes all of it and nothing else.

A savepoint undoes the database. The rest of a half-done life cycle is in memory: what waits for the commit (jobs, mails,
webhooks, realtime messages), messages, flags, cached values, the list of documents being saved. All of that is put back
by `frappe_internals`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _

from event_streaming.frappe_internals import (
	PendingWork,
	forget_cached,
	forget_pending_work,
	nothing_being_saved,
)
from event_streaming.link.messages import text_of
from event_streaming.locks import is_not_the_documents_fault, rollback

SAVEPOINT = "event_streaming_event"
PASSED_ON = (KeyboardInterrupt, GeneratorExit)  # of whoever runs this process


class GaveUp(Exception):
	"""A controller raised what would end the whole process, as `sys.exit` does: it ends this document alone."""


class SavepointLost(Exception):
	"""A controller committed or changed a table, and then failed: only the whole transaction can be undone."""


def ends_transaction(error: Exception) -> bool:
	"""Whether the transaction has to be undone as a whole; else it is one event or document that failed."""
	return isinstance(error, SavepointLost) or is_not_the_documents_fault(error)


@contextmanager
def undone_on_error() -> Iterator[None]:
	"""
	:raises SavepointLost: the database could not go back to where the block began; what the block did before its
	        own commit stays

	The savepoint is not released: the next one of that name takes its place, and the batch's commit ends the last.
	"""
	frappe.db.savepoint(SAVEPOINT)
	pending = PendingWork()
	try:
		with nothing_being_saved():
			yield
	except PASSED_ON:
		raise
	except BaseException as error:
		try:
			pending.begin_undo()
			frappe.db.rollback(save_point=SAVEPOINT)
		except Exception as lost:
			raise SavepointLost(text_of(error)) from (error or lost)
		pending.undo()
		forget_cached()
		if isinstance(error, Exception):
			raise
		raise GaveUp(_("A controller ended the program ({0}).").format(type(error).__name__)) from error
	finally:
		frappe.clear_messages()


def undo_transaction() -> None:
	"""All of it, and what is remembered of it in memory.

	:raises Exception: the database does not answer
	"""
	rollback()
	forget_pending_work()
	forget_cached()


@contextmanager
def as_user(user: str):
	"""The session's user, and back; for jobs and requests alike. Frappe's `set_user` empties the session, which a request
	writes back at its end: who had pressed a button would be nobody from then on."""
	session = frappe.local.session
	before, sid, data = session.user, session.sid, session.data
	form_dict = frappe.local.form_dict
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user(user)
	try:
		yield
	finally:
		# nosemgrep -- a job's or request's user, or put back in `finally`
		frappe.set_user(before)
		session.sid, session.data = sid, data
		frappe.local.form_dict = form_dict
