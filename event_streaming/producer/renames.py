"""A rename changes, behind every hook, the documents that link to what was renamed.

Who consumes both hears the rename and does the same. Who consumes only the linking documents would keep the
old name in them for ever, so for them each such link is logged as a direct change of its document.
"""

from collections.abc import Iterator

import frappe

from event_streaming.producer.terms import given_rows

TableLinks = Iterator[tuple[str | None, str, str, str | None]]


def linking_documents(doctype: str, new: str, linking_doctypes: set[str]) -> Iterator[tuple[str, str, dict]]:
	"""
	:param new: name that documents of `doctype` have now
	:param linking_doctypes: where to look for links
	:returns: (DocType, name, data of a direct Update) for each document, or row, with such a link
	"""
	for linking in sorted(linking_doctypes):
		for table, holder, field, doctype_field in _link_fields(linking, doctype):
			same = {"changed": {field: new}, "direct": 1}
			for row in _rows(holder, field, doctype_field, doctype, new, table and linking):
				if table:
					yield linking, row.parent, {"row_changed": {table: {row.name: {field: new}}}, "direct": 1}
				else:
					yield linking, row.name, same


def doctypes_without(doctype: str) -> set[str]:
	"""DocTypes approved for a consumer that does not hear what happens to `doctype` itself."""
	rows = given_rows(["parent"])
	hears = {row.parent for row in rows if row.ref_doctype == doctype}
	return {row.ref_doctype for row in rows if row.parent not in hears}


def _link_fields(linking: str, doctype: str) -> TableLinks:
	meta = frappe.get_meta(linking)
	holders = [(None, meta)] + [
		(field.fieldname, frappe.get_meta(field.options)) for field in meta.get_table_fields()
	]
	for table, holder in holders:
		for field in holder.fields:
			if field.get("is_virtual"):
				continue
			if field.fieldtype == "Link" and field.options == doctype:
				yield table, holder.name, field.fieldname, None
			elif field.fieldtype == "Dynamic Link":
				yield table, holder.name, field.fieldname, field.options


def _rows(
	holder: str, field: str, doctype_field: str | None, doctype: str, new: str, parenttype: str | None
) -> list[frappe._dict]:
	table = frappe.qb.DocType(holder)
	query = frappe.qb.from_(table).select(table.name).where(table[field] == new)
	if parenttype:
		query = query.select(table.parent).where(table.parenttype == parenttype)
	if doctype_field:
		query = query.where(table[doctype_field] == doctype)
	return query.run(as_dict=True)
