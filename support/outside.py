"""Webhooks and workflows of a site. Runs inside the site; needs more of Frappe than the playground has."""

import frappe
from frappe.utils.background_jobs import get_queue

WEBHOOK_JOB = "enqueue_webhook"
STATES = ("Draft State", "Checked State", "Approved State")


def make_webhook(doctype: str) -> str:
	hook = frappe.get_doc(
		doctype="Webhook",
		name=f"Tells of {doctype}",
		webhook_doctype=doctype,
		webhook_docevent="after_insert",
		request_url="http://127.0.0.1:9/nobody",
		request_method="POST",
		request_structure="Form URL-Encoded",
		enabled=1,
	)
	return hook.insert().name


def remove_webhook(name: str) -> None:
	frappe.delete_doc("Webhook", name)
	frappe.cache.delete_value("webhooks")


def called_webhooks() -> list[str]:
	"""Names of the documents for which a webhook is queued."""
	names = []
	for queue in ("default", "short", "long"):
		for job in get_queue(queue).get_jobs():
			arguments = job.kwargs.get("kwargs") or {}
			if WEBHOOK_JOB in str(job.kwargs.get("method")) and job.kwargs.get("site") == frappe.local.site:
				names.append(arguments["doc"].name)
	return sorted(names)


def make_workflow(doctype: str) -> None:
	for state in STATES:
		if not frappe.db.exists("Workflow State", state):
			frappe.get_doc(doctype="Workflow State", workflow_state_name=state).insert()
	if not frappe.db.exists("Workflow Action Master", "Check It"):
		frappe.get_doc(doctype="Workflow Action Master", workflow_action_name="Check It").insert()
	step = {"action": "Check It", "allowed": "Administrator", "allow_self_approval": 1}
	frappe.get_doc(
		doctype="Workflow",
		workflow_name=f"Workflow of {doctype}",
		document_type=doctype,
		is_active=1,
		workflow_state_field="workflow_state",
		states=[{"state": state, "doc_status": "0", "allow_edit": "System Manager"} for state in STATES],
		transitions=[
			{"state": STATES[0], "next_state": STATES[1], **step},
			{"state": STATES[1], "next_state": STATES[2], **step},
		],
	).insert()


def remove_workflow(doctype: str) -> None:
	frappe.delete_doc("Workflow", f"Workflow of {doctype}", ignore_missing=True)
	frappe.clear_cache(doctype=doctype)
