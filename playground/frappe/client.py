"""What forms and other programs call to read and write documents."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.model import child_table_fields, default_fields
from frappe.model.db_query import check_parent_permission
from frappe.playground.missing import module_getattr
from frappe.utils import get_safe_filters

__getattr__ = module_getattr(__name__)


@frappe.whitelist()
def get_list(
	doctype: Any,
	fields: Any = None,
	filters: Any = None,
	group_by: Any = None,
	order_by: Any = None,
	limit_start: Any = None,
	limit_page_length: Any = 20,
	parent: Any = None,
	debug: bool = False,
	as_dict: bool = True,
	or_filters: Any = None,
) -> list:
	if frappe.is_table(doctype):
		check_parent_permission(parent, doctype)
	return frappe.get_list(
		doctype,
		parent_doctype=parent,
		fields=fields,
		filters=filters,
		or_filters=or_filters,
		group_by=group_by,
		order_by=order_by,
		limit_start=limit_start,
		limit_page_length=limit_page_length,
		as_list=not as_dict,
	)


@frappe.whitelist()
def get(doctype: Any, name: Any = None, filters: Any = None, parent: Any = None) -> dict:
	if frappe.is_table(doctype):
		check_parent_permission(parent, doctype)
	if name:
		doc = frappe.get_doc(doctype, name)
	elif filters or filters == {}:
		doc = frappe.get_doc(doctype, frappe.parse_json(filters))
	else:
		doc = frappe.get_doc(doctype)
	doc.check_permission()
	doc.apply_fieldlevel_read_permissions()
	return doc.as_dict()


@frappe.whitelist()
def get_value(
	doctype: Any,
	fieldname: Any,
	filters: Any = None,
	as_dict: Any = True,
	debug: Any = False,
	parent: Any = None,
) -> Any:
	if frappe.is_table(doctype):
		check_parent_permission(parent, doctype)
	if not frappe.has_permission(doctype, parent_doctype=parent):
		frappe.throw(_("No permission for {0}").format(_(doctype)), frappe.PermissionError)
	filters = get_safe_filters(filters)
	filters = {"name": filters} if isinstance(filters, str) else filters
	try:
		fields = frappe.parse_json(fieldname)
	except (TypeError, ValueError):
		fields = [fieldname]
	if frappe.get_meta(doctype).issingle:
		rows = frappe.db.get_values(doctype, None, fields, as_dict=as_dict)
	else:
		rows = get_list(
			doctype,
			filters=filters or None,
			fields=fields,
			limit_page_length=1,
			parent=parent,
			as_dict=as_dict,
		)
	if as_dict:
		return rows[0] if rows else {}
	if not rows:
		return None
	return rows[0] if len(fields) > 1 else rows[0][0]


@frappe.whitelist(methods=["POST", "PUT"])
def set_value(doctype: Any, name: Any, fieldname: Any, value: Any = None) -> dict:
	if fieldname in default_fields + child_table_fields:
		frappe.throw(_("Cannot edit standard fields"))
	values = {fieldname: value} if value else fieldname
	if isinstance(values, str):
		try:
			values = json.loads(values)
		except ValueError:
			values = {fieldname: ""}
	if frappe.get_meta(doctype).istable:
		row = frappe.db.get_value(doctype, name, ["parenttype", "parent"], as_dict=True)
		doc = frappe.get_doc(row.parenttype, row.parent)
		doc.getone({"doctype": doctype, "name": name}).update(values)
	else:
		doc = frappe.get_doc(doctype, name)
		doc.update(values)
	doc.save()
	return doc.as_dict()


def _insert(doc: Any) -> Any:
	doc = frappe._dict(doc)
	if doc.parenttype and frappe.is_table(doc.doctype):
		parent = frappe.get_doc(doc.parenttype, doc.parent)
		parent.append(doc.parentfield, doc)
		parent.save()
		return parent
	return frappe.get_doc(doc).insert()


@frappe.whitelist(methods=["POST", "PUT"])
def insert(doc: Any = None) -> dict:
	return _insert(json.loads(doc) if isinstance(doc, str) else doc).as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def insert_many(docs: Any = None) -> list[str]:
	docs = json.loads(docs) if isinstance(docs, str) else docs
	if len(docs) > 200:
		frappe.throw(_("Only 200 inserts allowed in one request"))
	return [_insert(doc).name for doc in docs]


@frappe.whitelist(methods=["POST", "PUT"])
def save(doc: Any) -> dict:
	doc = frappe.get_doc(json.loads(doc) if isinstance(doc, str) else doc)
	doc.save()
	return doc.as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def submit(doc: Any) -> dict:
	doc = frappe.get_doc(json.loads(doc) if isinstance(doc, str) else doc)
	doc.submit()
	return doc.as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def cancel(doctype: Any, name: Any) -> dict:
	doc = frappe.get_doc(doctype, name)
	doc.cancel()
	return doc.as_dict()


@frappe.whitelist(methods=["POST", "PUT"])
def rename_doc(doctype: Any, old_name: Any, new_name: Any, merge: Any = False) -> str:
	return frappe.rename_doc(doctype, old_name, new_name, merge=merge)


@frappe.whitelist(methods=["DELETE", "POST"])
def delete(doctype: Any, name: Any) -> None:
	if frappe.is_table(doctype):
		row = frappe.db.get_value(doctype, name, ["parenttype", "parent", "parentfield"], as_dict=True)
		if not row:
			raise frappe.DoesNotExistError
		parent = frappe.get_doc(row.parenttype, row.parent)
		for child in parent.get(row.parentfield):
			if child.name == name:
				parent.remove(child)
				parent.save()
				return
	frappe.delete_doc(doctype, name, ignore_missing=False)


@frappe.whitelist()
def has_permission(doctype: Any, docname: Any, perm_type: Any = "read") -> dict:
	return {"has_permission": frappe.has_permission(doctype, perm_type.lower(), docname)}
