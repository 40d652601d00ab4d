"""What ERPNext works out of orders that are changed past their life cycle.

*Update Items* writes into a submitted order, and *Close*, *Stop* and *Re-open* set its status. Then they count anew in the Bins what is
reserved, requested, ordered and planned, and say at what rate an item was bought last. The rows and the status come as changes of the
order; ERPNext itself counts here, too.
"""

from typing import TYPE_CHECKING

import frappe

from event_streaming.link.protocol import ROW_PARTS

if TYPE_CHECKING:
	from frappe.model.document import Document

TABLE = "items"
COUNTS = {
	"Sales Order": ("update_reserved_qty",),
	"Purchase Order": ("update_requested_qty", "update_ordered_qty"),
	"Material Request": ("update_requested_qty",),
	"Work Order": ("update_planned_qty", "update_reserved_qty_for_production"),
}


def count_again(doc: "Document", diff: dict) -> None:
	"""Hook `event_streaming_after_direct_change`."""
	in_rows = any(TABLE in (diff.get(part) or {}) for part in ROW_PARTS)
	if "erpnext" not in frappe.get_installed_apps() or not (
		in_rows or "status" in (diff.get("changed") or {})
	):
		return
	for method in COUNTS[doc.doctype]:
		getattr(doc, method)()
	if in_rows:
		_count_places_left(doc)
		if doc.doctype == "Purchase Order":
			frappe.get_attr("erpnext.buying.utils.update_last_purchase_rate")(doc, is_submit=1)


def _count_places_left(doc: "Document") -> None:
	"""Of items and warehouses that the order names no longer."""
	named = {_place(row) for row in doc.get(TABLE)}
	before = doc.get_doc_before_save()
	count = frappe.get_attr("erpnext.controllers.accounts_controller.update_bin_on_delete")
	for row in before.get(TABLE) if before else ():
		if row.warehouse and _place(row) not in named:
			count(row, doc.doctype)


def _place(row: "Document") -> tuple:
	return row.item_code, row.warehouse
