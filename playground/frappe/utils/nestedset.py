"""Trees: each node knows its place (`lft`, `rgt`), so that a node's ancestors and descendants are one query.

The numbers are those of a walk around the tree: a node's descendants lie between its two.
"""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


class NestedSetRecursionError(frappe.ValidationError):
	pass


class NestedSetChildExistsError(frappe.ValidationError):
	pass


class NestedSetInvalidMergeError(frappe.ValidationError):
	pass


def update_nsm(doc: Any) -> None:
	"""Gives a new node its place, or moves one whose parent changed, with all below it."""
	parent_field = getattr(doc, "nsm_parent_field", None) or f"parent_{frappe.scrub(doc.doctype)}"
	old_parent_field = getattr(doc, "nsm_oldparent_field", "old_parent")
	parent, old_parent = doc.get(parent_field) or None, doc.get(old_parent_field) or None
	if not doc.lft and not doc.rgt:
		update_add_node(doc, parent or "", parent_field)
	elif old_parent != parent:
		update_move_node(doc, parent_field)
	doc.set(old_parent_field, parent)
	frappe.db.set_value(doc.doctype, doc.name, old_parent_field, parent or "", update_modified=False)
	frappe.clear_document_cache(doc.doctype)
	doc.reload()


def update_add_node(doc: Any, parent: str, parent_field: str) -> int:
	table = f'"tab{doc.doctype}"'
	frappe.db.lock()
	if parent:
		left, right = frappe.db.get_value(doc.doctype, {"name": parent}, ["lft", "rgt"])
		validate_loop(doc.doctype, doc.name, left, right)
	else:
		condition = f"coalesce(\"{parent_field}\", '') = ''"
		right = frappe.db.sql(f"SELECT coalesce(max(rgt), 0) + 1 FROM {table} WHERE {condition}")[0][0] or 1
	_shift(table, right, 2)
	frappe.db.sql(f"UPDATE {table} SET lft = %s, rgt = %s WHERE name = %s", (right, right + 1, doc.name))
	return right


def _shift(table: str, start: int, width: int) -> None:
	frappe.db.sql(f"UPDATE {table} SET rgt = rgt + %s WHERE rgt >= %s", (width, start))
	frappe.db.sql(f"UPDATE {table} SET lft = lft + %s WHERE lft >= %s", (width, start))


def update_move_node(doc: Any, parent_field: str) -> None:
	"""Takes the branch out (as negative numbers), closes the gap, opens one at the new place, puts it in."""
	table, parent = f'"tab{doc.doctype}"', doc.get(parent_field)
	frappe.db.lock()
	if parent:
		validate_loop(doc.doctype, doc.name, *frappe.db.get_value(doc.doctype, parent, ["lft", "rgt"]))
	width = doc.rgt - doc.lft + 1
	frappe.db.sql(
		f"UPDATE {table} SET lft = -lft, rgt = -rgt WHERE lft >= %s AND rgt <= %s", (doc.lft, doc.rgt)
	)
	_shift(table, doc.rgt + 1, -width)
	if parent:
		place = frappe.db.get_value(doc.doctype, parent, "rgt")
		_shift(table, place, width)
	else:
		place = (frappe.db.sql(f"SELECT max(rgt) FROM {table}")[0][0] or 0) + 1
	offset = place - doc.lft
	frappe.db.sql(f"UPDATE {table} SET lft = -lft + %s, rgt = -rgt + %s WHERE lft < 0", (offset, offset))


def validate_loop(doctype: str, name: str, lft: int, rgt: int) -> None:
	ancestors = frappe.get_all(doctype, filters={"lft": ["<=", lft], "rgt": [">=", rgt]}, pluck="name")
	if name in ancestors:
		frappe.throw(_("Item cannot be added to its own descendants"), NestedSetRecursionError)


