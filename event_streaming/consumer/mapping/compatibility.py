"""Whether the two sides of each row of a Document Type Mapping fit each other, as far as both are known.

Of the local side all is known. Of the remote DocType something is known only where a DocType of the same name
is here; for any other, field names are taken as they are and a wrong one shows at replay.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming.consumer.mapping.mapper import (
	LINKED_DOCUMENT,
	Mapping,
	MappingRow,
	default_of,
	has_filters,
)
from event_streaming.consumer.mapping.remote_filters import RemoteValueFilters
from event_streaming.document.field_types import LAYOUT_TYPES, SECRET_TYPES, TABLE_TYPES, fits
from event_streaming.exceptions import MappingError

PASSED_BY_FRAPPE = frozenset({"name", "docstatus"})  # fields of every document, not in its meta


def check_remote_value_filters(mapping: Mapping) -> None:
	for row in mapping.field_mapping:
		if not row.is_child_table and has_filters(row):
			try:
				RemoteValueFilters.parse(row.remote_value_filters)
			except MappingError as error:
				fail_row(row, "{0}", error)


def check_defaults(mapping: Mapping) -> None:
	for row, field in rows_with_fields(mapping):
		if row.is_child_table or not row.default_value:
			continue
		try:
			default_of(row.default_value, field.fieldtype)
		except MappingError as error:
			fail_row(row, "{0}", error)
		choices = (field.options or "").split("\n")
		if field.fieldtype == "Select" and row.default_value not in choices:
			fail_row(
				row,
				_("The default {0} is not an option of {1}. Choose one of these: {2}"),
				row.default_value,
				row.local_fieldname,
				", ".join(filter(None, choices)),
			)
		if field.fieldtype == "Link" and not frappe.db.exists(field.options, row.default_value):
			fail_row(
				row,
				_(
					"The default of {0} must be a document of this site, and there is no {1} {2}. Make it first."
				),
				row.local_fieldname,
				field.options,
				row.default_value,
			)


def check_types(mapping: Mapping) -> None:
	"""Types fit, where both are known: a DocType or field made by hand may be another one on the other site."""
	for row, field in rows_with_fields(mapping):
		remote = known_remote_field(mapping.remote_doctype, row.remote_fieldname)
		if (
			not remote
			or cint(remote.get("is_custom_field"))
			or cint(frappe.get_meta(mapping.remote_doctype).custom)
		):
			continue
		if problem := table_problem(field, remote):
			fail_row(row, "{0} {1}", problem, _("Choose another Remote Fieldname."))
		if row.is_child_table:
			_check_remote_rows(row, remote)
		else:
			_check_type(mapping, row, field, remote)


def warn_of_mandatory_fields(mapping: Mapping) -> None:
	mapped = {row.local_fieldname for row in mapping.field_mapping}
	missing = [
		field.fieldname
		for field in frappe.get_meta(mapping.local_doctype).fields
		if cint(field.reqd) and field.fieldname not in mapped and not fills_itself(field)
	]
	if missing:
		_warn(
			_("{0} can't be saved without these fields. Map them or give them a default: {1}"),
			mapping.local_doctype,
			", ".join(missing),
		)


def warn_of_unknown_remote_fields(mapping: Mapping) -> None:
	if not frappe.db.exists("DocType", mapping.remote_doctype):
		return
	named = {row.remote_fieldname for row in mapping.field_mapping if row.remote_fieldname}
	for row in mapping.field_mapping:
		if has_filters(row):
			named |= RemoteValueFilters.parse(row.remote_value_filters).references()
	unknown = [
		name
		for name in sorted(named - PASSED_BY_FRAPPE)
		if not known_remote_field(mapping.remote_doctype, name)
	]
	if unknown:
		_warn(
			_("{0} has no such fields on this site. Make sure that the other site has them: {1}"),
			mapping.remote_doctype,
			", ".join(unknown),
		)


def _check_remote_rows(row: MappingRow, remote: Any) -> None:
	if not row.child_table_mapping:
		return
	expected = frappe.get_cached_value("Document Type Mapping", row.child_table_mapping, "remote_doctype")
	if remote.options != expected:
		fail_row(
			row,
			_("The rows of {0} are {1}, but the mapping {2} takes {3}. Choose a mapping from {1}."),
			row.remote_fieldname,
			remote.options,
			row.child_table_mapping,
			expected,
		)


def _check_type(mapping: Mapping, row: MappingRow, field: Any, remote: Any) -> None:
	if remote.fieldtype in LAYOUT_TYPES | SECRET_TYPES:
		fail_row(
			row,
			_("The field {0} of {1} is never sent. Choose another Remote Fieldname."),
			row.remote_fieldname,
			mapping.remote_doctype,
		)
	if has_filters(row):
		return  # the remote value only says whether there is something to find
	linked = row.mapping if row.mapping_type == LINKED_DOCUMENT else None
	if problem := value_problem(field, remote, linked_doctype(mapping, field, linked)):
		fail_row(row, "{0}", problem)


def table_problem(field: Any, remote: Any) -> str | None:
	"""
	:param field: of this site, with `fieldname`, `fieldtype` and `options`; `remote` likewise
	:returns: a sentence if only one of the two is a table
	"""
	if (remote.fieldtype in TABLE_TYPES) == (field.fieldtype in TABLE_TYPES):
		return None
	return _("One of {0} and {1} is a table and the other is not.").format(field.fieldname, remote.fieldname)


def value_problem(field: Any, remote: Any, linked: str) -> str | None:
	"""
	:param linked: see `linked_doctype`
	:returns: a sentence if the local field can't take each value of the remote one
	"""
	if not fits(remote.fieldtype, field.fieldtype):
		return _("{0} is of type {1} and does not take all values of {2}, which is of type {3}.").format(
			field.fieldname, _(field.fieldtype), remote.fieldname, _(remote.fieldtype)
		)
	return link_problem(field, remote, linked)


def link_problem(field: Any, remote: Any, linked: str) -> str | None:
	if (field.fieldtype, remote.fieldtype) != ("Link", "Link") or remote.options == linked:
		return None
	return _(
		"{0} links to {1} and {2} to {3}. Set Mapping Type to Document and choose a mapping from {3} to {1}."
	).format(field.fieldname, field.options, remote.fieldname, remote.options)


def linked_doctype(mapping: Mapping, field: Any, linked_mapping: str | None = None) -> str:
	"""The remote DocType whose documents a link field of this site can name.

	:param linked_mapping: Document Type Mapping of what the field links to, if it has one
	"""
	if linked_mapping:
		return _remote_doctype(mapping, linked_mapping)
	return mapping.remote_doctype if field.options == mapping.local_doctype else field.options


def rows_with_fields(mapping: Mapping) -> Iterator[tuple[MappingRow, Any]]:
	meta = frappe.get_meta(mapping.local_doctype)
	for row in mapping.field_mapping:
		yield row, meta.get_field(row.local_fieldname)


def known_remote_field(remote_doctype: str, fieldname: str | None) -> Any:
	# Of a DocType that isn't here nothing is known, so there is nothing to check.
	if not fieldname or not frappe.db.exists("DocType", remote_doctype):
		return None
	return frappe.get_meta(remote_doctype).get_field(fieldname)


def _remote_doctype(mapping: Mapping, other: str) -> str:
	if other == mapping.name:
		return mapping.remote_doctype
	return frappe.get_cached_value("Document Type Mapping", other, "remote_doctype")


def fills_itself(field: Any) -> bool:
	first_choice = (field.options or "").split("\n")[0] if field.fieldtype == "Select" else ""
	return bool(field.default or first_choice) or field.fieldname == "naming_series"


def _warn(message: str, *values: str) -> None:
	# nosemgrep -- texts of this app, filled with values
	frappe.msgprint(message.format(*values), title=_("Please Check"), indicator="orange")


def fail(message: str, *values: object) -> NoReturn:
	# nosemgrep -- texts of this app, filled with values
	frappe.throw(message.format(*values), MappingError, title=_("Mapping Not Possible"))


def fail_row(row: MappingRow, message: str, *values: object) -> NoReturn:
	# nosemgrep -- texts of this app, filled with values
	fail(_("Row {0}: {1}"), row.idx, message.format(*values))
