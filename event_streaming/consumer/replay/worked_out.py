"""Values that a document's controllers work out from other documents: what is left to pay, how much was delivered, a status.

Invariant: what a controller works out is its own until all that it depends on is here. So a document that comes with the state
of today, before what has happened to it since, comes without them; in the end they are set as at the source, see
`backfill.settling`.

They are numbers and choices that a form shows and nobody enters (`read_only` and `no_copy`), and fields that an app declares by
the hook `event_streaming_worked_out`, of documents or of rows; the hook `event_streaming_not_worked_out` takes fields out. What a
controller works out may be a document of its own: methods that make such are declared by `event_streaming_made_by`, see `silence`.
"""

from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint, cstr

from event_streaming.consumer.replay import silence
from event_streaming.consumer.replay.silence import Methods
from event_streaming.document import snapshot
from event_streaming.document.values import NUMBERS

if TYPE_CHECKING:
	from collections.abc import Collection

	from frappe.model.meta import Meta

HOOK = "event_streaming_worked_out"  # {DocType: [fields]}
NOT_HOOK = "event_streaming_not_worked_out"  # {DocType: [fields]}
MAKERS_HOOK = (
	"event_streaming_made_on_submit"  # {DocType: [DocTypes of what its submit makes, and nothing else]}
)
KINDS = (*NUMBERS, "Select")
SUBMITTED = 1


def without_declared(doc: dict) -> dict:
	"""A whole document without what controllers refuse, or double, when it is there from the beginning."""
	fields = _declared(cstr(doc.get("doctype")))
	return {field: value for field, value in doc.items() if field not in fields} if fields else doc


def without_present_state(values: dict, doctype: str, declared_only: bool = False) -> dict:
	"""A whole document of the past as it was before others changed it. A draft is what its user has made of it.

	:param values: in this site's shape
	:param declared_only: it can't be made without the others
	"""
	declared = _declared(doctype)
	if declared_only or cint(values.get("docstatus")) != SUBMITTED:
		return {field: value for field, value in values.items() if field not in declared}
	meta = frappe.get_meta(doctype)
	kept = _without(values, fields_of(meta) | declared)
	for table, child_doctype in snapshot.table_fields(meta).items():
		if isinstance(kept.get(table), list):
			worked_out = fields_of(frappe.get_meta(child_doctype)) | _declared(child_doctype)
			kept[table] = [_without(row, worked_out) for row in kept[table]]
	return kept


def fields_of(meta: "Meta") -> set[str]:
	"""But for those of which an app says that a document brings them along."""
	brought = (frappe.get_hooks(NOT_HOOK) or {}).get(meta.name) or ()
	return {
		field.fieldname
		for field in meta.fields
		if field.fieldtype in KINDS
		and cint(field.read_only)
		and cint(field.no_copy)
		and (not cint(field.reqd) or field.default)
		and field.fieldname not in brought
	}


def has_any(doctype: str) -> bool:
	"""Such values, or documents that its controller makes."""
	meta = frappe.get_meta(doctype)
	is_declared = bool(_declared(doctype)) or doctype in silence.declared()
	return bool(cint(meta.is_submittable) or fields_of(meta) or is_declared)


def only_makes(doctype: str, streamed: "Collection[str]") -> bool:
	"""Whether all that its submit does is to make documents that come by themselves.

	:param streamed: DocTypes here of which the producer sends documents
	"""
	made = (frappe.get_hooks(MAKERS_HOOK) or {}).get(doctype)
	return bool(made) and all(kind in streamed for kind in made)


def methods_that_double(streamed: "Collection[str]") -> Methods:
	"""Of controllers, while a document of the past is made: what they make comes by itself. It may be another document's controller
	that makes it.

	:param streamed: as above
	"""
	return frozenset(
		(doctype, method)
		for doctype, methods in silence.declared().items()
		for method, made in methods.items()
		if all(kind in streamed for kind in made)
	)


def _declared(doctype: str) -> set[str]:
	return set((frappe.get_hooks(HOOK) or {}).get(doctype) or ())


def _without(values: dict, fields: set[str]) -> dict:
	return {field: value for field, value in values.items() if field not in fields}
