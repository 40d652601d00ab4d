"""The earlier app's tables: what is in them, and what has to be put right before this app's DocTypes replace theirs.

Invariants:
- Before the DocTypes are synced nothing of this app can be asked: only tables and columns are looked at here.
- No column is dropped and no row deleted. Earlier DocTypes that this app lacks become custom ones, so that they stay readable.
"""

import json
from collections.abc import Iterable

import frappe
from frappe.modules import get_module_path

FOREIGN_COLUMNS = "event_streaming_foreign_columns"  # key of a global default
USE_SAME_NAME = "earlier_use_same_name"
LEFT_BEHIND = ("Event Update Log", "Event Update Log Consumer", "Event Producer Last Update")
MODULE = "Event Streaming"
FIELDS = {
	"Event Producer": {"producer_url", "api_key", "api_secret", "user", "incoming_change"},
	"Event Producer Document Type": {
		"ref_doctype", "status", "use_same_name", "has_mapping", "mapping", "unsubscribe", "condition",
	},
	"Event Consumer": {"callback_url", "api_key", "api_secret", "user", "incoming_change"},
	"Event Consumer Document Type": {"ref_doctype", "status", "unsubscribed", "condition"},
	"Event Sync Log": {
		"update_type", "ref_doctype", "docname", "status", "event_producer", "producer_doc", "data", "error",
		"use_same_name", "mapping", USE_SAME_NAME,
	},
	"Document Type Mapping": {"mapping_name", "local_doctype", "remote_doctype"},
	"Document Type Field Mapping": {
		"local_fieldname", "remote_fieldname", "default_value", "mapping_type", "mapping", "remote_value_filters",
	},
}  # fmt: skip
STANDARD = {
	"name", "creation", "modified", "modified_by", "owner", "docstatus", "idx", "parent", "parentfield", "parenttype",
	"_user_tags", "_comments", "_assign", "_liked_by", "_seen",
}  # fmt: skip


def is_earlier() -> bool:
	"""Whether this site's Event Producer or Event Consumer was once the earlier app's."""
	return has_columns("Event Producer", "user", "producer_url") or has_columns(
		"Event Consumer", "user", "callback_url"
	)


def has_columns(doctype: str, *names: str) -> bool:
	return bool(frappe.db.table_exists(doctype)) and set(names) <= columns(doctype)


def columns(doctype: str) -> set[str]:
	return set(frappe.db.get_table_columns(doctype))


def rows(doctype: str, wanted: Iterable[str], /, **where) -> list[frappe._dict]:
	"""Rows of a table as the database has them; columns that it lacks are None."""
	if not frappe.db.table_exists(doctype):
		return []
	there = columns(doctype)
	table = frappe.qb.DocType(doctype)
	wanted = list(wanted)
	query = frappe.qb.from_(table).select(*(table[name] for name in wanted if name in there))
	for name, value in where.items():
		query = query.where(table[name] == value)
	if "idx" in there:
		query = query.orderby(table.idx)
	empty = dict.fromkeys(wanted)
	return [frappe._dict(empty | row) for row in query.orderby(table.name).run(as_dict=True)]


def set_values(doctype: str, name: str, /, **values) -> None:
	"""Also of columns that the DocType no longer has."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.update(table).where(table.name == name)
	for column, value in values.items():
		query = query.set(table[column], value)
	query.run()


def prepare() -> None:
	"""Before the DocTypes are synced."""
	if not is_earlier():
		return
	note_foreign_columns()
	set_aside_use_same_name()
	keep_readable()


def foreign_columns() -> dict[str, list[str]]:
	"""{DocType: columns that neither the earlier app nor this one gave it}, of forks and of custom fields."""
	found = {}
	for doctype, known in FIELDS.items():
		if frappe.db.table_exists(doctype):
			if foreign := columns(doctype) - known - STANDARD - _fields_here(doctype):
				found[doctype] = sorted(foreign)
	return found


def note_foreign_columns() -> None:
	"""Once the DocTypes are synced nobody can tell a fork's columns from this app's."""
	if frappe.db.get_global(FOREIGN_COLUMNS) is None:
		frappe.db.set_global(FOREIGN_COLUMNS, json.dumps(foreign_columns()))


def _fields_here(doctype: str) -> set[str]:
	"""Fields of this app's own DocType, read from its file."""
	file = f"{get_module_path(MODULE)}/doctype/{frappe.scrub(doctype)}/{frappe.scrub(doctype)}.json"
	return {field["fieldname"] for field in frappe.get_file_json(file)["fields"]}


def set_aside_use_same_name() -> None:
	"""It was a text in the log, with whatever in it. A database doesn't make a number of that."""
	if has_columns("Event Sync Log", "producer_doc", "use_same_name") and not has_columns(
		"Event Sync Log", USE_SAME_NAME
	):
		# nosemgrep -- placeholders, and names read from the database itself
		frappe.db.sql_ddl(
			f"alter table `tabEvent Sync Log` rename column `use_same_name` to `{USE_SAME_NAME}`"
		)
		frappe.cache.delete_value("table_columns")


def keep_readable() -> None:
	"""A DocType without code is removed by `migrate`, unless it is a custom one."""
	for doctype in LEFT_BEHIND:
		if frappe.db.exists("DocType", doctype):
			frappe.db.set_value("DocType", doctype, {"custom": 1, "module": MODULE, "in_create": 1})
			read = {"create": 0, "write": 0, "delete": 0, "submit": 0, "cancel": 0, "amend": 0, "import": 0}
			for permission in frappe.get_all("DocPerm", {"parent": doctype}, pluck="name"):
				frappe.db.set_value("DocPerm", permission, read)
			frappe.clear_cache(doctype=doctype)
