import frappe
from frappe.model.document import Document


class ParkedDocument(Document):
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_unique("Parked Document", remote_document, "parked_document_key")
