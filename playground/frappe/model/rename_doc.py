"""Renaming documents, and everything that refers to them by name."""

from typing import Any

import frappe
from frappe import _, bold
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.naming import validate_name
from frappe.playground.missing import module_getattr
from frappe.query_builder import Field
from frappe.utils.data import sbool
from frappe.utils.password import rename_password

__getattr__ = module_getattr(__name__)


def rename_doc(
	doctype: str | None = None,
	old: str | None = None,
	new: str | None = None,
	force: bool = False,
	merge: bool = False,
	ignore_permissions: bool = False,
	ignore_if_exists: bool = False,
	show_alert: bool = True,
	rebuild_search: bool = True,
	doc: Any = None,
	validate: bool = True,
) -> str:
	"""Renames, or with `merge` moves all references to another document and deletes this one."""
	if not ((doc and new) or (doctype and old and new)):
		raise TypeError(
			"{doctype, old, new} or {doc, new} are required arguments for frappe.model.rename_doc"
		)
	old = old or doc.name
	doctype = doctype or doc.doctype
	if doctype == "DocType":
		raise frappe.NotInPlayground("renaming a DocType")
	force, merge = sbool(force), sbool(merge)
	meta = frappe.get_meta(doctype)
	if validate:
		old_doc = doc or frappe.get_doc(doctype, old)
		out = old_doc.run_method("before_rename", old, new, merge) or {}
		new = (out.get("new") or new) if isinstance(out, dict) else (out or new)
		new = validate_rename(
			doctype, old, new, meta, merge, force, ignore_permissions, ignore_if_exists, old_doc=old_doc
		)
	if not merge:
		rename_parent_and_child(doctype, old, new, meta)
	update_link_field_values(get_link_fields(doctype), old, new, doctype)
	rename_dynamic_links(doctype, old, new)
	version = frappe.qb.DocType("Version")
	frappe.qb.update(version).set(version.docname, new).where(
		(version.docname == old) & (version.ref_doctype == doctype)
	).run()
	if doctype != "DocType":
		file = frappe.qb.DocType("File")
		frappe.qb.update(file).set(file.attached_to_name, new).where(
			(file.attached_to_name == old) & (file.attached_to_doctype == doctype)
		).run()
	new_doc = frappe.get_doc(doctype, new)
	new_doc.run_method("after_rename", old, new, merge)
	if not merge:
		rename_password(doctype, old, new)
	text = _("merged {0} into {1}") if merge else _("renamed from {0} to {1}")
	new_doc.add_comment("Edit", text.format(bold(old), bold(new)))
	if merge:
		frappe.delete_doc(doctype, old)
	new_doc.clear_cache()
	frappe.clear_cache()
	if show_alert:
		message = _("Document renamed from {0} to {1}").format(bold(old), bold(new))
		frappe.msgprint(message, alert=True, indicator="green")
	return new


def validate_rename(
	doctype: str,
	old: str,
	new: str,
	meta: Any,
	merge: bool,
	force: bool = False,
	ignore_permissions: bool = False,
	ignore_if_exists: bool = False,
	save_point: bool = False,
	old_doc: Any = None,
) -> str:
	if save_point:
		raise frappe.NotInPlayground("validate_rename(save_point=True)")
	exists = frappe.qb.from_(doctype).where(Field("name") == new).for_update().select("name").run(pluck=True)
	if not frappe.db.exists(doctype, old):
		frappe.throw(_("Can't rename {0} to {1} because {0} doesn't exist.").format(old, new))
	if old == new:
		frappe.throw(_("No changes made because old and new name are the same."))
	if merge and not exists:
		frappe.throw(_("{0} {1} does not exist, select a new target to merge").format(doctype, new))
	if exists and not merge and not ignore_if_exists:
		frappe.throw(_("Another {0} with name {1} exists, select another name").format(doctype, new))

	def may_write(doc: Any) -> bool:
		return ignore_permissions or frappe.permissions.has_permission(
			doctype, "write", doc=doc, raise_exception=False
		)

	if not may_write(old_doc):
		frappe.throw(_("You need write permission on {0} {1} to rename").format(doctype, old))
	if merge and not may_write(frappe.get_doc(doctype, new)):
		frappe.throw(_("You need write permission on {0} {1} to merge").format(doctype, new))
	if not (force or ignore_permissions or meta.allow_rename):
		frappe.throw(_("{0} not allowed to be renamed").format(_(doctype)))
	return validate_name(doctype, new)


def rename_parent_and_child(doctype: str, old: str, new: str, meta: Any) -> None:
	frappe.qb.update(doctype).set("name", new).where(Field("name") == old).run()
	kind, _colon, fieldname = (meta.autoname or "").partition(":")
	if kind == "field":
		frappe.qb.update(doctype).set(fieldname, new).where(Field("name") == new).run()
	for df in meta.get_table_fields():
		frappe.qb.update(df.options).set("parent", new).where(
			(Field("parent") == old) & (Field("parenttype") == doctype)
		).run()


def update_link_field_values(link_fields: list, old: str, new: str, doctype: str) -> None:
	for field in link_fields:
		if not field.issingle:
			filters = {field.fieldname: old}
			frappe.db.set_value(field.parent, filters, field.fieldname, new, update_modified=False)
			continue
		single = frappe.get_doc(field.parent)
		if single.get(field.fieldname) == old:
			single.set(field.fieldname, new)
			single.flags.ignore_mandatory = True
			single.flags.ignore_links = True
			single.save(ignore_permissions=True)


def get_link_fields(doctype: str) -> list[frappe._dict]:
	"""Link fields to this DocType, also custom ones, as `parent`, `fieldname`, `issingle`."""
	known = frappe.flags.setdefault("link_fields", {})
	if doctype not in known:
		filters = {"fieldtype": "Link", "options": doctype}
		fields = frappe.get_all(
			"DocField", {**filters, "parenttype": "DocType"}, ["parent", "fieldname"], order_by=None
		)
		fields += frappe.get_all("Custom Field", filters, ["dt as parent", "fieldname"], order_by=None)
		singles = frappe.get_all("DocType", {"issingle": 1}, pluck="name")
		for field in fields:
			field.issingle = int(field.parent in singles)
		known[doctype] = fields
	return known[doctype]


def rename_dynamic_links(doctype: str, old: str, new: str) -> None:
	for df in get_dynamic_link_map().get(doctype, []):
		if frappe.get_meta(df.parent).issingle:
			values = frappe.db.get_singles_dict(df.parent)
			if values.get(df.options) == doctype and values.get(df.fieldname) == old:
				frappe.db.set_single_value(df.parent, df.fieldname, new)
			continue
		frappe.qb.update(df.parent).set(df.fieldname, new).where(
			(Field(df.options) == doctype) & (Field(df.fieldname) == old)
		).run()
