"""Names of new documents."""

import re

import frappe

from conformance.expecting import TARGET, controller, new_record, new_target, new_voucher, raises, same


def _insert(doctype: str, **values):
	return frappe.get_doc({"doctype": doctype, **values}).insert()


def without_a_rule_the_name_is_ten_random_characters():
	name = new_record().insert().name
	assert re.fullmatch(r"[0-9a-v]{10}", name), name


def a_given_name_is_ignored_where_a_rule_makes_names():
	assert new_record(name="mine").insert().name != "mine"


def set_name_overrules_the_rule():
	same(new_record().insert(set_name="mine").name, "mine")


def a_name_from_a_field_is_the_fields_value_without_spaces_around_it():
	same(new_target(" Alpha ").insert().name, "Alpha")


def a_name_from_an_empty_field_is_refused():
	with raises(frappe.ValidationError, "Label is required"):
		new_target("").insert()


def a_taken_name_is_refused():
	new_target().insert()
	with raises(frappe.DuplicateEntryError, "Alpha"):
		new_target().insert()


def a_taken_name_can_be_passed_over():
	new_target(color="red").insert()
	new_target(color="blue").insert(ignore_if_duplicate=True)
	same(frappe.db.get_value(TARGET, "Alpha", "color"), "red")


def a_series_counts_up_with_as_many_digits_as_it_has_hashes():
	first, second = new_voucher().insert().name, new_voucher().insert().name
	assert re.fullmatch(r"CV-\d{4}", first), first
	same(int(second[3:]), int(first[3:]) + 1)


def the_default_naming_series_is_the_first_option():
	assert _insert("Conformance Series").name.startswith("CS-A-")


def each_naming_series_counts_for_itself():
	_insert("Conformance Series", naming_series="CS-A-.##")
	doc = _insert("Conformance Series", naming_series="CS-B-.##")
	assert re.fullmatch(r"CS-B-\d{2,}", doc.name), doc.name


def an_expression_takes_fields_and_a_number():
	assert re.fullmatch(r"CE-x-\d{3}", _insert("Conformance Expression", kind="x").name)


def a_format_counts_behind_what_stands_before_the_number():
	names = [_insert("Conformance Format", kind=kind).name for kind in ("a", "b", "a")]
	# One counter for the format. Early releases of 15 counted for each beginning by itself.
	same(names, ["CF-a-01", "CF-b-02", "CF-a-03"])


def a_prompted_name_is_the_one_given():
	same(_insert("Conformance Prompt", name="given").name, "given")
	same(_insert("Conformance Prompt", __newname="also given").name, "also given")


def a_missing_prompted_name_is_refused():
	with raises(frappe.ValidationError, "Please set the document name"):
		_insert("Conformance Prompt")


def numbers_count_up_and_are_ints():
	first, second = _insert("Conformance Number").name, _insert("Conformance Number").name
	same((type(first), second), (int, first + 1))


def a_controllers_autoname_comes_before_the_doctypes_rule():
	def autoname(self):
		self.name = f"own {self.label}"

	with controller(TARGET, autoname=autoname):
		same(new_target().insert().name, "own Alpha")


def the_field_that_names_a_document_is_kept_equal_to_the_name():
	same(new_target().insert(set_name="Other").label, "Other")


def names_with_angle_brackets_are_refused():
	with raises(frappe.NameError, "special characters"):
		new_target("a<b").insert()


def the_doctypes_own_name_is_refused():
	with raises(frappe.NameError, "cannot be"):
		new_target(TARGET).insert()


def child_rows_get_random_names():
	doc = new_record(rows=[{"item": "a", "name": "mine"}]).insert()
	assert re.fullmatch(r"[0-9a-v]{10}", doc.rows[0].name), doc.rows[0].name


def child_rows_keep_given_names_on_request():
	doc = new_record(rows=[{"item": "a", "name": "given row"}])
	doc.insert(set_child_names=False)
	same(frappe.get_doc(doc.doctype, doc.name).rows[0].name, "given row")


def an_amended_document_has_the_old_name_with_a_number():
	old = new_voucher().insert()
	old.submit()
	old.cancel()
	new = frappe.copy_doc(old)
	new.docstatus, new.amended_from = 0, old.name
	new.insert()
	same(new.name, f"{old.name}-1")
	new.submit()
	new.cancel()
	newer = frappe.copy_doc(new)
	newer.docstatus, newer.amended_from = 0, new.name
	same(newer.insert().name, f"{old.name}-2")


def amending_what_is_not_cancelled_is_refused():
	old = new_voucher().insert()
	old.submit()
	with raises(frappe.ValidationError, "cannot be amended because it is not cancelled"):
		new_voucher(amended_from=old.name).insert()


def deleting_the_last_of_a_series_gives_its_number_back():
	name = new_voucher().insert().name
	frappe.delete_doc("Conformance Voucher", name)
	same(new_voucher().insert().name, name)


def deleting_another_of_a_series_gives_nothing_back():
	first, second = new_voucher().insert().name, new_voucher().insert().name
	frappe.delete_doc("Conformance Voucher", first)
	same(int(new_voucher().insert().name[3:]), int(second[3:]) + 1)
