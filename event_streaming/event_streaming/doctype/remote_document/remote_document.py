import frappe
from frappe.model.document import Document


class RemoteDocument(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		assigned_there: DF.LongText | None
		event_producer: DF.Data
		files_due: DF.Int
		home_creation: DF.Datetime | None
		home_name: DF.Data | None
		home_site: DF.Data | None
		home_site_id: DF.Data | None
		local_creation: DF.Datetime | None
		local_docname: DF.Data
		local_doctype: DF.Data
		log_id: DF.Int
		merged: DF.Check
		name_before: DF.Data | None
		remote_creation: DF.Datetime | None
		remote_docname: DF.Data
		remote_doctype: DF.Data
		tags_there: DF.SmallText | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_unique("Remote Document", remote_document, "remote_document_key")
	frappe.db.add_index("Remote Document", ["local_doctype", "local_docname"], "remote_document_local")
	frappe.db.add_index("Remote Document", ["home_name", "home_site"], "remote_document_home")
	frappe.db.add_index("Remote Document", ["home_creation"], "remote_document_born")
	made = ["event_producer", "remote_doctype", "remote_creation"]
	frappe.db.add_index("Remote Document", made, "remote_document_made")
	frappe.db.add_index("Remote Document", ["files_due"], "remote_document_files")
