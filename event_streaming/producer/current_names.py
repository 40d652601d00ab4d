"""What became of the documents of the Update Log: their names now, after all renames since, and which are gone.

A name can be used again: what was logged of a document before it was deleted, or became one with another, is nothing that
its namesake of today could answer for.
"""

import json
from collections import defaultdict
from dataclasses import dataclass

import frappe

from event_streaming import bulk
from event_streaming.link.protocol import Key


@dataclass
class Present:
	"""
	`gone`: the document was deleted, or merged into the one that has `name` now. `renamed`: it had other names since.
	"""

	name: str
	renamed: bool = False
	gone: bool = False


@dataclass
class _Rename:
	log_id: int
	new_name: str
	merge: bool


def present_documents(rows: list[frappe._dict]) -> dict[int, Present]:
	"""For each row, by its id, what its document is now."""
	renames = _renames_of({(row.ref_doctype, row.docname) for row in rows})
	ends = _ends_of(renames.keys())
	return {row.name: _follow(row, renames, ends) for row in rows}


def _follow(row: frappe._dict, renames: dict[Key, list[_Rename]], ends: dict[Key, list[int]]) -> Present:
	present, since = Present(row.docname), row.name
	while True:
		key = (row.ref_doctype, present.name)
		rename = next((rename for rename in renames[key] if rename.log_id >= since), None)
		until = rename.log_id if rename else None
		present.gone |= any(since < end and (until is None or end < until) for end in ends[key])
		if not rename:
			return present
		present.gone |= rename.merge and rename.log_id != row.name
		present.renamed = True
		present.name, since = rename.new_name, rename.log_id + 1


def _renames_of(documents: set[Key]) -> dict[Key, list[_Rename]]:
	"""The renames of each of these documents by DocType and old name, and of all that they became, in order; an entry for each
	name on the way.

	Looked up by name: to go through the log from here to its end would take the longer the further behind a consumer is.
	"""
	found: dict[Key, list[_Rename]] = defaultdict(list)
	while documents := documents - found.keys():
		for key in documents:
			found[key] = []
		by_doctype = _by_doctype(documents)
		documents = set()
		for doctype, names in by_doctype.items():
			fields = ("name", "docname", "data")
			renames = bulk.select(
				"Update Log", fields, "docname", names, ref_doctype=doctype, update_type="Rename"
			)
			for log_id, name, data in sorted(renames):
				told = json.loads(data)
				found[(doctype, name)].append(_Rename(log_id, told["new_name"], bool(told.get("merge"))))
				documents.add((doctype, told["new_name"]))
	return found


def _ends_of(documents) -> dict[Key, list[int]]:
	"""Ids of the deletes of each name."""
	ends: dict[Key, list[int]] = defaultdict(list)
	for doctype, names in _by_doctype(documents).items():
		rows = bulk.select(
			"Update Log", ("name", "docname"), "docname", names, ref_doctype=doctype, update_type="Delete"
		)
		for log_id, name in rows:
			ends[(doctype, name)].append(log_id)
	return ends


def _by_doctype(documents) -> dict[str, list[str]]:
	by_doctype = defaultdict(list)
	for doctype, name in documents:
		by_doctype[doctype].append(name)
	return by_doctype
