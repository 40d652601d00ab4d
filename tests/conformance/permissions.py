"""Who may do what."""

import frappe
from frappe.permissions import add_user_permission

from conformance.doctypes import ROLE
from conformance.expecting import (
	RECORD,
	TARGET,
	USER,
	VOUCHER,
	as_user,
	new_record,
	new_target,
	new_voucher,
	raises,
	same,
)


def _only_role(role: str) -> None:
	"""The user has this role and no other."""
	user = frappe.get_doc("User", USER)
	user.set("roles", [{"role": role}])
	user.save(ignore_permissions=True)
	_forget_afterwards()


def _restrict(doctype: str, name: str, **values: object) -> None:
	add_user_permission(doctype, name, USER, **values)
	_forget_afterwards()


def _forget_afterwards() -> None:
	"""What is cached of the user is not undone by a rollback."""
	frappe.db.after_rollback.add(lambda: frappe.clear_cache(user=USER))


def roles_are_the_given_ones_and_those_of_every_user():
	roles = frappe.get_roles(USER)
	assert {ROLE, "All", "Guest"} <= set(roles), roles
	same(frappe.get_roles("Guest"), ["Guest"])


def the_administrator_may_everything():
	same(frappe.has_permission("DocType", "delete"), True)
	assert "System Manager" in frappe.get_roles("Administrator")


def rights_are_those_of_the_roles():
	_only_role("Conformance Reader")
	rights = [
		bool(frappe.has_permission(RECORD, right, user=USER))
		for right in ("read", "write", "create", "delete")
	]
	same(rights, [True, False, False, False])


def rights_of_the_present_user_are_the_default():
	doc = new_record().insert()
	_only_role("Conformance Reader")
	with as_user(USER):
		same((bool(doc.has_permission("read")), bool(doc.has_permission("write"))), (True, False))


def has_permission_can_raise():
	with as_user("Guest"), raises(frappe.PermissionError):
		frappe.has_permission(RECORD, "read", throw=True)


def a_reader_may_not_save():
	doc = new_record().insert()
	_only_role("Conformance Reader")
	with as_user(USER), raises(frappe.PermissionError):
		frappe.get_doc(RECORD, doc.name).save()


def get_list_is_refused_without_the_right_to_read():
	with as_user("Guest"), raises(frappe.PermissionError):
		frappe.get_list(RECORD)


def get_all_asks_for_no_rights():
	new_record().insert()
	with as_user("Guest"):
		same(len(frappe.get_all(RECORD)), 1)


def who_has_rights_as_owner_sees_own_documents_only():
	_only_role("Conformance Owner")
	new_record(title="theirs").insert()
	with as_user(USER):
		mine = new_record(title="mine").insert()
		same(frappe.get_list(RECORD, pluck="title"), ["mine"])
		same(bool(mine.has_permission("write")), True)
		theirs = frappe.get_doc(RECORD, {"title": "theirs"})
		same((bool(theirs.has_permission("read")), bool(theirs.has_permission("write"))), (False, False))


def user_permissions_keep_to_documents_and_to_those_that_link_to_them():
	for label in ("Alpha", "Beta"):
		new_target(label).insert()
		new_record(title=label, target=label).insert()
	_restrict(TARGET, "Alpha")
	with as_user(USER):
		same(frappe.get_list(TARGET, pluck="name"), ["Alpha"])
		same(frappe.get_list(RECORD, pluck="title"), ["Alpha"])
		same(bool(frappe.get_doc(TARGET, "Beta").has_permission("read")), False)
		same(bool(frappe.get_doc(RECORD, {"title": "Beta"}).has_permission("read")), False)
		same(bool(frappe.get_doc(RECORD, {"title": "Alpha"}).has_permission("read")), True)


def documents_without_that_link_stay_visible():
	new_target().insert()
	new_record(title="without").insert()
	_restrict(TARGET, "Alpha")
	with as_user(USER):
		same(frappe.get_list(RECORD, pluck="title"), ["without"])


def user_permissions_can_be_for_one_doctype():
	for label in ("Alpha", "Beta"):
		new_target(label).insert()
		new_record(title=label, target=label).insert()
	_restrict(TARGET, "Alpha", applicable_for=RECORD)
	with as_user(USER):
		same(frappe.get_list(RECORD, pluck="title"), ["Alpha"])
		same(len(frappe.get_list(TARGET)), 2)


def user_permissions_do_not_bind_the_administrator():
	new_target().insert()
	same(frappe.has_permission(TARGET, "read", "Alpha"), True)


def fields_above_the_users_level_keep_their_value():
	doc = new_record(internal="secret").insert()
	with as_user(USER):
		mine = frappe.get_doc(RECORD, doc.name)
		mine.internal, mine.title = "changed", "B"
		mine.save()
	same(frappe.db.get_value(RECORD, doc.name, ["title", "internal"]), ("B", "secret"))


def fields_above_the_users_level_begin_with_their_default():
	with as_user(USER):
		doc = new_record(internal="set").insert()
	same(frappe.db.get_value(RECORD, doc.name, "internal"), None)


def the_administrator_writes_on_all_levels():
	same(new_record(internal="set").insert().internal, "set")


def fields_above_the_users_level_are_not_read():
	doc = new_record(internal="secret", rows=[{"item": "a", "internal": "secret"}]).insert()
	with as_user(USER):
		rows = frappe.get_list(RECORD, fields=["title", "internal"])
		same(rows, [{"title": "A"}])
		mine = frappe.get_doc(RECORD, doc.name)
		mine.apply_fieldlevel_read_permissions()
		same((mine.get("internal"), mine.rows[0].get("internal")), (None, None))


def all_fields_are_the_readable_ones():
	new_record(internal="secret").insert()
	with as_user(USER):
		row = frappe.get_list(RECORD, fields=["*"])[0]
	assert "title" in row and "internal" not in row, row


def submitting_needs_its_own_right():
	frappe.get_doc("DocType", VOUCHER)
	doc = new_voucher().insert()
	_only_role("Conformance Reader")
	with as_user(USER), raises(frappe.PermissionError):
		frappe.get_doc(VOUCHER, doc.name).submit()


def only_for_asks_for_a_role():
	in_test, frappe.flags.in_test = frappe.flags.in_test, False
	frappe.only_for("System Manager")
	with as_user("Guest"), raises(frappe.PermissionError):
		frappe.only_for("System Manager")
	frappe.flags.in_test = in_test


def guests_have_no_rights_on_doctypes_without_rules_for_them():
	same(bool(frappe.has_permission(RECORD, "read", user="Guest")), False)


def rows_have_the_rights_of_their_document():
	doc = new_record(rows=[{"item": "a"}]).insert()
	row = frappe.get_doc("Conformance Row", doc.rows[0].name)
	same(bool(frappe.has_permission("Conformance Row", "read", row, user=USER)), True)
	same(bool(frappe.has_permission("Conformance Row", "read", row, user="Guest")), False)


def reading_only_names_of_the_session_user():
	with as_user(USER):
		same(frappe.session.user, USER)
		doc = new_record().insert()
	same((doc.owner, doc.modified_by), (USER, USER))


def permitted_fields_are_those_of_the_users_levels():
	from frappe.model import get_permitted_fields

	with as_user(USER):
		fields = get_permitted_fields(RECORD)
	assert "title" in fields and "name" in fields and "internal" not in fields, fields
