"""Links that a document loses in its cancel.

What a controller made for a document it takes back in `on_cancel`, and then lets go of: the link is empty afterwards. On this
site the controller has to find it, too. So in a cancel such links are emptied after the life cycle, not before.
"""

from typing import TYPE_CHECKING

import frappe

from event_streaming.document import snapshot

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta


def split(doc: "Document", diff: dict) -> tuple[dict, dict]:
	"""
	:param diff: that cancels `doc`
	:returns: what comes with the cancel, and the links that are emptied after it
	"""
	kept, emptied = {**diff}, {}
	changed = diff.get("changed") or {}
	if own := _emptied(doc.meta, changed):
		kept["changed"] = {field: value for field, value in changed.items() if field not in own}
		emptied["changed"] = own
	children = snapshot.table_fields(doc.meta)
	for table, rows in (diff.get("row_changed") or {}).items():
		meta = frappe.get_meta(children[table])
		of_rows = {name: own for name, values in rows.items() if (own := _emptied(meta, values))}
		if of_rows:
			rest = {
				name: {field: value for field, value in values.items() if field not in of_rows.get(name, ())}
				for name, values in rows.items()
			}
			kept["row_changed"] = {**kept["row_changed"], table: rest}
			emptied.setdefault("row_changed", {})[table] = of_rows
	return kept, emptied


def _emptied(meta: "Meta", values: dict) -> dict:
	links = {field.fieldname for field in [*meta.get_link_fields(), *meta.get_dynamic_link_fields()]}
	return {field: value for field, value in values.items() if field in links and not value}
