"""The life cycle of a document while it is replayed: the ordinary one of its controller, in which facts stay facts.

For the time of one save the document is of a class of its own, derived from its controller's. So it is heard after all that
may change values before they are written: the controller, other apps' hooks, Server Scripts, whatever their order. Other
documents, also other objects of the same one, know nothing of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _

from event_streaming.consumer.replay import past_checks
from event_streaming.consumer.replay.direct_writes import change_directly
from event_streaming.consumer.replay.pinned import Pins
from event_streaming.consumer.replay.silence import left_to_source, makers
from event_streaming.context import remark
from event_streaming.document import snapshot
from event_streaming.document.difference import difference
from event_streaming.link.messages import text_of
from event_streaming.producer import past_hooks

if TYPE_CHECKING:
	from frappe.model.document import Document

BEFORE_WRITING = frozenset(
	(
		"before_insert", "before_validate", "validate", "before_save", "before_submit", "before_update_after_submit",
		"before_cancel",
	)
)  # fmt: skip
PINS, INSERTED = "_event_streaming_pins", "_event_streaming_inserted"


def note_save(doc: "Document", method: str | None = None) -> None:
	"""`on_change` of every document: the controller of a replayed one may save it by another object, too."""
	if (replay := frappe.flags.event_streaming_saving) and replay.is_behind(doc):
		replay.saved_behind = True


class Replayed:
	"""Goes before the controller among the bases of a replayed document's class."""

	def run_method(self, method: str, *args: Any, **kwargs: Any) -> Any:
		if method in BEFORE_WRITING:
			self._put_pins_back()
		result = super().run_method(method, *args, **kwargs)
		if method in BEFORE_WRITING:
			self._put_pins_back()
		elif method == "after_insert" and (inserted := self.__dict__.get(INSERTED)):
			inserted(str(self.name))
		elif method == "on_update":
			self._put_rows_back()
		return result

	def run_before_save_methods(self) -> None:
		super().run_before_save_methods()
		self._put_pins_back(last=True)

	def validate_workflow(self) -> None:
		"""The state was sent. Who may take that step was asked where it was taken."""

	def _validate_links(self) -> None:
		"""A document that was cancelled since was none when this one was made to link to it."""
		try:
			super()._validate_links()
		except frappe.CancelledLinkError as error:
			frappe.clear_last_message()
			remark(_("Linked documents were cancelled since: {0}").format(text_of(error)))

	def _put_pins_back(self, last: bool = False) -> None:
		if pins := self.__dict__.get(PINS):
			pins.put_back(self, last)

	def _put_rows_back(self) -> None:
		"""What books the document next is to see those that were sent."""
		if (pins := self.__dict__.get(PINS)) and pins.has_other_rows(self):
			pins.put_rows_back(self)
			if (saving := frappe.flags.event_streaming_saving) and saving.doc is self:
				saving.saved_behind = True

	def __reduce_ex__(self, protocol: int) -> tuple:
		"""Queued jobs and caches get the document as one of its controller's class."""
		plain = _controller(self).__new__(_controller(self))
		plain.__dict__.update(self.__dict__)
		for own in (PINS, INSERTED):
			plain.__dict__.pop(own, None)
		return plain.__reduce_ex__(protocol)


class Saving:
	"""One save of a replayed document. `saved_behind` says that it was saved by another object meanwhile."""

	def __init__(self, doc: "Document"):
		self.doc = doc
		self.saved_behind = False

	def is_behind(self, doc: "Document") -> bool:
		return (
			doc.name == self.doc.name
			and doc.doctype == self.doc.doctype
			and doc is not self.doc
			and "_action" in doc.__dict__  # by `save`; what a `db_set` sets is meant to stand
		)


def become_replayed(doc: "Document", pins: Pins, inserted: Callable[[str], None] | None = None) -> None:
	"""From now on it holds these values whenever its controller works; see `replayed`."""
	doc.__dict__.update({PINS: pins, INSERTED: inserted})
	written = frozenset(
		(method, doctype) for method, made in past_hooks.declared(doc.doctype).items() for doctype in made
	)
	doc.__class__ = _replayed_class(
		doc.__class__,
		past_checks.declared(doc.doctype),
		written,
		makers(doc.doctype),
		left_to_source(doc.doctype),
	)


