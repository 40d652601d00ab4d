"""Deleting documents: what forbids it, and what goes with them."""

from typing import Any

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.docstatus import DocStatus
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.naming import revert_series_if_last
from frappe.playground.missing import module_getattr
from frappe.utils.password import delete_all_passwords_for

__getattr__ = module_getattr(__name__)


def delete_doc(
	doctype: str | None = None,
	name: Any = None,
	force: int = 0,
	ignore_doctypes: list[str] | None = None,
	for_reload: bool = False,
	ignore_permissions: bool = False,
	flags: Any = None,
	ignore_on_trash: bool = False,
	ignore_missing: bool = True,
	delete_permanently: bool = False,
) -> Any:
	if not doctype:
		doctype, name = frappe.form_dict.get("dt"), frappe.form_dict.get("dn")
	for one in [name] if isinstance(name, str | int) else name or []:
		if not frappe.db.exists(doctype, one):
			if not ignore_missing:
				raise frappe.DoesNotExistError
			return False
		delete_all_passwords_for(doctype, one)
		if doctype == "DocType":
			doc = _delete_doctype(one, force, for_reload, flags, ignore_permissions)
		else:
			doc = _delete_document(
				doctype,
				one,
				force,
				ignore_doctypes or [],
				for_reload,
				ignore_permissions,
				flags,
				ignore_on_trash,
			)
		doc.clear_cache()
		if not (delete_permanently or for_reload):
			add_to_deleted_document(doc)
		if not (for_reload or frappe.flags.in_patch):
			doc.notify_update()
			insert_feed(doc)
	return None


def _delete_doctype(name: str, force: Any, for_reload: bool, flags: Any, ignore_permissions: bool) -> Any:
	doc = frappe.get_doc("DocType", name)
	if for_reload:
		doc.run_method("before_reload")
	else:
		if not (doc.custom or frappe.conf.developer_mode or frappe.flags.in_patch or force):
			frappe.throw(_("Standard DocType can not be deleted."))
		update_flags(doc, flags, ignore_permissions)
		check_permission_and_not_submitted(doc)
		frappe.db.delete("Custom Field", {"options": name, "fieldtype": ("in", table_fields)})
	delete_from_table("DocType", name, [], None)
	return doc


def _delete_document(
	doctype: str,
	name: Any,
	force: Any,
	ignore_doctypes: list[str],
	for_reload: bool,
	ignore_permissions: bool,
	flags: Any,
	ignore_on_trash: bool,
) -> Any:
	try:
		frappe.db.get_value(doctype, name, for_update=True, wait=False)
	except frappe.QueryTimeoutError:
		message = _(
			"This document can not be deleted right now as it's being modified by another user. Please try again after some time."
		)
		frappe.throw(message, exc=frappe.QueryTimeoutError)
	doc = frappe.get_doc(doctype, name)
	if not for_reload:
		update_flags(doc, flags, ignore_permissions)
		check_permission_and_not_submitted(doc)
		if not ignore_on_trash:
			doc.run_method("on_trash")
			doc.flags.in_delete = True
			doc.run_method("on_change")
		if not force:
			_check_links(doc)
	update_naming_series(doc)
	delete_from_table(doctype, name, ignore_doctypes, doc)
	doc.run_method("after_delete")
	if not for_reload:
		_remove_files(doctype, name)
		_remove_tags(doc)
		frappe.enqueue(
			"frappe.model.delete_doc.delete_dynamic_links",
			doctype=doc.doctype,
			name=doc.name,
			now=frappe.flags.in_test,
			enqueue_after_commit=True,
		)
	return doc


def _remove_files(doctype: str, name: str) -> None:
	from frappe.core.doctype.file.file import remove_all

	if doctype != "File" and frappe.db.table_exists("File"):
		remove_all(doctype, name)


def _remove_tags(doc: Any) -> None:
	from frappe.desk.doctype.tag.tag import delete_tags_for_document

	if doc.doctype not in ("Tag", "Tag Link") and frappe.db.table_exists("Tag Link"):
		delete_tags_for_document(doc)


def _check_links(doc: Any) -> None:
	try:
		check_if_doc_is_linked(doc)
		check_if_doc_is_dynamically_linked(doc)
	except frappe.LinkExistsError:
		if doc.meta.has_field("enabled") or doc.meta.has_field("disabled"):
			message = _("You can disable this {0} instead of deleting it.").format(_(doc.doctype))
			frappe.throw(message, frappe.LinkExistsError)
		raise


def update_flags(doc: Any, flags: Any = None, ignore_permissions: bool = False) -> None:
	doc.flags.update(flags or {})
	if ignore_permissions:
		doc.flags.ignore_permissions = ignore_permissions


def check_permission_and_not_submitted(doc: Any) -> None:
	if not doc.flags.ignore_permissions and frappe.session.user != "Administrator":
		if not doc.has_permission("delete") or (doc.doctype == "DocType" and not doc.custom):
			message = _("User not allowed to delete {0}: {1}").format(doc.doctype, doc.name)
			frappe.msgprint(message, raise_exception=frappe.PermissionError)
	if doc.meta.is_submittable and doc.docstatus.is_submitted():
		message = _("{0} {1}: Submitted Record cannot be deleted. You must {2} Cancel {3} it first.")
		frappe.msgprint(message.format(_(doc.doctype), doc.name, "<b>", "</b>"), raise_exception=True)


def update_naming_series(doc: Any) -> None:
	autoname = doc.meta.autoname or ""
	if autoname.startswith("naming_series:") and doc.get("naming_series"):
		revert_series_if_last(doc.naming_series, doc.name, doc)
	elif autoname and autoname.split(":", 1)[0] not in (
		"Prompt",
		"field",
		"hash",
		"autoincrement",
		"naming_series",
	):
		revert_series_if_last(autoname, str(doc.name), doc)


