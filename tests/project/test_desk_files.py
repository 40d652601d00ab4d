"""A person finds each list of the app: from the workspace, and from the sidebar of Frappe 16. Read from the files, on any machine."""

import json

import pytest

from support.backend import CHECKOUT

PACKAGE = CHECKOUT / "event_streaming"
MODULE = PACKAGE / "event_streaming"
WORKSPACE = MODULE / "workspace/event_streaming/event_streaming.json"
SIDEBAR = PACKAGE / "workspace_sidebar/event_streaming.json"
# Their only rows are positions of the log, and tokens of lanes, locked by those who write them.
NOT_FOR_PEOPLE = {"Update Log Head", "Event Stream Fence"}


def lists_and_pages() -> set[tuple[str, str]]:
	doctypes = [json.loads(file.read_text()) for file in MODULE.glob("doctype/*/*.json")]
	lists = {("DocType", doctype["name"]) for doctype in doctypes if not doctype.get("istable")}
	pages = {("Page", json.loads(file.read_text())["name"]) for file in MODULE.glob("page/*/*.json")}
	return (lists | pages) - {("DocType", name) for name in NOT_FOR_PEOPLE}


@pytest.mark.parametrize(("file", "rows"), [(WORKSPACE, "links"), (SIDEBAR, "items")])
def test_every_list_and_page_has_a_link(file, rows):
	links = [row for row in json.loads(file.read_text())[rows] if row["type"] == "Link"]
	linked = [(row["link_type"], row["link_to"]) for row in links if row["link_type"] != "Workspace"]
	assert sorted(linked) == sorted(lists_and_pages())


def test_a_card_of_the_workspace_says_how_many_links_it_has():
	cards: list[list] = []
	for row in json.loads(WORKSPACE.read_text())["links"]:
		if row["type"] == "Card Break":
			cards.append([row["link_count"], 0])
		else:
			cards[-1][1] += 1
	assert [said for said, _links in cards] == [links for _said, links in cards]


def test_no_field_has_link_filters():
	"""Frappe keeps them as JSON, reads a list on Postgres, and can then neither save nor delete the DocType. A form asks
	for its own query instead."""
	files = [json.loads(file.read_text()) for file in MODULE.glob("doctype/*/*.json")]
	assert files
	with_filters = [
		(doctype["name"], field["fieldname"])
		for doctype in files
		for field in doctype["fields"]
		if field.get("link_filters")
	]
	assert not with_filters
