"""Remote Site Name and Remote Document Name: the two fields by which a document under its own name here tells
where it came from, to people and, should its row in the register be missing, to this app."""

from collections.abc import Iterable

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from event_streaming.document.singles import is_single

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


def ensure_custom_fields(doctype: str) -> bool:
	"""Puts both fields on `doctype`, indexed together. Changes the table: on MariaDB that commits.

	The columns come first: a field without its column would let nobody save.

	:returns: whether they are there. They are not on a Single, which has one name on all sites, and not where the table has no room for them: the register knows where documents
	        came from all the same
	"""
	if is_single(doctype):
		return False
	if not _add_columns(doctype):
		_remove_fields(doctype)
		return False
	if not has_origin_fields(doctype):
		create_custom_fields({doctype: _fields()}, ignore_validate=True)
		# Named after the DocType: on SQLite and Postgres an index name is unique in the whole database.
		frappe.db.add_index(doctype, [SITE_FIELD, NAME_FIELD], f"origin_of_{frappe.scrub(doctype)}"[:60])
	return True


def _fields() -> list[dict]:
	site = {"fieldname": SITE_FIELD, "label": "Remote Site Name", "depends_on": f"eval:doc.{SITE_FIELD}"}
	name = {
		"fieldname": NAME_FIELD,
		"label": "Remote Document Name",
		"insert_after": SITE_FIELD,
		"depends_on": f"eval:doc.{NAME_FIELD}",
	}
	return [{**COMMON, **site}, {**COMMON, **name}]


def _add_columns(doctype: str) -> bool:
	"""Whether the table has room for both columns; where that is bounded they are made."""
	if frappe.db.db_type == "sqlite":
		return True
	missing = [field for field in (SITE_FIELD, NAME_FIELD) if not frappe.db.has_column(doctype, field)]
	if not missing:
		return True
	additions = ", ".join(f"add column `{field}` varchar(140)" for field in missing)
	try:
		# nosemgrep -- placeholders, and names read from the database itself
		frappe.db.sql_ddl(f"alter table `tab{doctype}` {additions}")
	except Exception as error:
		if not _is_full(error):
			raise
		return False
	frappe.db.updatedb(doctype)  # which knows the columns from now on
	return True


def _is_full(error: Exception) -> bool:
	"""Whether the table takes no more columns: MariaDB's rows have 65,535 bytes, Postgres' tables 1,600 columns."""
	number = error.args[0] if error.args else None
	return number in (1117, 1118) or getattr(error, "pgcode", None) == "54011"


def _remove_fields(doctype: str) -> None:
	"""As a version before left them where their columns did not fit."""
	for field in (SITE_FIELD, NAME_FIELD):
		name = frappe.db.exists(
			"Custom Field", {"dt": doctype, "fieldname": field, "module": COMMON["module"]}
		)
		if name and not frappe.db.has_column(doctype, field):
			frappe.db.delete("Custom Field", {"name": name})
	frappe.clear_cache(doctype=doctype)
	frappe.db.commit()  # nosemgrep -- like the change of the table that was tried


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
