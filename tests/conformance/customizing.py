"""Custom fields, property setters and custom permissions. Changes of tables commit, so each sentence clears up."""

from contextlib import contextmanager

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field, create_custom_fields
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

from conformance.expecting import RECORD, TARGET, new_record, new_target, raises, same


def _begin_anew() -> None:
	"""As the next request would."""
	frappe.local.valid_columns.clear()
	frappe.local.new_doc_templates.clear()


@contextmanager
def _custom_field(fieldname: str, doctype: str = TARGET, **values: object):
	create_custom_field(
		doctype, {"fieldname": fieldname, "label": fieldname.title(), "fieldtype": "Data", **values}
	)
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Custom Field", f"{doctype}-{fieldname}", force=True)
		frappe.clear_cache(doctype=doctype)
		frappe.db.commit()


@contextmanager
def _property(doctype: str, fieldname: str | None, prop: str, value: str, kind: str = "Check"):
	setter = make_property_setter(doctype, fieldname, prop, value, kind, for_doctype=not fieldname)
	frappe.clear_cache(doctype=doctype)
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Property Setter", setter.name, force=True, ignore_missing=True)
		frappe.clear_cache(doctype=doctype)
		frappe.db.commit()


def a_custom_field_is_a_field_and_a_column():
	with _custom_field("flavour"):
		assert frappe.get_meta(TARGET).has_field("flavour")
		assert frappe.db.has_column(TARGET, "flavour")
		new_target(flavour="sweet").insert()
		same(frappe.get_doc(TARGET, "Alpha").flavour, "sweet")
		same(frappe.get_all(TARGET, {"flavour": "sweet"}, pluck="name"), ["Alpha"])


def a_custom_field_is_named_after_its_doctype_and_field():
	with _custom_field("flavour"):
		same(frappe.db.exists("Custom Field", {"dt": TARGET, "fieldname": "flavour"}), f"{TARGET}-flavour")


def a_custom_field_can_be_mandatory_and_have_a_default():
	with _custom_field("flavour", reqd=1), raises(frappe.MandatoryError, "flavour"):
		new_target().insert()
	with _custom_field("aroma", default="strong"):
		_begin_anew()
		same(new_target().insert().aroma, "strong")


def what_a_request_knows_of_a_doctype_does_not_follow_a_new_field_at_once():
	new_target("Before").insert()
	with _custom_field("flavour", default="sweet"):
		assert not hasattr(new_target("After").insert(), "flavour")
		_begin_anew()
		same(new_target("Anew").insert().flavour, "sweet")
		for label in ("Before", "After", "Anew"):
			frappe.delete_doc(TARGET, label, ignore_missing=True)
		frappe.db.commit()


def a_custom_link_is_checked():
	with (
		_custom_field("owned_by", fieldtype="Link", options="User"),
		raises(frappe.LinkValidationError, "nobody"),
	):
		new_target(owned_by="nobody").insert()


def a_custom_field_can_say_what_it_stands_behind():
	with _custom_field("flavour", insert_after="label"):
		names = [df.fieldname for df in frappe.get_meta(TARGET).fields]
		same(names.index("flavour"), names.index("label") + 1)


def the_same_custom_field_is_not_made_twice():
	with _custom_field("flavour"):
		same(create_custom_field(TARGET, {"fieldname": "flavour", "label": "Flavour"}), None)


def several_custom_fields_are_made_together_and_updated():
	fields = {TARGET: [{"fieldname": "flavour", "label": "Flavour", "fieldtype": "Data"}]}
	create_custom_fields(fields)
	fields[TARGET][0]["label"] = "Taste"
	create_custom_fields(fields)
	label = frappe.get_meta(TARGET).get_label("flavour")
	frappe.delete_doc("Custom Field", f"{TARGET}-flavour", force=True)
	frappe.clear_cache(doctype=TARGET)
	frappe.db.commit()
	same(label, "Taste")


def a_deleted_custom_field_is_no_field_but_stays_a_column():
	with _custom_field("flavour"):
		pass
	same(
		(frappe.get_meta(TARGET).has_field("flavour"), frappe.db.has_column(TARGET, "flavour")), (False, True)
	)


def a_field_can_be_made_mandatory():
	with _property(TARGET, "color", "reqd", "1"), raises(frappe.MandatoryError, "color"):
		new_target().insert()
	new_target().insert()


def the_options_of_a_field_can_be_changed():
	with _property(RECORD, "status", "options", "Open\nAjar", "Small Text"):
		same(new_record(status="Ajar").insert().status, "Ajar")


def a_property_of_the_doctype_can_be_changed():
	with _property(TARGET, None, "allow_rename", "0"):
		same(frappe.get_meta(TARGET).allow_rename, 0)
		new_target().insert()
		with raises(frappe.ValidationError, "not allowed to be renamed"):
			frappe.rename_doc(TARGET, "Alpha", "Beta")


def meta_knows_its_kinds_of_fields():
	meta = frappe.get_meta(RECORD)
	same([df.fieldname for df in meta.get_table_fields()], ["rows", "more_rows"])
	same(sorted(df.fieldname for df in meta.get_link_fields()), ["linked_doctype", "target"])
	same([df.fieldname for df in meta.get_dynamic_link_fields()], ["linked_name"])
	same((meta.get_field("title").reqd, meta.get_label("name"), meta.get_field("nothing")), (1, "ID", None))
	assert "title" in meta.get_valid_columns() and "rows" not in meta.get_valid_columns()


def an_unknown_doctype_has_no_meta():
	with raises(frappe.DoesNotExistError):
		frappe.get_meta("Conformance Nothing")
