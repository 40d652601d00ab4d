"""What becomes of values on the way into the database and out of it."""

import datetime
import json

import frappe

from conformance.expecting import IS_16, RECORD, TARGET, new_record, new_target, on_postgres, raises, same


def _stored(**values):
	doc = new_record(**values).insert()
	return frappe.get_doc(RECORD, doc.name)


def fields_begin_with_their_defaults():
	doc = new_record().insert()
	same((doc.priority, doc.flag, doc.status), ("High", 1, "Open"))


def a_given_value_stays_before_the_default():
	doc = _stored(priority="Low", flag=0, day="2020-02-29")
	same((doc.priority, doc.flag, str(doc.day)), ("Low", 0, "2020-02-29"))


def the_default_today_is_the_day():
	same(str(_stored().day), frappe.utils.nowdate())


def numbers_that_are_not_given_are_zero():
	doc = _stored()
	same((doc.number, doc.amount, doc.price), (0, 0.0, 0.0))


def texts_and_dates_that_are_not_given_are_none():
	doc = _stored()
	same((doc.text, doc.moment, doc.target, doc.code), (None, None, None, None))


def an_empty_text_stays_an_empty_text():
	same(_stored(text="").text, "")


def an_empty_date_becomes_none():
	same(_stored(moment="", day="").day, None)


def times_of_day_come_with_microseconds_and_a_space():
	same(_stored(moment="2024-03-04 05:06:07.891011").moment, datetime.datetime(2024, 3, 4, 5, 6, 7, 891011))


def a_date_in_a_field_for_times_is_its_midnight():
	same(_stored(moment="2024-03-04").moment, datetime.datetime(2024, 3, 4))


def dates_are_dates():
	same(_stored(day="2024-03-04").day, datetime.date(2024, 3, 4))


def a_time_of_day_is_a_timedelta_and_on_postgres_a_time():
	time = (
		datetime.time(13, 14, 15) if on_postgres() else datetime.timedelta(hours=13, minutes=14, seconds=15)
	)
	same(_stored(clock="13:14:15").clock, time)


def a_field_for_times_of_day_begins_with_now_and_on_16_empty():
	same(type(_stored().clock), type(None) if IS_16 else datetime.timedelta)


def checks_are_one_or_zero():
	same([_stored(flag=value).flag for value in (True, "1", 5, "", "0")], [1, 1, 1, 0, 0])


def texts_of_numbers_become_numbers():
	doc = _stored(number="12", amount="1.5", price="1,000.25")
	same((doc.number, doc.amount, doc.price), (12, 1.5, 1000.25))


def what_is_no_number_becomes_zero():
	same((_stored(number="x", amount="y").number, _stored(amount="y").amount), (0, 0.0))


def floats_keep_nine_decimals():
	same(_stored(amount=1 / 3).amount, 0.333333333)


def json_given_as_a_dict_comes_as_text_and_on_postgres_as_a_dict():
	data = _stored(data={"a": [1]}).data
	same(data if on_postgres() else json.loads(data), {"a": [1]})


def a_list_in_a_field_that_is_no_table_is_refused():
	with raises(frappe.ValidationError, "cannot be a list"):
		new_record(text=["a"]).insert()


def an_empty_unique_value_becomes_none_and_is_unique_to_nobody():
	same((_stored(number_plate="").number_plate, _stored(number_plate=" ").number_plate), (None, None))


def a_unique_value_that_is_taken_is_refused():
	new_record(number_plate="M 1").insert()
	with raises(frappe.UniqueValidationError):
		new_record(number_plate="M 1").insert()


def what_the_doctype_has_no_field_for_is_not_stored():
	doc = new_record(unknown="x").insert()
	assert not hasattr(frappe.get_doc(RECORD, doc.name), "unknown")


def as_dict_has_the_doctype_and_the_rows():
	doc = new_record(rows=[{"item": "a"}]).insert().as_dict()
	same(
		(doc["doctype"], doc["rows"][0]["item"], doc["rows"][0]["doctype"]), (RECORD, "a", "Conformance Row")
	)


