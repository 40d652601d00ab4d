"""Remote Site Name and Remote Document Name: the two fields by which a document under its own name here tells
where it came from, to people and, should its row in the register be missing, to this app."""

from collections.abc import Iterable

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

SITE_FIELD = "remote_site_name"
NAME_FIELD = "remote_document_name"
COMMON = {
	"fieldtype": "Data",
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"module": "Event Streaming",
	"translatable": 0,
}


def ensure_custom_fields(doctype: str) -> None:
	"""Puts both fields on `doctype`, indexed together. Changes the table: on MariaDB that commits."""
	if has_origin_fields(doctype):
		return
	site = {
		**COMMON,
		"fieldname": SITE_FIELD,
		"label": "Remote Site Name",
		"depends_on": f"eval:doc.{SITE_FIELD}",
	}
	name = {
		**COMMON,
		"fieldname": NAME_FIELD,
		"label": "Remote Document Name",
		"insert_after": SITE_FIELD,
		"depends_on": f"eval:doc.{NAME_FIELD}",
	}
	create_custom_fields({doctype: [site, name]}, ignore_validate=True)
	# Named after the DocType: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_index(doctype, [SITE_FIELD, NAME_FIELD], f"origin_of_{frappe.scrub(doctype)}"[:60])


def has_origin_fields(doctype: str) -> bool:
	return frappe.get_meta(doctype).has_field(NAME_FIELD)


def write_origin(doctype: str, name: str, producer: str, remote_name: str) -> None:
	if has_origin_fields(doctype):
		values = {SITE_FIELD: producer, NAME_FIELD: remote_name}
		frappe.db.set_value(doctype, name, values, update_modified=False)


def find_by_origin(doctype: str, producer: str, remote_names: Iterable[str]) -> dict[str, str]:
	"""Names of documents here by their names at `producer`."""
	remote_names = list(remote_names)
	if not remote_names or not frappe.db.table_exists(doctype) or not has_origin_fields(doctype):
		return {}
	rows = frappe.get_all(
		doctype,
		filters={SITE_FIELD: producer, NAME_FIELD: ["in", remote_names]},
		fields=["name", NAME_FIELD],
	)
	return {row[NAME_FIELD]: str(row.name) for row in rows}
