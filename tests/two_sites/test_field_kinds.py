"""Each kind of field arrives when a document is made, when it is changed and when it is emptied; docs/fields.md has the table."""

import re

import pytest

from support.backend import CHECKOUT
from support.link import connect, drain, sync_logs, update_logs

SAMPLER, TERRITORY, NOTE = "Shop Field Sampler", "Shop Territory", "Shop Note"
TABLE = (CHECKOUT / "docs" / "fields.md").read_text()
SECOND = {  # other values than those of the factory
	"Autocomplete": ("autocomplete_field", "Red"),
	"Barcode": ("barcode_field", "<svg>4006381333948</svg>"),
	"Check": ("check_field", 0),
	"Code": ("code_field", "x = {'a': 1}  # 100 %"),
	"Color": ("color_field", "#000000"),
	"Currency": ("currency_field", -0.5),
	"Data": ("data_field", "ß < & > ‘’"),
	"Date": ("date_field", "1999-12-31"),
	"Datetime": ("datetime_field", "2026-10-25 02:59:59.000001"),
	"Duration": ("duration_field", 59),
	"Float": ("float_field", 1.25),
	"Geolocation": (
		"geolocation_field",
		'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[8.8,53.1]}}]}',
	),
	"HTML Editor": ("html_editor_field", "<p>two</p>"),
	"Icon": ("icon_field", "heart"),
	"Int": ("int_field", 7),
	"JSON": ("json_field", '{"a": ["x", {"y": 0}]}'),
	"Long Text": ("long_text_field", "short"),
	"Markdown Editor": ("markdown_field", "**two**"),
	"Percent": ("percent_field", 66.5),
	"Phone": ("phone_field", "+1-2025550143"),
	"Rating": ("rating_field", 0.4),
	"Read Only": ("read_only_field", "another"),
	"Select": ("select_field", "One"),
	"Signature": ("signature_field", "data:image/png;base64,AAAA"),
	"Small Text": ("small_text_field", "one line"),
	"Text": ("text_field", "two\nlines"),
	"Text Editor": ("text_editor_field", '<div class="ql-editor read-mode"><p>Two</p></div>'),
	"Time": ("time_field", "00:00:01"),
}


@pytest.fixture
def linked(hq, branch):
	connect(branch, hq, [SAMPLER])


def values(site, name: str) -> dict:
	doc = site.get(SAMPLER, name)
	return {kind: doc[field] for kind, (field, _value) in SECOND.items()}


def test_made_changed_and_emptied(hq, branch, linked):
	name = hq.create(SAMPLER)["name"]
	drain(branch, hq)
	made = values(hq, name)
	assert values(branch, name) == made
	assert [kind for kind, value in made.items() if value in (None, "")] == []

	hq.update(SAMPLER, name, **dict(SECOND.values()))
	drain(branch, hq)
	changed = values(hq, name)
	assert values(branch, name) == changed
	assert [kind for kind in SECOND if changed[kind] == made[kind]] == []

	hq.update(SAMPLER, name, **{field: None for field, _value in SECOND.values()})
	drain(branch, hq)
	assert values(branch, name) == values(hq, name)
	assert sync_logs(branch, status="Failed") == []


def test_by_a_whole_document(hq, branch):
	name = hq.create(SAMPLER, **dict(SECOND.values()))["name"]
	connect(branch, hq, [SAMPLER])
	branch.call("backfill", producer_url=hq.url, doctypes=[SAMPLER])
	assert values(branch, name) == values(hq, name)


def test_a_table_multiselect_with_what_it_links_to(hq, branch, linked):
	names = [hq.create(TERRITORY)["name"] for _number in range(3)]
	rows = [{"territory": name} for name in names]
	name = hq.create(SAMPLER, territories=rows[:2])["name"]
	drain(branch, hq)
	assert chosen(branch, name) == names[:2]
	hq.update(SAMPLER, name, territories=rows[1:])
	drain(branch, hq)
	assert chosen(branch, name) == names[1:]
	assert set(branch.names(TERRITORY)) == set(names)


def chosen(site, name: str) -> list[str]:
	return [row["territory"] for row in site.get(SAMPLER, name)["territories"]]


def test_a_dynamic_link_by_the_doctype_that_another_field_names(hq, branch, linked):
	note, territory = hq.create(NOTE)["name"], hq.create(TERRITORY)["name"]
	name = hq.create(SAMPLER, link_doctype_field=NOTE, dynamic_link_field=note)["name"]
	drain(branch, hq)
	assert branch.exists(NOTE, branch.get(SAMPLER, name)["dynamic_link_field"])
	hq.update(SAMPLER, name, link_doctype_field=TERRITORY, dynamic_link_field=territory)
	drain(branch, hq)
	doc = branch.get(SAMPLER, name)
	assert (doc["link_doctype_field"], doc["dynamic_link_field"]) == (TERRITORY, territory)
	assert branch.exists(TERRITORY, territory)


def test_a_password_never_leaves_and_the_own_one_stays(hq, branch, linked):
	name = hq.create(SAMPLER, password_field="secret-of-hq")["name"]
	drain(branch, hq)
	assert branch.call("password", doctype=SAMPLER, name=name, field="password_field") is None
	branch.update(SAMPLER, name, password_field="secret-of-branch")
	hq.update(SAMPLER, name, password_field="another-of-hq", data_field="changed")
	drain(branch, hq)
	assert branch.get(SAMPLER, name)["data_field"] == "changed"
	own = branch.call("password", doctype=SAMPLER, name=name, field="password_field")
	assert own == "secret-of-branch"
	logged = "".join(log["data"] or "" for log in update_logs(hq))
	assert "secret-of-hq" not in logged and "another-of-hq" not in logged


def test_every_kind_of_the_table_is_one_that_is_tested():
	cells = re.findall(r"^\| ([^|]+) \|", TABLE, re.M)
	told = {kind for cell in cells for kind in cell.split(", ")}
	elsewhere = {"Link", "Dynamic Link", "Table", "Attach", "Attach Image"}
	without_values = {
		"Image",
		"Button",
		"Heading",
		"Fold",
		"Section Break",
		"Column Break",
		"Tab Break",
		"HTML",
	}
	here = {"Table MultiSelect", "Password"}
	assert set(SECOND) | elsewhere | without_values | here <= told


@pytest.mark.bench
def test_a_virtual_field_is_worked_out_by_each_site(hq, branch):
	for site, word in ((hq, "there"), (branch, "here")):
		site.call(
			"add_custom_field",
			doctype=NOTE,
			fieldname="worked_out",
			label="Worked Out",
			fieldtype="Data",
			is_virtual=1,
			options=f"'{word}'",
		)
	connect(branch, hq, [NOTE])
	name = hq.create(NOTE)["name"]
	drain(branch, hq)
	hq.update(NOTE, name, title="changed")
	drain(branch, hq)
	assert branch.get(NOTE, name)["title"] == "changed"
	assert "worked_out" not in "".join(log["data"] or "" for log in update_logs(hq))
	assert sync_logs(branch, status="Failed") == []