def as_json_writes_times_as_text():
	doc = _stored(moment="2024-03-04 05:06:07", clock="1:02:03", day="2024-03-04")
	values = json.loads(doc.as_json())
	clock = "01:02:03" if on_postgres() else "1:02:03"
	same((values["moment"], values["clock"], values["day"]), ("2024-03-04 05:06:07", clock, "2024-03-04"))


def scripts_are_taken_out_of_html():
	doc = _stored(html='<p onclick="x()">hello</p><script>alert(1)</script>')
	assert "<script>" not in doc.html and "onclick" not in doc.html and "<p>hello</p>" in doc.html, doc.html


def scripts_are_taken_out_of_plain_fields_too():
	assert "<script>" not in _stored(text="<b>x</b><script>alert(1)</script>").text


def text_that_is_no_html_keeps_its_angle_brackets():
	same(_stored(text="1 < 2 > 0").text, "1 < 2 > 0")


def code_stays_as_it_is():
	same(_stored(code="<script>alert(1)</script>").code, "<script>alert(1)</script>")


def json_stays_as_it_is():
	same(_stored(text='{"a": "<b>"}').text, '{"a": "<b>"}')


def new_documents_belong_to_the_user_and_to_now():
	doc = new_record(owner="someone@example.com", creation="2000-01-01").insert()
	same((doc.owner, doc.modified_by, doc.creation), ("Administrator", "Administrator", doc.modified))


def creation_may_not_change_later():
	doc = new_record().insert()
	doc.creation = "2000-01-01 00:00:00"
	with raises(frappe.CannotChangeConstantError, "Created On"):
		doc.save()


def saving_moves_modified_but_not_creation():
	doc = new_record().insert()
	creation, modified = str(doc.creation), str(doc.modified)
	doc.save()
	stored = frappe.get_doc(RECORD, doc.name)
	assert str(stored.creation) == creation and str(stored.modified) > modified


def update_sets_several_values():
	doc = new_record()
	doc.update({"title": "B", "rows": [{"item": "a"}]})
	same((doc.title, doc.rows[0].item), ("B", "a"))


def update_if_missing_sets_what_is_none():
	doc = new_record(text=None)
	doc.update_if_missing({"title": "B", "text": "set"})
	same((doc.title, doc.text), ("A", "set"))


def reload_brings_the_stored_values_back():
	doc = new_record().insert()
	doc.title = "B"
	doc.reload()
	same(doc.title, "A")


def get_doc_of_what_is_not_there_is_an_error():
	with raises(frappe.DoesNotExistError, "not found"):
		frappe.get_doc(TARGET, "nobody")


def get_doc_by_filters_gives_the_document_that_matches():
	new_target("Beta", color="red").insert()
	same(frappe.get_doc(TARGET, {"color": "red"}).name, "Beta")


def get_last_doc_is_the_newest():
	new_target("Alpha").insert()
	new_target("Beta").insert()
	same(frappe.get_last_doc(TARGET).name, "Beta")


def copy_doc_has_the_values_but_no_name():
	doc = new_record(text="kept", rows=[{"item": "a"}]).insert()
	copy = frappe.copy_doc(doc)
	same((copy.name, copy.text, copy.rows[0].item, copy.rows[0].name), (None, "kept", "a", None))


def new_doc_has_defaults_and_given_values():
	doc = frappe.new_doc(RECORD, title="B")
	same((doc.title, doc.priority, bool(doc.is_new())), ("B", "High", True))


def cached_documents_follow_saves():
	doc = new_target(color="red").insert()
	same(frappe.get_cached_value(TARGET, doc.name, "color"), "red")
	doc.color = "blue"
	doc.save()
	same(frappe.get_cached_value(TARGET, doc.name, "color"), "blue")


def cached_values_of_what_is_not_there_are_none():
	same(frappe.get_cached_value(TARGET, "nobody", "color"), None)
