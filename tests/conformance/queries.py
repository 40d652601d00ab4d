"""Reading rows: get_value, get_all, count, the query builder."""

import datetime

import frappe
from frappe.query_builder import Case, Field, Order
from frappe.query_builder.functions import Coalesce, Count, Max, Sum

from conformance.expecting import IS_16, RECORD, TARGET, new_record, new_target, raises, same


def _targets() -> None:
	for label, color in (("Alpha", "red"), ("Beta", "blue"), ("Gamma", None)):
		new_target(label, color=color).insert()


def get_value_gives_a_value_several_a_tuple_or_a_dict():
	_targets()
	same(frappe.db.get_value(TARGET, "Alpha", "color"), "red")
	same(tuple(frappe.db.get_value(TARGET, "Alpha", ["name", "color"])), ("Alpha", "red"))
	same(
		frappe.db.get_value(TARGET, "Alpha", ["name", "color"], as_dict=True),
		{"name": "Alpha", "color": "red"},
	)


def get_value_of_what_is_not_there_is_none():
	same(frappe.db.get_value(TARGET, "nobody", "color"), None)
	same(frappe.db.get_value(TARGET, {"color": "pink"}), None)


def get_value_by_filters_gives_the_name():
	_targets()
	same(frappe.db.get_value(TARGET, {"color": "blue"}), "Beta")


def get_value_of_all_columns_is_a_dict():
	_targets()
	row = frappe.db.get_value(TARGET, "Alpha", "*", as_dict=True)
	same((row.name, row.color, row.docstatus, row.idx), ("Alpha", "red", 0, 0))


def get_value_under_lock_gives_the_same():
	_targets()
	same(frappe.db.get_value(TARGET, "Alpha", "color", for_update=True), "red")
	same(frappe.db.get_value(TARGET, "Alpha", "color", for_update=True, skip_locked=True), "red")


def get_values_gives_all_that_match():
	_targets()
	rows = frappe.db.get_values(TARGET, {"color": ("is", "set")}, "name", order_by="name asc")
	same([tuple(row) for row in rows], [("Alpha",), ("Beta",)])
	same(
		sorted(frappe.db.get_values(TARGET, {"color": ("is", "set")}, "name", pluck=True)), ["Alpha", "Beta"]
	)


def exists_gives_the_name_or_none():
	_targets()
	same((frappe.db.exists(TARGET, "Alpha"), frappe.db.exists(TARGET, "nobody")), ("Alpha", None))
	same(frappe.db.exists(TARGET, {"color": "blue"}), "Beta")
	same(frappe.db.exists({"doctype": TARGET, "color": "blue"}), "Beta")


def count_counts_what_matches():
	_targets()
	same((frappe.db.count(TARGET), frappe.db.count(TARGET, {"color": "red"})), (3, 1))


def get_all_gives_names_by_default():
	_targets()
	same(sorted(row.name for row in frappe.get_all(TARGET)), ["Alpha", "Beta", "Gamma"])


def get_all_gives_the_fields_asked_for_as_dicts():
	_targets()
	rows = frappe.get_all(TARGET, fields=["name", "color"], order_by="name asc")
	same(rows[0], {"name": "Alpha", "color": "red"})


def get_all_can_pluck_and_give_lists():
	_targets()
	same(frappe.get_all(TARGET, pluck="color", order_by="name asc"), ["red", "blue", None])
	same(
		[
			tuple(row)
			for row in frappe.get_all(
				TARGET, fields=["name", "color"], order_by="name desc", limit=1, as_list=True
			)
		],
		[("Gamma", None)],
	)


def get_all_has_limit_and_start():
	_targets()
	same(frappe.get_all(TARGET, order_by="name asc", limit=1, limit_start=1, pluck="name"), ["Beta"])


def get_all_renames_fields():
	_targets()
	same(frappe.get_all(TARGET, fields=["name as title"], filters={"name": "Alpha"}), [{"title": "Alpha"}])


def get_all_counts_and_groups():
	_targets()
	new_target("Delta", color="red").insert()
	rows = frappe.get_all(
		TARGET,
		fields=["color", {"COUNT": "name", "as": "number"} if IS_16 else "count(name) as number"],
		filters={"color": ("is", "set")},
		group_by="color",
		order_by="color asc",
	)
	same(rows, [{"color": "blue", "number": 1}, {"color": "red", "number": 2}])


def get_all_gives_distinct_rows():
	_targets()
	new_target("Delta", color="red").insert()
	rows = frappe.get_all(TARGET, fields=["color"], filters={"color": "red"}, distinct=True)
	same(rows, [{"color": "red"}])


def get_all_reads_fields_of_linked_documents():
	_targets()
	new_record(target="Alpha").insert()
	same(frappe.get_all(RECORD, fields=["title", "target.color as color"]), [{"title": "A", "color": "red"}])


def get_all_filters_by_fields_of_rows():
	new_record(title="with", rows=[{"item": "wanted"}]).insert()
	new_record(title="without", rows=[{"item": "other"}]).insert()
	same(
		frappe.get_all(RECORD, filters=[["Conformance Row", "item", "=", "wanted"]], pluck="title"), ["with"]
	)


def get_all_is_ordered_by_the_doctypes_sorting_by_default():
	for title in ("first", "second"):
		new_record(title=title).insert()
	same(frappe.get_all(RECORD, pluck="title"), ["second", "first"])


def get_all_orders_by_several_fields():
	for title, number in (("a", 1), ("b", 2), ("c", 2)):
		new_record(title=title, number=number).insert()
	same(frappe.get_all(RECORD, order_by="number desc, title asc", pluck="title"), ["b", "c", "a"])


