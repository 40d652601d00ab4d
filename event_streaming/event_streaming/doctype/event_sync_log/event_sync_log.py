import frappe
from frappe.model.document import Document


class EventSyncLog(Document):
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_index("Event Sync Log", remote_document, "event_sync_log_remote_document")
	frappe.db.add_index("Event Sync Log", ["event_producer", "status"], "event_sync_log_producer_status")
	frappe.db.add_index("Event Sync Log", ["ref_doctype", "docname"], "event_sync_log_document")
