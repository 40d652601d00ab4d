"""Documents that the submit of another one writes past all hooks, by `db_insert`: nobody hears of them.

An app declares by the hook `event_streaming_written_past_hooks` which methods of a controller do that, and of which DocType are the
documents, which link to it. They are logged with the submit that has written them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import frappe

if TYPE_CHECKING:
	from collections.abc import Collection

	from frappe.model.document import Document

HOOK = "event_streaming_written_past_hooks"  # {DocType: {"method of its controller": "DocType of what it writes"}}
SUBMITTED = 1


def declared(doctype: str) -> dict[str, list[str]]:
	"""DocTypes of what a controller's methods write so, by method."""
	return (frappe.get_hooks(HOOK) or {}).get(doctype) or {}


def written_by(doc: "Document", doctypes: "Collection[str]") -> Iterator[tuple[str, str]]:
	"""DocType and name of what the submit that ends now has written so.

	:param doctypes: in which anybody is interested
	"""
	if doc.docstatus != SUBMITTED or not _is_new_state(doc):
		return
	for doctype in sorted({kind for kinds in declared(doc.doctype).values() for kind in kinds}):
		if doctype in doctypes:
			for name in _unheard(doctype, doc):
				yield doctype, name


def _is_new_state(doc: "Document") -> bool:
	before = doc.get_doc_before_save()
	return not before or before.docstatus != SUBMITTED


def _unheard(doctype: str, doc: "Document") -> list[str]:
	found: list[str] = []
	for field in frappe.get_meta(doctype).get_link_fields():
		if field.options == doc.doctype:
			of = {field.fieldname: doc.name}
			found += frappe.get_all(doctype, of, pluck="name", order_by="creation, name", limit=0)
	names = list(dict.fromkeys(map(str, found)))
	of = {"ref_doctype": doctype, "docname": ("in", names)}
	heard = set(frappe.get_all("Update Log", of, pluck="docname", limit=0)) if names else set()
	return [name for name in names if name not in heard]
