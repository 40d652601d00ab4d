"""Writes documents here through Frappe's ordinary life cycle, as the session's user.

Values given are final: a difference says what a field *is*. After a save, whatever this site's controllers
made of a given value is set back directly, so that both sites end equal; fields that weren't given stay
this site's own business. Nothing but the stored fields of the DocType is taken over.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import cint, cstr

from event_streaming.consumer.replay import direct_changes, letting_go, pinned
from event_streaming.consumer.replay.adaptation import adapt, by_name, tell
from event_streaming.consumer.replay.child_rows import (
	FreeNames,
	name_rows,
	remote_name,
	row_values,
	use_known_names,
	without_stand_in,
)
from event_streaming.consumer.replay.direct_writes import (
	cancel_as_it_is,
	change_directly,
	insert_as_it_is,
	merge,
	sanitize,
	with_rows,
)
from event_streaming.consumer.replay.history import FIELDS as HISTORY
from event_streaming.consumer.replay.pinned import writable
from event_streaming.consumer.replay.replayed import replayed
from event_streaming.document import snapshot
from event_streaming.document.difference import difference
from event_streaming.document.values import same_stored
from event_streaming.frappe_internals import forget_dynamic_links, site_cache_cleared_once
from event_streaming.link.protocol import ROW_PARTS
from event_streaming.producer import capture

if TYPE_CHECKING:
	from frappe.model.document import Document

DRAFT, SUBMITTED, CANCELLED = 0, 1, 2


def insert(
	doctype: str,
	values: dict,
	name: str | None,
	ignore_mandatory: bool = False,
	free: FreeNames | None = None,
	inserted: Callable[[str], None] | None = None,
	as_it_is: bool = False,
) -> "Document":
	"""A new document with the values of a whole snapshot, in the snapshot's docstatus. One that is cancelled there was so
	after a life of its own: it is written as it is.

	:param name: its name; None lets this site's naming rules choose
	:param free: see `rows.name_rows`
	:param inserted: see `replayed`
	:param as_it_is: write it in its state, without its life cycle, though it isn't cancelled
	"""
	target = cint(values.get("docstatus"))
	history = {field: values[field] for field in HISTORY if field in values}
	values = {"doctype": doctype, **own_values(doctype, values)}
	doc = frappe.get_doc(values)
	doc.docstatus = target
	name_rows(doc, values, free)
	doc.flags.ignore_mandatory = ignore_mandatory
	doc.flags.event_streaming_replayed = True  # what else is inserted meanwhile is this site's own doing
	adapt(doc, values, {table: by_name(rows) for table, rows in values.items() if isinstance(rows, list)})
	if doc.docstatus != DRAFT:
		sanitize(doc)
	if target == CANCELLED or as_it_is:
		return insert_as_it_is(doc, _as_name(doctype, name), history)
	with replayed(doc, pinned.of_whole(doc, values, history), inserted):
		doc.insert(set_name=_as_name(doctype, name), set_child_names=False)
	settle(doc, values)
	return doc


def change(doc: "Document", diff: dict, direct: bool = False, given: dict | None = None) -> "Document":
	"""Applies a difference to the document here, as it was loaded; `direct` as `db_set` does, without its life cycle.

	:param given: the part of the difference that is final; of the rest, this site's controllers have the last word
	"""
	diff = _without_foreign_fields(doc, diff)
	target = cint(diff.get("changed", {}).get("docstatus", doc.docstatus))
	if target < doc.docstatus:
		frappe.throw(
			_("{0} {1} is {2} here and can't go back to {3}.").format(
				_(doc.doctype), doc.name, _docstatus_label(doc.docstatus), _docstatus_label(target)
			)
		)
	if direct or doc.docstatus == CANCELLED:
		direct_changes.change(doc, diff)
		return doc
	if doc.docstatus == DRAFT and target == CANCELLED:
		return cancel_as_it_is(doc, diff)
	after: dict = {}
	if doc.docstatus == SUBMITTED and target == CANCELLED:
		diff, after = letting_go.split(doc, diff)
	saved, beside = _split(doc, diff, target)
	with direct_changes.followed(doc, beside):
		if saved:
			_save(doc, saved, target, given)
		if beside:
			change_directly(doc, beside)
	if after:
		direct_changes.change(doc, after)
	return doc


def _save(doc: "Document", saved: dict, target: int, given: dict | None) -> None:
	before = doc.docstatus
	merge(doc, saved)
	doc.docstatus = target
	adapt(doc, saved.setdefault("changed", {}), docstatus_before=before)
	if target != DRAFT:
		sanitize(doc)
	final = saved if given is None else given
	with replayed(doc, pinned.of_change(doc, final)):
		doc.save()
	settle_difference(doc, final)
	if target == SUBMITTED:
		_settle_stored(doc, final.get("changed") or {})


class NotAsOne(Exception):
	"""These changes are to be replayed each by itself."""


class MergedChange:
	"""Several changes of one draft, put into it one after the other, and written by one save."""

	def __init__(self, doc: "Document"):
		self.doc = doc
		self._adapted: dict = {}
		self._given: dict = {}
		self._removed: set[tuple[str, str]] = set()  # tables and rows
		self._is_empty = True

	def add(self, diff: dict, given: dict) -> None:
		"""The next one; see `change`.

		:raises NotAsOne: it does what takes a save of its own
		"""
		diff = _without_foreign_fields(self.doc, diff)
		saved, beside = _split(self.doc, diff, DRAFT)
		if beside or self._brings_back(saved):
			raise NotAsOne
		merge(self.doc, saved)
		self._is_empty = self._is_empty and not any(saved.values())
		self._adapted.update(saved.get("changed") or {})
		self._remember(saved, _without_foreign_fields(self.doc, given))

	def _brings_back(self, saved: dict) -> bool:
		"""Whether a row is added that was removed before: its name is free only once that is written."""
		return any(
			(table, without_stand_in(row["name"])) in self._removed
			for table, rows in (saved.get("added") or {}).items()
			for row in rows
		)

	def _remember(self, saved: dict, given: dict) -> None:
		"""Of what is final, the last word on each value."""
		self._given.setdefault("changed", {}).update(given.get("changed") or {})
		rows = self._given.setdefault("row_changed", {})
		for table, added in (given.get("added") or {}).items():
			rows.setdefault(table, {}).update({without_stand_in(row["name"]): dict(row) for row in added})
		for table, changed in (given.get("row_changed") or {}).items():
			for name, values in changed.items():
				rows.setdefault(table, {}).setdefault(without_stand_in(name), {}).update(values)
		for table, names in (saved.get("removed") or {}).items():
			for name in map(without_stand_in, names):
				self._removed.add((table, name))
				rows.get(table, {}).pop(name, None)

	def save(self) -> None:
		if self._is_empty:
			return
		adapt(self.doc, self._adapted, docstatus_before=DRAFT)
		with replayed(self.doc, pinned.of_change(self.doc, self._given)):
			self.doc.save()
		settle_difference(self.doc, self._given)


def become(
	doctype: str, name: str, values: dict, take_back: bool = False, direct: bool = False
) -> "Document":
	"""Makes the document here equal to a whole snapshot, but not one that was carried further here (submitted here, a
	draft there): that stays as it is.

	:param take_back: a person wants that one, too, to be as it is there: it is cancelled and becomes a draft again
	:param direct: without its life cycle, unless it is in another state
	"""
	here = snapshot.read(doctype, name)
	if is_further(here, values):
		if not take_back:
			return frappe.get_doc(doctype, name)
		here = _take_back(frappe.get_doc(doctype, name))
	values = {**{field: here[field] for field in ("doctype", "name")}, **own_values(doctype, values)}
	values["docstatus"] = cint(values.get("docstatus"))
	use_known_names(here, values)
	diff = difference(here, values)
	if not diff:
		return frappe.get_doc(doctype, name)
	if cint(here["docstatus"]) == SUBMITTED and values["docstatus"] == CANCELLED:
		change(
			frappe.get_doc(doctype, name), {"changed": {"docstatus": CANCELLED}}
		)  # what was posted here is reversed
		here = snapshot.read(doctype, name)
		diff = difference(here, values)
	if take_back and cint(here["docstatus"]) == values["docstatus"] == SUBMITTED:
		here = _take_back(
			frappe.get_doc(doctype, name)
		)  # what it posted goes, and is posted with the other values
		diff = difference(here, values)
	is_same_state = "docstatus" not in diff.get("changed", {})
	doc = change(frappe.get_doc(doctype, name), diff, direct=direct and is_same_state)
	settle(doc, values)  # what was equal before counts too: a controller may have computed it again
	return doc


def post_again(doc: "Document", diff: dict, direct: bool = False, given: dict | None = None) -> "Document":
	"""`change` of a submitted document of which the source took back what it had posted, to post it with these values. It is
	one change for the sites that hear of it from here, too: none is to cancel it for good."""
	if doc.docstatus != SUBMITTED or not direct_changes.differs(doc, _without_foreign_fields(doc, diff)):
		return change(doc, diff, direct, given)
	with capture.as_one_change(doc.doctype, str(doc.name)):
		_take_back(doc)
		doc = frappe.get_doc(doc.doctype, doc.name)
		changed = {**(diff.get("changed") or {}), "docstatus": SUBMITTED}
		return change(doc, {**diff, "changed": changed}, given=given)


def is_further(here: dict, there: dict) -> bool:
	"""Whether a document was carried further here than there."""
	return cint(here["docstatus"]) > cint(there.get("docstatus"))


def _take_back(doc: "Document") -> dict:
	"""To a draft, in its place, so that what belongs to the document (attachments, comments) stays with it.

	:returns: its snapshot
	"""
	if doc.docstatus == SUBMITTED:
		doc.cancel()
	for part in with_rows(doc):
		part.db_set("docstatus", DRAFT, update_modified=False)
	doc.clear_cache()
	return snapshot.read(doc.doctype, doc.name)


def delete(doctype: str, name: str) -> None:
	"""Deletes; what is submitted is cancelled first, since it had to be there."""
	doc = frappe.get_doc(doctype, name)
	tell(doc, "delete")
	forget_dynamic_links()
	_clear_links_to_itself(doc)
	if doc.docstatus == SUBMITTED:
		doc.cancel()
	frappe.delete_doc(doctype, name)


def _clear_links_to_itself(doc: "Document") -> None:
	"""Frappe lets no document go that has them in rows or as Dynamic Links. At the source they went first, but of a
	document that is gone the producer sends the Delete alone."""
	for part in with_rows(doc):
		for field in [*part.meta.get_link_fields(), *part.meta.get_dynamic_link_fields()]:
			target = part.get(field.options) if field.fieldtype == "Dynamic Link" else field.options
			if target == doc.doctype and cstr(part.get(field.fieldname)) == cstr(doc.name):
				frappe.db.set_value(part.doctype, part.name, field.fieldname, None, update_modified=False)


def rename(doctype: str, old: str, new: str, merge: bool) -> str:
	"""
	:raises frappe.PermissionError: the user may not write this document
	"""
	doc = frappe.get_doc(doctype, old)
	doc.check_permission("write")
	forget_dynamic_links()
	with site_cache_cleared_once():
		# forced: whether renaming is allowed was decided where it was done
		return frappe.rename_doc(doctype, old, new, force=True, merge=merge, show_alert=False)


def delete_or_merge(doctype: str, name: str, other: str) -> None:
	"""Deletes a document whose double is to stay; what links to it links to the double then."""
	try:
		delete(doctype, name)
	except frappe.LinkExistsError:
		rename(doctype, name, other, merge=True)


def settle(doc: "Document", values: dict) -> None:
	"""Sets back, directly, what this site's controllers made of the given values of a whole document."""
	rows = {
		table: {cstr(row["name"]): row for row in values.get(table) or []}
		for table in snapshot.table_fields(doc.meta)
		if isinstance(values.get(table), list)
	}
	_settle_fields(doc, values, doc)
	for table, given in rows.items():
		for row in doc.get(table) or []:
			if remote := given.get(remote_name(row)):
				_settle_fields(row, remote, doc)


