import frappe
from frappe.model.document import Document


class UpdateLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		data: DF.Code | None
		docname: DF.Data
		event_key: DF.Data | None
		name: DF.Int | None
		origin: DF.Data | None
		path: DF.SmallText | None
		position: DF.Int
		ref_doctype: DF.Link
		update_type: DF.Literal["Create", "Update", "Delete", "Rename"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_index("Update Log", ["position", "name"], "update_log_position")
	frappe.db.add_index("Update Log", ["ref_doctype", "position"], "update_log_doctype_position")
	frappe.db.add_index("Update Log", ["ref_doctype", "docname"], "update_log_document")
