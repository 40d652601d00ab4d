"""Trees."""

import frappe
from frappe.utils.nestedset import (
	NestedSetChildExistsError,
	NestedSetRecursionError,
	get_ancestors_of,
	get_descendants_of,
)

from conformance.expecting import NODE, raises, same

PARENT = "parent_conformance_node"


def _node(label: str, parent: str | None = None, is_group: int = 1):
	return frappe.get_doc({"doctype": NODE, "label": label, "is_group": is_group, PARENT: parent}).insert()


def _tree() -> None:
	for label, parent in (
		("World", None),
		("Europe", "World"),
		("Asia", "World"),
		("France", "Europe"),
		("Paris", "France"),
	):
		_node(label, parent)


def nodes_know_what_is_below_and_above_them():
	_tree()
	same(sorted(get_descendants_of(NODE, "Europe")), ["France", "Paris"])
	same(get_ancestors_of(NODE, "Paris"), ["France", "Europe", "World"])
	same(get_descendants_of(NODE, "Paris"), [])


def left_and_right_enclose_what_is_below():
	_tree()
	world, paris = (frappe.db.get_value(NODE, name, ["lft", "rgt"]) for name in ("World", "Paris"))
	same((world[1] - world[0], paris[1] - paris[0]), (9, 1))


def a_branch_can_be_moved():
	_tree()
	doc = frappe.get_doc(NODE, "France")
	doc.set(PARENT, "Asia")
	doc.save()
	same(
		(get_descendants_of(NODE, "Europe"), sorted(get_descendants_of(NODE, "Asia"))),
		([], ["France", "Paris"]),
	)
	same(get_ancestors_of(NODE, "Paris"), ["France", "Asia", "World"])


def a_node_can_not_be_moved_below_itself():
	_tree()
	doc = frappe.get_doc(NODE, "Europe")
	doc.set(PARENT, "Paris")
	with raises(NestedSetRecursionError, "Item cannot be added to its own descendants"):
		doc.save()


def a_node_with_others_below_can_not_be_deleted():
	_tree()
	with raises(NestedSetChildExistsError, "has child nodes"):
		frappe.delete_doc(NODE, "Europe")


def a_deleted_leaf_leaves_the_others_in_place():
	_tree()
	frappe.delete_doc(NODE, "Paris")
	same(
		(get_descendants_of(NODE, "Europe"), sorted(get_descendants_of(NODE, "World"))),
		(["France"], ["Asia", "Europe", "France"]),
	)


def a_renamed_node_keeps_what_is_below_it():
	_tree()
	frappe.rename_doc(NODE, "Europe", "Europa")
	same(sorted(get_descendants_of(NODE, "Europa")), ["France", "Paris"])
	same(frappe.db.get_value(NODE, "France", PARENT), "Europa")


def filters_know_trees():
	_tree()
	same(
		sorted(frappe.get_all(NODE, {"name": ("descendants of", "Europe")}, pluck="name")),
		["France", "Paris"],
	)
	same(
		sorted(frappe.get_all(NODE, {"name": ("ancestors of", "France")}, pluck="name")), ["Europe", "World"]
	)


def a_tree_doctype_gets_its_fields():
	meta = frappe.get_meta(NODE)
	for fieldname in ("lft", "rgt", "is_group", "old_parent", PARENT):
		assert meta.has_field(fieldname), fieldname
	same(bool(meta.is_nested_set()), True)
