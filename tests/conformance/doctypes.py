"""DocTypes that the statements are about, made once on a site."""

import frappe

from conformance.expecting import NODE, RECORD, ROW, SETTINGS, TARGET, USER, VOUCHER

ROLE = "Conformance User"
FULL = {"read": 1, "write": 1, "create": 1, "delete": 1, "submit": 1, "cancel": 1, "amend": 1}


def prepare() -> None:
	for role in (ROLE, "Conformance Reader", "Conformance Owner"):
		if not frappe.db.exists("Role", role):
			frappe.get_doc(doctype="Role", role_name=role).insert()
	if not frappe.db.exists("User", USER):
		user = frappe.get_doc(doctype="User", email=USER, first_name="Conformance", send_welcome_email=0)
		user.append_roles(ROLE)
		user.insert()
	for make in (_target, _row, _record, _voucher, _node, _settings, *_named_doctypes()):
		make()


def _doctype(name: str, fields: list[dict], **values: object) -> None:
	if frappe.db.exists("DocType", name):
		return
	for df in fields:
		df.setdefault("label", df["fieldname"].replace("_", " ").title())
	permissions = values.pop("permissions", None) or [_rule(ROLE), _rule("System Manager")]
	if not values.get("is_submittable"):
		permissions = [{**rule, "submit": 0, "cancel": 0, "amend": 0} for rule in permissions]
	values = {
		"module": "Core",
		"custom": 1,
		"permissions": [] if values.get("istable") else permissions,
		**values,
	}
	frappe.get_doc({"doctype": "DocType", "name": name, "fields": fields, **values}).insert()


def _rule(role: str, **rights: int) -> dict:
	return {"role": role, **(dict.fromkeys(FULL, 0) | rights if rights else FULL)}


def _field(fieldname: str, fieldtype: str = "Data", options: str | None = None, **values: object) -> dict:
	return {"fieldname": fieldname, "fieldtype": fieldtype, "options": options, **values}


def _target() -> None:
	fields = [
		_field("label", reqd=1),
		_field("color"),
		_field("notes", "Text Editor"),
		_field("bound_to", "Link", "User"),
	]
	_doctype(TARGET, fields, autoname="field:label", allow_rename=1)


def _row() -> None:
	fields = [
		_field("item", reqd=1),
		_field("number", "Int"),
		_field("amount", "Float"),
		_field("target", "Link", TARGET),
		_field("state", "Select", "New\nOld", default="New"),
		_field("internal", permlevel=1),
	]
	_doctype(ROW, fields, istable=1)


def _record() -> None:
	fields = [
		_field("title", reqd=1),
		_field("status", "Select", "Open\nClosed"),
		_field("priority", "Select", "Low\nHigh", default="High"),
		_field("number", "Int"),
		_field("amount", "Float", non_negative=1),
		_field("price", "Currency"),
		_field("flag", "Check", default="1"),
		_field("day", "Date", default="Today"),
		_field("moment", "Datetime"),
		_field("clock", "Time"),
		_field("target", "Link", TARGET),
		_field("target_color", fetch_from="target.color"),
		_field("kept_color", fetch_from="target.color", fetch_if_empty=1),
		_field("linked_doctype", "Link", "DocType"),
		_field("linked_name", "Dynamic Link", "linked_doctype"),
		_field("short", length=10),
		_field("text", "Small Text"),
		_field("html", "Text Editor"),
		_field("code", "Code"),
		_field("data", "JSON"),
		_field("secret", "Password"),
		_field("number_plate", unique=1),
		_field("once", set_only_once=1),
		_field("email", options="Email"),
		_field("url", options="URL"),
		_field("internal", permlevel=1),
		_field("rows", "Table", ROW),
		_field("more_rows", "Table", ROW),
	]
	rules = [
		_rule(ROLE),
		_rule("System Manager"),
		{"role": "System Manager", "permlevel": 1, "read": 1, "write": 1},
	]
	rules += [_rule("Conformance Reader", read=1), {**_rule("Conformance Owner"), "if_owner": 1}]
	_doctype(RECORD, fields, permissions=rules, allow_rename=1, track_changes=1)


def _voucher() -> None:
	fields = [
		_field("title", reqd=1),
		_field("amount", "Float"),
		_field("remark", allow_on_submit=1),
		_field("target", "Link", TARGET),
		_field("other", "Link", VOUCHER),
		_field("rows", "Table", ROW),
		_field("open_rows", "Table", ROW, allow_on_submit=1),
		_field("amended_from", "Link", VOUCHER, read_only=1, no_copy=1),
	]
	_doctype(VOUCHER, fields, is_submittable=1, autoname="CV-.####", allow_rename=1)


def _node() -> None:
	_doctype(NODE, [_field("label", reqd=1)], is_tree=1, autoname="field:label", allow_rename=1)


def _settings() -> None:
	_doctype(
		SETTINGS,
		[_field("hours", default="9 to 5"), _field("days", "Int"), _field("target", "Link", TARGET)],
		issingle=1,
	)


def _named_doctypes() -> list:
	rules = {
		"Conformance Series": "naming_series:",
		"Conformance Prompt": "Prompt",
		"Conformance Format": "format:CF-{kind}-{##}",
		"Conformance Expression": "CE-.{kind}.-.###",
		"Conformance Number": "autoincrement",
		"Conformance Random": "hash",
	}

	def maker(name: str, autoname: str):
		fields = [_field("kind"), _field("naming_series", "Select", "CS-A-.##\nCS-B-.##")]
		return lambda: _doctype(name, fields, autoname=autoname, allow_rename=1)

	return [maker(name, autoname) for name, autoname in rules.items()]
