"""Up to when a document contains the changes of each site, for sites that get each other's changes by more than one way.

In a ring, a site gives its changes to one site and gets the others' by another. Whether a change that comes round was made by
somebody who knew this site's own, the log of neither neighbour tells by its ids: only the times at which each site
made its changes are the same everywhere. They ascend for each document at each site, and a site has all changes of a
document up to the newest that it has. So one time for each site says all.

What is told of a row is what the document contained here when it was written: whoever passes a change on has settled
it against that. A row that tells of a whole document tells its difference to what was here, so only that counts: what the whole
document contained besides is in the rows after it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe.query_builder.functions import Max

from event_streaming.document.snapshot import as_creation

Contents = dict[
	str, str
]  # by site, "" for this one: when it made the newest of its changes that is in the document
HERE = ""


def of_rows(rows: list[frappe._dict]) -> dict[int, Contents]:
	"""Of the documents of rows of the Update Log at the time of each row, by its id; only of DocTypes that come by several ways.

	:param rows: in the order of their ids, as far as one document is concerned
	"""
	found: dict[int, Contents] = {}
	by_doctype = defaultdict(list)
	shared = shared_doctypes() if rows else set()
	for row in rows:
		if row.ref_doctype in shared:
			by_doctype[row.ref_doctype].append(row)
	for doctype, some in by_doctype.items():
		found |= _of_rows(doctype, some)
	return found


def of_documents(doctype: str, created: dict[str, str | None]) -> dict[str, Contents]:
	"""Of documents as they are now, by name.

	:param created: their `creation` by name
	"""
	if not created or doctype not in shared_doctypes():
		return {}
	documents = _Documents()
	for name, creation in created.items():
		documents.add(name, creation)
	for row in _rows(doctype, documents):
		documents.take(row)
	return {name: dict(documents.of(name, creation)) for name, creation in created.items()}


def shared_doctypes() -> set[str]:
	"""DocTypes here of which this site takes changes of other sites than its producers."""
	return set(
		frappe.get_all(
			"Event Producer Document Type",
			filters={"parenttype": "Event Producer", "shared": 1, "unsubscribe": 0},
			pluck="ref_doctype",
		)
	)


def _of_rows(doctype: str, rows: list[frappe._dict]) -> dict[int, Contents]:
	documents = _Documents()
	for row in rows:
		documents.add(row.docname, row.document_creation)
	first, last = min(row.name for row in rows), max(row.name for row in rows)
	for row in _rows(doctype, documents, before=first):
		documents.take(row)
	asked = {row.name for row in rows}
	found = {}
	for row in _rows(doctype, documents, first, last):
		before = dict(documents.of(row.docname, row.document_creation))
		documents.take(row)
		if row.name in asked:
			contents = documents.of(row.docname, row.document_creation)
			found[row.name] = before if row.knows else dict(contents)
	return found


class _Documents:
	"""What each of some documents contains; one is known by its `creation`, or by its name where that isn't known."""

	def __init__(self) -> None:
		self.names: set[str] = set()
		self.creations: set[str] = set()
		self._contents: dict[str, Contents] = defaultdict(dict)

	def add(self, name: str, creation: object) -> None:
		self.names.add(name)
		if creation:
			self.creations.add(str(creation))

	def of(self, name: str, creation: object) -> Contents:
		return self._contents[as_creation(creation) or name]

	def take(self, row: frappe._dict) -> None:
		contents = self.of(row.docname, row.document_creation)
		told = json.loads(row.knows) if row.knows else {}
		for site, changed_at in [(row.origin or HERE, row.changed_at or ""), *told.items()]:
			contents[site] = max(changed_at, contents.get(site, ""))


def _rows(
	doctype: str, documents: _Documents, first: int = 0, last: int = 0, before: int = 0
) -> Iterable[frappe._dict]:
	"""Rows of the log between two, one by one and in order; else what they tell together, before one or of all."""
	log = frappe.qb.DocType("Update Log")
	is_of = log.docname.isin(sorted(documents.names))
	if documents.creations:
		is_of = is_of | log.document_creation.isin(sorted(documents.creations))
	query = frappe.qb.from_(log).where(log.ref_doctype == doctype).where(is_of)
	told = (log.docname, log.document_creation, log.origin, log.knows)
	if last:
		query = query.where(log.name.between(first, last)).orderby(log.name)
		return query.select(log.name, log.changed_at, *told).run(as_dict=True)
	if before:
		query = query.where(log.name < before)
	newest = Max(log.changed_at).as_("changed_at")
	return query.select(newest, *told).groupby(*told).run(as_dict=True)
