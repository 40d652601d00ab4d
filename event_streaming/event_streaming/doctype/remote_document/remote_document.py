import frappe
from frappe.model.document import Document


class RemoteDocument(Document):
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_unique("Remote Document", remote_document, "remote_document_key")
	frappe.db.add_index("Remote Document", ["local_doctype", "local_docname"], "remote_document_local")
	frappe.db.add_index("Remote Document", ["home_name", "home_site"], "remote_document_home")
