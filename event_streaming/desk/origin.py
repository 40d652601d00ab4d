"""What a form shows of a document that came from another site."""

import frappe
from frappe import _
from frappe.utils import cstr

from event_streaming.consumer.identity.read_only import owner_of
from event_streaming.consumer.sync_log import UNSETTLED
from event_streaming.document.streamable import OWN_MODULE

KEY = "event_streaming"
ROWS = ("event_producer", "remote_doctype", "remote_docname", "home_site")


def tell_form(doc, method: str | None = None) -> None:
	"""Puts the document's origin on what its form is sent; nothing for one that was made here.

	Runs with each form that is opened, so it costs one look into an index.
	"""
	if doc.meta.module == OWN_MODULE or not doc.name or frappe.session.user == "Guest":
		return
	sources = _sources(doc.doctype, cstr(doc.name))
	if sources and doc.has_permission("read"):
		read_only = bool(owner_of(doc.doctype, cstr(doc.name)))
		doc.set_onload(KEY, {"sources": sources, "logs": _count_logs(doc), "read_only": read_only})


def _sources(doctype: str, name: str) -> list[dict]:
	filters = {"local_doctype": doctype, "local_docname": name}
	rows = frappe.get_all("Remote Document", filters, [*ROWS], order_by="creation asc", limit=5)
	return [_source(row) for row in rows]


def _source(row: frappe._dict) -> dict:
	return {
		"site": row.event_producer,
		"doctype": row.remote_doctype,
		"name": row.remote_docname,
		"home": row.home_site if row.home_site != row.event_producer else None,
		"linked": bool(frappe.db.exists("Event Producer", row.event_producer)),
		"trouble": _trouble(row),
	}


def _trouble(row: frappe._dict) -> dict | None:
	"""That later changes wait; why is told only to those who may read the logs, as it may hold values of others."""
	filters = {key: row[key] for key in ("event_producer", "remote_doctype", "remote_docname")}
	parked = frappe.db.get_value("Parked Document", filters, ["status", "message"], as_dict=True)
	if not parked:
		return None
	if not frappe.has_permission("Event Sync Log", "read"):
		return {"status": parked.status}
	log = frappe.db.get_value(
		"Event Sync Log", {**filters, "status": ("in", UNSETTLED)}, "name", order_by="event_id asc"
	)
	return {
		"status": parked.status,
		"message": parked.message or _("It could not be taken over."),
		"log": log,
	}


def _count_logs(doc) -> int | None:
	"""Changes of the document in the Event Sync Log; None for who may not read that."""
	if not frappe.has_permission("Event Sync Log", "read"):
		return None
	return frappe.db.count("Event Sync Log", {"ref_doctype": doc.doctype, "docname": cstr(doc.name)})
