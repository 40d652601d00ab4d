import frappe
from frappe.model.document import Document


class EventDifference(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		differences: DF.Code | None
		docname: DF.Data | None
		event_producer: DF.Data
		kind: DF.Literal["Missing", "Different", "Surplus", "Behind"]
		message: DF.SmallText | None
		ref_doctype: DF.Data
		remote_docname: DF.Data
		remote_doctype: DF.Data
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_unique(
		"Event Difference", ["event_producer", "remote_doctype", "remote_docname"], "event_difference_key"
	)
