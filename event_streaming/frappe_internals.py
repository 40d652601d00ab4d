"""Private parts of Frappe that this app uses: one function or class for each, with the version in which it was read.

Nothing else here touches a name of Frappe that begins with an underscore, or a queue that Frappe keeps to itself.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

import frappe
from frappe import _

from event_streaming.context import is_trial

if TYPE_CHECKING:
	from frappe.model.document import Document

DOCUMENT_CACHE = "document_cache::"
# What is being saved, see `nothing_being_saved`; and the text of a PermissionError, which says why something was undone.
FLAGS_LEFT_ALONE = ("currently_saving", "error_message")


def _callback_queues() -> tuple:
	"""What waits for the end of the transaction: `CallbackManager._functions` (15.101, 16.9)."""
	managers = (
		frappe.db.before_commit,
		frappe.db.after_commit,
		frappe.db.before_rollback,
		frappe.db.after_rollback,
	)
	return tuple(manager._functions for manager in managers)


def _kept_with_callbacks() -> tuple[tuple[Any, str], ...]:
	"""Attributes that hold what a queued callback is to send. Each queues its callback only while it is absent or empty
	(15.101, 16.9: `frappe.realtime`, `integrations.doctype.webhook`, `model.utils.link_count`), so that one which outlives
	its callback is never sent."""
	return (
		(frappe.local, "_realtime_log"),
		(frappe.local, "_webhook_queue"),
		(frappe.local, "_link_count"),
		(frappe.db, "event_streaming_changed"),  # our own, see `producer.notify`
	)


class ABSENT:
	"""In place of the value of an attribute that isn't there."""


class PendingWork:
	"""What waits in memory for the end of the transaction, and the flags, as they are when this is made."""

	def __init__(self) -> None:
		self._callbacks = [list(queue) for queue in _callback_queues()]
		self._kept = [copy.copy(getattr(*place, ABSENT)) for place in _kept_with_callbacks()]
		self._flags = dict(frappe.local.flags)

	def begin_undo(self) -> None:
		"""Before the database goes back: what was to run before a rollback."""
		self._run_new(2)

	def undo(self) -> None:
		"""After the database went back: what was to run after a rollback (files, cached documents), and then everything is as
		it was."""
		self._run_new(3)
		for queue, before in zip(_callback_queues(), self._callbacks, strict=True):
			queue.clear()
			queue.extend(before)
		for place, before in zip(_kept_with_callbacks(), self._kept, strict=True):
			_set_or_delete(*place, before)
		left_alone = {flag: frappe.flags[flag] for flag in FLAGS_LEFT_ALONE if flag in frappe.flags}
		frappe.local.flags.clear()
		frappe.local.flags.update(self._flags, **left_alone)

	def _run_new(self, number: int) -> None:
		for function in list(_callback_queues()[number])[len(self._callbacks[number]) :]:
			function()


def forget_pending_work() -> None:
	"""After a rollback of the whole transaction, which empties the queues of callbacks and not what these were to send."""
	for place in _kept_with_callbacks():
		_set_or_delete(*place, ABSENT)
	frappe.flags.currently_saving = []


def take_realtime_messages() -> list[tuple]:
	"""(event, message, room) of what is to be published after the commit, taken off Frappe's list (15.101, 16.9)."""
	queue = getattr(frappe.local, "_realtime_log", None) or []
	messages = list(queue)
	queue.clear()
	return messages


def drop_realtime_queue() -> None:
	"""The next message arranges for its publication again."""
	_set_or_delete(frappe.local, "_realtime_log", ABSENT)


def forget_cached() -> None:
	"""Values read or written in what was undone: the ones of this process, and documents put in Redis meanwhile, of which
	`frappe.local.cache` has every one that this process wrote there (15.101, 16.9)."""
	place = frappe.cache.make_key(DOCUMENT_CACHE)
	documents = [key for key in frappe.local.cache if isinstance(key, bytes) and key.startswith(place)]
	frappe.cache.delete_value(documents, make_keys=False)
	frappe.db.value_cache.clear()  # preflight: ignore[v16-value-cache-nested] all of it, flat or nested
	frappe.local.cache = {}
	if (per_request := getattr(frappe.local, "request_cache", None)) is not None:
		per_request.clear()


@contextmanager
def site_cache_cleared_once() -> Iterator[None]:
	"""`rename_doc` ends with forgetting all that the whole site has cached (15.101, 16.9), so that everybody's next request
	reads it again. What this transaction itself may read goes at once, the rest once after its commit.

	Another thread of a web worker may do the same, or clear its own site's cache: what stands in the place of Frappe's function
	stays there, and asks whose turn it is.
	"""
	if not hasattr(frappe.clear_cache, "original"):
		# nosemgrep -- does what Frappe's own does, but for who has asked otherwise in this thread
		setattr(frappe, "clear_cache", _unless_later(frappe.clear_cache))  # noqa: B010 - for mypy
	before = getattr(frappe.local, "event_streaming_clears_later", False)
	frappe.local.event_streaming_clears_later = True
	try:
		yield
	finally:
		frappe.local.event_streaming_clears_later = before