def settle_difference(doc: "Document", diff: dict) -> None:
	_settle_fields(doc, diff.get("changed") or {}, doc)
	for table in snapshot.table_fields(doc.meta):
		given = {cstr(row["name"]): row for row in (diff.get("added") or {}).get(table) or []}
		given.update((diff.get("row_changed") or {}).get(table) or {})
		for row in doc.get(table) or []:
			if remote := given.get(remote_name(row)):
				_settle_fields(row, remote, doc)


def _settle_stored(doc: "Document", sent: dict) -> None:
	"""What a controller wrote past its own document in `on_submit`: by this site's clock an invoice of yesterday is overdue."""
	stored = snapshot.read_row(doc.doctype, doc.name) or {}
	doc.__dict__.update({field: value for field, value in stored.items() if field in sent})
	_settle_fields(doc, sent, doc)


def own_values(doctype: str, values: dict) -> dict:
	"""Only what the DocType stores: no flags, no parent, no other DocType's keys, no fields that this app keeps."""
	meta = frappe.get_meta(doctype)
	own = {field: values[field] for field in snapshot.stored_fields(meta) if field in values}
	for table, child_doctype in snapshot.table_fields(meta).items():
		if isinstance(values.get(table), list):
			own[table] = [{"name": row["name"], **row_values(child_doctype, row)} for row in values[table]]
	return own


