"""Which document here is which there: from the fields that the earlier app put on documents, and from what it logged.

Invariant: a document is entered as a producer's only where the earlier app wrote that it is. `log_id` is -1: what it contains of
the producer's changes is not known, so the next event of each takes the whole document.
"""

from collections.abc import Iterator

import frappe
from frappe import _

from event_streaming import bulk
from event_streaming.consumer.identity import origin_fields, register
from event_streaming.document.snapshot import creations
from event_streaming.document.streamable import check_streamable
from event_streaming.exceptions import NotStreamable
from event_streaming.link.protocol import Identity
from event_streaming.takeover import layout, notes
from event_streaming.takeover.links import url_of
from event_streaming.terminal import Bar

SITE_FIELD, NAME_FIELD = "remote_site_name", "remote_docname"
UNKNOWN = -1
AT_ONCE = 1000
SHOWN_EACH = 100  # documents


def take_over() -> None:
	for doctype in frappe.get_all("Custom Field", {"fieldname": NAME_FIELD}, pluck="dt"):
		if layout.has_columns(doctype, SITE_FIELD, NAME_FIELD) and not frappe.get_meta(doctype).istable:
			_take_over_fields(doctype)
	_take_over_namesakes()
	_note_unsure_namesakes()


def _take_over_fields(doctype: str) -> None:
	"""The columns of this app's own fields come first: adding them commits on MariaDB."""
	try:
		check_streamable(doctype)
	except NotStreamable:
		frappe.clear_last_message()
		return
	has_fields = origin_fields.ensure_custom_fields(doctype)
	for field in frappe.get_all("Custom Field", {"dt": doctype, "fieldname": NAME_FIELD}, pluck="name"):
		frappe.db.set_value("Custom Field", field, "hidden", 1)
	frappe.clear_cache(doctype=doctype)
	remote_doctypes = _remote_doctypes(doctype)
	found: dict[str, list] = {}
	for row in _shown(f"Event Streaming takes over {doctype}", _origins(doctype)):
		found.setdefault(url_of(row[SITE_FIELD]), []).append((row[NAME_FIELD], str(row.name)))
		if has_fields:
			_write_origin(doctype, row)
	for producer, pairs in found.items():
		_register(producer, remote_doctypes.get(producer, doctype), doctype, pairs)


def _origins(doctype: str) -> list[frappe._dict]:
	table = frappe.qb.DocType(doctype)
	return (
		frappe.qb.from_(table)
		.select(table.name, table[SITE_FIELD], table[NAME_FIELD])
		.where(table[SITE_FIELD].notnull() & (table[SITE_FIELD] != ""))
		.where(table[NAME_FIELD].notnull() & (table[NAME_FIELD] != ""))
		.orderby(table.creation)
		.run(as_dict=True)
	)


def _shown(label: str, rows: list[frappe._dict]) -> Iterator[frappe._dict]:
	"""One after the other, with a bar in the terminal of `migrate`, rate and remaining time."""
	if not rows:
		return
	with Bar(label) as bar:
		for number, row in enumerate(rows):
			if number % SHOWN_EACH == 0:
				bar.show(number, len(rows))
			yield row
		bar.show(len(rows), len(rows))


def _write_origin(doctype: str, row: frappe._dict) -> None:
	values = {SITE_FIELD: url_of(row[SITE_FIELD]), origin_fields.NAME_FIELD: row[NAME_FIELD]}
	frappe.db.set_value(doctype, row.name, values, update_modified=False)


def _take_over_namesakes() -> None:
	"""Documents that kept the producer's name have no such fields: the log alone says which were made by it."""
	wanted = [
		"name",
		"ref_doctype",
		"docname",
		"producer_doc",
		"event_producer",
		"status",
		"update_type",
		"mapping",
	]
	found: dict[tuple, dict] = {}
	rows = layout.rows("Event Sync Log", wanted, status="Synced")
	for row in _shown("Event Streaming takes over what the Event Sync Log says", rows):
		doctype, remote = doctypes_of(row)
		here, there = row.docname or row.producer_doc, row.producer_doc or row.docname
		if doctype and here and there and row.update_type in ("Create", "Update"):
			found.setdefault((url_of(row.event_producer), remote, doctype), {})[there] = here
	for (producer, remote, doctype), pairs in found.items():
		if frappe.db.exists("DocType", doctype):
			_register(producer, remote, doctype, list(pairs.items()))


def doctypes_of(row: frappe._dict) -> tuple[str, str]:
	"""What a row of the earlier log calls its document here and there; a mapping knows both."""
	if row.mapping and row.mapping not in ("0", "None"):
		known = frappe.db.get_value("Document Type Mapping", row.mapping, ["local_doctype", "remote_doctype"])
		if known:
			return known
	return row.ref_doctype, row.ref_doctype


def _register(producer: str, remote_doctype: str, doctype: str, pairs: list[tuple[str, str]]) -> None:
	"""
	:param pairs: names there and here
	"""
	for start in range(0, len(pairs), AT_ONCE):
		some = dict(pairs[start : start + AT_ONCE])
		known = set(register.read(producer, remote_doctype, some))
		taken = {row[0] for row in bulk.select(
			"Remote Document", ("local_docname",), "local_docname", some.values(), event_producer=producer,
			local_doctype=doctype,
		)}  # fmt: skip
		created = creations(doctype, set(some.values()))
		entries = {}
		for there, here in some.items():
			if there not in known and here not in taken and here in created:
				identity = Identity(home=(producer, there))
				entry = register.new_entry(there, doctype, here, UNKNOWN, identity)
				entry.local_creation = created[here]
				entries[remote_doctype, there] = entry
				taken.add(here)
		register.insert(producer, entries)


def _remote_doctypes(doctype: str) -> dict[str, str]:
	"""What each producer calls the documents that are kept here as this DocType."""
	rows = frappe.get_all(
		"Event Producer Document Type",
		filters={"ref_doctype": doctype, "parenttype": "Event Producer", "has_mapping": 1},
		fields=["parent", "mapping"],
	)
	return {
		row.parent: frappe.db.get_value("Document Type Mapping", row.mapping, "remote_doctype") or doctype
		for row in rows
	}


def _note_unsure_namesakes() -> None:
	"""Documents that are submitted can't be adopted by their name."""
	rows = frappe.get_all(
		"Event Producer Document Type",
		filters={"parenttype": "Event Producer", "use_same_name": 1, "unsubscribe": 0},
		fields=["parent", "ref_doctype"],
	)
	for row in rows:
		if frappe.db.exists("DocType", row.ref_doctype) and frappe.get_meta(row.ref_doctype).is_submittable:
			what = _(
				"Documents that came before the oldest row of the Event Sync Log are not known as {0}'s, and a later change of one fails with a message that says so. Compare this DocType once; what is listed as Missing there and is here under its name is such a document."
			).format(row.parent)
			notes.add(notes.DOCUMENTS, row.parent, row.ref_doctype, what)
