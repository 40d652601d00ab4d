import frappe
from frappe.model.document import Document


class EventBackfill(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		done: DF.Int
		event_producer: DF.Data
		failed: DF.Int
		finished: DF.Datetime | None
		last_created: DF.Data | None
		last_name: DF.Data | None
		message: DF.SmallText | None
		part: DF.SmallText | None
		ref_doctype: DF.Data
		remote_doctype: DF.Data
		settling: DF.Check
		skipped: DF.Int
		started: DF.Datetime | None
		status: DF.Literal["Queued", "Running", "Done", "Stopped", "Failed"]
		taken: DF.Int
		total: DF.Int
		waiting: DF.Int
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_unique("Event Backfill", ["event_producer", "remote_doctype"], "event_backfill_key")
