"""What documents that the Update Log tells of are called now, after all renames since."""

import json
from collections import defaultdict

import frappe

from event_streaming import bulk


def present_names(rows: list[frappe._dict]) -> dict[int, str]:
	"""For each row, by its id, the name that its document has now, after all renames since."""
	renames = _renames_of({(row.ref_doctype, row.docname) for row in rows})
	names = {}
	for row in rows:
		name, since = row.docname, row.name
		while later := [rename for rename in renames[(row.ref_doctype, name)] if rename[0] >= since]:
			since, name = later[0][0] + 1, later[0][1]
		names[row.name] = name
	return names


def _renames_of(documents: set[tuple[str, str]]) -> dict[tuple[str, str], list[tuple[int, str]]]:
	"""Ids of the renames, and the new names, of each of these documents by DocType and old name, and of all that they became.

	Looked up by name: to go through the log from here to its end would take the longer the further behind a consumer is.
	"""
	found = defaultdict(list)
	known: set[tuple[str, str]] = set()
	while documents := documents - known:
		known |= documents
		by_doctype = defaultdict(list)
		for doctype, name in documents:
			by_doctype[doctype].append(name)
		documents = set()
		for doctype, names in by_doctype.items():
			fields = ("name", "docname", "data")
			renames = bulk.select(
				"Update Log", fields, "docname", names, ref_doctype=doctype, update_type="Rename"
			)
			for log_id, name, data in sorted(renames):
				new_name = json.loads(data)["new_name"]
				found[(doctype, name)].append((log_id, new_name))
				documents.add((doctype, new_name))
	return found
