"""Lets an app follow what its source did past a document's life cycle.

A tool that writes into a submitted document, and posts again what follows from that, does both by itself: no hook of the
document would do it here. An app declares by the hook `event_streaming_after_direct_change` which functions are called when
a submitted document was changed directly: with the document, and the difference.
"""

from typing import TYPE_CHECKING

import frappe

from event_streaming.consumer.replay.direct_writes import change_directly, merge
from event_streaming.document import snapshot
from event_streaming.document.difference import difference

if TYPE_CHECKING:
	from frappe.model.document import Document

HOOK = "event_streaming_after_direct_change"  # {DocType: [functions]}
SUBMITTED = 1


def change(doc: "Document", diff: dict) -> None:
	"""See `change_directly`."""
	functions = (frappe.get_hooks(HOOK) or {}).get(doc.doctype)
	told = bool(functions) and doc.docstatus == SUBMITTED and differs(doc, diff)
	change_directly(doc, diff)
	if told:
		for function in functions:
			frappe.get_attr(function)(frappe.get_doc(doc.doctype, doc.name), diff)


def differs(doc: "Document", diff: dict) -> bool:
	"""Whether a difference says anything else than what is stored."""
	tried = frappe.get_doc(doc.doctype, doc.name)
	before = snapshot.of_loaded(tried)
	merge(tried, diff)
	return bool(difference(before, snapshot.of_loaded(tried)))
