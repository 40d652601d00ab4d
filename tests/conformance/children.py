"""Rows of tables."""

import frappe

from conformance.expecting import RECORD, ROW, new_record, raises, same


def _record(*items: str):
	return new_record(rows=[{"item": item} for item in items]).insert()


def _stored(doc) -> list[tuple]:
	return [(row.idx, row.item) for row in frappe.get_doc(RECORD, doc.name).rows]


def rows_know_their_parent_and_their_place():
	doc = _record("a", "b")
	row = frappe.get_doc(RECORD, doc.name).rows[1]
	same((row.parent, row.parenttype, row.parentfield, row.idx), (doc.name, RECORD, "rows", 2))


def two_tables_of_one_doctype_keep_their_rows_apart():
	doc = new_record(rows=[{"item": "a"}], more_rows=[{"item": "b"}]).insert()
	doc = frappe.get_doc(RECORD, doc.name)
	same(([row.item for row in doc.rows], [row.item for row in doc.more_rows]), (["a"], ["b"]))


def an_appended_row_comes_last():
	doc = _record("a", "b")
	doc.append("rows", {"item": "c"})
	doc.save()
	same(_stored(doc), [(1, "a"), (2, "b"), (3, "c")])


def a_row_can_be_put_at_a_place():
	doc = _record("a", "b")
	doc.append("rows", {"item": "c"}, position=0)
	doc.save()
	same(_stored(doc), [(1, "c"), (2, "a"), (3, "b")])


def a_removed_row_is_deleted_and_the_others_move_up():
	doc = _record("a", "b", "c")
	gone = doc.rows[0].name
	doc.remove(doc.rows[0])
	doc.save()
	same((_stored(doc), frappe.db.exists(ROW, gone)), ([(1, "b"), (2, "c")], None))


def a_changed_row_keeps_its_name():
	doc = _record("a")
	name = doc.rows[0].name
	doc.rows[0].item = "b"
	doc.save()
	same([(row.name, row.item) for row in frappe.get_doc(RECORD, doc.name).rows], [(name, "b")])


def rows_given_as_dicts_with_names_stay_the_same_rows():
	doc = _record("a", "b")
	names = [row.name for row in doc.rows]
	doc.set("rows", [{"name": names[1], "item": "b2"}, {"item": "new"}])
	doc.save()
	rows = frappe.get_doc(RECORD, doc.name).rows
	same([row.item for row in rows], ["b2", "new"])
	same(rows[0].name, names[1])


def all_rows_go_when_the_table_is_emptied():
	doc = _record("a", "b")
	doc.set("rows", [])
	doc.save()
	same(frappe.db.count(ROW, {"parent": doc.name}), 0)


def rows_have_their_own_defaults():
	same([row.state for row in _record("a").rows], ["New"])


def the_order_of_rows_is_their_idx():
	doc = _record("a", "b")
	doc.rows[0].idx, doc.rows[1].idx = 2, 1
	doc.save()
	same(_stored(doc), [(1, "b"), (2, "a")])


def get_finds_rows_by_their_values():
	doc = _record("a", "b")
	same([row.item for row in doc.get("rows", {"item": "b"})], ["b"])
	same([row.item for row in doc.get("rows", {"idx": (">", 1)})], ["b"])


def get_all_children_has_the_rows_of_all_tables():
	doc = new_record(rows=[{"item": "a"}], more_rows=[{"item": "b"}])
	same([row.item for row in doc.get_all_children()], ["a", "b"])


def a_row_that_is_saved_alone_belongs_to_its_parent():
	doc = _record("a")
	row = frappe.get_doc(ROW, doc.rows[0].name)
	row.item = "alone"
	row.save()
	same(_stored(doc), [(1, "alone")])


def a_row_without_a_parent_is_refused():
	with raises(frappe.MandatoryError, "parent"):
		frappe.get_doc(doctype=ROW, item="a").insert()


def the_rows_go_with_their_document():
	doc = _record("a")
	frappe.delete_doc(RECORD, doc.name)
	same(frappe.db.count(ROW, {"parent": doc.name}), 0)


def unknown_tables_are_an_error():
	with raises(AttributeError):
		new_record().append("no_table", {})
