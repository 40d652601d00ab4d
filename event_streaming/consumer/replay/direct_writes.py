"""Writes past the life cycle: what the source wrote so itself, and states that nobody is to reach here step by step.

Permissions, permission levels and sanitizing are as ever.
"""

from contextlib import nullcontext
from typing import TYPE_CHECKING

import frappe
from frappe.utils import cstr

from event_streaming.consumer.replay.child_rows import TableChange, merge_table, row_name
from event_streaming.consumer.replay.pinned import writable
from event_streaming.document import snapshot
from event_streaming.document.markup import is_same_but_spacing
from event_streaming.document.values import same_stored
from event_streaming.frappe_internals import sanitize_content
from event_streaming.link.protocol import ROW_PARTS
from event_streaming.producer import capture

if TYPE_CHECKING:
	from frappe.model.document import Document

CANCELLED = 2


def insert_as_it_is(doc: "Document", name: str | int | None, history: dict) -> "Document":
	"""A new document in its state, of which only its past would say how it came there.

	:param history: see `history.of_new`

	:raises frappe.PermissionError: the user could not bring a document into this state
	"""
	doc.set("__islocal", True)
	doc.set_user_and_timestamp()
	doc.update(history)
	for right in ("create", "submit", "cancel"):
		doc.check_permission(right)
	doc.set_new_name(set_name=name, set_child_names=False)
	doc.set_parent_in_children()
	doc.set_docstatus()
	doc.validate_higher_perm_levels()
	for part in with_rows(doc):
		part.db_insert()
	doc.clear_cache()
	doc.notify_update()
	capture.after_insert(doc)
	return doc


def cancel_as_it_is(doc: "Document", diff: dict) -> "Document":
	"""A draft here that was discarded there, or submitted and cancelled: what it did in between is undone there."""
	with capture.as_one_change(doc.doctype, str(doc.name)):
		change_directly(doc, diff)
		for row in with_rows(doc)[1:]:
			row.docstatus = CANCELLED
			row.db_update()
	doc.clear_cache()
	return doc


def merge(doc: "Document", diff: dict) -> None:
	"""Puts a difference into a loaded document, without saving."""
	for field, value in (diff.get("changed") or {}).items():
		if field != "docstatus":
			doc.set(field, value)
	for table in snapshot.table_fields(doc.meta):
		change = TableChange(**{part: (diff.get(part) or {}).get(table) for part in ROW_PARTS})
		if not change.is_empty:
			merge_table(doc, table, change)


def change_directly(doc: "Document", diff: dict) -> None:
	"""As `db_set` does: no life cycle, but permission and sanitizing as ever."""
	doc.check_permission("write")
	rest = {part: diff[part] for part in ("added", "removed", "order") if diff.get(part)}
	# rows that come and go past the life cycle are heard by nobody else, and other sites are to have them
	with capture.as_one_change(doc.doctype, str(doc.name), direct=True) if rest else nullcontext():
		_change_directly(doc, diff, rest)


def _change_directly(doc: "Document", diff: dict, rest: dict) -> None:
	changed = {field: value for field, value in (diff.get("changed") or {}).items() if writable(doc, field)}
	if changed:
		_set_directly(doc, changed)
	for table, rows in (diff.get("row_changed") or {}).items():
		known = {cstr(row.name): row for row in doc.get(table) or []}
		for name, values in rows.items():
			row = known.get(row_name(doc, table, name))
			values = {field: value for field, value in values.items() if row and writable(row, field, doc)}
			if values:
				_set_directly(row, values)
	if rest:
		_change_rows_directly(doc, rest)


def _set_directly(doc: "Document", values: dict) -> None:
	before = {field: doc.get(field) for field in values}
	doc.update(values)
	_sanitize(doc)
	values = {
		field: doc.get(field)
		for field in values
		if not same_stored(doc.meta.get_field(field), doc.get(field), before[field])
	}
	doc.update(before)
	if values:
		doc.db_set(values)


def _change_rows_directly(doc: "Document", diff: dict) -> None:
	tables = {table for rows in diff.values() for table in rows}
	tables = [table for table in tables if writable(doc, table)]
	before = {table: {cstr(row.name): row for row in doc.get(table) or []} for table in tables}
	merge(
		doc, {part: {table: rows[table] for table in tables if table in rows} for part, rows in diff.items()}
	)
	sanitize(doc)
	for table in tables:
		kept = {cstr(row.name) for row in doc.get(table)}
		for name, row in before[table].items():
			if name not in kept:  # this document's own: names of others' rows mean nothing here
				# nosemgrep -- this app's own records; whoever asked was checked before
				frappe.delete_doc(row.doctype, name, ignore_permissions=True)
		for row in doc.get(table):
			if row.get("__islocal"):
				_clear_unwritable(row, doc)
			row.parent, row.parenttype, row.parentfield = doc.name, doc.doctype, table
			row.docstatus = doc.docstatus
			row.db_update()
	doc.clear_cache()


def sanitize(doc: "Document") -> None:
	"""Markup as harmless as a draft's, in rows too. Frappe sanitizes drafts itself, and a submitted document only where
	people can change it; here it comes from another site in whatever state."""
	for part in with_rows(doc):
		_sanitize(part)


def _sanitize(part: "Document") -> None:
	"""What the sanitizer leaves as it is, but for the spacing inside of styles, keeps the spacing that it was sent with."""
	styled = {
		field: value for field, value in vars(part).items() if isinstance(value, str) and "style=" in value
	}
	sanitize_content(part)
	for field, value in styled.items():
		if is_same_but_spacing(value, cstr(part.get(field))):
			part.set(field, value)


def with_rows(doc: "Document") -> list["Document"]:
	return [doc, *(row for table in snapshot.table_fields(doc.meta) for row in doc.get(table) or [])]


def _clear_unwritable(row: "Document", parent: "Document") -> None:
	"""Of a new row, what the user may not write; a save does the same."""
	for field in snapshot.stored_fields(row.meta):
		if field != "docstatus" and not writable(row, field, parent):
			row.set(field, None)