def become_ordinary(doc: "Document") -> None:
	doc.__class__ = _controller(doc)
	for own in (PINS, INSERTED):
		doc.__dict__.pop(own, None)


@contextmanager
def replayed(doc: "Document", pins: Pins, inserted: Callable[[str], None] | None = None) -> Iterator[None]:
	"""
	:param inserted: called with the document's name when it has been written for the first time, before its `on_update` and
	        `on_submit`
	"""
	outer = frappe.flags.event_streaming_saving
	become_replayed(doc, pins, inserted)
	frappe.flags.event_streaming_saving = saving = Saving(doc)
	try:
		yield
	finally:
		frappe.flags.event_streaming_saving = outer
		become_ordinary(doc)
	if saving.saved_behind or pins.has_other_rows(doc):
		_put_back_in_database(doc, pins)


def _put_back_in_database(doc: "Document", pins: Pins) -> None:
	"""What the controller wrote past the document when that was written."""
	wanted = pins.snapshot(doc)
	here = snapshot.read(doc.doctype, doc.name) or {}
	if diff := difference({field: here.get(field) for field in wanted}, wanted):
		change_directly(frappe.get_doc(doc.doctype, doc.name), diff)


# nosemgrep -- the same for all sites: what the code itself says
@cache
def _replayed_class(
	controller: type,
	checks: frozenset[str],
	written: frozenset[tuple[str, str]],
	made: frozenset[tuple[str, tuple[str, ...]]],
	left: frozenset[tuple[str, tuple[str, ...]]],
) -> type:
	"""
	:param checks: methods that judge by the present
	:param written: methods that write documents past all hooks, with these documents' DocType
	:param made: methods that do nothing but make documents, with these documents' DocTypes
	:param left: methods that do nothing but change documents, likewise
	"""
	names = {"__module__": controller.__module__, "__qualname__": controller.__qualname__}
	lenient = {name: _let_pass(getattr(controller, name)) for name in checks if hasattr(controller, name)}
	once = {
		name: _unless_it_comes(getattr(controller, name), doctype)
		for name, doctype in written
		if hasattr(controller, name)
	}
	once |= {
		name: _unless_they_came(controller, name, doctypes)
		for name, doctypes in made
		if hasattr(controller, name) and name not in once
	}
	once |= {
		name: _unless_streamed(getattr(controller, name), doctypes)
		for name, doctypes in left
		if hasattr(controller, name)
	}
	return type(controller.__name__, (Replayed, controller), {**lenient, **once, **names})


def _unless_it_comes(method: Callable, doctype: str) -> Callable:
	"""Nobody would hear of what it writes here, and so nobody could know it as the producer's."""

	@wraps(method)
	def writes_once(self, *args: Any, **kwargs: Any) -> Any:
		effects = frappe.flags.event_streaming_effects
		return None if effects and effects.made.comes(doctype) else method(self, *args, **kwargs)

	return writes_once


def _unless_they_came(controller: type, name: str, doctypes: tuple[str, ...]) -> Callable:
	"""The document links to what it would make. Asks the controller anew, where it may be stood in for by now, see `silence`."""

	@wraps(getattr(controller, name))
	def makes_once(self, *args: Any, **kwargs: Any) -> Any:
		effects = frappe.flags.event_streaming_effects
		if effects and all(effects.made.came_before(doctype) for doctype in doctypes):
			return None
		return getattr(controller, name)(self, *args, **kwargs)

	return makes_once


def _unless_streamed(method: Callable, doctypes: tuple[str, ...]) -> Callable:
	"""What became of them there comes by itself."""

	@wraps(method)
	def changes_here(self, *args: Any, **kwargs: Any) -> Any:
		effects = frappe.flags.event_streaming_effects
		streamed = effects.made.subscription.subscribed_doctypes if effects else ()
		if all(doctype in streamed for doctype in doctypes):
			return None
		return method(self, *args, **kwargs)

	return changes_here


def _let_pass(check: Callable) -> Callable:
	@wraps(check)
	def checked(self, *args: Any, **kwargs: Any) -> Any:
		try:
			return check(self, *args, **kwargs)
		except frappe.ValidationError as error:
			frappe.clear_last_message()
			remark(_("Accepted, since it was valid where it was made: {0}").format(text_of(error)))

	return checked


def _controller(doc: "Document") -> type:
	return type(doc).__bases__[1]
