"""Password fields and users' passwords."""

import frappe
from frappe.utils.password import (
	check_password,
	get_decrypted_password,
	get_encryption_key,
	remove_encrypted_password,
	set_encrypted_password,
	update_password,
)

from conformance.expecting import RECORD, USER, new_record, raises, same


def the_row_has_asterisks_and_the_secret_is_elsewhere():
	doc = new_record(secret="geheim").insert()
	same((doc.secret, frappe.db.get_value(RECORD, doc.name, "secret")), ("******", "******"))
	same(doc.get_password("secret"), "geheim")
	same(get_decrypted_password(RECORD, doc.name, "secret"), "geheim")


def saving_the_asterisks_keeps_the_secret():
	doc = new_record(secret="geheim").insert()
	doc = frappe.get_doc(RECORD, doc.name)
	doc.title = "B"
	doc.save()
	same(doc.get_password("secret"), "geheim")


def a_new_secret_takes_the_old_ones_place():
	doc = new_record(secret="geheim").insert()
	doc.secret = "anders"
	doc.save()
	same(get_decrypted_password(RECORD, doc.name, "secret"), "anders")


def an_emptied_field_forgets_the_secret():
	doc = new_record(secret="geheim").insert()
	doc.secret = ""
	doc.save()
	same(get_decrypted_password(RECORD, doc.name, "secret", raise_exception=False), None)


def a_secret_that_is_not_there_is_an_error():
	doc = new_record().insert()
	with raises(frappe.ValidationError, "Password not found"):
		doc.get_password("secret")
	same(doc.get_password("secret", raise_exception=False), None)


def a_secret_of_another_key_is_an_error_only_where_that_is_asked_for():
	doc = new_record(secret="geheim").insert()
	key, frappe.local.conf.encryption_key = get_encryption_key(), "x" * 43 + "="
	try:
		same(get_decrypted_password(RECORD, doc.name, "secret", raise_exception=False), None)
		with raises(frappe.ValidationError, "Encryption key is invalid"):
			get_decrypted_password(RECORD, doc.name, "secret")
	finally:
		frappe.local.conf.encryption_key = key


def an_unsaved_secret_can_be_read():
	same(new_record(secret="geheim").get_password("secret"), "geheim")


def secrets_can_be_written_past_the_document():
	doc = new_record().insert()
	set_encrypted_password(RECORD, doc.name, "geheim", "secret")
	set_encrypted_password(RECORD, doc.name, "neuer", "secret")
	same(get_decrypted_password(RECORD, doc.name, "secret"), "neuer")
	remove_encrypted_password(RECORD, doc.name, "secret")
	same(get_decrypted_password(RECORD, doc.name, "secret", raise_exception=False), None)


def secrets_are_encrypted_in_the_database():
	doc = new_record(secret="geheim").insert()
	auth = frappe.qb.Table("__Auth")
	stored = frappe.qb.from_(auth).select(auth.password, auth.encrypted).where(auth.name == doc.name).run()
	assert stored[0][0] != "geheim" and stored[0][1] == 1, stored


def secrets_follow_a_rename():
	doc = new_record(secret="geheim").insert()
	frappe.rename_doc(RECORD, doc.name, "renamed record")
	same(get_decrypted_password(RECORD, "renamed record", "secret"), "geheim")


def secrets_can_be_left_out_of_a_save():
	doc = new_record(secret="geheim").insert()
	doc.secret = "anders"
	doc.flags.ignore_save_passwords = ["secret"]
	doc.save()
	same(get_decrypted_password(RECORD, doc.name, "secret"), "geheim")


def users_passwords_are_hashed_and_checked():
	update_password(USER, "correct horse")
	same(check_password(USER, "correct horse"), USER)
	with raises(frappe.AuthenticationError):
		check_password(USER, "wrong horse")
