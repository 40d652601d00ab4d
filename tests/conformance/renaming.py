"""Renaming and merging."""

import frappe

from conformance.expecting import (
	RECORD,
	SETTINGS,
	TARGET,
	VOUCHER,
	new_record,
	new_target,
	new_voucher,
	raises,
	same,
)


def a_renamed_document_has_its_values_under_the_new_name():
	new_target(color="red").insert()
	same(frappe.rename_doc(TARGET, "Alpha", "Beta"), "Beta")
	same((frappe.db.exists(TARGET, "Alpha"), frappe.db.get_value(TARGET, "Beta", "color")), (None, "red"))


def the_field_that_names_a_document_is_renamed_too():
	new_target().insert()
	frappe.rename_doc(TARGET, "Alpha", "Beta")
	same(frappe.db.get_value(TARGET, "Beta", "label"), "Beta")


def links_follow_the_name():
	new_target().insert()
	doc = new_record(
		target="Alpha", linked_doctype=TARGET, linked_name="Alpha", rows=[{"item": "a", "target": "Alpha"}]
	).insert()
	modified = str(frappe.db.get_value(RECORD, doc.name, "modified"))
	frappe.rename_doc(TARGET, "Alpha", "Beta")
	doc = frappe.get_doc(RECORD, doc.name)
	same((doc.target, doc.linked_name, doc.rows[0].target), ("Beta", "Beta", "Beta"))
	same(str(doc.modified), modified)


def links_of_settings_follow_the_name():
	new_target().insert()
	settings = frappe.get_doc(SETTINGS)
	settings.target = "Alpha"
	settings.save()
	frappe.rename_doc(TARGET, "Alpha", "Beta")
	same(frappe.db.get_single_value(SETTINGS, "target"), "Beta")


def rows_follow_their_document():
	doc = new_voucher(rows=[{"item": "a"}]).insert()
	frappe.rename_doc(VOUCHER, doc.name, "CV-renamed")
	same([row.item for row in frappe.get_doc(VOUCHER, "CV-renamed").rows], ["a"])


def the_object_can_be_renamed():
	doc = new_target().insert()
	doc.rename("Beta")
	same((doc.name, doc.label), ("Beta", "Beta"))


def a_taken_name_is_refused():
	for label in ("Alpha", "Beta"):
		new_target(label).insert()
	with raises(frappe.ValidationError, "Another Conformance Target with name Beta exists"):
		frappe.rename_doc(TARGET, "Alpha", "Beta")


def the_same_name_is_refused():
	new_target().insert()
	with raises(frappe.ValidationError, "old and new name are the same"):
		frappe.rename_doc(TARGET, "Alpha", "Alpha")


def what_is_not_there_can_not_be_renamed():
	with raises(frappe.DoesNotExistError):
		frappe.rename_doc(TARGET, "nobody", "Beta")


def merging_moves_links_and_deletes_the_document():
	for label, color in (("Alpha", "red"), ("Beta", "blue")):
		new_target(label, color=color).insert()
	doc = new_record(target="Alpha").insert()
	frappe.rename_doc(TARGET, "Alpha", "Beta", merge=True)
	same(frappe.db.get_value(RECORD, doc.name, "target"), "Beta")
	same((frappe.db.exists(TARGET, "Alpha"), frappe.db.get_value(TARGET, "Beta", "color")), (None, "blue"))


def merging_into_nothing_is_refused():
	new_target().insert()
	with raises(frappe.ValidationError, "does not exist, select a new target to merge"):
		frappe.rename_doc(TARGET, "Alpha", "Beta", merge=True)


def a_rename_leaves_a_comment():
	new_target().insert()
	frappe.rename_doc(TARGET, "Alpha", "Beta")
	comments = frappe.get_all(
		"Comment",
		{"reference_doctype": TARGET, "reference_name": "Beta", "comment_type": "Edit"},
		pluck="content",
	)
	same(len(comments), 1)
