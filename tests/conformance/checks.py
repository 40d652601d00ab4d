"""What a save is refused for."""

import frappe

from conformance.expecting import RECORD, as_user, contains, new_record, new_target, raises, same


def missing_mandatory_fields_are_named():
	with raises(frappe.MandatoryError, "title"):
		new_record(title="").insert()


def spaces_are_no_value_for_a_mandatory_field():
	with raises(frappe.MandatoryError, "title"):
		new_record(title="  ").insert()


def missing_mandatory_fields_of_rows_are_named():
	with raises(frappe.MandatoryError, "item"):
		new_record(rows=[{"number": 1}]).insert()


def mandatory_fields_can_be_ignored():
	same(new_record(title=None).insert(ignore_mandatory=True).title, None)
	doc = new_record(title=None)
	doc.flags.ignore_mandatory = True
	doc.insert()


def a_select_takes_its_options_only():
	with raises(frappe.ValidationError, 'Status cannot be "Ajar". It should be one of "Open", "Closed"'):
		new_record(status="Ajar").insert()


def a_select_of_a_row_tells_the_row():
	with raises(frappe.ValidationError, "Row #1: State cannot be"):
		new_record(rows=[{"item": "a", "state": "Broken"}]).insert()


def texts_that_are_too_long_are_refused():
	with raises(frappe.CharacterLengthExceededError, "max characters allowed is 10"):
		new_record(short="x" * 11).insert()
	with raises(frappe.CharacterLengthExceededError, "max characters allowed is 140"):
		new_record(title="x" * 141).insert()


def a_text_as_long_as_the_field_is_stored():
	same(new_record(short="x" * 10).insert().short, "x" * 10)


def ints_have_thirty_two_bits():
	same(new_record(number=2**31 - 1).insert().number, 2**31 - 1)
	with raises(frappe.CharacterLengthExceededError):
		new_record(number=2**31).insert()


def negative_values_are_refused_where_the_field_says_so():
	with raises(frappe.NonNegativeError, "Value cannot be negative"):
		new_record(amount=-1).insert()


def wrong_email_addresses_are_refused():
	with raises(frappe.InvalidEmailAddressError, "is not a valid Email Address"):
		new_record(email="nobody").insert()
	same(new_record(email="a@example.com").insert().email, "a@example.com")


def wrong_urls_are_refused():
	with raises(frappe.ValidationError, "is not a valid URL"):
		new_record(url="nowhere").insert()


def what_may_be_set_only_once_may_not_change():
	doc = new_record(once="first").insert()
	doc.once = "second"
	with raises(frappe.CannotChangeConstantError, "Value cannot be changed for"):
		doc.save()


def a_document_that_somebody_else_saved_meanwhile_is_not_overwritten():
	mine = new_record().insert()
	theirs = frappe.get_doc(RECORD, mine.name)
	theirs.title = "theirs"
	theirs.save()
	mine.title = "mine"
	with raises(frappe.TimestampMismatchError, "has been modified after you have opened it"):
		mine.save()


def saving_what_is_deleted_is_an_error():
	doc = new_record().insert()
	frappe.delete_doc(RECORD, doc.name)
	with raises(frappe.DoesNotExistError):
		doc.save()


def save_of_a_new_document_inserts_it():
	doc = new_record()
	doc.save()
	assert frappe.db.exists(RECORD, doc.name)


def throw_puts_the_message_into_the_message_log():
	frappe.clear_messages()
	with raises(frappe.ValidationError, "no"):
		frappe.throw("no", title="Refused")
	message = frappe.get_message_log()[-1]
	same(
		(message["message"], message["title"], message["raise_exception"], message["indicator"]),
		("no", "Refused", 1, "red"),
	)


def messages_can_be_forgotten():
	frappe.msgprint("a")
	frappe.clear_messages()
	same(frappe.get_message_log(), [])


def the_user_needs_the_right_to_create():
	with as_user("Guest"), raises(frappe.PermissionError):
		new_record().insert()


def permissions_can_be_ignored():
	with as_user("Guest"):
		same(new_record().insert(ignore_permissions=True).owner, "Guest")


def a_missing_mandatory_message_names_the_row():
	frappe.clear_messages()
	try:
		new_record(rows=[{"number": 1}]).insert()
	except frappe.MandatoryError:
		pass
	contains(frappe.get_message_log()[-1]["message"], "Row #1: Value missing for: Item")


def validate_value_compares_a_field():
	doc = new_record(number=5)
	doc.validate_value("number", ">", 3)
	with raises(frappe.ValidationError, "Number must be > 7"):
		doc.validate_value("number", ">", 7)


def an_empty_table_can_be_refused():
	with raises(frappe.EmptyTableError, "Table Rows cannot be empty"):
		new_record().validate_table_has_rows("rows")


def a_target_may_be_made_in_the_same_transaction():
	new_target("Beta").insert()
	same(new_record(target="Beta").insert().target, "Beta")
