import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from event_streaming import roles
from event_streaming.consumer.mapping import checks, compatibility
from event_streaming.desk import mapping_help, mapping_preview
from event_streaming.desk.remote_fields import RemoteFields
from event_streaming.exceptions import MappingError, StreamingError
from event_streaming.link import arguments
from event_streaming.link.messages import told_to_caller, untell

HEADER = ("mapping_name", "local_doctype", "remote_doctype")
ROW_FIELDS = ("local_fieldname", "remote_fieldname", "child_table_mapping", "mapping_type", "mapping")
MAX_ROWS = 500


class DocumentTypeMapping(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from event_streaming.event_streaming.doctype.document_type_field_mapping.document_type_field_mapping import (
			DocumentTypeFieldMapping,
		)

		field_mapping: DF.Table[DocumentTypeFieldMapping]
		local_doctype: DF.Link
		mapping_name: DF.Data
		remote_doctype: DF.Data
		remote_site: DF.Autocomplete | None
	# end: auto-generated types

	def validate(self) -> None:
		checks.check_local_doctype(self)
		checks.check_local_fields(self)
		checks.check_local_fields_once(self)
		checks.check_sources(self)
		checks.check_child_tables(self)
		checks.check_remote_tables_once(self)
		checks.check_linked_documents(self)
		checks.check_mapping_not_moved(self, self.get_doc_before_save())
		compatibility.check_remote_value_filters(self)
		compatibility.check_defaults(self)
		compatibility.check_types(self)
		compatibility.warn_of_mandatory_fields(self)
		compatibility.warn_of_unknown_remote_fields(self)


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def look_up(mapping: dict | str, producer: str) -> dict:
	"""Fields of the remote DocType to choose from, and rows that don't fit them.

	:param mapping: as it stands on the form
	:returns: `{"fields", "clashes"}`, or `{"error"}` with why the other site can't be asked
	"""
	doc, producer = _unsaved(mapping), _known_producer(producer)
	try:
		remote = RemoteFields(producer, doc.remote_doctype)
	except StreamingError as error:
		untell(error)
		return {"error": str(error)}
	return {
		"fields": [field.as_option() for field in remote.all],
		"clashes": mapping_help.clashes(doc, remote),
	}


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def suggest_fields(mapping: dict | str, producer: str) -> dict:
	"""Rows that could be added; see `mapping_help.suggest`."""
	doc, producer = _unsaved(mapping), _known_producer(producer)
	with told_to_caller():
		return mapping_help.suggest(doc, RemoteFields(producer, doc.remote_doctype))


# nosemgrep -- checked in the first function that it calls
@frappe.whitelist(methods=["POST"])
def preview(mapping: dict | str, producer: str, name: str | None = None) -> dict:
	"""What the mapping, as it stands on the form, makes of a document there; see `mapping_preview.preview`."""
	doc, producer = _unsaved(mapping), _known_producer(producer)
	name = arguments.text(name, "name", required=False) or None
	with told_to_caller():
		doc.validate()
		return mapping_preview.preview(doc, producer, name)


def _known_producer(producer: str) -> str:
	frappe.only_for(roles.MANAGERS)
	producer = arguments.text(producer, "producer")
	if not frappe.db.exists("Event Producer", producer):
		frappe.throw(_("There is no Event Producer {0}.").format(producer), frappe.DoesNotExistError)
	return producer


def _unsaved(mapping: dict | str) -> DocumentTypeMapping:
	"""The document that a form holds, with nothing on it but what a mapping has."""
	frappe.only_for(roles.MANAGERS)
	given = arguments.json_object(mapping, "mapping")
	doc = frappe.new_doc("Document Type Mapping")
	doc.update({field: arguments.text(given.get(field), field, required=False) for field in HEADER})
	doc.name = doc.mapping_name or None
	for row in arguments.rows(given.get("field_mapping") or [], "field_mapping", MAX_ROWS):
		if row.get("local_fieldname") or row.get("remote_fieldname"):  # a new form begins with an empty row
			doc.append(
				"field_mapping",
				{**_row_values(row), "idx": cint(row.get("idx")) or len(doc.field_mapping) + 1},
			)
	if not (doc.local_doctype and doc.remote_doctype and frappe.db.exists("DocType", doc.local_doctype)):
		frappe.throw(_("Choose the Local and the Remote Document Type first."), MappingError)
	return doc


def _row_values(row: dict) -> dict:
	values = {field: arguments.text(row.get(field), field, required=False) for field in ROW_FIELDS}
	filters = arguments.long_text(row.get("remote_value_filters"), "remote_value_filters")
	default = arguments.text(row.get("default_value"), "default_value", required=False)
	is_table = int(row.get("is_child_table") in (1, "1", True))
	return {**values, "default_value": default, "remote_value_filters": filters, "is_child_table": is_table}
