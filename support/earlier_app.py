"""The tables and rows that the earlier app of this name leaves on a site, laid out by field names alone. Operations of a site."""

import json

import frappe
from frappe.utils.password import set_encrypted_password

MODULE, APP = "Event Streaming", "event_streaming"
STATUS = "Pending\nApproved\nRejected"
LINK_FIELDS = [
	("api_key", "Data"),
	("api_secret", "Password"),
	("user", "Link", "User"),
	("incoming_change", "Check"),
]
DOCTYPES = {  # children first
	"Event Producer Document Type": [
		("ref_doctype", "Link", "DocType"), ("status", "Select", STATUS), ("use_same_name", "Check"), ("has_mapping", "Check"),
		("mapping", "Data"), ("unsubscribe", "Check"), ("condition", "Code"), ("fork_extra", "Data"),
	],
	"Event Consumer Document Type": [
		("ref_doctype", "Link", "DocType"), ("status", "Select", STATUS), ("unsubscribed", "Check"), ("condition", "Code"),
	],
	"Document Type Field Mapping": [
		("local_fieldname", "Data"), ("remote_fieldname", "Data"), ("default_value", "Data"),
		("mapping_type", "Select", "\nChild Table\nDocument"), ("mapping", "Data"), ("remote_value_filters", "Code"),
	],
	"Event Producer": [
		("producer_url", "Data"), *LINK_FIELDS, ("producer_doctypes", "Table", "Event Producer Document Type"),
	],
	"Event Consumer": [
		("callback_url", "Data"), *LINK_FIELDS, ("consumer_doctypes", "Table", "Event Consumer Document Type"),
	],
	"Event Update Log Consumer": [("consumer", "Link", "Event Consumer")],
	"Event Producer Last Update": [("event_producer", "Data"), ("last_update", "Data")],
	"Document Type Mapping": [
		("mapping_name", "Data"), ("local_doctype", "Link", "DocType"), ("remote_doctype", "Data"),
		("field_mapping", "Table", "Document Type Field Mapping"),
	],
	"Event Update Log": [
		("update_type", "Select", "Create\nUpdate\nDelete"), ("ref_doctype", "Link", "DocType"), ("docname", "Data"),
		("data", "Code"), ("consumers", "Table MultiSelect", "Event Update Log Consumer"),
	],
	"Event Sync Log": [
		("update_type", "Select", "Create\nUpdate\nDelete"), ("ref_doctype", "Data"), ("docname", "Data"),
		("status", "Select", "\nSynced\nFailed"), ("event_producer", "Data"), ("producer_doc", "Data"), ("data", "Code"),
		("error", "Code"), ("use_same_name", "Data"), ("mapping", "Data"),
	],
}  # fmt: skip
TABLES = [name for name in DOCTYPES if name.endswith(("Document Type", "Field Mapping", "Log Consumer"))]


def lay_out() -> None:
	"""An installed app of this name with those DocTypes, and nothing else of it."""
	from frappe.installer import add_to_installed_apps

	if not frappe.db.exists("Module Def", MODULE):
		frappe.get_doc(doctype="Module Def", module_name=MODULE, app_name=APP, custom=0).insert(
			ignore_permissions=True
		)
	for name, fields in DOCTYPES.items():
		_make_doctype(name, fields)
	frappe.flags.in_install = APP  # as an installation does: its hooks count before it is in the list of apps
	add_to_installed_apps(APP)
	frappe.flags.in_install = None
	frappe.db.commit()
	frappe.clear_cache()


def _make_doctype(name: str, fields: list) -> None:
	rows = [
		{
			"fieldname": field,
			"fieldtype": kind,
			"label": field.replace("_", " ").title(),
			"options": "".join(rest),
		}
		for field, kind, *rest in fields
	]
	permissions = (
		[]
		if name in TABLES
		else [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}]
	)
	values = {"module": MODULE, "custom": 1, "istable": int(name in TABLES), "autoname": "hash"}
	frappe.get_doc(doctype="DocType", name=name, fields=rows, permissions=permissions, **values).insert()
	frappe.db.set_value("DocType", name, "custom", 0)


def add(doctype: str, name: str, children: dict | None = None, **values) -> None:
	"""One row of a table as it stands, past every controller.

	:param children: {table field: (its DocType, [values])}
	"""
	_insert(doctype, name, values)
	for table, (child, rows) in (children or {}).items():
		for number, row in enumerate(rows, 1):
			parent = {"parent": name, "parenttype": doctype, "parentfield": table, "idx": number}
			_insert(child, frappe.generate_hash(length=10), {**parent, **row})


def _insert(doctype: str, name: str, values: dict) -> None:
	table = frappe.qb.DocType(doctype)
	now = frappe.utils.now()
	row = {
		"name": name,
		"creation": now,
		"modified": now,
		"owner": "Administrator",
		"modified_by": "Administrator",
		**values,
	}
	frappe.qb.into(table).columns(*(table[column] for column in row)).insert(*row.values()).run()


def set_secret(doctype: str, name: str, secret: str) -> None:
	set_encrypted_password(doctype, name, secret, "api_secret")


def secrets() -> list[str]:
	"""Names whose secret is kept for the two kinds of link."""
	auth = frappe.qb.Table("__Auth")
	rows = frappe.qb.from_(auth).select(auth.doctype, auth.name, auth.fieldname).run()
	return [f"{doctype} {name} {field}" for doctype, name, field in rows if str(doctype).startswith("Event ")]


def add_origin_fields(doctype: str) -> None:
	"""As the earlier app put them on what it named by itself."""
	from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

	fields = [
		{"fieldname": "remote_docname", "label": "Remote Document Name", "fieldtype": "Data", "read_only": 1},
		{"fieldname": "remote_site_name", "label": "Remote Site", "fieldtype": "Data", "read_only": 1},
	]
	create_custom_fields({doctype: fields}, ignore_validate=True)


def write(doctype: str, name: str, **values) -> None:
	"""Past the document's life cycle."""
	frappe.db.set_value(doctype, name, values, update_modified="modified" in values)


def move_time(doctype: str, name: str, modified: str) -> None:
	table = frappe.qb.DocType(doctype)
	frappe.qb.update(table).set(table.modified, modified).where(table.name == name).run()


def all_rows(doctype: str) -> list[dict]:
	return json.loads(
		frappe.as_json(frappe.qb.from_(frappe.qb.DocType(doctype)).select("*").run(as_dict=True))
	)


def translate(condition: str, doctype: str) -> list | str:
	"""Filters, or why not."""
	from event_streaming.takeover import conditions

	try:
		return conditions.translate(condition, doctype)
	except conditions.NotExpressible as error:
		return f"no: {error}"


def take_over() -> None:
	from event_streaming.takeover.takeover import take_over

	take_over()


def deletes(doctype: str, name: str) -> None:
	frappe.delete_doc(doctype, name, force=True)


def join() -> None:
	"""As the schedule does, and as if its time had come."""
	from event_streaming.takeover import joining

	for producer in joining.waiting():
		frappe.db.set_value("Event Stream Cursor", producer, "next_attempt_at", None)
		joining.join(producer)


def make_note(title: str, content: str) -> None:
	frappe.get_doc(doctype="Note", title=title, content=content, public=1).insert(set_name=title)
