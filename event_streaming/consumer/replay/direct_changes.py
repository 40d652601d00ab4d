"""Lets an app follow what its source did past a document's life cycle.

A tool that writes into a submitted document, and posts again what follows from that, does both by itself: no hook of the
document would do it here. An app declares by the hook `event_streaming_after_direct_change` which functions are called when
a submitted document was changed directly: with the document, whose `get_doc_before_save` is as it was, and the difference. They
take back what the document had posted, and post it anew: they may be called more than once. Where a backfill's second pass only
gives rows their names, this site's controllers have posted all of it already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import frappe

from event_streaming.consumer.replay.direct_writes import change_directly, merge
from event_streaming.document import snapshot
from event_streaming.document.difference import difference, row_difference
from event_streaming.frappe_internals import remember_before_save

if TYPE_CHECKING:
	from frappe.model.document import Document

HOOK = "event_streaming_after_direct_change"  # {DocType: [functions]}
SUBMITTED = 1


def change(doc: "Document", diff: dict) -> None:
	"""See `change_directly`."""
	with followed(doc, diff):
		change_directly(doc, diff)


@contextmanager
def followed(doc: "Document", diff: dict) -> Iterator[None]:
	"""What the block writes of this difference into a submitted document is told to the app's functions at its end.

	It is judged before: a save of what people may change in a submitted document writes the rest, too.
	"""
	functions = (frappe.get_hooks(HOOK) or {}).get(doc.doctype)
	told = bool(functions and diff) and doc.docstatus == SUBMITTED and _says_more_than_names(doc, diff)
	before = frappe.get_doc(doc.doctype, doc.name) if told else None
	yield
	if before and doc.docstatus == SUBMITTED:
		for function in functions:
			changed = frappe.get_doc(doc.doctype, doc.name)
			remember_before_save(changed, before)
			frappe.get_attr(function)(changed, diff)


def differs(doc: "Document", diff: dict) -> bool:
	"""Whether a difference says anything else than what is stored."""
	return bool(difference(*_before_and_after(doc, diff)))


def _says_more_than_names(doc: "Document", diff: dict) -> bool:
	"""The same, but for the names of rows: what this site's controllers have added by themselves is posted already."""
	before, after = _before_and_after(doc, diff)
	for table in snapshot.table_fields(doc.meta):
		after[table] = _with_known_names(before.get(table) or [], after.get(table) or [])
	return any(part not in ("order", "was") for part in difference(before, after))


def _before_and_after(doc: "Document", diff: dict) -> tuple[dict, dict]:
	tried = frappe.get_doc(doc.doctype, doc.name)
	before = snapshot.of_loaded(tried)
	merge(tried, diff)
	return before, snapshot.of_loaded(tried)


def _with_known_names(before: list[dict], after: list[dict]) -> list[dict]:
	"""The rows after a change, in which each that is new has the name of one that is gone and says the same."""
	left = {row["name"] for row in after}
	known = {row["name"] for row in before}
	gone = [row for row in before if row["name"] not in left]
	named = []
	for row in after:
		fresh = None if row["name"] in known else {**row, "docstatus": SUBMITTED}
		same = next((one for one in gone if fresh and not row_difference(one, fresh)), None)
		if same:
			gone.remove(same)
		named.append({**row, "name": same["name"], "docstatus": same["docstatus"]} if same else row)
	return named