def delete_from_table(doctype: str, name: Any, ignore_doctypes: list[str], doc: Any) -> None:
	if doctype != "DocType" and doctype == name:
		frappe.db.delete("Singles", {"doctype": name})
	else:
		frappe.db.delete(doctype, {"name": name})
	fields = doc.meta.get_table_fields() if doc else frappe.get_meta(doctype).get_table_fields()
	for child in {df.options for df in fields} - set(ignore_doctypes):
		frappe.db.delete(child, {"parenttype": doctype, "parent": str(name)})


def add_to_deleted_document(doc: Any) -> None:
	if doc.doctype == "Deleted Document" or frappe.flags.in_install == "frappe":
		return
	frappe.get_doc(
		doctype="Deleted Document",
		deleted_doctype=doc.doctype,
		deleted_name=doc.name,
		data=doc.as_json(),
		owner=frappe.session.user,
	).db_insert()


def insert_feed(doc: Any) -> None:
	flags = frappe.flags
	if flags.in_install or flags.in_uninstall or flags.in_import or getattr(doc, "no_feed_on_delete", False):
		return
	frappe.get_doc(
		doctype="Comment",
		comment_type="Deleted",
		reference_doctype=doc.doctype,
		subject=f"{_(doc.doctype)} {doc.name}",
		full_name=frappe.utils.get_fullname(doc.owner),
	).insert(ignore_permissions=True)


# Links


def check_if_doc_is_linked(doc: Any, method: str = "Delete") -> None:
	"""Raises LinkExistsError for a link to the document: any link forbids deletion, one of a submitted
	document forbids cancellation."""
	from frappe.model.rename_doc import get_link_fields

	ignored = set(frappe.get_hooks("ignore_links_on_delete") if method == "Delete" else ())
	if method == "Cancel":
		ignored.update(doc.get("ignore_linked_doctypes") or ())
	for field in get_link_fields(doc.doctype):
		if field.parent in ignored or (field.fieldname == "amended_from" and method == "Cancel"):
			continue
		if field.issingle:
			if frappe.db.get_single_value(field.parent, field.fieldname) == doc.name:
				raise_link_exists_exception(doc, field.parent, field.parent)
			continue
		_check_link_field(doc, field, method, ignored)


def _check_link_field(doc: Any, field: Any, method: str, ignored: set[str]) -> None:
	is_table = frappe.get_meta(field.parent).istable
	columns = ["name", "docstatus", *(("parent", "parenttype") if is_table else ())]
	for row in (
		frappe.db.get_values(field.parent, {field.fieldname: str(doc.name)}, columns, as_dict=True) or ()
	):
		doctype = row.parenttype if row.parent else field.parent
		if doctype in ignored:
			continue
		if method == "Cancel" and not DocStatus(row.docstatus).is_submitted():
			continue
		if field.parent == doc.doctype and (row.parent or row.name) == doc.name:
			continue
		raise_link_exists_exception(doc, doctype, row.parent or row.name)


def check_if_doc_is_dynamically_linked(doc: Any, method: str = "Delete") -> None:
	ignored = set(frappe.get_hooks("ignore_links_on_delete"))
	if method == "Cancel":
		ignored.update(doc.get("ignore_linked_doctypes") or ())
	for df in get_dynamic_link_map().get(doc.doctype, []):
		if df.parent in ignored:
			continue
		for row in _get_dynamic_references(doc, df):
			if not _forbids(method, DocStatus(row.docstatus or 0)):
				continue
			doctype, name = row.parenttype or df.parent, row.parent or row.name
			if doctype not in ignored:
				at_row = f"at Row: {row.idx}" if row.parent else ""
				raise_link_exists_exception(doc, doctype, name, at_row)


def _get_dynamic_references(doc: Any, df: Any) -> list[frappe._dict]:
	meta = frappe.get_meta(df.parent)
	if meta.issingle:
		values = frappe.db.get_singles_dict(df.parent)
		matches = values.get(df.options) == doc.doctype and values.get(df.fieldname) == doc.name
		return [frappe._dict(name=df.parent, docstatus=0)] if matches else []
	columns = ["name", "docstatus", *(("parent", "parenttype", "idx") if meta.istable else ())]
	filters = {df.options: doc.doctype, df.fieldname: str(doc.name)}
	return frappe.db.get_values(df.parent, filters, columns, as_dict=True, order_by=None) or []


def _forbids(method: str, docstatus: DocStatus) -> bool:
	return not docstatus.is_cancelled() if method == "Delete" else docstatus.is_submitted()


def raise_link_exists_exception(
	doc: Any, reference_doctype: str, reference_docname: str, row: str = ""
) -> None:
	link = f'<a href="/app/Form/{doc.doctype}/{doc.name}">{doc.name}</a>'
	reference = f'<a href="/app/Form/{reference_doctype}/{reference_docname}">{reference_docname}</a>'
	if reference_doctype == reference_docname:
		reference_doctype = ""  # a Single
	message = _("Cannot delete or cancel because {0} {1} is linked with {2} {3} {4}")
	frappe.throw(
		message.format(_(doc.doctype), link, _(reference_doctype), reference, row), frappe.LinkExistsError
	)


def delete_dynamic_links(doctype: str, name: str) -> None:
	"""In the background, after a document was deleted: what only spoke of it."""
	frappe.db.delete("Version", {"ref_doctype": doctype, "docname": name})
	frappe.db.delete("Comment", {"reference_doctype": doctype, "reference_name": name})
	frappe.db.delete("ToDo", {"reference_type": doctype, "reference_name": name})
