"""A backfill of a part of the documents: by filters, from a day on, chosen ones."""

import json

import pytest

from support.link import connect, drain
from support.site import SiteError

NOTE, INVOICE, CUSTOMER = "Shop Note", "Shop Invoice", "Shop Customer"


@pytest.fixture
def notes(hq, branch):
	"""Of priority 0 to 5, made on as many days of January."""
	names = [hq.create(NOTE, priority=number)["name"] for number in range(6)]
	for number, name in enumerate(names, 1):
		created = f"2026-01-{number:02} 12:00:00"
		hq.call("support.backfilling:set_creation", doctype=NOTE, names=[name], creation=created)
	connect(branch, hq, [NOTE])
	return names


def fetch(branch, hq, filters=None, **options) -> dict:
	part = json.dumps(filters) if filters is not None else None
	return branch.call("backfill", producer_url=hq.url, doctypes=[NOTE], part=part, **options)


def test_by_filters(hq, branch, notes):
	done = fetch(branch, hq, [["priority", ">", 3]])
	assert (done["error"], done[NOTE]["status"]) == ("", "Done")
	assert (done[NOTE]["total"], done[NOTE]["taken"]) == (2, 2)
	assert sorted(branch.names(NOTE)) == sorted(notes[4:])


def test_from_a_day_on(hq, branch, notes):
	branch.call("support.backfilling:start", producer_url=hq.url, doctypes=[NOTE], from_date="2026-01-04")
	branch.call("support.backfilling:work_off", producer_url=hq.url)
	assert sorted(branch.names(NOTE)) == sorted(notes[3:])


def test_chosen_ones_and_what_they_link_to(hq, branch):
	names = [hq.create(INVOICE)["name"] for _number in range(2)]
	connect(branch, hq, [INVOICE])
	part = json.dumps([["name", "in", names[:1]]])
	branch.call("backfill", producer_url=hq.url, doctypes=[INVOICE], part=part)
	assert branch.names(INVOICE) == names[:1]
	assert branch.get(INVOICE, names[0])["customer"] in branch.names(CUSTOMER)


def test_all_the_rest_comes_later_and_changes_of_all_go_on(hq, branch, notes):
	fetch(branch, hq, [["priority", "=", 1]])
	hq.update(NOTE, notes[5], title="changed")
	drain(branch, hq)
	assert sorted(branch.names(NOTE)) == sorted([notes[1], notes[5]])
	done = fetch(branch, hq)
	assert (done[NOTE]["done"], done[NOTE]["part"]) == (6, None)
	assert sorted(branch.names(NOTE)) == sorted(notes)


def test_one_that_was_stopped_goes_on_with_its_part(hq, branch, notes):
	fetch(branch, hq, [["priority", ">", 1]], page_size=2, pages=1)
	assert len(branch.names(NOTE)) == 2
	fetch(branch, hq)
	assert sorted(branch.names(NOTE)) == sorted(notes[2:])


def test_another_part_waits_for_the_one_that_runs(hq, branch, notes):
	start = {"producer_url": hq.url, "doctypes": [NOTE]}
	branch.call("support.backfilling:start", only='[["priority", "=", 1]]', **start)
	with pytest.raises(SiteError, match="Another part"):
		branch.call("support.backfilling:start", only='[["priority", "=", 2]]', **start)


def test_a_filter_by_what_the_consumer_may_not_have_is_refused(hq, branch, notes):
	done = fetch(branch, hq, [["no_such_field", "=", 1]])
	assert done[NOTE]["status"] == "Failed" and "no_such_field" in done[NOTE]["message"]
	assert branch.names(NOTE) == []


def test_a_producer_that_knows_no_parts_gives_nothing_instead_of_all(hq, branch, notes):
	done = branch.call(
		"support.backfilling:part_from_version_0_1", producer_url=hq.url, part='[["priority", "=", 1]]'
	)
	assert done[NOTE]["status"] == "Failed" and "too old" in done[NOTE]["message"]
	assert branch.names(NOTE) == []


def test_by_the_command(backend, hq, branch, notes):
	backend.run_command(
		branch, "event-streaming", "backfill", "--only", '{"priority": [">", 3]}', "--from-date", "2026-01-06"
	)
	assert branch.names(NOTE) == notes[5:]


def test_what_is_kept_back_can_not_be_asked_about(hq, branch, notes):
	consumer = hq.get("Event Consumer", branch.url)
	consumer["consumer_doctypes"][0]["left_out_fields"] = "priority"
	hq.update("Event Consumer", branch.url, consumer_doctypes=consumer["consumer_doctypes"])
	done = fetch(branch, hq, [["priority", "=", 1]])
	assert done[NOTE]["status"] == "Failed" and "priority" in done[NOTE]["message"]
	assert branch.names(NOTE) == []


def test_the_newest_first(hq, branch, notes):
	"""In pages, also behind those that were made at the very same moment, and to those that don't say when."""
	hq.call(
		"support.backfilling:set_creation", doctype=NOTE, names=notes[2:4], creation="2026-01-03 12:00:00"
	)
	hq.call("support.backfilling:set_creation", doctype=NOTE, names=notes[:1], creation=None)
	in_order = [notes[5], notes[4], *sorted(notes[2:4]), notes[1], notes[0]]
	for number, pages in enumerate((1, 1, 1, 1, 1, None), 1):
		fetch(branch, hq, newest_first=True, page_size=1, pages=pages)
		assert sorted(branch.names(NOTE)) == sorted(in_order[:number])
	assert fetch(branch, hq)[NOTE]["skipped"] == 6


def test_the_newest_of_a_part_on_the_form(hq, branch, notes):
	branch.call(
		"support.backfilling:start",
		producer_url=hq.url,
		doctypes=[NOTE],
		from_date="2026-01-03",
		newest_first=1,
	)
	[row] = branch.rows("Event Backfill", ["newest_first", "part"])
	assert row["newest_first"] == 1 and row["part"]
	branch.call("support.backfilling:work_off", producer_url=hq.url)
	assert sorted(branch.names(NOTE)) == sorted(notes[2:])


def test_of_a_producer_that_knows_no_newest_all_come(hq, branch, notes):
	error = branch.call("support.backfilling:newest_of_an_older_version", producer_url=hq.url, doctype=NOTE)
	assert error == "" and sorted(branch.names(NOTE)) == sorted(notes)
