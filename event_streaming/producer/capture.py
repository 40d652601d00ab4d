"""Hears every change of a consumed document and writes it to the Update Log.

Invariant: an Update Log row is committed if and only if its change is, and
the rows of one document, read in the order of their ids, lead from any earlier state to the one in
the database. So what is logged comes from the database or from the very values just written to it,
never from what a controller left in memory.

Hooks: `after_insert` (the values just written), `on_change` at the end of save, submit, cancel and
update after submit (the row now against `get_doc_before_save()`), `before_change` and `on_change` around
a `db_set` outside of the document's own save (the row before against the row after), `after_delete`, `after_rename`. Child rows that are saved
on their own are logged as an update of their parent. Not captured: `frappe.db.set_value` and raw SQL.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint, now

from event_streaming import bulk, site
from event_streaming.context import is_trial
from event_streaming.document import snapshot
from event_streaming.document.difference import difference, names_in, names_in_document, row_difference
from event_streaming.document.masking import masked_fields
from event_streaming.document.singles import is_single
from event_streaming.document.values import as_stored
from event_streaming.json_text import as_json_text, stored_size
from event_streaming.link.protocol import POSTED_AGAIN
from event_streaming.link.urls import own_url
from event_streaming.producer import causes, past_hooks
from event_streaming.producer.change_times import change_time, utc_now
from event_streaming.producer.consumed_doctypes import consumed_doctypes
from event_streaming.producer.home_sites import origins
from event_streaming.producer.notify import notify_after_commit
from event_streaming.producer.renames import doctypes_without, linking_documents

if TYPE_CHECKING:
	from frappe.model.document import Document

COLUMNS = (
	"creation", "modified", "owner", "modified_by", "update_type", "ref_doctype", "docname", "data", "event_key",
	"origin", "path", "changed_at", "source", "source_id", "knows", "document_creation", "cause",
)  # fmt: skip
LARGE = 1024 * 1024  # bytes of a change; what is larger is taken whole
WHOLE = {"whole": 1}  # data of an Update: the document is to be taken whole; see `_without_values`
WITHIN_SAVE = {"within": "save"}  # in place of the row before a `db_set`
SILENT_FLAGS = ("in_install", "in_migrate", "in_patch", "in_fixtures", "in_uninstall")


def before_saving(doc: "Document", method: str | None = None) -> None:
	if is_captured(doc) and not doc.meta.istable:
		causes.begin(doc)


def after_insert(doc: "Document", method: str | None = None) -> None:
	if not is_captured(doc):
		return
	if doc.meta.istable:
		row = None if _is_within_save(doc) else snapshot.read_row(doc.doctype, doc.name)
		if row:
			_log_rows(doc, {"added": {doc.parentfield: [row]}})
		return
	_log_create(doc)
	doc.flags.event_streaming_writes = frappe.db.transaction_writes


def before_change(doc: "Document", method: str | None = None) -> None:
	"""`db_set` is about to write: remember the row, since the object may hold unsaved values too. Within the document's own
	save, or that of the document whose row it is, it is part of that, whose difference is read at its end."""
	if not doc.name or not is_captured(doc):
		return
	if _is_within_save(doc):
		doc.flags.event_streaming_row_before = WITHIN_SAVE
	else:
		doc.flags.event_streaming_row_before = snapshot.read_row(doc.doctype, doc.name, for_update=True)


def on_change(doc: "Document", method: str | None = None) -> None:
	if doc.flags.in_delete:
		return
	row_before = doc.flags.pop("event_streaming_row_before", None)
	if row_before == WITHIN_SAVE:
		return
	if row_before:
		return _log_direct_change(doc, row_before) if is_captured(doc) else None
	_log_what_was_written_past_hooks(doc)
	if doc.flags.in_insert:
		_log_what_insert_changed(doc)
		doc.flags.event_streaming_created = False  # the same object may be inserted again one day
	elif is_captured(doc):
		_log_saved_change(doc)
	causes.end(doc)


def after_delete(doc: "Document", method: str | None = None) -> None:
	if not is_captured(doc):
		return
	if doc.meta.istable:
		if _is_within_save(doc):
			return
		row = {field: value for field, value in snapshot.of_loaded(doc).items() if field != "doctype"}
		was = {"removed": {doc.parentfield: [row]}}
		return _log_rows(doc, {"removed": {doc.parentfield: [doc.name]}, "was": was})
	passed = frappe.flags.event_streaming_passed or {}
	# what was cancelled there may be a draft here when it goes
	docstatus = max(cint(doc.docstatus), cint(passed.get("docstatus")))
	write("Delete", doc.doctype, doc.name, {"docstatus": docstatus, **_made_elsewhere(doc)}, doc.creation)


def after_rename(doc: "Document", method: str | None, old: str, new: str, merge: bool = False) -> None:
	if doc.meta.istable or is_silent() or not consumed_doctypes():
		return
	if is_captured(doc):
		# a merged document is deleted after this
		creation = frappe.db.get_value(doc.doctype, old, "creation") if merge else doc.creation
		write("Rename", doc.doctype, old, {"new_name": new, "merge": cint(merge)}, creation)
	write_updates(linking_documents(doc.doctype, new, doctypes_without(doc.doctype)))


def _made_elsewhere(doc: "Document") -> dict:
	"""Where a document that goes was first made: a replay forgets it with the document, and that site is to know its own."""
	named = (str(doc.name), snapshot.as_creation(doc.creation))
	origin = origins(doc.doctype, [named])[named]
	is_own = origin.home[0] == own_url() and origin.born in (None, (site.own_id(), named[1]))
	return {} if is_own else {"made_at": origin.wire}


def is_captured(doc: "Document") -> bool:
	"""Whether somebody consumes this document's DocType; for a child row, its parent's. While a site is migrated this app's own
	tables may not be there yet: they are not even asked."""
	if is_silent():
		return False
	doctype = doc.get("parenttype") if doc.meta.istable else doc.doctype
	return bool(doctype) and doctype in consumed_doctypes()


def is_large(text: str) -> bool:
	size = stored_size(text)
	return size > LARGE // 8 and size > min(LARGE, bulk.max_bytes())


def is_silent() -> bool:
	"""Whether nothing is logged at all now."""
	return is_trial() or any(frappe.flags.get(flag) for flag in SILENT_FLAGS)


def _log_create(doc: "Document") -> None:
	if not doc.flags.event_streaming_created:
		doc.flags.event_streaming_created = True
		doc.flags.event_streaming_logged = snapshot.of_inserted(doc)
		write("Create", doc.doctype, doc.name, doc.flags.event_streaming_logged, doc.creation)


def _log_what_insert_changed(doc: "Document") -> None:
	"""What the controller wrote past the document after its Create was logged (`frappe.db.set_value` in `on_update` or
	`on_submit`). It is read back only if anything was written since."""
	writes = doc.flags.pop("event_streaming_writes", None)
	if writes is None or writes == frappe.db.transaction_writes or doc.meta.istable or not is_captured(doc):
		return
	logged = doc.flags.pop("event_streaming_logged", None)
	after = snapshot.read(doc.doctype, doc.name)
	if logged and after and (diff := difference(as_stored(doc.meta, logged, after), after)):
		data = {**diff, "direct": 1, "docstatus": cint(after["docstatus"])}
		write("Update", doc.doctype, doc.name, data, doc.creation)


def _log_what_was_written_past_hooks(doc: "Document") -> None:
	if doc.docstatus and not doc.meta.istable and not is_silent():
		for doctype, name in past_hooks.written_by(doc, consumed_doctypes()):
			if values := snapshot.read(doctype, name):
				write("Create", doctype, name, values, frappe.db.get_value(doctype, name, "creation"))


def _is_within_save(doc: "Document") -> bool:
	if doc.meta.istable:
		return causes.is_saving(doc.parenttype, str(doc.parent))
	return causes.is_saving(doc.doctype, str(doc.name))


def _log_rows(row: "Document", diff: dict) -> None:
	"""Of a row that was written on its own: its document's controller had no part in it, and is to have none there."""
	parent = frappe.db.get_value(row.parenttype, row.parent, ["creation", "docstatus"], as_dict=True) or {}
	# the document's state: until that is saved, a new row is a draft, and one that goes may be cancelled first
	data = {**diff, "direct": 1, "docstatus": cint(parent.get("docstatus", row.docstatus))}
	write("Update", row.parenttype, row.parent, data, parent.get("creation"))


