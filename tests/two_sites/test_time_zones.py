"""Two sites in different time zones: a moment is the same moment on both, and a date or a time of day what the clock showed."""

from contextlib import contextmanager

import pytest

from support.link import connect, drain

SAMPLER = "Shop Field Sampler"
INDIA, BRAZIL, BERLIN = "Asia/Kolkata", "America/Sao_Paulo", "Europe/Berlin"
# Brazil had summer time until 2019: on 2018-11-04 at 00:00 the clock went to 01:00, on 2019-02-17 at 00:00 back to 23:00.
SAME_MOMENTS = [  # in India, in Brazil
	("2018-11-04 08:29:59.000000", "2018-11-03 23:59:59.000000"),
	("2018-11-04 08:30:00.000000", "2018-11-04 01:00:00.000000"),
	("2019-02-16 12:00:00.250000", "2019-02-16 04:30:00.250000"),
	("2019-07-01 00:00:00.000000", "2019-06-30 15:30:00.000000"),
	("2026-11-27 02:15:00.000001", "2026-11-26 17:45:00.000001"),
]


@contextmanager
def zones(**zone_of):
	"""
	:param zone_of: `hq=(site, zone)`
	"""
	try:
		for site, zone in zone_of.values():
			site.call("set_clock", time_zone=zone)
		yield
	finally:
		for site, _zone in zone_of.values():
			site.call("set_clock", time_zone="UTC")


@pytest.fixture
def far_apart(hq, branch):
	with zones(hq=(hq, INDIA), branch=(branch, BRAZIL)):
		yield


def moment(site, name: str) -> str:
	return full(site.get(SAMPLER, name)["datetime_field"])


def full(moment: str) -> str:
	return moment if "." in moment else f"{moment}.000000"


def conflicts(site) -> list[str]:
	return [row["name"] for row in site.rows("Event Sync Log", ["name"], {"conflict": ["is", "set"]})]


def compare(site, other) -> dict:
	result = site.call("support.comparing:reconcile", producer_url=other.url, doctypes=[SAMPLER])
	assert not result["error"], result["error"]
	return result[SAMPLER]


@pytest.mark.parametrize(("india", "brazil"), SAME_MOMENTS)
def test_a_moment_is_the_same_one_and_a_clock_reading_stays(hq, branch, far_apart, india, brazil):
	connect(branch, hq, [SAMPLER])
	name = hq.create(SAMPLER, datetime_field=india, date_field="2026-11-27", time_field="01:02:03")["name"]
	drain(branch, hq)
	here = branch.get(SAMPLER, name)
	assert full(here["datetime_field"]) == brazil
	assert (here["date_field"], here["time_field"].zfill(8)) == ("2026-11-27", "01:02:03")


def test_changes_rows_and_whole_documents(hq, branch, far_apart):
	connect(branch, hq, [SAMPLER])
	name = hq.create(SAMPLER, rows=[{"datetime_field": SAME_MOMENTS[0][0]}])["name"]
	drain(branch, hq)
	[row] = branch.get(SAMPLER, name)["rows"]
	assert full(row["datetime_field"]) == SAME_MOMENTS[0][1]

	rows = hq.get(SAMPLER, name)["rows"]
	rows[0]["datetime_field"] = SAME_MOMENTS[1][0]
	hq.update(
		SAMPLER, name, datetime_field=SAME_MOMENTS[2][0], rows=[*rows, {"datetime_field": SAME_MOMENTS[3][0]}]
	)
	drain(branch, hq)
	assert moment(branch, name) == SAME_MOMENTS[2][1]
	found = [full(row["datetime_field"]) for row in branch.get(SAMPLER, name)["rows"]]
	assert found == [SAME_MOMENTS[1][1], SAME_MOMENTS[3][1]]
	assert conflicts(branch) == []
	assert compare(branch, hq)["equal"] == 1

	an_hour_later = {"datetime_field": "2018-11-04 02:00:00"}
	branch.call(
		"support.comparing:set_row_silently", doctype=SAMPLER, name=name, table="rows", row=0, **an_hour_later
	)
	assert compare(branch, hq)["different"] == 1


def test_by_a_backfill(hq, branch, far_apart):
	names = [hq.create(SAMPLER, datetime_field=india)["name"] for india, _brazil in SAME_MOMENTS]
	connect(branch, hq, [SAMPLER])
	branch.call("backfill", producer_url=hq.url, doctypes=[SAMPLER])
	assert [moment(branch, name) for name in names] == [brazil for _india, brazil in SAME_MOMENTS]
	assert compare(branch, hq)["equal"] == len(names)


def test_both_ways_a_moment_comes_back_as_it_was(hq, branch, far_apart):
	connect(branch, hq, [SAMPLER])
	connect(hq, branch, [SAMPLER])
	name = hq.create(SAMPLER, datetime_field=SAME_MOMENTS[0][0])["name"]
	drain(branch, hq)
	branch.update(SAMPLER, name, datetime_field=SAME_MOMENTS[4][1])
	drain(hq, branch)
	assert moment(hq, name) == SAME_MOMENTS[4][0]
	hq.update(SAMPLER, name, data_field="afterwards")
	drain(branch, hq)
	drain(hq, branch)
	assert (moment(hq, name), moment(branch, name)) == (SAME_MOMENTS[4][0], SAME_MOMENTS[4][1])
	assert conflicts(branch) == conflicts(hq) == []
	for result in (compare(branch, hq), compare(hq, branch)):
		assert (result["different"], result["missing"], result["surplus"]) == (0, 0, 0)


def test_the_form_says_where_the_other_clock_is(hq, branch):
	connect(branch, hq, [SAMPLER])
	drain(branch, hq)
	assert not branch.get("Event Producer", hq.url)["time_zone_there"]
	with zones(hq=(hq, INDIA)):
		drain(branch, hq)
		assert branch.get("Event Producer", hq.url)["time_zone_there"] == INDIA
	drain(branch, hq)
	assert not branch.get("Event Producer", hq.url)["time_zone_there"]


def test_who_wrote_when_is_told_on_this_sites_clock(hq, branch):
	with zones(hq=(hq, BERLIN), branch=(branch, INDIA)):
		connect(branch, hq, [{"ref_doctype": SAMPLER, "keep_history": 1}])
		name = hq.create(SAMPLER)["name"]
		drain(branch, hq)
		assert hours_between(hq.get(SAMPLER, name)["creation"], branch.get(SAMPLER, name)["creation"]) in (
			3.5,
			4.5,
		)
		hq.update(SAMPLER, name, data_field="again")
		drain(branch, hq)
		assert branch.get(SAMPLER, name)["data_field"] == "again"
		assert len(branch.names(SAMPLER)) == 1


def hours_between(one: str, other: str) -> float:
	from datetime import datetime

	return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds() / 3600


@pytest.mark.parametrize(
	"told", ["Nowhere/Town", "../../etc/passwd", "/etc/localtime", "localtime/../..", "x" * 140, ""]
)
def test_a_zone_that_says_nothing_changes_nothing(hq, branch, told):
	"""What another site says of its zone is a name, and no path."""
	connect(branch, hq, [SAMPLER])
	name = hq.create(SAMPLER, datetime_field=SAME_MOMENTS[0][0])["name"]
	answer = branch.call(
		"support.trouble:ask_producer",
		producer_url=hq.url,
		function="get_documents",
		documents=[[SAMPLER, name]],
		time_zone=told,
	)
	assert full(answer["documents"][0]["doc"]["datetime_field"]) == SAME_MOMENTS[0][0]
