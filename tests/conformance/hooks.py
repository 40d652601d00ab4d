"""Which hooks run, and when."""

import frappe

from conformance.expecting import (
	RECORD,
	TARGET,
	VOUCHER,
	controller,
	doc_events,
	new_record,
	new_target,
	new_voucher,
	noted_hooks,
	raises,
	same,
)


def insert_runs_its_hooks_in_this_order():
	with noted_hooks(RECORD) as called:
		new_record().insert()
	same(
		called,
		"""before_insert before_naming autoname before_validate validate before_save after_insert on_update
		on_change""".split(),
	)


def save_runs_its_hooks_in_this_order():
	new_record().insert()
	doc = frappe.get_last_doc(RECORD)
	with noted_hooks(RECORD) as called:
		doc = frappe.get_doc(RECORD, doc.name)
		doc.save()
	same(called, "before_validate validate before_save on_update on_change".split())


def submit_runs_its_hooks_in_this_order():
	doc = new_voucher().insert()
	with noted_hooks(VOUCHER) as called:
		frappe.get_doc(VOUCHER, doc.name).submit()
	same(called, "before_validate validate before_submit on_update on_submit on_change".split())


def cancel_runs_its_hooks_in_this_order_and_validates_nothing():
	doc = new_voucher().insert()
	doc.submit()
	with noted_hooks(VOUCHER) as called:
		frappe.get_doc(VOUCHER, doc.name).cancel()
	same(called, "before_cancel on_cancel on_change".split())


def an_update_after_submit_runs_its_hooks_in_this_order():
	doc = new_voucher().insert()
	doc.submit()
	with noted_hooks(VOUCHER) as called:
		doc = frappe.get_doc(VOUCHER, doc.name)
		doc.remark = "changed"
		doc.save()
	same(called, "before_update_after_submit on_update_after_submit on_change".split())


def db_set_runs_before_change_and_on_change_alone():
	doc = new_record().insert()
	with noted_hooks(RECORD) as called:
		frappe.get_doc(RECORD, doc.name).db_set("title", "B")
	same(called, ["before_change", "on_change"])


def delete_runs_on_trash_then_on_change_then_after_delete():
	doc = new_record().insert()
	with noted_hooks(RECORD) as called:
		frappe.delete_doc(RECORD, doc.name)
	same(called, ["on_trash", "on_change", "after_delete"])


def on_change_of_a_deletion_is_told_by_a_flag():
	flags = []
	doc = new_record().insert()
	with controller(RECORD, on_change=lambda self: flags.append(self.flags.in_delete)):
		frappe.delete_doc(RECORD, doc.name)
	same(flags, [True])


def rename_runs_before_rename_and_after_rename():
	doc = new_target().insert()
	with noted_hooks(TARGET) as called:
		frappe.rename_doc(TARGET, doc.name, "Beta")
	same(called, ["before_rename", "after_rename"])


def rename_tells_the_hooks_the_old_and_the_new_name_and_whether_it_merges():
	told = []
	doc = new_target().insert()
	with controller(
		TARGET, after_rename=lambda self, old, new, merge=False: told.append((self.name, old, new, merge))
	):
		frappe.rename_doc(TARGET, doc.name, "Beta")
	same(told, [("Beta", "Alpha", "Beta", False)])


def before_rename_may_give_another_name():
	doc = new_target().insert()
	with controller(TARGET, before_rename=lambda self, old, new, merge=False: f"{new} Centauri"):
		same(frappe.rename_doc(TARGET, doc.name, "Proxima"), "Proxima Centauri")


def an_app_hears_of_a_document_after_its_controller():
	order = []
	with controller(RECORD, validate=lambda self: order.append("controller")):
		with doc_events(RECORD, validate=lambda doc, method: order.append(("app", method))):
			new_record().insert()
	same(order, ["controller", ("app", "validate")])


def an_app_that_hooks_into_all_doctypes_hears_of_each():
	heard = []
	with doc_events("*", after_insert=lambda doc, method: heard.append(doc.doctype)):
		new_target().insert()
	contains_once = [doctype for doctype in heard if doctype == TARGET]
	same(contains_once, [TARGET])


def a_hook_of_an_app_can_refuse():
	def refuse(doc, method):
		frappe.throw("not here")

	with doc_events(RECORD, validate=refuse), raises(frappe.ValidationError, "not here"):
		new_record().insert()


def in_after_insert_the_row_is_there_and_the_document_still_counts_as_new():
	seen = []

	def after_insert(self):
		seen.append((bool(frappe.db.exists(RECORD, self.name)), bool(self.flags.in_insert)))

	with controller(RECORD, after_insert=after_insert):
		new_record().insert()
	same(seen, [(True, False)])


def in_on_change_of_an_insert_a_flag_tells_so():
	seen = []
	with controller(RECORD, on_change=lambda self: seen.append(bool(self.flags.in_insert))):
		doc = new_record().insert()
		doc.save()
	same(seen, [True, False])


def get_doc_before_save_is_the_stored_document_and_none_in_an_insert():
	before = []

	def on_update(self):
		stored = self.get_doc_before_save()
		before.append(stored and stored.title)

	with controller(RECORD, on_update=on_update):
		doc = new_record().insert()
		doc.title = "B"
		doc.save()
	same(before, [None, "A"])


def has_value_changed_compares_with_the_stored_document():
	changed = []

	def validate(self):
		changed.append((self.has_value_changed("title"), self.has_value_changed("number")))

	doc = new_record(number=1).insert()
	with controller(RECORD, validate=validate):
		doc = frappe.get_doc(RECORD, doc.name)
		doc.title = "B"
		doc.save()
	same(changed, [(True, False)])


def what_a_validate_hook_sets_is_stored():
	def validate(self):
		self.text = "from validate"

	with controller(RECORD, validate=validate):
		doc = new_record().insert()
	same(frappe.db.get_value(RECORD, doc.name, "text"), "from validate")


def what_an_on_update_hook_sets_is_not_stored():
	def on_update(self):
		self.text = "too late"

	with controller(RECORD, on_update=on_update):
		doc = new_record().insert()
	same(frappe.db.get_value(RECORD, doc.name, "text"), None)


def db_set_in_on_update_keeps_the_modified_of_the_save():
	def on_update(self):
		self.db_set("text", "set")

	with controller(RECORD, on_update=on_update):
		doc = new_record().insert()
	stored = frappe.get_doc(RECORD, doc.name)
	same((stored.text, str(stored.modified)), ("set", str(doc.modified)))


def ignore_validate_leaves_out_validate_but_not_before_validate():
	with noted_hooks(RECORD) as called:
		doc = new_record()
		doc.flags.ignore_validate = True
		doc.insert()
	same([hook for hook in called if "validate" in hook or hook == "before_save"], ["before_validate"])


def run_method_returns_what_the_controller_returns():
	with controller(RECORD, ask=lambda self, question: f"{question}?"):
		same(new_record().run_method("ask", "why"), "why?")


def run_method_of_a_method_that_is_not_there_does_nothing():
	same(new_record().run_method("not_there"), None)


def hooks_that_return_dicts_are_merged():
	with controller(RECORD, collect=lambda self: {"a": 1}):
		with doc_events(RECORD, collect=lambda doc, method: {"b": 2}):
			same(new_record().run_method("collect"), {"a": 1, "b": 2})


def what_is_set_on_load_travels_with_the_document():
	doc = new_record()
	same(bool(doc.get_onload()), False)  # v16 gives an empty one
	doc.set_onload("told", {"a": 1})
	same((doc.get_onload("told"), doc.as_dict()["__onload"]), ({"a": 1}, {"told": {"a": 1}}))