def _log_direct_change(doc: "Document", before: dict) -> None:
	after = snapshot.read_row(doc.doctype, doc.name)
	if not after:
		return
	if doc.meta.istable:
		return _log_row_change(doc, before, after)
	if logged := doc.flags.event_streaming_logged:
		logged.update(after)
	if doc.is_new() and not doc.flags.event_streaming_created:
		# db_set in the controller's own after_insert, which runs before our hook
		doc.flags.event_streaming_created = True
		values = snapshot.read(doc.doctype, doc.name) or after
		return write("Create", doc.doctype, doc.name, values, doc.creation)
	if diff := difference(before, after):
		data = {**diff, "direct": 1, "docstatus": cint(after["docstatus"])}
		write("Update", doc.doctype, doc.name, data, doc.creation)


def _log_saved_change(doc: "Document") -> None:
	before = doc.get_doc_before_save()
	if doc.meta.istable:
		if _is_within_save(doc):
			return
		after = snapshot.read_row(doc.doctype, doc.name)
		known = snapshot.of_loaded(before) if before else {}
		if after:
			known |= {field: after[field] for field in masked_fields(doc.meta) & after.keys()}
			_log_row_change(doc, known, after)
		return
	after = snapshot.read(doc.doctype, doc.name)
	if after and (diff := _difference(doc, snapshot.of_loaded(before) if before else {}, after)):
		data = {**diff, "docstatus": cint(after["docstatus"])}
		write("Update", doc.doctype, doc.name, data, doc.creation)


