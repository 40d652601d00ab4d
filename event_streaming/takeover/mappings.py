"""Document Type Mappings: child tables have a field of their own here, remote value filters are data."""

import json
import re

import frappe
from frappe import _

from event_streaming.consumer.mapping import checks
from event_streaming.exceptions import MappingError
from event_streaming.takeover import layout, notes

ROW = "Document Type Field Mapping"
CHILD_TABLE, DOCUMENT = "Child Table", "Document"
REFERENCE = re.compile(r"eval:\s*(doc\.[A-Za-z_][A-Za-z0-9_]*)\s*")


def take_over() -> None:
	for row in layout.rows(ROW, ["name", "parent", "idx", *sorted(layout.FIELDS[ROW])]):
		if row.mapping_type == CHILD_TABLE:
			values = {
				"is_child_table": 1,
				"child_table_mapping": row.mapping,
				"mapping_type": "",
				"mapping": None,
			}
			layout.set_values(ROW, row.name, **values)
		elif row.mapping_type == DOCUMENT and "eval:" in (row.remote_value_filters or ""):
			_translate_filters(row)
	for name in frappe.get_all("Document Type Mapping", pluck="name"):
		frappe.clear_document_cache("Document Type Mapping", name)
		_note_what_is_wrong(name)


def _translate_filters(row: frappe._dict) -> None:
	try:
		filters = json.loads(row.remote_value_filters)
		translated = {field: _value(value) for field, value in filters.items()}
	except (ValueError, AttributeError):
		what = _(
			"The Remote Value Filters of the row for {0} can't be taken over. Write them as data, such as {1}."
		).format(row.local_fieldname, '{"email": "doc.email"}')
		return notes.add(notes.MAPPING, "", row.parent, what, row.remote_value_filters)
	layout.set_values(ROW, row.name, remote_value_filters=json.dumps(translated))


def _value(value: object) -> object:
	"""
	:raises ValueError: it computes something
	"""
	if isinstance(value, list):
		return [_value(item) for item in value]
	if not isinstance(value, str) or not value.startswith("eval:"):
		return value
	found = REFERENCE.fullmatch(value)
	if not found:
		raise ValueError(value)
	return found[1]


def _note_what_is_wrong(name: str) -> None:
	"""What this app asks of a mapping and the earlier one didn't; nothing is asked of another site."""
	mapping = frappe.get_doc("Document Type Mapping", name)
	try:
		checks.check_local_doctype(mapping)
		checks.check_local_fields(mapping)
		checks.check_local_fields_once(mapping)
		checks.check_sources(mapping)
		checks.check_child_tables(mapping)
		checks.check_linked_documents(mapping)
	except (MappingError, frappe.DoesNotExistError, frappe.ValidationError) as error:
		frappe.clear_last_message()
		what = _("{0} Open the Document Type Mapping, correct it and save.").format(error)
		notes.add(notes.MAPPING, "", name, what)
