"""Masked fields (Frappe 16): a user who lacks the right to see them gets `XXXX` in place of their values.

A mask is not a value: it is neither sent nor compared nor written. Earlier versions of Frappe mask nothing.
"""

from typing import TYPE_CHECKING

import frappe
from frappe.utils import cint

from event_streaming.document.snapshot import once

if TYPE_CHECKING:
	from frappe.model.meta import Meta


def masked_fields(meta: "Meta", user: str | None = None, parent_doctype: str | None = None) -> set[str]:
	"""Fieldnames whose values `user` (by default the session's) may not see, of a document or a row of `parent_doctype`."""
	user = user or frappe.session.user
	masked = once(meta, _with_mask)
	if not masked or user == "Administrator":
		return set()
	levels = frappe.get_meta(parent_doctype or meta.name).get_permlevel_access("mask", user=user)
	return {field.fieldname for field in masked if cint(field.permlevel) not in levels}


def _with_mask(meta: "Meta") -> list:
	return [field for field in meta.fields if cint(field.get("mask"))]


def masked_doctypes() -> list[str]:
	"""DocTypes that have fields which Frappe masks for some users."""
	if not frappe.get_meta("DocField").has_field("mask"):
		return []
	masked = set(frappe.get_all("DocField", {"mask": 1}, pluck="parent"))
	if frappe.get_meta("Custom Field").has_field("mask"):
		masked |= set(frappe.get_all("Custom Field", {"mask": 1}, pluck="dt"))
	masked |= set(frappe.get_all("Property Setter", {"property": "mask", "value": "1"}, pluck="doc_type"))
	return sorted(masked)
