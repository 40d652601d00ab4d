"""Runs one piece of replay so that its failure undoes all of it and nothing else.

A savepoint undoes the database. The rest of a half-done life cycle is in memory: queued callbacks of the
commit (jobs, mails, realtime), messages, cached values, the list of documents being saved.
"""

from collections.abc import Callable
from contextlib import contextmanager

import frappe

from event_streaming.producer import notify

SAVEPOINT = "event_streaming_event"


class SavepointLost(Exception):
	"""A controller committed or changed a table, and then failed: only the whole transaction can be undone."""


@contextmanager
def undone_on_error(undo: Callable[[], None]):
	"""
	:param undo: called after the database went back, before the error goes on
	:raises SavepointLost: the database could not go back to where the block began; what the block did before its
	        own commit stays

	The savepoint is not released: the next one of that name takes its place, and the batch's commit ends the last.
	"""
	frappe.db.savepoint(SAVEPOINT)
	callbacks = _queued_callbacks()
	try:
		with nothing_being_saved():
			yield
	except Exception as error:
		try:
			frappe.db.rollback(save_point=SAVEPOINT)
		except Exception as lost:
			raise SavepointLost(str(error)) from (error or lost)
		_restore_callbacks(callbacks)
		forget_cached()
		undo()
		raise
	finally:
		frappe.clear_messages()


@contextmanager
def nothing_being_saved():
	"""Puts the list of documents that are being saved back as it was: an insert never takes its entry off, so a long
	pull would grow slow, and the next event would find its document being saved."""
	saving = list(frappe.flags.currently_saving or [])
	try:
		yield
	finally:
		frappe.flags.currently_saving = saving


@contextmanager
def as_user(user: str):
	"""The session's user, and back; for jobs and requests alike. Frappe's `set_user` empties the session, which a request
	writes back at its end: who had pressed a button would be nobody from then on."""
	session = frappe.local.session
	before, sid, data = session.user, session.sid, session.data
	form_dict = frappe.local.form_dict
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)
		session.sid, session.data = sid, data
		frappe.local.form_dict = form_dict


def _callback_lists() -> list:
	managers = (
		frappe.db.before_commit,
		frappe.db.after_commit,
		frappe.db.before_rollback,
		frappe.db.after_rollback,
	)
	return [manager._functions for manager in managers]


def _queued_callbacks() -> list[list]:
	return [list(functions) for functions in _callback_lists()]


def _restore_callbacks(before: list[list]) -> None:
	for functions, kept in zip(_callback_lists(), before, strict=True):
		functions.clear()
		functions.extend(kept)
	notify.forget_unless_queued()


def forget_cached() -> None:
	frappe.db.value_cache.clear()
	frappe.local.cache = {}
