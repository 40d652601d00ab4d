"""All that a site has stored, at once: many documents in few queries. Runs inside the site."""

import frappe

from support.ops import _own_columns


def all_documents(doctypes: list[str]) -> dict[str, dict[str, dict]]:
	"""`{DocType: {name: stored values}}` as `ops.stored_values` gives them for one document."""
	return {doctype: _documents(doctype) for doctype in doctypes}


def orphaned_rows(doctypes: list[str]) -> list[list[str]]:
	"""Rows of these DocTypes' child tables whose document isn't there: (child DocType, parent, row)."""
	orphans = []
	for doctype in doctypes:
		names = set(frappe.get_all(doctype, pluck="name"))
		for field in frappe.get_meta(doctype).get_table_fields():
			for row in _rows(field.options, ["name", "parent"], doctype, field.fieldname):
				if row.parent not in names:
					orphans.append([field.options, row.parent, row.name])
	return orphans


def repeated(doctype: str, fields: list[str], **filters) -> list[dict]:
	"""Combinations of values of `fields` that more than one row has, with their count."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*(table[field] for field in fields))
	for field, value in filters.items():
		query = query.where(table[field] == value)
	seen: dict[tuple, int] = {}
	for row in query.run():
		seen[row] = seen.get(row, 0) + 1
	return [{**dict(zip(fields, values, strict=True)), "count": n} for values, n in seen.items() if n > 1]


def _documents(doctype: str) -> dict[str, dict]:
	meta = frappe.get_meta(doctype)
	documents = {}
	for row in _select(doctype, {}):
		row.pop("idx", None)
		documents[str(row.name)] = row
	for field in meta.get_table_fields():
		for document in documents.values():
			document[field.fieldname] = []
		of_doctype = {"parenttype": doctype, "parentfield": field.fieldname}
		for row in _select(field.options, of_doctype, extra=["parent"], order_by=["parent", "idx", "name"]):
			if document := documents.get(str(row.pop("parent"))):
				document[field.fieldname].append(row)
	return documents


def _select(doctype: str, filters: dict, extra: list | None = None, order_by: list | None = None) -> list:
	own = _own_columns(frappe.get_meta(doctype))
	columns = [column for column in frappe.db.get_table_columns(doctype) if column not in own]
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*(table[column] for column in [*columns, *(extra or [])]))
	for field, value in filters.items():
		query = query.where(table[field] == value)
	for field in order_by or ["name"]:
		query = query.orderby(table[field])
	return query.run(as_dict=True)


def _rows(child_doctype: str, fields: list[str], parenttype: str, parentfield: str) -> list:
	table = frappe.qb.DocType(child_doctype)
	query = frappe.qb.from_(table).select(*(table[field] for field in fields))
	return (
		query.where(table.parenttype == parenttype).where(table.parentfield == parentfield).run(as_dict=True)
	)
