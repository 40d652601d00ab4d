"""The one way over. It may be gone again at any time: what is over already is left as it is."""

import json

import frappe
from frappe import _

from event_streaming.takeover import documents, failures, layout, links, mappings, notes


def take_over() -> None:
	"""After the DocTypes were synced, and once this site has its log."""
	if not layout.is_earlier():
		return
	mappings.take_over()
	links.take_over()
	documents.take_over()
	failures.take_over()
	_note_foreign_fields()
	_print_notes()


def _note_foreign_fields() -> None:
	foreign = json.loads(frappe.db.get_global(layout.FOREIGN_COLUMNS) or "{}")
	for doctype, columns in foreign.items():
		what = _(
			"The earlier app, or a fork of it, had these fields of {0}, and this one doesn't. Their values stay in the database: {1}. What they did is to be set up again."
		).format(doctype, ", ".join(columns))
		notes.add(notes.FIELDS, "", doctype, what)


def _print_notes() -> None:
	rows = frappe.get_all(
		notes.DOCTYPE, {"status": notes.OPEN}, ["kind", "link", "subject"], order_by="kind, link"
	)
	if rows:
		print(f"Event Streaming: {len(rows)} things are left to do; see Event Takeover Note.")
	for row in rows:
		print("  ", *(part for part in (row.kind, row.link, row.subject) if part))
