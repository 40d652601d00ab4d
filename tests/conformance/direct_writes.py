"""Writes past the life cycle: db_set, set_value, db_insert and their kin."""

import frappe

from conformance.expecting import RECORD, TARGET, new_record, new_target, raises, same


def db_set_writes_at_once_and_moves_modified():
	doc = new_record().insert()
	modified = str(doc.modified)
	doc.db_set("text", "set")
	text, stored_modified = frappe.db.get_value(RECORD, doc.name, ["text", "modified"])
	same((text, doc.text), ("set", "set"))
	assert str(stored_modified) > modified


def db_set_takes_several_values():
	doc = new_record().insert()
	doc.db_set({"text": "a", "number": 3})
	same(frappe.db.get_value(RECORD, doc.name, ["text", "number"]), ("a", 3))


def db_set_can_leave_modified_alone():
	doc = new_record().insert()
	doc.db_set("text", "set", update_modified=False)
	same(str(frappe.db.get_value(RECORD, doc.name, "modified")), str(doc.modified))


def db_set_writes_nothing_else_of_the_document():
	doc = new_record().insert()
	doc.title = "unsaved"
	doc.db_set("text", "set")
	same(frappe.db.get_value(RECORD, doc.name, "title"), "A")


def db_set_checks_nothing():
	doc = new_record().insert()
	doc.db_set("status", "Ajar")
	same(frappe.db.get_value(RECORD, doc.name, "status"), "Ajar")


def after_db_set_the_same_object_can_be_saved():
	doc = new_record().insert()
	doc.db_set("text", "set")
	doc.title = "B"
	doc.save()
	same(frappe.db.get_value(RECORD, doc.name, ["title", "text"]), ("B", "set"))


def set_value_writes_one_document_or_all_that_match():
	for label in ("Alpha", "Beta", "Gamma"):
		new_target(label, color="red").insert()
	frappe.db.set_value(TARGET, "Alpha", "color", "blue")
	same(frappe.db.count(TARGET, {"color": "blue"}), 1)
	frappe.db.set_value(TARGET, {"color": "red"}, {"color": "green"})
	same(frappe.db.count(TARGET, {"color": "green"}), 2)


def set_value_moves_modified_unless_told_not_to():
	doc = new_target().insert()
	frappe.db.set_value(TARGET, doc.name, "color", "red", update_modified=False)
	same(str(frappe.db.get_value(TARGET, doc.name, "modified")), str(doc.modified))
	frappe.db.set_value(TARGET, doc.name, "color", "blue")
	assert str(frappe.db.get_value(TARGET, doc.name, "modified")) > str(doc.modified)


def set_value_is_seen_by_cached_documents():
	new_target(color="red").insert()
	frappe.get_cached_doc(TARGET, "Alpha")
	frappe.db.set_value(TARGET, "Alpha", "color", "blue")
	same(frappe.get_cached_value(TARGET, "Alpha", "color"), "blue")


def bulk_update_writes_other_values_to_each():
	for label in ("Alpha", "Beta"):
		new_target(label).insert()
	frappe.db.bulk_update(TARGET, {"Alpha": {"color": "red"}, "Beta": {"color": "blue"}})
	same([frappe.db.get_value(TARGET, label, "color") for label in ("Alpha", "Beta")], ["red", "blue"])


def bulk_insert_writes_rows():
	fields = ["name", "label", "color"]
	frappe.db.bulk_insert(TARGET, fields, [("X", "X", "red"), ("Y", "Y", None)])
	same(frappe.db.get_value(TARGET, "X", "color"), "red")


def bulk_insert_can_pass_over_what_is_there():
	new_target("X", color="red").insert()
	frappe.db.bulk_insert(TARGET, ["name", "color"], [("X", "blue"), ("Y", "blue")], ignore_duplicates=True)
	same([frappe.db.get_value(TARGET, name, "color") for name in ("X", "Y")], ["red", "blue"])


def db_insert_writes_without_hooks_and_checks():
	doc = new_target(bound_to="nobody@example.com")
	doc.name = "Raw"
	doc.db_insert()
	same(frappe.db.get_value(TARGET, "Raw", ["label", "bound_to"]), ("Alpha", "nobody@example.com"))


def db_update_writes_all_columns():
	doc = new_target().insert()
	doc.color = "red"
	doc.db_update()
	same(frappe.db.get_value(TARGET, "Alpha", "color"), "red")


def db_insert_of_a_taken_name_is_an_error():
	new_target().insert()
	doc = new_target()
	doc.name = "Alpha"
	with raises(frappe.DuplicateEntryError):
		doc.db_insert()


def delete_removes_what_matches():
	for label in ("Alpha", "Beta"):
		new_target(label, color="red").insert()
	frappe.db.delete(TARGET, {"name": "Alpha"})
	same(frappe.get_all(TARGET, {"color": "red"}, pluck="name"), ["Beta"])
