"""Versions: what each save of a tracked document changed."""

import json
from typing import Any

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class Version(Document):
	def update_version_info(self, old: Document | None, new: Document) -> bool:
		"""Fills the version with the difference. False if there is none."""
		if not old:
			return False
		diff = get_diff(old, new)
		if not diff:
			return False
		self.ref_doctype = new.doctype
		self.docname = new.name
		self.data = frappe.as_json(diff, indent=None, separators=(",", ":"))
		return True

	def get_data(self) -> dict:
		return json.loads(self.data)


def get_diff(old: Document, new: Document, for_child: bool = False, compare_cancelled: bool = False) -> Any:
	"""`changed` fields, rows `added` and `removed`, and `row_changed` with the row's changed fields.

	Frappe formats numbers and dates for the reader; here they are as they are.
	"""
	if not new:
		return None
	out = frappe._dict(
		changed=[],
		added=[],
		removed=[],
		row_changed=[],
		data_import=new.flags.via_data_import,
		updater_reference=new.flags.updater_reference,
	)
	for df in new.meta.fields:
		if df.fieldtype in table_fields:
			if not for_child:
				_compare_rows(df.fieldname, old, new, out)
		elif df.fieldtype not in no_value_fields and old.get(df.fieldname) != new.get(df.fieldname):
			out.changed.append([df.fieldname, old.get(df.fieldname), new.get(df.fieldname)])
	for fieldname in () if for_child else ("name", "docstatus"):
		if getattr(old, fieldname) != getattr(new, fieldname):
			out.changed.append([fieldname, getattr(old, fieldname), getattr(new, fieldname)])
	return out if any(out[kind] for kind in ("changed", "added", "removed", "row_changed")) else None


def _compare_rows(fieldname: str, old: Document, new: Document, out: frappe._dict) -> None:
	old_rows = {row.name: row for row in old.get(fieldname) or ()}
	for number, row in enumerate(new.get(fieldname) or ()):
		before = old_rows.pop(row.name, None)
		if before is None:
			out.added.append([fieldname, row.as_dict()])
		elif diff := get_diff(before, row, for_child=True):
			out.row_changed.append([fieldname, number, row.name, diff.changed])
	out.removed += [[fieldname, row.as_dict()] for row in old_rows.values()]


def on_doctype_update() -> None:
	frappe.db.add_index("Version", ["ref_doctype", "docname"])
