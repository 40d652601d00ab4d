"""Conversions and small helpers."""

import datetime

import frappe
from frappe.utils import (
	add_days,
	add_to_date,
	cint,
	cstr,
	date_diff,
	flt,
	get_datetime,
	getdate,
	now,
	now_datetime,
	pretty_date,
	strip_html,
	time_diff_in_seconds,
	validate_url,
)

from conformance.expecting import raises, same


def cint_makes_ints():
	same([cint(value) for value in ("12", "1.9", None, "x", True, 3.7, "")], [12, 1, 0, 0, 1, 3, 0])
	same(cint("x", 5), 5)


def flt_makes_floats():
	same([flt(value) for value in ("1.5", "1,000.5", None, "x", 2)], [1.5, 1000.5, 0.0, 0.0, 2.0])


def flt_rounds_in_the_way_that_it_is_told():
	ties = ((2.5, 0), (3.5, 0), (1.125, 2), (1.135, 2), (-1.125, 2))
	expected = {
		"Banker's Rounding (legacy)": [2, 4, 1.13, 1.14, -1.12],
		"Banker's Rounding": [2, 4, 1.12, 1.14, -1.12],
		"Commercial Rounding": [3, 4, 1.13, 1.14, -1.13],
	}
	for method, results in expected.items():
		same([flt(number, precision, rounding_method=method) for number, precision in ties], results)


def cstr_makes_texts():
	same([cstr(value) for value in (None, 1, b"a", "b")], ["", "1", "a", "b"])


def now_is_a_text_with_microseconds():
	assert isinstance(now(), str) and len(now()) == 26, now()
	assert isinstance(now_datetime(), datetime.datetime) and now_datetime().tzinfo is None


def dates_are_parsed():
	same(getdate("2024-03-04"), datetime.date(2024, 3, 4))
	same(get_datetime("2024-03-04 05:06:07"), datetime.datetime(2024, 3, 4, 5, 6, 7))
	same((getdate("0000-00-00"), get_datetime("")), (None, None))
	same(get_datetime(datetime.date(2024, 3, 4)), datetime.datetime(2024, 3, 4))


def dates_are_added_to():
	same(add_to_date("2024-01-31", months=1), "2024-02-29")
	same(add_days("2024-02-28", 2), "2024-03-01")
	same(add_to_date("2024-01-01 10:00:00", seconds=5), "2024-01-01 10:00:05.000000")
	same(add_to_date(datetime.datetime(2024, 1, 1), hours=1), datetime.datetime(2024, 1, 1, 1))


def dates_are_subtracted():
	same(date_diff("2024-03-01", "2024-02-28"), 2)
	same(time_diff_in_seconds("2024-01-01 00:01:00", "2024-01-01 00:00:00"), 60.0)


def pretty_dates_are_words():
	same(pretty_date(add_to_date(now_datetime(), hours=-2)), "2 hours ago")


def html_is_stripped():
	same(strip_html("<p>a <b>b</b></p>"), "a b")


def urls_are_checked():
	same(
		[bool(validate_url(url)) for url in ("https://a.example", "a.example", "/path", "")],
		[True, False, True, False],
	)
	same(bool(validate_url("ftp://a.example", valid_schemes=["http", "https"])), False)


def json_is_parsed_to_dicts_with_attributes():
	same(frappe.parse_json('{"a": {"b": 1}}').a, {"b": 1})
	same((frappe.parse_json("[1]"), frappe.parse_json({"a": 1}).a), ([1], 1))


def json_is_written_with_sorted_keys():
	same(frappe.as_json({"b": 1, "a": datetime.date(2024, 1, 2)}), '{\n "a": "2024-01-02",\n "b": 1\n}')


def hashes_have_the_length_asked_for():
	same([len(frappe.generate_hash()), len(frappe.generate_hash(length=7))], [56, 7])


def names_are_scrubbed():
	same(
		(frappe.scrub("Sales Order-Item"), frappe.unscrub("sales_order")), ("sales_order_item", "Sales Order")
	)


def call_gives_a_function_what_it_takes():
	def function(a: int, b: int = 2) -> tuple:
		return a, b

	same(frappe.call(function, a=1, c=3), (1, 2))


def functions_of_apps_that_are_not_installed_are_refused():
	with raises(frappe.AppNotInstalledError, "is not installed"):
		frappe.get_attr("conformance_nothing.module.function")


def the_cache_keeps_values_of_the_site():
	frappe.cache.set_value("conformance", {"a": 1})
	frappe.local.cache.clear()
	same(frappe.cache.get_value("conformance"), {"a": 1})
	frappe.cache.delete_value("conformance")
	same(frappe.cache.get_value("conformance"), None)


def the_cache_makes_what_it_lacks():
	same(frappe.cache.get_value("conformance made", lambda: "made"), "made")
	frappe.cache.delete_value("conformance made")


def the_cache_forgets_in_time():
	frappe.cache.set_value("conformance short", 1, expires_in_sec=100)
	same(frappe.cache.get_value("conformance short", expires=True), 1)
	ttl = frappe.cache.ttl(frappe.cache.make_key("conformance short"))
	assert 0 < ttl <= 100, ttl
	frappe.cache.delete_value("conformance short")


def errors_are_logged_as_documents():
	try:
		raise ValueError("conformance")
	except ValueError:
		doc = frappe.log_error("Something broke")
	same(frappe.db.get_value("Error Log", doc.name, "method"), "Something broke")
	assert "ValueError: conformance" in frappe.db.get_value("Error Log", doc.name, "error")


def the_sites_url_comes_from_its_config():
	same(frappe.utils.get_url(), frappe.conf.host_name)
	same(frappe.utils.get_url("/app"), f"{frappe.conf.host_name}/app")


def hooks_of_apps_are_collected():
	assert "event_streaming.link.credentials.authenticate_link" in frappe.get_hooks("auth_hooks")
	same(frappe.get_hooks("conformance_nothing"), [])
	same(frappe.get_hooks("app_name", app_name="event_streaming"), ["event_streaming"])