@frappe.whitelist()
def rebuild_tree(doctype: str, parent_field: str | None = None) -> None:
	meta = frappe.get_meta(doctype)
	if not meta.is_nested_set():
		message = _("Rebuilding of tree is not supported for {}").format(frappe.bold(doctype))
		frappe.throw(message, title=_("Invalid Action"))
	parent_field = meta.get("nsm_parent_field") or f"parent_{frappe.scrub(doctype)}"
	right = 1
	for root in frappe.get_all(
		doctype, filters={parent_field: ("is", "not set")}, order_by="name asc", pluck="name"
	):
		right = rebuild_node(doctype, root, right, parent_field)


def rebuild_node(doctype: str, parent: str, left: int, parent_field: str) -> int:
	right = left + 1
	for child in frappe.get_all(doctype, filters={parent_field: parent}, order_by=None, pluck="name"):
		right = rebuild_node(doctype, child, right, parent_field)
	frappe.db.set_value(doctype, parent, {"lft": left, "rgt": right}, update_modified=False)
	return right + 1


class NestedSet(Document):
	def __setup__(self) -> None:
		if self.meta.get("nsm_parent_field"):
			self.nsm_parent_field = self.meta.nsm_parent_field

	def on_update(self) -> None:
		update_nsm(self)
		self.validate_ledger()

	def on_trash(self, allow_root_deletion: bool = False) -> None:
		if not getattr(self, "nsm_parent_field", None):
			self.nsm_parent_field = f"{frappe.scrub(self.doctype)}_parent"
		if not self.get(self.nsm_parent_field) and not getattr(self, "allow_root_deletion", True):
			frappe.throw(_("Root {0} cannot be deleted").format(_(self.doctype)))
		self.validate_if_child_exists()
		self.set(self.nsm_parent_field, "")
		update_nsm(self)

	def validate_if_child_exists(self) -> None:
		if frappe.db.count(self.doctype, filters={self.nsm_parent_field: self.name}):
			message = _("Cannot delete {0} as it has child nodes").format(self.name)
			frappe.throw(message, NestedSetChildExistsError)

	def before_rename(
		self, olddn: str, newdn: str, merge: bool = False, group_fname: str = "is_group"
	) -> None:
		if merge and hasattr(self, group_fname):
			if self.get(group_fname) != frappe.db.get_value(self.doctype, newdn, group_fname):
				message = _("Merging is only possible between Group-to-Group or Leaf Node-to-Leaf Node")
				frappe.throw(message, NestedSetInvalidMergeError)

	def after_rename(self, olddn: str, newdn: str, merge: bool = False) -> None:
		parent_field = getattr(self, "nsm_parent_field", None) or f"parent_{frappe.scrub(self.doctype)}"
		frappe.db.set_value(self.doctype, {parent_field: newdn}, {"old_parent": newdn}, update_modified=False)
		if merge:
			rebuild_tree(self.doctype)

	def validate_ledger(self, group_identifier: str = "is_group") -> None:
		if not hasattr(self, group_identifier) or self.get(group_identifier):
			return
		if frappe.get_all(self.doctype, {self.nsm_parent_field: self.name, "docstatus": ("!=", 2)}):
			message = _("{0} {1} cannot be a leaf node as it has children").format(_(self.doctype), self.name)
			frappe.throw(message)


def get_ancestors_of(
	doctype: str, name: str, order_by: str = "lft desc", limit: int | None = None
) -> list[str]:
	lft, rgt = frappe.db.get_value(doctype, name, ["lft", "rgt"])
	filters = {"lft": ["<", lft], "rgt": [">", rgt]}
	return frappe.get_all(doctype, filters, "name", order_by=order_by, limit_page_length=limit, pluck="name")


def get_descendants_of(
	doctype: str,
	name: str,
	order_by: str = "lft desc",
	limit: int | None = None,
	ignore_permissions: bool = False,
) -> list[str]:
	lft, rgt = frappe.db.get_value(doctype, name, ["lft", "rgt"])
	if rgt - lft <= 1:
		return []
	return frappe.get_list(
		doctype,
		{"lft": [">", lft], "rgt": ["<", rgt]},
		"name",
		order_by=order_by,
		limit_page_length=limit,
		ignore_permissions=ignore_permissions,
		pluck="name",
	)
