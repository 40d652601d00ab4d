"""Deleting."""

import json

import frappe

from conformance.expecting import RECORD, TARGET, as_user, new_record, new_target, raises, same


def a_deleted_document_is_gone():
	new_target().insert()
	frappe.delete_doc(TARGET, "Alpha")
	same(frappe.db.exists(TARGET, "Alpha"), None)


def deleting_what_is_not_there_does_nothing_unless_told_to_complain():
	same(frappe.delete_doc(TARGET, "nobody"), False)
	with raises(frappe.DoesNotExistError):
		frappe.delete_doc(TARGET, "nobody", ignore_missing=False)


def what_others_link_to_can_not_be_deleted():
	new_target().insert()
	new_record(target="Alpha").insert()
	with raises(frappe.LinkExistsError, "Cannot delete or cancel because Conformance Target"):
		frappe.delete_doc(TARGET, "Alpha")


def what_rows_of_others_link_to_can_not_be_deleted():
	new_target().insert()
	new_record(rows=[{"item": "a", "target": "Alpha"}]).insert()
	with raises(frappe.LinkExistsError):
		frappe.delete_doc(TARGET, "Alpha")


def what_others_link_to_dynamically_can_not_be_deleted():
	new_target().insert()
	new_record(linked_doctype=TARGET, linked_name="Alpha").insert()
	with raises(frappe.LinkExistsError):
		frappe.delete_doc(TARGET, "Alpha")


def links_can_be_passed_over_by_force():
	new_target().insert()
	doc = new_record(target="Alpha").insert()
	frappe.delete_doc(TARGET, "Alpha", force=True)
	same(frappe.db.get_value(RECORD, doc.name, "target"), "Alpha")


def a_deleted_document_is_kept_as_a_deleted_document():
	doc = new_record(title="kept").insert()
	frappe.delete_doc(RECORD, doc.name)
	data = frappe.db.get_value(
		"Deleted Document", {"deleted_doctype": RECORD, "deleted_name": doc.name}, "data"
	)
	same(json.loads(data)["title"], "kept")


def nothing_is_kept_of_what_is_deleted_permanently():
	doc = new_record().insert()
	frappe.delete_doc(RECORD, doc.name, delete_permanently=True)
	same(frappe.db.exists("Deleted Document", {"deleted_name": doc.name}), None)


def the_object_can_be_deleted():
	doc = new_target().insert()
	doc.delete()
	same(frappe.db.exists(TARGET, "Alpha"), None)


def the_user_needs_the_right_to_delete():
	new_target().insert()
	with as_user("Guest"), raises(frappe.PermissionError):
		frappe.delete_doc(TARGET, "Alpha")
	with as_user("Guest"):
		frappe.delete_doc(TARGET, "Alpha", ignore_permissions=True)


def the_name_of_a_deleted_document_can_be_used_again():
	new_target(color="red").insert()
	frappe.delete_doc(TARGET, "Alpha")
	same(new_target(color="blue").insert().color, "blue")


def passwords_go_with_their_document():
	from frappe.utils.password import get_decrypted_password

	doc = new_record(secret="geheim").insert()
	frappe.delete_doc(RECORD, doc.name)
	same(get_decrypted_password(RECORD, doc.name, "secret", raise_exception=False), None)
