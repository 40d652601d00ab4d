import frappe
from frappe.model.document import Document


class UpdateLog(Document):
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_index("Update Log", ["position", "name"], "update_log_position")
	frappe.db.add_index("Update Log", ["ref_doctype", "position"], "update_log_doctype_position")
	frappe.db.add_index("Update Log", ["ref_doctype", "docname"], "update_log_document")