def _difference(doc: "Document", before: dict, after: dict) -> dict:
	"""
	:param before: as it was loaded, where masks may stand for values. Who sees a mask can't change what is behind it; code
	        that saves regardless of permissions can, and then nobody knows what was there
	"""
	masked = [field for field in masked_fields(doc.meta) if before.get(field) != after.get(field)]
	if not doc.flags.ignore_permissions:
		before = {**before, **{field: after.get(field) for field in masked}}
	diff = difference(before, after)
	for field in masked:
		diff.get("was", {}).get("changed", {}).pop(field, None)
	return diff


def _log_row_change(row: "Document", before: dict, after: dict) -> None:
	changes = row_difference(before, after)
	if not changes:
		return
	was = {field: before.get(field) for field in changes}
	diff = {
		"row_changed": {row.parentfield: {row.name: changes}},
		"was": {"row_changed": {row.parentfield: {row.name: was}}},
	}
	_log_rows(row, diff)


@contextmanager
def as_one_change(doctype: str, name: str, direct: bool = False) -> Iterator[None]:
	"""What is done to a document meanwhile is logged as one change at the end: other sites are to come to its end, not to go
	the way that led there, which may be a cancellation, or past everything that is heard.

	:param direct: they are to write it past its life cycle, too
	"""
	outer, document = frappe.flags.event_streaming_one_change, (doctype, str(name))
	if outer == document or is_silent() or doctype not in consumed_doctypes():
		yield
		return
	before = snapshot.read(doctype, name)
	frappe.flags.event_streaming_one_change = document
	try:
		yield
	finally:
		frappe.flags.event_streaming_one_change = outer
	after = snapshot.read(doctype, name)
	if before is None or after is None:
		return
	if diff := difference(before, after):
		state = cint(after["docstatus"])
		told = {"direct": 1} if direct else {}
		if cint(before["docstatus"]) == state == 1 and not direct:
			told[POSTED_AGAIN] = 1
		creation = frappe.db.get_value(doctype, name, "creation")
		write("Update", doctype, name, {**diff, **told, "docstatus": state}, creation)


@contextmanager
def as_own() -> Iterator[None]:
	"""What is logged meanwhile goes to every consumer, also to the site whose change is being replayed. To that one it is
	still no change that people made here, which would stand against its own."""
	passed = frappe.flags.event_streaming_passed
	frappe.flags.event_streaming_passed = {**passed, "origin": "", "path": []} if passed else None
	try:
		yield
	finally:
		frappe.flags.event_streaming_passed = passed


