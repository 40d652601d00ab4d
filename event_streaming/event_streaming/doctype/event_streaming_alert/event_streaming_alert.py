import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class EventStreamingAlert(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		fault: DF.Data
		last_seen: DF.Datetime | None
		link_doctype: DF.Data | None
		link_name: DF.Data | None
		message: DF.SmallText | None
		over_at: DF.Datetime | None
		remedy: DF.SmallText | None
		since: DF.Datetime | None
		status: DF.Literal["Pending", "Open", "Ending", "Over"]
		told_at: DF.Datetime | None

	# end: auto-generated types
	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		table = frappe.qb.DocType("Event Streaming Alert")
		frappe.db.delete(
			table, filters=((table.status == "Over") & (table.modified < (Now() - Interval(days=days))))
		)
