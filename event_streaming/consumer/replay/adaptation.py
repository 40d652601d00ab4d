"""Lets other apps adapt a document before it is replayed (hook `event_streaming_before_replay`).

Each function is called with the document as it is about to be written, what is done to it ("insert", "save", "submit",
"update_after_submit", "cancel", "delete") and the context. What it changes counts as sent.
"""

from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint, cstr

from event_streaming.consumer.replay.child_rows import remote_name
from event_streaming.context import replay_context
from event_streaming.document import snapshot

if TYPE_CHECKING:
	from frappe.model.document import Document

HOOK = "event_streaming_before_replay"


def adapt(
	doc: "Document",
	given: dict,
	rows: dict[str, dict[str, dict]] | None = None,
	docstatus_before: int | None = None,
) -> None:
	"""
	:param given: values of the document's own fields that were sent; those that are adapted are changed in it
	:param rows: the same of its rows, by table and the name that the row has at the source
	:param docstatus_before: of the document here; None for a new one
	"""
	if not frappe.get_hooks(HOOK):
		return
	parts = [(doc, given)]
	for table, by_name in (rows or {}).items():
		parts += [
			(row, by_name[remote_name(row)]) for row in doc.get(table) or [] if remote_name(row) in by_name
		]
	before = [
		{field: part.get(field) for field in snapshot.stored_fields(part.meta)} for part, _values in parts
	]
	tell(doc, _action(doc, docstatus_before))
	for (part, values), old in zip(parts, before, strict=True):
		values.update({field: part.get(field) for field, value in old.items() if part.get(field) != value})


def tell(doc: "Document", action: str) -> None:
	for hook in frappe.get_hooks(HOOK):
		frappe.get_attr(hook)(doc, action, replay_context())


def by_name(rows: list[dict] | None) -> dict[str, dict]:
	return {cstr(row["name"]): row for row in rows or []}


def _action(doc: "Document", docstatus_before: int | None) -> str:
	if docstatus_before is None:
		return "insert"
	changes = {(0, 1): "submit", (1, 1): "update_after_submit", (1, 2): "cancel"}
	return changes.get((cint(docstatus_before), cint(doc.docstatus)), "save")
