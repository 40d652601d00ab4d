"""Settings: DocTypes with one document."""

import frappe

from conformance.expecting import SETTINGS, same


def a_single_that_was_never_saved_has_its_defaults():
	same(frappe.get_doc(SETTINGS).hours, "9 to 5")


def a_single_is_stored_and_read():
	doc = frappe.get_single(SETTINGS)
	doc.days = 6
	doc.save()
	same((frappe.get_doc(SETTINGS).days, frappe.db.get_single_value(SETTINGS, "days")), (6, 6))


def a_value_of_a_single_can_be_set():
	frappe.db.set_single_value(SETTINGS, "days", 3)
	same(frappe.db.get_single_value(SETTINGS, "days"), 3)
	same(frappe.get_doc(SETTINGS).days, 3)


def a_single_has_its_doctypes_name():
	doc = frappe.get_doc(SETTINGS)
	doc.save()
	same((doc.name, frappe.db.exists(SETTINGS, SETTINGS)), (SETTINGS, SETTINGS))


def a_cached_single_follows_saves():
	same(frappe.get_cached_value(SETTINGS, SETTINGS, "hours"), "9 to 5")
	doc = frappe.get_doc(SETTINGS)
	doc.days = 5
	doc.save()
	same(frappe.get_cached_value(SETTINGS, SETTINGS, "days"), 5)


def get_singles_dict_has_what_is_stored():
	frappe.db.set_single_value(SETTINGS, "hours", "all day")
	same(frappe.db.get_singles_dict(SETTINGS).hours, "all day")
