"""What filters match."""

import frappe

from conformance.expecting import IS_16, RECORD, new_record, raises, same

VALUES = (
	{"title": "none"},
	{"title": "empty", "text": ""},
	{"title": "some", "text": "abc", "number": 1, "day": "2024-01-01", "moment": "2024-01-01 10:00:00"},
	{"title": "more", "text": "abd", "number": 5, "day": "2024-02-01", "moment": "2024-01-31 23:30:00"},
)


def _all_match(expected: dict) -> None:
	for values in VALUES:
		new_record(**values).insert()
	for filters, titles in expected.items():
		same(sorted(frappe.get_all(RECORD, filters=[list(filters)], pluck="title")), sorted(titles))


def equality_knows_empty_but_not_missing_texts():
	_all_match({("text", "=", "abc"): ["some"], ("text", "=", ""): ["none", "empty"]})


def inequality_matches_missing_texts_too():
	_all_match({("text", "!=", "abc"): ["none", "empty", "more"], ("text", "!=", ""): ["some", "more"]})


def set_and_not_set_take_empty_for_missing():
	_all_match({("text", "is", "set"): ["some", "more"], ("text", "is", "not set"): ["none", "empty"]})


def lists_match_any_of_their_values():
	_all_match(
		{
			("text", "in", ("abc", "abd")): ["some", "more"],
			("text", "in", "abc,xyz"): ["some"],
			("text", "not in", ("abc",)): ["none", "empty", "more"],
			("text", "in", ("",)): ["none", "empty"],
			("text", "in", ()): ["none", "empty"],
		}
	)


def patterns_match_texts():
	_all_match(
		{
			("text", "like", "ab%"): ["some", "more"],
			("text", "like", "%c"): ["some"],
			("text", "like", "a_d"): ["more"],
			("text", "not like", "%c"): ["none", "empty", "more"],
		}
	)


def numbers_compare():
	_all_match(
		{
			("number", ">", 0): ["some", "more"],
			("number", ">=", 5): ["more"],
			("number", "<", 1): ["none", "empty"],
			("number", "=", 5): ["more"],
			("number", "=", "5"): ["more"],
			("number", "!=", 5): ["none", "empty", "some"],
			("number", "in", (1, 5)): ["some", "more"],
			("number", "in", ("1", "2")): ["some"],
		}
	)


def dates_compare():
	_all_match(
		{
			("day", "=", "2024-01-01"): ["some"],
			("day", ">=", "2024-02-01"): ["none", "empty", "more"],
			("day", "between", ("2024-01-01", "2024-01-31")): ["some"],
			("moment", ">", "2024-01-01 09:59:59"): ["some", "more"],
			("moment", ">", "2024-01-01 10:00:00"): ["more"],
			("moment", "=", "2024-01-01 10:00:00"): ["some"],
		}
	)


def a_range_of_dates_holds_all_of_its_last_day():
	_all_match({("moment", "between", ("2024-01-01", "2024-01-31")): ["some", "more"]})


def missing_times_are_before_all_others():
	_all_match({("moment", "<", "2024-01-02"): ["none", "empty", "some"]})


def filters_come_as_dicts_lists_and_tuples():
	for values in VALUES:
		new_record(**values).insert()
	for filters in (
		{"text": "abc"},
		{"text": ("=", "abc")},
		{"text": ["like", "%c"]},
		[["text", "=", "abc"]],
		[[RECORD, "text", "=", "abc"]],
		[("text", "=", "abc"), ("number", ">", 0)],
	):
		same(frappe.get_all(RECORD, filters=filters, pluck="title"), ["some"])


def alternatives_match_if_one_does():
	for values in VALUES:
		new_record(**values).insert()
	rows = frappe.get_all(RECORD, or_filters=[["text", "=", "abc"], ["number", "=", 5]], pluck="title")
	same(sorted(rows), ["more", "some"])


def unknown_operators_are_refused():
	with raises(
		*((KeyError, "sounds like") if IS_16 else (frappe.ValidationError, "Operator must be one of"))
	):
		frappe.get_all(RECORD, filters=[["text", "sounds like", "abc"]])


def calls_as_fields_of_filters_are_refused():
	with raises(
		*(
			(frappe.ValidationError, "Invalid characters in fieldname")
			if IS_16
			else (frappe.DataError, "Invalid field name")
		)
	):
		frappe.get_all(RECORD, filters=[["sleep(1)", "=", "1"]])


def evaluate_filters_asks_a_document():
	doc = new_record(text="abc", number=3)
	evaluate = frappe.utils.evaluate_filters
	same(
		[
			evaluate(doc, {"text": "abc"}),
			evaluate(doc, {"number": (">", 5)}),
			evaluate(doc, [["text", "like", "%b%"]]),
		],
		[True, False, True],
	)


def get_value_filters_by_several_fields():
	doc = new_record(text="abc", number=3).insert()
	same(frappe.db.get_value(RECORD, {"text": "abc", "number": (">", 2)}), doc.name)
	same(frappe.db.get_value(RECORD, [["text", "=", "abc"], ["number", "=", 4]]), None)
