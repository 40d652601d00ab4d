import json

import frappe
from frappe.model.document import Document
from frappe.utils import cint

from event_streaming.desk import change
from event_streaming.producer.terms import given_rows


class UpdateLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		cause: DF.SmallText | None
		changed_at: DF.Data | None
		data: DF.Code | None
		docname: DF.Data
		event_key: DF.Data | None
		knows: DF.SmallText | None
		name: DF.Int | None
		origin: DF.Data | None
		path: DF.SmallText | None
		position: DF.Int
		ref_doctype: DF.Link
		source: DF.Data | None
		source_id: DF.Int
		update_type: DF.Literal["Create", "Update", "Delete", "Rename"]

	# end: auto-generated types
	def onload(self) -> None:
		self.set_onload("change", change.of_update_log(self))
		self.set_onload("is_here", change.is_here(self.ref_doctype, self.docname))
		self.set_onload("consumers", consumers_of(self))


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_index("Update Log", ["position", "name"], "update_log_position")
	frappe.db.add_index("Update Log", ["ref_doctype", "position"], "update_log_doctype_position")
	frappe.db.add_index("Update Log", ["ref_doctype", "docname"], "update_log_document")
	frappe.db.add_index("Update Log", ["document_creation"], "update_log_document_creation")


def consumers_of(log: UpdateLog) -> list[dict]:
	"""The sites that are to have this change, and whether they have fetched it."""
	sites = [row.parent for row in given_rows(["parent"], ref_doctype=log.ref_doctype)]
	passed = json.loads(log.path or "[]")
	rows = frappe.get_all(
		"Event Consumer", {"name": ["in", sites]}, ["name", "position"], order_by="name asc"
	)
	return [
		{"site": row.name, "fetched": 0 < cint(log.position) <= cint(row.position)}
		for row in rows
		if row.name not in passed
	]
