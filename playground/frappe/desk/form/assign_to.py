"""Assigning documents to users: an open ToDo about the document for each. Nobody is shared a document with here."""

from typing import Any

import frappe
from frappe import _
from frappe.playground.missing import module_getattr
from frappe.utils import nowdate

__getattr__ = module_getattr(__name__)


def get(args: Any) -> list:
	place = {"reference_type": args["doctype"], "reference_name": args["name"]}
	is_open = {"status": ("not in", ("Cancelled", "Closed"))}
	return frappe.get_all("ToDo", fields=["allocated_to as owner", "name"], filters={**place, **is_open})


@frappe.whitelist()
def add(args: Any = None, *, ignore_permissions: bool = False) -> list:
	args = args or frappe.form_dict
	doctype, name = args["doctype"], args["name"]
	for user in frappe.parse_json(args.get("assign_to")):
		if not ignore_permissions:
			frappe.get_doc(doctype, name).check_permission()
		place = {
			"reference_type": doctype,
			"reference_name": str(name),
			"allocated_to": user,
			"status": "Open",
		}
		if frappe.get_all("ToDo", filters=place):
			continue
		description = args.get("description") or _("Assignment for {0} {1}").format(doctype, name)
		todo = frappe.get_doc(
			{
				"doctype": "ToDo",
				**place,
				"description": description,
				"priority": args.get("priority", "Medium"),
				"date": args.get("date", nowdate()),
				"assigned_by": args.get("assigned_by", frappe.session.user),
			}
		).insert(ignore_permissions=True)
		if not frappe.has_permission(doc=frappe.get_doc(doctype, name), user=user):
			raise frappe.NotInPlayground("assigning somebody who may not read the document")
		notify_assignment(todo.assigned_by, user, doctype, name, action="ASSIGN", description=description)
	return get(args)


@frappe.whitelist()
def remove(doctype: str, name: Any, assign_to: str, ignore_permissions: bool = False) -> list:
	return set_status(doctype, name, "", assign_to, "Cancelled", ignore_permissions)


@frappe.whitelist()
def close(doctype: str, name: Any, assign_to: str, ignore_permissions: bool = False) -> list:
	if assign_to != frappe.session.user:
		frappe.throw(_("Only the assignee can complete this to-do."))
	return set_status(doctype, name, "", assign_to, "Closed", ignore_permissions)


def set_status(
	doctype: str,
	name: Any,
	todo: str | None = None,
	assign_to: str | None = None,
	status: str = "Cancelled",
	ignore_permissions: bool = False,
) -> list:
	if not ignore_permissions:
		frappe.get_doc(doctype, name).check_permission()
	place = {"reference_type": doctype, "reference_name": name, "allocated_to": assign_to}
	todo = todo or frappe.db.get_value("ToDo", {**place, "status": ("!=", status)})
	if todo and frappe.db.exists("ToDo", todo):
		doc = frappe.get_doc("ToDo", todo)
		doc.status = status
		doc.save(ignore_permissions=True)
		notify_assignment(doc.assigned_by, doc.allocated_to, doctype, name)
	return get({"doctype": doctype, "name": name})


def notify_assignment(
	assigned_by: str,
	allocated_to: str,
	doc_type: str,
	doc_name: Any,
	action: str = "CLOSE",
	description: Any = None,
) -> None:
	if assigned_by == allocated_to or not frappe.db.get_value("User", allocated_to, "enabled"):
		return
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Assignment",
			"document_type": doc_type,
			"document_name": doc_name,
			"subject": f"{action} {doc_type} {doc_name}",
			"for_user": allocated_to,
			"email_content": description,
		}
	).insert(ignore_permissions=True)
