"""Which change has brought about which: a document that a controller saves has the one that is being saved as its cause.

Invariant: a cause is the innermost document whose `insert` or `save` is running when a row is written, the row's own document
left out. What one document's save writes to itself has the cause of that save, so the rows of one document keep their order.

The row of a change is written at its end, but its key is given at its beginning, so that the rows of its effects, which are
written before it, can name it. `positions` puts it before them.
"""

import json
import sys
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import frappe

if TYPE_CHECKING:
	from frappe.model.document import Document

LIFE_CYCLES = frozenset({"insert", "_save"})


@dataclass
class Saving:
	"""`key` is that of the Update Log row to come; `used` when that is written; `told` when all that it changed was logged."""

	doc: "Document"
	key: str
	inserts: bool = False
	used: bool = False
	told: bool = False

	def is_of(self, doctype: str, name: str) -> bool:
		return self.doc.doctype == doctype and str(self.doc.name) == name

	def is_running(self) -> bool:
		"""Otherwise it has ended, perhaps by an error that somebody caught."""
		frame: FrameType | None = sys._getframe(1)
		while frame:
			if frame.f_code.co_name in LIFE_CYCLES and frame.f_locals.get("self") is self.doc:
				return True
			frame = frame.f_back
		return False


def begin(doc: "Document") -> None:
	"""A document whose changes are logged is about to be saved."""
	running = _running()
	before = next((saving for saving in running if saving.doc is doc), None)
	if before and not (before.used or before.told):
		return
	if before:  # of a save of the same object that is over, or around this one: its row is written
		running.remove(before)
	running.append(Saving(doc, frappe.generate_hash(length=16), bool(doc.get("__islocal"))))


def end(doc: "Document") -> None:
	"""All that a save of it has changed is logged; what else it writes to the document is not part of that."""
	for saving in _running():
		if saving.doc is doc:
			saving.told = True


def is_saving(doctype: str, name: str) -> bool:
	"""Whether a save of the document is running that will log all that has changed in it by then, by whatever code. An
	insert has logged its document already."""
	return any(
		saving.is_of(doctype, name) and not saving.told and not saving.inserts for saving in _running()
	)


def key_for(doctype: str, name: str) -> str:
	"""Of the row that is written at the end of a document's save; another one for each further row."""
	for saving in reversed(_running()):
		if saving.is_of(doctype, name):
			if saving.used:
				break
			saving.used = True
			return saving.key
	return frappe.generate_hash(length=16)


def cause_of(doctype: str, name: str) -> str:
	"""`[DocType, name, key]` of the change that brings about one of this document, as JSON; empty when nothing does."""
	running = _running()
	own = next((place for place, saving in enumerate(running) if saving.is_of(doctype, name)), len(running))
	if not own or not running[own - 1].doc.name:
		return ""
	cause = running[own - 1]
	return json.dumps([cause.doc.doctype, str(cause.doc.name), cause.key])


def key_in(cause: str | None) -> str:
	"""The key that `cause_of` names; empty when there is none."""
	return json.loads(cause)[2] if cause else ""


def _running() -> list[Saving]:
	"""From the outermost to the innermost. To be changed in place."""
	known = getattr(frappe.local, "event_streaming_savings", None)
	if known is None:
		known = frappe.local.event_streaming_savings = []
	while known and not known[-1].is_running():
		known.pop()
	return known
