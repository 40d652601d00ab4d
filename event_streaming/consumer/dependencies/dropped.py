"""Tells, in the row of the Event Sync Log, which values were sent and are not kept here as they were.

Invariant: a value that is not empty and that this site has no field for, may not write, or can only keep as another one, is
named by its field. What the Event Configuration leaves out and what a mapping doesn't name is wanted so, and not told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr

from event_streaming.consumer.dependencies.link_fields import every_part
from event_streaming.context import remark
from event_streaming.document import snapshot
from event_streaming.document.masking import masked_fields
from event_streaming.document.values import COUNTED, canonical, would_change

MOST = 10  # fields that one remark names
LONGEST = 60  # characters of a fieldname, which another site has chosen
NOT_STORED = frozenset({"doctype", "name", "docstatus"}) | (
	snapshot.BOOKKEEPING_FIELDS | snapshot.NESTED_SET_FIELDS | snapshot.OWN_FIELDS | snapshot.ROW_LINKS
)
JUDGED = COUNTED | {"Date"}
CHANGED_PARTS = ("added", "row_changed")


@dataclass
class _Holder:
	"""What a DocType here keeps of the values that are sent for it."""

	meta: Any
	stored: set[str]
	unwritable: set[str]
	types: dict[str, str]  # of fields that can't keep whatever is sent


@dataclass
class _Found:
	missing: list[str] = field(default_factory=list)
	unwritable: list[str] = field(default_factory=list)
	changed: list[str] = field(default_factory=list)


class Dropped:
	def __init__(self) -> None:
		self._holders: dict[tuple[str, str], _Holder] = {}

	def tell(self, doc_or_diff: dict, doctype: str, tables: dict[str, str], whole: bool) -> None:
		"""
		:param doc_or_diff: as `doctype` here has it but for what it lacks
		:param tables: of `doctype`: {fieldname: child DocType}
		"""
		found = _Found()
		for table, holder, values in every_part(doc_or_diff, doctype, tables, whole):
			self._look_through(
				values, self._holder(holder, doctype), f"{table}." if table else "", tables, found
			)
		if not whole:
			found.missing += [
				table
				for part in CHANGED_PARTS
				for table, rows in (doc_or_diff.get(part) or {}).items()
				if rows and table not in tables
			]
		_remark(found)

	def _look_through(
		self, values: dict, holder: _Holder, place: str, tables: dict[str, str], found: _Found
	) -> None:
		known = tables if not place else {}
		for name in values.keys() - holder.stored - known.keys() - NOT_STORED:
			if not _is_empty(values[name]):
				found.missing.append(place + name)
		for name in values.keys() & holder.unwritable:
			if not _is_empty(values[name]) and not _is_default(holder.meta.get_field(name), values[name]):
				found.unwritable.append(place + name)
		for name in values.keys() & holder.types.keys():
			if not _is_empty(values[name]) and would_change(holder.types[name], values[name]):
				found.changed.append(place + name)

	def _holder(self, holder: str, doctype: str) -> _Holder:
		if (holder, doctype) not in self._holders:
			meta = frappe.get_meta(holder)
			unwritable = masked_fields(meta, parent_doctype=doctype) | set(_forbidden(meta, doctype))
			stored = set(snapshot.stored_fields(meta))
			types = {one.fieldname: one.fieldtype for one in meta.fields if one.fieldtype in JUDGED}
			types = {name: types[name] for name in types.keys() & stored}
			self._holders[(holder, doctype)] = _Holder(meta, stored, unwritable, types)
		return self._holders[(holder, doctype)]


def _forbidden(meta: Any, doctype: str) -> Iterator[str]:
	"""Fields of permission levels that the session's user may not write."""
	restricted = [docfield for docfield in meta.fields if cint(docfield.permlevel)]
	if not restricted or frappe.session.user == "Administrator":
		return
	levels = frappe.get_meta(doctype).get_permlevel_access("write", user=frappe.session.user)
	yield from (docfield.fieldname for docfield in restricted if cint(docfield.permlevel) not in levels)


def _is_empty(value: Any) -> bool:
	return value in (None, "", 0) or value == []


def _is_default(docfield: Any, value: Any) -> bool:
	"""Frappe gives the default to a field that its user may not write."""
	return bool(docfield.default) and canonical(docfield.fieldtype, docfield.default) == canonical(
		docfield.fieldtype, value
	)


def _remark(found: _Found) -> None:
	if found.missing:
		remark(_("Not kept, since this site has no such field: {0}.").format(_named(found.missing)))
	if found.unwritable:
		remark(
			_("Not kept, since the Event Subscriber may not write it here: {0}.").format(
				_named(found.unwritable)
			)
		)
	if found.changed:
		remark(
			_("Kept as another value, since the field is of another type here: {0}.").format(
				_named(found.changed)
			)
		)


def _named(names: list[str]) -> str:
	"""Fieldnames of another site, as harmless text of a bounded length."""
	unique = sorted({"".join(c for c in cstr(name) if c.isalnum() or c in "_.-")[:LONGEST] for name in names})
	more = len(unique) - MOST
	text = ", ".join(unique[:MOST])
	return _("{0} and {1} more").format(text, more) if more > 0 else text
