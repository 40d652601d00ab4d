"""Presets: what is loaded can be saved, names what is not here, and other apps bring their own."""

import json

import pytest

from support.backend import CHECKOUT

METHODS = "event_streaming.event_streaming.doctype.event_producer.event_producer:"
PRESETS = CHECKOUT / "event_streaming" / "presets"
FILES = sorted(PRESETS.glob("*.json"))
NOTES = "Frappe: users' notes and tasks"
RULES = {"", "Latest Change Wins", "Producer Wins", "This Site Wins", "Wait for a Person"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_preset_names_each_doctype_once_and_says_why_not(file):
	preset = json.loads(file.read_text())
	wanted = [row["ref_doctype"] for row in preset["doctypes"]]
	avoided = [row["ref_doctype"] for row in preset["not"]]
	assert len(set(wanted)) == len(wanted) and not set(wanted) & set(avoided)
	assert all(row["why"] for row in preset["not"])
	assert {row.get("on_conflict", "") for row in preset["doctypes"]} <= RULES


def test_only_presets_come_that_have_a_doctype_here(branch):
	names = [preset["name"] for preset in branch.call(METHODS + "get_presets")]
	assert NOTES in names
	assert ("ERPNext: transactions to head office" in names) == branch.exists("DocType", "Sales Invoice")


def test_what_is_loaded_can_be_saved(hq, branch):
	preset = branch.call(METHODS + "get_preset", name=NOTES)
	branch.call("save_event_producer", producer_url=hq.url, rows=preset["rows"])
	rows = {row["ref_doctype"]: row for row in branch.get("Event Producer", hq.url)["producer_doctypes"]}
	assert {"Note", "ToDo"} <= set(rows)
	assert rows["Note"]["on_conflict"] == "Latest Change Wins" and not rows["Note"]["use_same_name"]
	assert "User" in [row["ref_doctype"] for row in preset["avoid"]]


def test_another_apps_preset_comes_with_what_is_here_and_names_the_rest(hq, branch):
	[name] = [p["name"] for p in branch.call(METHODS + "get_presets") if p["name"].startswith("Shop")]
	preset = branch.call(METHODS + "get_preset", name=name)
	assert preset["missing"] == ["Shop Thing That Is Nowhere"]
	rows = {row["ref_doctype"]: row for row in preset["rows"]}
	assert rows["Shop Item"]["also_match_by"] == "item_name" and "adopt_existing" in rows["Shop Item"]
	assert "adopt_existing" not in rows["Shop Invoice"]
	assert rows["Shop Item"]["leave_out"] == "description"
	branch.call("save_event_producer", producer_url=hq.url, rows=preset["rows"])


def test_a_preset_that_is_nowhere_is_an_error(branch):
	with pytest.raises(Exception, match="no preset"):
		branch.call(METHODS + "get_preset", name="Nothing")


def test_doctypes_that_others_cannot_do_without_are_proposed(branch):
	proposed = {row["ref_doctype"] for row in branch.call(METHODS + "get_needed", doctypes=["Shop Invoice"])}
	assert "Shop Customer" in proposed and "Shop Invoice" not in proposed
	rest = branch.call(METHODS + "get_needed", doctypes=["Shop Invoice", *proposed])
	assert not proposed & {row["ref_doctype"] for row in rest}


def test_whoever_may_not_make_links_sees_no_presets(branch):
	branch.call("make_user", email="test-nobody@example.com", roles=["Shop User"])
	with pytest.raises(Exception, match="PermissionError"):
		branch.call(METHODS + "get_presets", as_user="test-nobody@example.com")
