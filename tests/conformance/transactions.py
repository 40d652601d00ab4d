"""Commits, rollbacks, savepoints, and what waits for them."""

import frappe
from frappe.database.database import savepoint

from conformance.expecting import TARGET, new_target, on_postgres, raises, same


def a_rollback_undoes_what_was_written():
	frappe.db.commit()
	new_target("Rolled back").insert()
	frappe.db.rollback()
	same(frappe.db.exists(TARGET, "Rolled back"), None)


def a_commit_keeps_what_was_written():
	new_target("Committed").insert()
	frappe.db.commit()
	frappe.db.rollback()
	same(frappe.db.exists(TARGET, "Committed"), "Committed")
	frappe.delete_doc(TARGET, "Committed")
	frappe.db.commit()


def a_savepoint_can_be_gone_back_to():
	new_target("Before").insert()
	frappe.db.savepoint("here")
	new_target("After").insert()
	frappe.db.rollback(save_point="here")
	same((frappe.db.exists(TARGET, "Before"), frappe.db.exists(TARGET, "After")), ("Before", None))


def one_can_go_back_to_a_savepoint_again():
	frappe.db.savepoint("here")
	for label in ("One", "Two"):
		new_target(label).insert()
		frappe.db.rollback(save_point="here")
	same(frappe.db.count(TARGET), 0)


def savepoints_lie_within_each_other():
	frappe.db.savepoint("outside")
	new_target("Outer").insert()
	frappe.db.savepoint("inside")
	new_target("Inner").insert()
	frappe.db.rollback(save_point="inside")
	same((frappe.db.exists(TARGET, "Outer"), frappe.db.exists(TARGET, "Inner")), ("Outer", None))
	frappe.db.rollback(save_point="outside")
	same(frappe.db.count(TARGET), 0)


def a_released_savepoint_keeps_what_was_written():
	frappe.db.savepoint("here")
	new_target("Kept").insert()
	frappe.db.release_savepoint("here")
	same(frappe.db.exists(TARGET, "Kept"), "Kept")


def the_savepoint_block_undoes_what_failed_in_it():
	with savepoint(catch=frappe.ValidationError):
		new_target("Failed").insert()
		frappe.throw("no")
	same(frappe.db.exists(TARGET, "Failed"), None)


def the_savepoint_block_lets_other_errors_through():
	with raises(KeyError), savepoint(catch=frappe.ValidationError):
		raise KeyError("other")


def functions_run_after_the_commit_once():
	called = []
	frappe.db.after_commit.add(lambda: called.append("after"))
	frappe.db.commit()
	frappe.db.commit()
	same(called, ["after"])


def functions_run_before_the_commit_and_may_write():
	frappe.db.before_commit.add(lambda: new_target("Just in time").insert())
	frappe.db.commit()
	frappe.db.rollback()
	same(frappe.db.exists(TARGET, "Just in time"), "Just in time")
	frappe.delete_doc(TARGET, "Just in time")
	frappe.db.commit()


def a_rollback_forgets_what_waits_for_the_commit():
	called = []
	frappe.db.after_commit.add(lambda: called.append("after"))
	frappe.db.rollback()
	frappe.db.commit()
	same(called, [])


def functions_run_after_the_rollback_unless_there_was_a_commit():
	called = []
	frappe.db.after_rollback.add(lambda: called.append("first"))
	frappe.db.rollback()
	frappe.db.after_rollback.add(lambda: called.append("second"))
	frappe.db.commit()
	frappe.db.rollback()
	same(called, ["first"])


def going_back_to_a_savepoint_runs_nothing():
	called = []
	frappe.db.after_rollback.add(lambda: called.append("after"))
	frappe.db.savepoint("here")
	frappe.db.rollback(save_point="here")
	same(called, [])
	frappe.db.rollback()
	same(called, ["after"])


def what_runs_after_the_commit_runs_in_order():
	called = []
	for number in (1, 2, 3):
		frappe.db.after_commit.add(lambda number=number: called.append(number))
	frappe.db.commit()
	same(called, [1, 2, 3])


def a_failed_insert_does_not_end_the_transaction_but_on_postgres_where_a_savepoint_saves_it():
	new_target("Alpha").insert()
	frappe.db.savepoint("here")
	with raises(frappe.DuplicateEntryError):
		new_target("Alpha").insert()
	if on_postgres():
		frappe.db.rollback(save_point="here")
	new_target("Beta").insert()
	same(frappe.db.count(TARGET), 2)


def writes_are_counted_until_the_commit():
	frappe.db.commit()
	same(frappe.db.transaction_writes, 0)
	new_target("Alpha").insert()
	assert frappe.db.transaction_writes > 0
	frappe.db.rollback()
	same(frappe.db.transaction_writes, 0)


def changes_of_the_schema_are_refused_among_writes_but_on_postgres_which_takes_them_back():
	new_target("Alpha").insert()
	create = "create table conformance_nothing (a int)"
	if on_postgres():
		frappe.db.sql(create)
		assert "conformance_nothing" in frappe.db.get_tables(cached=False)
		frappe.db.rollback()
		assert "conformance_nothing" not in frappe.db.get_tables(cached=False)
		return
	with raises(frappe.exceptions.ImplicitCommitError):
		frappe.db.sql(create)
