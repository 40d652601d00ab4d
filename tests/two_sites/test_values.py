"""Whatever a field of any type can hold arrives as it is."""

import datetime
import json
import os

import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st

from support.compare import assert_same
from support.link import connect, drain
from support.site import SiteError

SAMPLER = "Shop Field Sampler"
EXAMPLES = int(os.environ.get("EVENT_STREAMING_TEST_EXAMPLES") or 12)

characters = st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")
words = st.text(characters, max_size=40)
lines = st.text(characters, max_size=300)
plain = st.lists(
	st.sampled_from(["text", " ", "\n", "ü", "&amp;", "&lt;", "&gt;", '"', "'", "&nbsp;", "%", "\\"]),
	max_size=5,
)
markup = st.recursive(
	plain.map("".join),
	lambda inner: st.builds(
		lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
		st.sampled_from(
			[
				"p",
				"b",
				"div",
				'a href="https://example.com/?a=1&amp;b=2"',
				"ul",
				"li",
				"script",
				'p onclick="x()"',
			]
		),
		st.lists(inner, max_size=3),
	),
	max_leaves=6,
)
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=6).map(float)
whole_numbers = st.integers(-(2**31) + 1, 2**31 - 1)
dates = st.dates(datetime.date(1000, 1, 1), datetime.date(9999, 12, 31)).map(str)
moments = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2199, 12, 31)).map(str)
times = st.times().map(str)
json_values = st.recursive(
	st.none() | st.booleans() | whole_numbers | words,
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
).map(json.dumps)

FIELDS = {
	"autocomplete_field": st.sampled_from(["Red", "Green", "Blue"]),
	"barcode_field": words,
	"check_field": st.integers(0, 1),
	"code_field": lines,
	"color_field": st.sampled_from(["#29CD42", "#000000", "#ffffff"]),
	"currency_field": numbers,
	"data_field": words,
	"date_field": dates,
	"datetime_field": moments,
	"duration_field": st.integers(0, 10**8),
	"float_field": numbers,
	"geolocation_field": json_values,
	"html_editor_field": markup,
	"icon_field": words,
	"int_field": whole_numbers,
	"json_field": json_values,
	"long_text_field": lines | markup,
	"markdown_field": lines | markup,
	"percent_field": numbers,
	"rating_field": st.integers(0, 5).map(lambda stars: stars / 5),
	"read_only_field": words,
	"select_field": st.sampled_from(["", "One", "Two", "Three"]),
	"small_text_field": lines | markup,
	"text_field": lines | markup,
	"text_editor_field": markup,
	"time_field": times,
}
ROW_FIELDS = {
	"label": words,
	"check_field": st.integers(0, 1),
	"date_field": dates,
	"datetime_field": moments,
	"time_field": times,
	"float_field": numbers,
	"int_field": whole_numbers,
	"json_field": json_values,
	"text_field": lines | markup,
}


def some_of(fields: dict[str, st.SearchStrategy]) -> st.SearchStrategy[dict]:
	"""Values, or emptiness, for some of the fields."""
	return st.fixed_dictionaries({}, optional={field: st.none() | values for field, values in fields.items()})


rows = st.lists(some_of(ROW_FIELDS), max_size=3)
documents = st.builds(lambda fields, rows: {**fields, "rows": rows}, some_of(FIELDS), rows)
lives = st.lists(st.tuples(documents, st.none() | documents), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def linked(backend):
	"""Two sites that one test function uses for all its examples."""
	backend.forget_jobs()
	for site in backend.sites.values():
		site.restore_config()
		site.call("reset")
	hq, branch, *_others = backend.sites.values()
	connect(branch, hq, [SAMPLER])
	return hq, branch


@settings(
	max_examples=EXAMPLES,
	deadline=None,
	suppress_health_check=list(HealthCheck),
	phases=(Phase.explicit, Phase.generate),  # each step of shrinking takes two sites a second
	print_blob=True,
)
@given(lives)
@example([({"data_field": " blanks around ", "rows": []}, {"data_field": "tab\tand\nline", "rows": []})])
@example([({"datetime_field": "2026-03-29 02:30:00", "time_field": "00:00:00", "rows": []}, None)])
@example(
	[({"text_editor_field": "<p>1 &lt; 2 &amp;&amp; 3</p>", "rows": [{"text_field": "<b>"}]}, {"rows": []})]
)
@example(
	[
		(
			{"date_field": "1000-01-01", "rows": [{"int_field": 0}]},
			{"int_field": None, "rows": [{"int_field": None}]},
		)
	]
)
def test_values_of_all_types_arrive_created_and_changed(linked, lives):
	hq, branch = linked
	names = []
	for first, second in lives:
		try:
			name = hq.insert(SAMPLER, title="Values", **first)["name"]
			names.append(name)
			if second is not None:
				hq.update(SAMPLER, name, **second)
		except SiteError as refused:
			event(f"refused at the source: {refused.type}")
			assert refused.type not in ("ShellEnded", "TypeError", "AttributeError"), refused.traceback
	assert drain(branch, hq)["failed"] == 0
	for name in names:
		assert_same(hq, branch, SAMPLER, name)


def test_markup_that_is_not_well_formed_is_fixed_by_each_site_in_its_own_way(linked):
	"""What a site stores has been through its own sanitizer, which must not trust another site's."""
	hq, branch = linked
	broken = "one<a href=x><table>two<a href=x>three<script>alert(1)</script>"
	name = hq.insert(SAMPLER, title="Broken", text_editor_field=broken)["name"]
	assert drain(branch, hq)["failed"] == 0
	here = branch.value(SAMPLER, name, "text_editor_field")
	assert "<script" not in here
	assert "one" in here and "two" in here and "three" in here
	assert_same(hq, branch, SAMPLER, name, except_fields=("text_editor_field",))
