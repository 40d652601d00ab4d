import frappe
from frappe.model.document import Document


class EventReconciliation(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		behind: DF.Int
		different: DF.Int
		equal: DF.Int
		event_producer: DF.Data
		finished: DF.Datetime | None
		here: DF.Int
		message: DF.SmallText | None
		missing: DF.Int
		not_compared: DF.SmallText | None
		percent: DF.Percent
		ref_doctype: DF.Data
		remote_doctype: DF.Data
		started: DF.Datetime | None
		status: DF.Literal["Queued", "Running", "Done", "Stopped", "Failed"]
		surplus: DF.Int
		there: DF.Int
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_unique(
		"Event Reconciliation", ["event_producer", "remote_doctype"], "event_reconciliation_key"
	)
