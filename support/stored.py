"""All that a site has stored, at once: many documents in few queries. Runs inside the site."""

from collections.abc import Iterator

import frappe

from support.ops import compared_columns


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


def dangling_links(doctypes: list[str]) -> list[list[str]]:
	"""Links to documents that aren't there: (DocType, name, field, target DocType, target)."""
	names = {
		doctype: {name.lower() for name in frappe.get_all(doctype, pluck="name")} for doctype in doctypes
	}
	dangling = []
	for doctype in doctypes:
		for name, document in _documents(doctype).items():
			for field, target, value in _links(doctype, document):
				if target in names and str(value).lower() not in names[target]:
					dangling.append([doctype, name, field, target, value])
	return dangling


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
				row.idx = len(
					document[field.fieldname]
				)  # a row deleted by itself leaves a gap, which tells nothing
	return documents


def _links(doctype: str, document: dict) -> Iterator[tuple[str, str, str]]:
	"""(field, target DocType, target) of each link, in the rows too."""
	meta = frappe.get_meta(doctype)
	for field in meta.fields:
		if field.fieldtype in frappe.model.table_fields:
			for row in document.get(field.fieldname) or []:
				yield from _links(field.options, row)
		elif field.fieldtype in ("Link", "Dynamic Link") and document.get(field.fieldname):
			dynamic = field.fieldtype == "Dynamic Link"
			yield (
				field.fieldname,
				document.get(field.options) if dynamic else field.options,
				document[field.fieldname],
			)


def _select(doctype: str, filters: dict, extra: list | None = None, order_by: list | None = None) -> list:
	columns = [*compared_columns(doctype), *(extra or [])]
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*(table[column] for column in columns))
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
