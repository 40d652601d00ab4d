"""Which DocTypes are linked to by fields that say in another field what they link to."""

from typing import Any

import frappe

LIFETIME = 12 * 60 * 60  # seconds


def get_dynamic_link_map(for_delete: bool = False) -> dict[str, list]:
	"""For each DocType the Dynamic Link fields that may point to it."""
	known = getattr(frappe.local, "dynamic_link_map", None)
	if known is not None and not frappe.flags.in_test:
		return known
	out: dict[str, list] = {}
	for df in _get_dynamic_links():
		if frappe.get_meta(df.parent).issingle:
			out.setdefault(df.parent, []).append(df)
			continue
		for doctype in fetch_distinct_link_doctypes(df.parent, df.options):
			out.setdefault(doctype, []).append(df)
	frappe.local.dynamic_link_map = out
	return out


def _get_dynamic_links() -> list[frappe._dict]:
	"""Fields of DocTypes that users edit come first, so that messages name those."""
	fields = frappe.get_all(
		"DocField",
		filters={"fieldtype": "Dynamic Link", "parenttype": "DocType"},
		fields=["parent", "fieldname", "options"],
	) + frappe.get_all(
		"Custom Field", filters={"fieldtype": "Dynamic Link"}, fields=["dt as parent", "fieldname", "options"]
	)
	flags = {
		row.name: (row.read_only or 0, row.in_create or 0)
		for row in frappe.get_all("DocType", fields=["name", "read_only", "in_create"])
	}
	return sorted((df for df in fields if df.parent in flags), key=lambda df: flags[df.parent])


def _get_key(doctype: str, fieldname: str) -> str:
	return f"dynamic_link_map::{doctype}::{fieldname}"


def fetch_distinct_link_doctypes(doctype: str, fieldname: str) -> list[Any]:
	key = _get_key(doctype, fieldname)
	doctypes = frappe.cache.get_value(key, expires=True)
	if doctypes is None:
		doctypes = frappe.db.sql(f'SELECT DISTINCT "{fieldname}" FROM "tab{doctype}"', pluck=True)
		frappe.cache.set_value(key, doctypes, expires_in_sec=LIFETIME)
	return doctypes


def invalidate_distinct_link_doctypes(doctype: str, fieldname: str, linked_doctype: str) -> None:
	key = _get_key(doctype, fieldname)
	doctypes = frappe.cache.get_value(key, expires=True)
	if isinstance(doctypes, list) and linked_doctype not in doctypes:
		frappe.cache.delete_value(key)
		frappe.db.after_commit.add(lambda: frappe.cache.delete_value(key))