def _without_foreign_fields(doc: "Document", diff: dict) -> dict:
	fields = set(snapshot.stored_fields(doc.meta))
	tables = snapshot.table_fields(doc.meta).keys()
	cleaned: dict = {}
	if changed := {field: value for field, value in (diff.get("changed") or {}).items() if field in fields}:
		cleaned["changed"] = changed
	for part in ROW_PARTS:
		if kept := {table: rows for table, rows in (diff.get(part) or {}).items() if table in tables}:
			cleaned[part] = kept
	return cleaned


def _split(doc: "Document", diff: dict, target: int) -> tuple[dict, dict]:
	"""What the life cycle takes, and what it would refuse: fields of a submitted document (its source set them directly), and
	fields that are set only once."""
	submitted = doc.docstatus == target == SUBMITTED
	saved: dict = {}
	beside: dict = {}
	for field, value in (diff.get("changed") or {}).items():
		part = saved if field == "docstatus" or _takes(doc, field, submitted) else beside
		part.setdefault("changed", {})[field] = value
	for name in ROW_PARTS:
		for table, rows in (diff.get(name) or {}).items():
			part = saved if _takes(doc, table, submitted) else beside
			part.setdefault(name, {})[table] = rows
	return saved, beside


def _takes(doc: "Document", field: str, submitted: bool) -> bool:
	if submitted and not _allowed_on_submit(doc.meta, field):
		return False
	docfield = doc.meta.get_field(field)
	return not (docfield and cint(docfield.set_only_once) and doc.get(field))


def _allowed_on_submit(meta, field: str) -> bool:
	docfield = meta.get_field(field)
	return bool(docfield and docfield.allow_on_submit)


def _settle_fields(doc: "Document", given: dict, parent: "Document") -> None:
	wrong = {}
	for field in snapshot.stored_fields(doc.meta):
		if field not in given or field == "docstatus":
			continue
		value = given[field]
		if isinstance(value, str) and "<" in value:
			continue  # may have been sanitized, and must stay so
		if same_stored(doc.meta.get_field(field), value, doc.get(field)):
			continue
		if writable(doc, field, parent):
			wrong[field] = value
	if wrong:
		doc.db_set(wrong, update_modified=False)


def _as_name(doctype: str, name: str | None):
	if name and frappe.get_meta(doctype).autoname == "autoincrement":
		return cint(name)
	return name


def _docstatus_label(docstatus: int) -> str:
	return (_("a draft"), _("submitted"), _("cancelled"))[int(docstatus)]
