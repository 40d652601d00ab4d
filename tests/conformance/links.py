"""Links to other documents, and what is fetched from them."""

import frappe

from conformance.expecting import RECORD, TARGET, VOUCHER, new_record, new_target, new_voucher, raises, same


def a_link_to_nothing_is_refused_by_name():
	with raises(frappe.LinkValidationError, "Could not find Bound To: nobody@example.com"):
		new_target(bound_to="nobody@example.com").insert()


def a_link_to_nothing_in_a_row_tells_the_row():
	with raises(frappe.LinkValidationError, "Could not find Row #2: Target: nobody"):
		new_record(rows=[{"item": "a"}, {"item": "b", "target": "nobody"}]).insert()


def several_links_to_nothing_are_told_together():
	rows = [{"item": "a", "target": "x"}, {"item": "b", "target": "y"}]
	with raises(frappe.LinkValidationError, "Could not find Row #1: Target: x, Row #2: Target: y"):
		new_record(rows=rows).insert()


def links_can_be_ignored():
	same(new_target(bound_to="nobody@example.com").insert(ignore_links=True).bound_to, "nobody@example.com")


def a_dynamic_link_is_checked_in_the_doctype_that_its_field_names():
	new_target().insert()
	same(new_record(linked_doctype=TARGET, linked_name="Alpha").insert().linked_name, "Alpha")
	with raises(frappe.LinkValidationError, "Could not find Linked Name: Alpha"):
		new_record(linked_doctype="User", linked_name="Alpha").insert()


def a_dynamic_link_needs_its_doctype():
	with raises(frappe.ValidationError, "Linked Doctype must be set first"):
		new_record(linked_name="Alpha").insert()


def values_are_fetched_from_the_link():
	new_target(color="red").insert()
	doc = new_record(target="Alpha").insert()
	same((doc.target_color, doc.kept_color), ("red", "red"))


def fetched_values_follow_the_link_unless_they_are_only_fetched_when_empty():
	new_target("Alpha", color="red").insert()
	new_target("Beta", color="blue").insert()
	doc = new_record(target="Alpha").insert()
	doc.target = "Beta"
	doc.save()
	same((doc.target_color, doc.kept_color), ("blue", "red"))


def a_given_value_stays_where_it_is_only_fetched_when_empty():
	new_target(color="red").insert()
	doc = new_record(target="Alpha", target_color="green", kept_color="green").insert()
	same((doc.target_color, doc.kept_color), ("red", "green"))


def a_submittable_document_may_not_link_to_a_cancelled_one():
	other = new_voucher().insert()
	other.submit()
	other.cancel()
	with raises(frappe.CancelledLinkError, "Cannot link cancelled document"):
		new_voucher(other=other.name).insert()


def links_are_not_checked_in_a_cancellation():
	new_target().insert()
	doc = new_voucher(target="Alpha").insert()
	doc.submit()
	frappe.delete_doc(TARGET, "Alpha", force=True)
	doc.reload()
	doc.cancel()
	same(doc.docstatus, 2)


def links_are_checked_in_each_save():
	new_target().insert()
	doc = new_record(rows=[{"item": "a", "target": "Alpha"}]).insert()
	frappe.db.set_value("Conformance Row", doc.rows[0].name, "target", "nobody")
	with raises(frappe.LinkValidationError, "Could not find Row #1: Target: nobody"):
		frappe.get_doc(RECORD, doc.name).save()


def a_voucher_that_links_to_nothing_is_refused():
	with raises(frappe.LinkValidationError, "Could not find Other: CV-none"):
		new_voucher(other="CV-none").insert()
	same(frappe.db.count(VOUCHER, {"other": "CV-none"}), 0)