def _unless_later(clear: Callable[..., None]) -> Callable[..., None]:
	@wraps(clear)
	def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
		if user or doctype or not getattr(frappe.local, "event_streaming_clears_later", False):
			return clear(user=user, doctype=doctype)
		frappe.cache.delete_keys(DOCUMENT_CACHE)
		frappe.cache.delete_value(["user_permissions", "defaults"])
		forget_cached()
		frappe.local.role_permissions = {}
		if _clear_site_cache not in frappe.db.after_commit._functions:
			frappe.db.after_commit.add(_clear_site_cache)

	clear_cache.original = clear  # type: ignore[attr-defined]
	return clear_cache


def _clear_site_cache() -> None:
	getattr(frappe.clear_cache, "original", frappe.clear_cache)()


@contextmanager
def nothing_being_saved() -> Iterator[None]:
	"""Puts the list of documents that are being saved back as it was: an insert never takes its entry off (15.101, 16.9), so
	a long pull would grow slow, and the next event would find its document being saved."""
	saving = list(frappe.flags.currently_saving or [])
	try:
		yield
	finally:
		frappe.flags.currently_saving = saving


@contextmanager
def nothing_masked(doctypes: list[str]) -> Iterator[None]:
	"""The session's user reads values as they are. Frappe 16 puts masks into documents that are loaded, and writes them into the
	database when these are saved (16.9: `Meta.get_masked_fields`, kept in the process's cache by DocType and user).

	Nothing is done where there are no DocTypes, as on Frappe 15.
	"""
	# nosemgrep -- a constant and one name, or a hash: no two make one
	keys = [frappe.cache.make_key(f"masked_fields::{doctype}::{frappe.session.user}") for doctype in doctypes]
	frappe.local.cache.update((key, []) for key in keys)
	try:
		yield
	finally:
		for key in keys:
			frappe.local.cache.pop(key, None)


def forget_dynamic_links() -> None:
	"""Frappe finds the Dynamic Links to a document by a map that it makes once in a process's life (15.101, 16.9): what has
	been replayed since is not in it."""
	frappe.local.dynamic_link_map = None


def sanitize_content(doc: "Document") -> None:
	"""`BaseDocument._sanitize_content` (15.101, 16.9), which leaves alone what is submitted."""
	docstatus, doc.docstatus = doc.docstatus, 0
	doc._sanitize_content()
	doc.docstatus = docstatus


def remember_before_save(doc: "Document", before: "Document") -> None:
	"""What `get_doc_before_save` is to answer: `Document._doc_before_save` (15.101, 16.9)."""
	doc._doc_before_save = before


def _set_or_delete(holder: Any, name: str, value: Any) -> None:
	if value is not ABSENT:
		setattr(holder, name, value)
	elif hasattr(holder, name):
		delattr(holder, name)


@contextmanager
def nothing_kept() -> Iterator[None]:
	"""While the block runs this request's or job's transaction can't be committed, no table be changed by it, and nothing be handed
	to a queue or a browser while it is a trial: what the caller rolls back then is all that the block did. Other threads notice nothing (15.101, 16.9)."""
	queue = frappe.get_module("frappe.utils.background_jobs")
	realtime = frappe.get_module("frappe.realtime")
	database = frappe.local.db
	places = (
		(database, "commit", lambda *args, **kwargs: None),
		(database, "sql_ddl", _refuse_ddl),
		(queue, "get_queue", _in_trial(queue.get_queue, lambda *args, **kwargs: _NoQueue())),
		(realtime, "emit_via_redis", _in_trial(realtime.emit_via_redis, lambda *args, **kwargs: None)),
	)
	before = [(holder, name, vars(holder).get(name, ABSENT)) for holder, name, _stand_in in places]
	for holder, name, stand_in in places:
		setattr(holder, name, stand_in)
	try:
		yield
	finally:
		for holder, name, value in before:
			_set_or_delete(holder, name, value)


def _in_trial(function: Callable, stand_in: Callable) -> Callable:
	return lambda *args, **kwargs: (stand_in if is_trial() else function)(*args, **kwargs)


class _NoQueue:
	"""Takes every job and does none."""

	def __getattr__(self, name: str) -> Callable[..., None]:
		return lambda *args, **kwargs: None


def _refuse_ddl(*_args: Any, **_kwargs: Any) -> NoReturn:
	frappe.throw(
		_("It changes a table, which can't be tried: what a database does then can't be taken back.")
	)
