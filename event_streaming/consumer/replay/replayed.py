"""The life cycle of a document while it is replayed: the ordinary one of its controller, in which facts stay facts.

For the time of one save the document is of a class of its own, derived from its controller's. So it is heard after all that
may change values before they are written: the controller, other apps' hooks, Server Scripts, whatever their order. Other
documents, also other objects of the same one, know nothing of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _

from event_streaming.consumer.replay.direct_writes import change_directly
from event_streaming.consumer.replay.pinned import Pins
from event_streaming.context import remark
from event_streaming.document import snapshot
from event_streaming.document.difference import difference
from event_streaming.link.messages import text_of

if TYPE_CHECKING:
	from frappe.model.document import Document

BEFORE_WRITING = frozenset(
	(
		"before_insert", "before_validate", "validate", "before_save", "before_submit", "before_update_after_submit",
		"before_cancel",
	)
)  # fmt: skip
PINS = "_event_streaming_pins"


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

	def __reduce_ex__(self, protocol: int) -> tuple:
		"""Queued jobs and caches get the document as one of its controller's class."""
		plain = _controller(self).__new__(_controller(self))
		plain.__dict__.update(self.__dict__)
		plain.__dict__.pop(PINS)
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


@contextmanager
def replayed(doc: "Document", pins: Pins) -> Iterator[None]:
	controller, outer = doc.__class__, frappe.flags.event_streaming_saving
	doc.__dict__[PINS] = pins
	doc.__class__ = _replayed_class(controller)
	frappe.flags.event_streaming_saving = saving = Saving(doc)
	try:
		yield
	finally:
		frappe.flags.event_streaming_saving = outer
		doc.__class__ = controller
		doc.__dict__.pop(PINS, None)
	if saving.saved_behind:
		_put_back_in_database(doc, pins)


def _put_back_in_database(doc: "Document", pins: Pins) -> None:
	wanted = pins.snapshot(doc)
	here = snapshot.read(doc.doctype, doc.name) or {}
	if diff := difference({field: here.get(field) for field in wanted}, wanted):
		change_directly(frappe.get_doc(doc.doctype, doc.name), diff)


@cache
def _replayed_class(controller: type) -> type:
	names = {"__module__": controller.__module__, "__qualname__": controller.__qualname__}
	return type(controller.__name__, (Replayed, controller), names)


def _controller(doc: "Document") -> type:
	return type(doc).__bases__[1]
