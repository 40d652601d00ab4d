import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime


class EventByProduct(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		event_producer: DF.Data
		local_docname: DF.Data
		local_doctype: DF.Data
		remote_docname: DF.Data | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""What the producer has not told of for so long is this site's alone."""
		table = frappe.qb.DocType("Event By-Product")
		frappe.db.delete(table, filters=table.modified < add_days(now_datetime(), -days))


def on_doctype_update() -> None:
	# Names are explicit: on SQLite and Postgres an index name is unique in the whole database.
	here = ["local_doctype", "local_docname"]
	frappe.db.add_index("Event By-Product", [*here, "event_producer"], "event_by_product_local")
	frappe.db.add_index("Event By-Product", ["event_producer", "local_doctype"], "event_by_product_producer")