def write(update_type: str, doctype: str, name: str, data: dict, creation: object = None) -> None:
	"""One plain INSERT into the Update Log, in the transaction of the change itself.

	A large change is logged as one that is to be taken whole: what a person saves never fails by the size of our row.

	:param creation: of the document; None where it is not known
	:param data: of an Update or Delete with the document's `docstatus` in it, so that a consumer can tell a change of
	        a draft from one of a submitted document
	"""
	if frappe.flags.event_streaming_one_change == (doctype, str(name)):
		return
	if update_type == "Update":
		data = _in_told_order(doctype, str(name), _with_told_state(doctype, str(name), data))
	text = as_json_text(data)
	if update_type in ("Create", "Update") and is_large(text):
		update_type, text = "Update", _without_values(update_type, data)
	creation = None if is_single(doctype) else creation  # it is on every site, and was made on none
	key = "" if data.get("direct") or update_type == "Delete" else causes.key_for(doctype, str(name))
	is_passed = bool((frappe.flags.event_streaming_passed or {}).get("changed_at"))
	at = "" if is_passed else change_time(doctype, str(name), snapshot.as_creation(creation))
	_insert([(update_type, doctype, str(name), text)], creation, key, at)


def is_whole(data: dict) -> bool:
	"""Whether it says only that the document is to be taken whole. A document, of a Create, has a DocType."""
	return data.get("whole") == 1 and "doctype" not in data


def _without_values(update_type: str, data: dict) -> str:
	"""Of a large change: what of the document it changes, so that another site's change of the same is known to meet it."""
	names = names_in_document(data) if update_type == "Create" else names_in(data)
	told = {key: data[key] for key in ("docstatus", "stated_at", "ordered_at") if key in data}
	text = as_json_text({**WHOLE, **told, "names": names})
	return as_json_text(WHOLE) if is_large(text) else text


def _with_told_state(doctype: str, name: str, data: dict) -> dict:
	"""While a change is replayed that submits or cancels: when and where that was done first, if what is logged here is as old as
	something else, the whole document that was taken instead."""
	passed = frappe.flags.event_streaming_passed or {}
	state, stamp = (passed.get("states") or {}).get((doctype, name)) or (None, ())
	if not stamp or (data.get("changed") or {}).get("docstatus") != state:
		return data
	own = [passed.get("changed_at"), passed.get("origin")]
	return data if list(stamp) == own else {**data, "stated_at": list(stamp)}


def _in_told_order(doctype: str, name: str, data: dict) -> dict:
	"""While a change is replayed that gave rows an order: that order, which is not yet what became of it here, and when it was
	given, if that was after the change."""
	passed = frappe.flags.event_streaming_passed or {}
	orders = (passed.get("orders") or {}).pop((doctype, name), None)
	if not orders:
		return data
	own = [passed.get("changed_at"), passed.get("origin")]
	newer = {table: list(stamp) for table, (_rows, stamp) in orders.items() if list(stamp) != own}
	told = {table: rows for table, (rows, _stamp) in orders.items()}
	return {
		**data,
		"order": {**(data.get("order") or {}), **told},
		**({"ordered_at": newer} if newer else {}),
	}


def write_updates(changes: Iterable[tuple[str, str, dict]]) -> None:
	"""The same for many small changes that one statement made: (DocType, name, data of an Update)."""
	texts: dict[int, tuple[dict, str]] = {}  # many have the very same data
	rows = []
	for doctype, name, data in changes:
		if id(data) not in texts:
			texts[id(data)] = data, as_json_text(data)
		rows.append(("Update", doctype, str(name), texts[id(data)][1]))
	if rows:
		_insert(rows)


def _insert(
	rows: list[tuple[str, str, str, str]], creation: object = None, key: str = "", changed_at: str = ""
) -> None:
	"""While an event of another site is replayed, each row carries where and when the change was first made and the sites
	that it has passed, so that it goes back to none of them.

	:param changed_at: of a change that is made here; "" for now
	"""
	passed = frappe.flags.event_streaming_passed or {}
	time, user = now(), frappe.session.user
	bookkeeping = (time, time, user, user)
	history = (
		passed.get("origin") or "", json.dumps(passed.get("path") or []), passed.get("changed_at") or changed_at or utc_now(),
		passed.get("source") or "", passed.get("source_id") or 0, _knows(passed), snapshot.as_creation(creation),
	)  # fmt: skip
	written = [
		(
			*bookkeeping,
			*row,
			key or frappe.generate_hash(length=16),
			*history,
			causes.cause_of(row[1], row[2]),
		)
		for row in rows
	]
	bulk.insert("Update Log", COLUMNS, written, numbered=True)
	for doctype in dict.fromkeys(row[1] for row in rows):
		notify_after_commit(doctype)


def _knows(passed: dict) -> str | None:
	return as_json_text(passed["knows"]) if passed.get("knows") else None
