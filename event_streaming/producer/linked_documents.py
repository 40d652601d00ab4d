"""Documents of DocTypes that are not approved, given because a visible document links to them.

A consumer names the documents that it found the links in, and what led to these; each is judged like any other, and what it
links to in fields that the consumer may have counts, and what it has linked to by the events of it that the consumer is given. What is not proven so (a link that is older, a consumer of version 0.1,
which names nothing) is looked for: visible documents that link to it, or to what links to it, a few steps up and for a
few seconds.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

import frappe

from event_streaming.document import snapshot
from event_streaming.document.streamable import is_streamable, is_takeable
from event_streaming.link.protocol import Key
from event_streaming.producer.link_field import LinkField
from event_streaming.producer.logged_links import linked_in_log
from event_streaming.producer.visibility import Visibility

SEARCH_SECONDS = 5
STEPS = 4  # links between an approved DocType and what is searched for
ROWS = 500  # linking rows that are read at once


class LinkedDocuments:
	def __init__(self, visibility: Visibility):
		self.visibility = visibility
		self._fields: dict[str, list[LinkField]] = {}

	def given(self, wanted: Iterable[Key], named: Iterable[Key]) -> set[Key]:
		"""Those of `wanted` that the consumer may have, whether approved or linked to.

		:param named: documents that link to them, and documents that link to these, as the consumer says
		"""
		readable = self._readable(wanted)
		given = {key for key in readable if self.visibility.terms(key[0]).approved}
		unproven = readable - given
		if unproven:
			holders = self._readable(named)
			given |= unproven & self._linked_by(holders)
			if unproven - given:
				given |= unproven & linked_in_log(self.visibility, holders, self.link_fields)
			deadline = time.monotonic() + SEARCH_SECONDS
			given |= self._search(unproven - given, STEPS, deadline)
		return given

	def is_linked_doctype(self, doctype: str) -> bool:
		"""Whether documents of approved DocTypes can link to such documents, directly or by way of others; for a Dynamic Link,
		whether one does."""
		if not self._may_be_given(doctype):
			return False
		return doctype in self._reachable or any(
			self.visibility.linked_values(field.holder, field.path, [self._names_doctype(field, doctype)], 1)
			for approved in self.visibility.approved_doctypes
			for field in self.link_fields(approved)
			if not field.target
		)

	def link_fields(self, doctype: str) -> list[LinkField]:
		"""Those that the consumer may have, in rows too."""
		if doctype not in self._fields:
			tables = snapshot.table_fields(frappe.get_meta(doctype))
			hidden = self.visibility.fields.hidden(doctype)
			places = {"": doctype, **{table: child for table, child in tables.items() if table not in hidden}}
			self._fields[doctype] = [
				link for table, holder in places.items() for link in self._link_fields(doctype, table, holder)
			]
		return self._fields[doctype]

	def _link_fields(self, doctype: str, table: str, holder: str) -> list[LinkField]:
		meta, hidden = frappe.get_meta(holder), self.visibility.fields.hidden(doctype, table)
		stored = set(snapshot.stored_fields(meta)) - hidden
		return [
			LinkField(doctype, table, field.fieldname, field.options)
			if field.fieldtype == "Link"
			else LinkField(doctype, table, field.fieldname, None, field.options)
			for field in meta.fields
			if field.fieldname in stored
			and field.options
			and (field.fieldtype == "Link" or (field.fieldtype == "Dynamic Link" and field.options in stored))
		]

	def _readable(self, keys: Iterable[Key]) -> set[Key]:
		by_doctype = defaultdict(set)
		for doctype, name in keys:
			by_doctype[doctype].add(str(name))
		return {
			(doctype, name)
			for doctype, names in by_doctype.items()
			if self._may_be_given(doctype)
			for name in self.visibility.visible_names(doctype, names)
		}

	def _may_be_given(self, doctype: str) -> bool:
		terms = self.visibility.terms(doctype)
		return not terms.refused and (is_streamable(doctype) if terms.approved else is_takeable(doctype))

	def _linked_by(self, named: set[Key]) -> set[Key]:
		"""What these link to, as far as they are visible: approved, or linked to by another that is."""
		links = self._links_of(named)
		linked: set[Key] = set()
		fresh = {key for key in named if self.visibility.terms(key[0]).approved}
		seen: set[Key] = set()
		while fresh:
			seen |= fresh
			linked = linked.union(*(links[key] for key in fresh))
			fresh = (named & linked) - seen
		return linked

	def _links_of(self, keys: set[Key]) -> dict[Key, set[Key]]:
		by_doctype = defaultdict(list)
		for doctype, name in keys:
			by_doctype[doctype].append(name)
		links: dict[Key, set[Key]] = {key: set() for key in keys}
		for doctype, names in by_doctype.items():
			for name, doc in snapshot.read_many(doctype, names).items():
				for field in self.link_fields(doctype):
					rows = doc.get(field.table) or [] if field.table else [doc]
					links[(doctype, name)] |= {_target(row, field) for row in rows if row.get(field.field)}
		return links

	def _search(self, targets: set[Key], steps: int, deadline: float) -> set[Key]:
		"""Those of `targets` that a visible document links to."""
		found: set[Key] = set()
		by_doctype = defaultdict(set)
		for doctype, name in targets:
			by_doctype[doctype].add(name)
		for doctype, names in by_doctype.items():
			for field in self._fields_to(doctype):
				left = names - {name for found_doctype, name in found if found_doctype == doctype}
				if not left or time.monotonic() > deadline:
					break
				found |= {(doctype, name) for name in self._proven_by(field, doctype, left, steps, deadline)}
		return found

	def _proven_by(
		self, field: LinkField, target: str, names: set[str], steps: int, deadline: float
	) -> set[str]:
		"""Which of these documents such fields of visible documents link to."""
		is_approved = self.visibility.terms(field.holder).approved
		if not is_approved and steps <= 1:
			return set()
		proven: set[str] = set()
		while left := names - proven:
			pairs = self._pairs(field, target, left)
			holders = {(field.holder, holder) for holder, _value in pairs}
			if not is_approved:
				holders = self._search(holders, steps - 1, deadline)
			fresh = {value for holder, value in pairs if (field.holder, holder) in holders} & left
			if not fresh:
				break
			proven |= fresh
		return proven

	def _pairs(self, field: LinkField, target: str, names: set[str]) -> set[tuple[str, str]]:
		place = frappe.get_meta(field.holder).get_field(field.table).options if field.table else field.holder
		filters = [[place, field.field, "in", sorted(names)]]
		if field.doctype_field:
			filters.append(self._names_doctype(field, target))
		return self.visibility.linked_values(field.holder, field.path, filters, ROWS)

	def _names_doctype(self, field: LinkField, target: str) -> list:
		place = frappe.get_meta(field.holder).get_field(field.table).options if field.table else field.holder
		return [place, field.doctype_field, "=", target]

	def _fields_to(self, doctype: str) -> list[LinkField]:
		"""Fields that can link to such documents, those of approved DocTypes first."""
		approved = self.visibility.approved_doctypes
		others = [holder for holder in self._reachable if holder not in approved]
		return [
			field
			for holder in [*approved, *others]
			for field in self.link_fields(holder)
			if field.target == doctype or field.doctype_field
		]

	@cached_property
	def _reachable(self) -> list[str]:
		"""DocTypes that the approved ones link to, directly or by way of others, the nearest first."""
		reachable: dict[str, None] = {}
		fresh = [doctype for doctype in self.visibility.approved_doctypes if is_streamable(doctype)]
		for _step in range(STEPS):
			targets = {
				field.target for doctype in fresh for field in self.link_fields(doctype) if field.target
			}
			fresh = sorted(target for target in targets - reachable.keys() if self._may_be_given(target))
			reachable.update(dict.fromkeys(fresh))
		return list(reachable)


def _target(values: dict, field: LinkField) -> Key:
	return field.target or str(values.get(field.doctype_field) or ""), str(values[field.field])
