"""What must be true of a Document Type Mapping when it is saved; each check raises MappingError with what to do."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.mapping.compatibility import (
	fail,
	fail_row,
	known_remote_field,
	rows_with_fields,
)
from event_streaming.consumer.mapping.mapper import LINKED_DOCUMENT, Mapping, MappingRow, has_filters
from event_streaming.consumer.mapping.remote_filters import FIELDNAME
from event_streaming.document.field_types import LAYOUT_TYPES, SECRET_TYPES, TABLE_TYPES
from event_streaming.document.snapshot import BOOKKEEPING_FIELDS, NESTED_SET_FIELDS, OWN_FIELDS, ROW_LINKS

NEVER_SENT = BOOKKEEPING_FIELDS | NESTED_SET_FIELDS | OWN_FIELDS | ROW_LINKS | {"doctype"}


def check_local_doctype(mapping: Mapping) -> None:
	if cint(frappe.get_meta(mapping.local_doctype).issingle):
		fail(
			_(
				"{0} is a single document and cannot receive documents from other sites. Choose another Local Document Type."
			),
			mapping.local_doctype,
		)


def check_local_fields(mapping: Mapping) -> None:
	meta = frappe.get_meta(mapping.local_doctype)
	kept_here = OWN_FIELDS | (NESTED_SET_FIELDS if cint(meta.get("is_tree")) else frozenset())
	for row in mapping.field_mapping:
		field = meta.get_field(row.local_fieldname)
		if not field:
			fail_row(
				row, _("{0} has no field {1}. Choose one of its fields."), meta.name, row.local_fieldname
			)
		holds_no_value = field.fieldtype in LAYOUT_TYPES | SECRET_TYPES or cint(field.get("is_virtual"))
		if holds_no_value or row.local_fieldname in kept_here:
			fail_row(
				row,
				_("The field {0} of {1} cannot take a value from another site. Choose another field."),
				row.local_fieldname,
				meta.name,
			)


def check_local_fields_once(mapping: Mapping) -> None:
	first: dict[str, MappingRow] = {}
	for row in mapping.field_mapping:
		if row.local_fieldname in first:
			fail_row(
				row,
				_("{0} is mapped in row {1} already. Remove one of the two."),
				row.local_fieldname,
				first[row.local_fieldname].idx,
			)
		first[row.local_fieldname] = row


def check_sources(mapping: Mapping) -> None:
	"""Each row says where its value comes from."""
	for row in mapping.field_mapping:
		if not row.remote_fieldname and row.is_child_table:
			fail_row(row, _("Fill in the Remote Fieldname of the child table."))
		if not (row.remote_fieldname or row.default_value or has_filters(row)):
			fail_row(row, _("Fill in a Remote Fieldname or a Default Value."))
		if row.remote_fieldname and not FIELDNAME.fullmatch(row.remote_fieldname):
			fail_row(
				row,
				_("{0} is not a fieldname. Fill in the technical name of the field."),
				row.remote_fieldname,
			)
		if row.remote_fieldname in NEVER_SENT:
			fail_row(
				row,
				_("{0} belongs to each site and is never sent. Choose another Remote Fieldname."),
				row.remote_fieldname,
			)


def check_child_tables(mapping: Mapping) -> None:
	for row, field in rows_with_fields(mapping):
		is_table = field.fieldtype in TABLE_TYPES
		if is_table and not row.is_child_table:
			fail_row(row, _("{0} is a table. Tick Is Child Table."), row.local_fieldname)
		if row.is_child_table and not is_table:
			fail_row(row, _("{0} is not a table. Untick Is Child Table."), row.local_fieldname)
		if is_table and row.child_table_mapping:
			_check_child_mapping(mapping, row, field)
		elif is_table and not _has_same_rows(mapping, row, field):
			fail_row(
				row,
				_(
					"Choose a Child Table Mapping for {0}. Only a table whose rows are known to be {1} on both sites"
					" needs none."
				),
				row.local_fieldname,
				field.options,
			)


def check_remote_tables_once(mapping: Mapping) -> None:
	"""Rows keep their names, so they can't be in two tables of one local DocType."""
	first: dict[tuple[str, str], MappingRow] = {}
	for row, field in rows_with_fields(mapping):
		key = (row.remote_fieldname, field.options)
		if row.is_child_table and key in first:
			fail_row(
				row,
				_("The rows of {0} become {1} in row {2} already. Remove one of the two."),
				*key,
				first[key].idx,
			)
		if row.is_child_table:
			first[key] = row


def check_linked_documents(mapping: Mapping) -> None:
	for row, field in rows_with_fields(mapping):
		if row.is_child_table or row.mapping_type != LINKED_DOCUMENT:
			continue
		if field.fieldtype != "Link":
			fail_row(
				row,
				_("{0} is not a Link field, so it has no linked document. Clear the Mapping Type."),
				row.local_fieldname,
			)
		if not row.mapping and not has_filters(row):
			fail_row(
				row,
				_("Choose the Mapping of the linked document, or fill in Remote Value Filters that find it."),
			)
		local_doctype = _local_doctype(mapping, row.mapping) if row.mapping else field.options
		if local_doctype != field.options:
			fail_row(
				row,
				_("{0} links to {1}, but the mapping {2} makes {3}. Choose a mapping to {1}."),
				row.local_fieldname,
				field.options,
				row.mapping,
				local_doctype,
			)


def check_mapping_not_moved(mapping: Mapping, before: Mapping | None) -> None:
	"""What uses a mapping relies on its two DocTypes."""
	doctypes = (mapping.local_doctype, mapping.remote_doctype)
	if not before or (before.local_doctype, before.remote_doctype) == doctypes:
		return
	if users := _users_of(mapping.name):
		fail(
			_(
				"The DocTypes of a mapping in use can't be changed. Make a new mapping; this one is used by {0}."
			),
			", ".join(users),
		)


def _check_child_mapping(mapping: Mapping, row: MappingRow, field: Any) -> None:
	is_own = row.child_table_mapping == mapping.name
	child = mapping if is_own else frappe.get_cached_doc("Document Type Mapping", row.child_table_mapping)
	if any(child_row.is_child_table for child_row in child.field_mapping):
		# This also refuses every circle of child mappings.
		fail_row(
			row,
			_(
				"The mapping {0} maps child tables itself, and rows have none. Choose a mapping of single fields."
			),
			child.name,
		)
	if child.local_doctype != field.options:
		fail_row(
			row,
			_("The rows of {0} are {1}, but the mapping {2} makes {3}. Choose a mapping to {1}."),
			row.local_fieldname,
			field.options,
			child.name,
			child.local_doctype,
		)


def _has_same_rows(mapping: Mapping, row: MappingRow, field: Any) -> bool:
	remote = known_remote_field(mapping.remote_doctype, row.remote_fieldname)
	return bool(remote) and remote.fieldtype in TABLE_TYPES and remote.options == field.options


def _local_doctype(mapping: Mapping, other: str) -> str:
	if other == mapping.name:
		return mapping.local_doctype
	return frappe.get_cached_value("Document Type Mapping", other, "local_doctype")


def _users_of(mapping: str) -> list[str]:
	rows = [
		*frappe.get_all(
			"Document Type Field Mapping", {"child_table_mapping": mapping}, ["parenttype", "parent"]
		),
		*frappe.get_all("Document Type Field Mapping", {"mapping": mapping}, ["parenttype", "parent"]),
		*frappe.get_all("Event Producer Document Type", {"mapping": mapping}, ["parenttype", "parent"]),
	]
	return list(dict.fromkeys(f"{_(row.parenttype)} {row.parent}" for row in rows if row.parent != mapping))
