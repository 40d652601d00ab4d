import frappe
from frappe.model.document import Document


class ParkedDocument(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		event_producer: DF.Data
		message: DF.SmallText | None
		next_retry_at: DF.Datetime | None
		remote_docname: DF.Data
		remote_doctype: DF.Data
		status: DF.Literal["Retrying", "Waiting", "Failed"]
		waits_for_doctype: DF.Data | None
		waits_for_name: DF.Data | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	remote_document = ["event_producer", "remote_doctype", "remote_docname"]
	frappe.db.add_unique("Parked Document", remote_document, "parked_document_key")