def get_all_of_an_unknown_doctype_is_an_error():
	try:
		frappe.get_all("Conformance Nothing")
	except (frappe.db.TableMissingError, frappe.DoesNotExistError):
		return
	raise AssertionError("no error")


def functions_that_leave_the_table_are_refused():
	with raises(frappe.ValidationError if IS_16 else frappe.DataError):
		frappe.get_all(TARGET, fields=["concat(name, color)"])


def the_query_builder_selects():
	_targets()
	table = frappe.qb.DocType(TARGET)
	query = (
		frappe.qb.from_(table)
		.select(table.name, table.color)
		.where(table.color.isnotnull())
		.orderby(table.name)
	)
	same([tuple(row) for row in query.run()], [("Alpha", "red"), ("Beta", "blue")])
	same(query.run(as_dict=True)[0], {"name": "Alpha", "color": "red"})
	same(query.run(pluck=True), ["Alpha", "Beta"])


def the_query_builder_takes_the_name_of_a_doctype():
	_targets()
	same(frappe.qb.from_(TARGET).select("name").where(Field("color") == "red").run(), ((("Alpha",),)))


def the_query_builder_orders_and_limits():
	_targets()
	table = frappe.qb.DocType(TARGET)
	same(
		frappe.qb.from_(table)
		.select(table.name)
		.orderby(table.name, order=Order.desc)
		.limit(2)
		.offset(1)
		.run(pluck=True),
		["Beta", "Alpha"],
	)


def the_query_builder_has_functions():
	for number in (1, 2, 3):
		new_record(number=number).insert()
	table = frappe.qb.DocType(RECORD)
	row = (
		frappe.qb.from_(table)
		.select(Count("*"), Max(table.number), Sum(table.number), Coalesce(Max(table.text), "none"))
		.run()[0]
	)
	same((row[0], row[1], int(row[2]), row[3]), (3, 3, 6, "none"))


def the_query_builder_updates_with_cases():
	_targets()
	table = frappe.qb.DocType(TARGET)
	case = Case().when(table.name == "Alpha", "new").else_(table.color)
	frappe.qb.update(table).set(table.color, case).where(table.name.isin(["Alpha", "Beta"])).run()
	same([frappe.db.get_value(TARGET, name, "color") for name in ("Alpha", "Beta")], ["new", "blue"])


def the_query_builder_counts_in_the_database():
	doc = new_record(number=1).insert()
	table = frappe.qb.DocType(RECORD)
	frappe.qb.update(table).set(table.number, table.number + 2).where(table.name == doc.name).run()
	same(frappe.db.get_value(RECORD, doc.name, "number"), 3)


def the_query_builder_inserts_and_deletes():
	table = frappe.qb.DocType(TARGET)
	frappe.qb.into(table).columns(table.name, table.color).insert("X", "it's").insert("Y", 'a "quote"').run()
	same([frappe.db.get_value(TARGET, name, "color") for name in ("X", "Y")], ["it's", 'a "quote"'])
	frappe.qb.from_(table).delete().where(table.name == "X").run()
	same(frappe.db.exists(TARGET, "X"), None)


def the_query_builder_writes_times():
	doc = new_record().insert()
	moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 6)
	table = frappe.qb.DocType(RECORD)
	frappe.qb.update(table).set(table.moment, moment).where(table.name == doc.name).run()
	same(frappe.db.get_value(RECORD, doc.name, "moment"), moment)
	same(frappe.qb.from_(table).select(table.name).where(table.moment == moment).run(pluck=True), [doc.name])
	same(frappe.qb.from_(table).select(table.name).where(table.moment > moment).run(pluck=True), [])


def the_query_builder_joins():
	_targets()
	new_record(target="Alpha").insert()
	record, target = frappe.qb.DocType(RECORD), frappe.qb.DocType(TARGET)
	query = (
		frappe.qb.from_(record)
		.join(target)
		.on(record.target == target.name)
		.select(record.title, target.color)
	)
	same([tuple(row) for row in query.run()], [("A", "red")])


def plain_sql_takes_values_in_order_and_by_name():
	_targets()
	same(
		frappe.db.sql("select name from `tabConformance Target` where color = %s", "red", pluck=True),
		["Alpha"],
	)
	same(
		frappe.db.sql(
			"select name from `tabConformance Target` where color = %(color)s", {"color": "red"}, as_dict=True
		),
		[{"name": "Alpha"}],
	)


def percent_signs_in_values_stay():
	new_target("Alpha", color="100%").insert()
	same(frappe.db.get_value(TARGET, {"color": "100%"}), "Alpha")
	same(frappe.get_all(TARGET, {"color": "100%"}, pluck="name"), ["Alpha"])


def quotes_and_backslashes_in_values_stay():
	for number, color in enumerate(["it's", 'a "b"', "back\\slash", "semi;colon", "ünïcödé ✓"]):
		new_target(f"T{number}", color=color).insert()
		same(frappe.get_all(TARGET, {"color": color}, pluck="name"), [f"T{number}"])
		same(frappe.db.get_value(TARGET, {"color": color}), f"T{number}")


def the_columns_of_a_table_can_be_asked():
	columns = frappe.db.get_table_columns(RECORD)
	assert {"name", "creation", "modified", "owner", "docstatus", "idx", "title", "secret"} <= set(columns), (
		columns
	)
	assert "rows" not in columns
	same((frappe.db.has_column(RECORD, "title"), frappe.db.has_column(RECORD, "nothing")), (True, False))
	same((frappe.db.table_exists(RECORD), frappe.db.table_exists("Conformance Nothing")), (True, False))
