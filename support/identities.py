"""What the tests of identity do to a site. Runs inside the site."""

import frappe

from support import factories


def create_with_row_names(doctype: str, table: str, row_names: list[str], **values) -> str:
	"""A document whose rows have these names, as on every site that was made from one backup."""
	doc = factories.new_test_document(doctype, **values)
	for number, name in enumerate(row_names, start=1):
		row = doc.append(table, {"idx": number})
		row.name = name
	return doc.insert(set_child_names=False).name


def row_names(doctype: str, name: str, table: str) -> list[str]:
	return [row.name for row in frappe.get_doc(doctype, name).get(table)]


def forget_identities() -> None:
	"""As version 0.1 left a site: no ids, no `creation` of anything."""
	for doctype, fields in (
		("Remote Document", ("local_creation", "remote_creation", "home_site_id", "home_creation")),
		("Update Log", ("document_creation",)),
		("Update Log Head", ("site_id", "bound_to")),
		("Event Producer", ("site_id",)),
		("Event Consumer", ("site_id",)),
	):
		table = frappe.qb.DocType(doctype)
		for field in fields:
			frappe.qb.update(table).set(table[field], None).run()
	frappe.local.event_streaming_site = None
