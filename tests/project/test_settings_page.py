"""docs/settings.md has every field of the forms that a link is set up with, and what is in it at first."""

import ast
import json
import re

import pytest

from support.backend import CHECKOUT

DOCTYPES = CHECKOUT / "event_streaming" / "event_streaming" / "doctype"
PAGE = (CHECKOUT / "docs" / "settings.md").read_text()
SECTIONS = {
	"Event Producer": "event_producer",
	"Event Configuration": "event_producer_document_type",
	"Event Consumer": "event_consumer",
	"DocTypes of an Event Consumer": "event_consumer_document_type",
	"Event Streaming Settings": "event_streaming_settings",
}
LAYOUT = {"Section Break", "Column Break", "Tab Break"}


def fields(folder: str) -> list[dict]:
	"""Those that a person sees."""
	doctype = json.loads((DOCTYPES / folder / f"{folder}.json").read_text())
	return [
		field for field in doctype["fields"] if field["fieldtype"] not in LAYOUT and not field.get("hidden")
	]


def keys_of_the_site_config() -> dict[str, str]:
	tree = ast.parse((CHECKOUT / "event_streaming" / "settings.py").read_text())
	[table] = [
		node.value
		for node in tree.body
		if isinstance(node, ast.Assign) and node.targets[0].id == "SITE_CONFIG_KEYS"
	]
	return ast.literal_eval(table)


def section(heading: str) -> str:
	found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
	assert found, f"docs/settings.md has no section {heading}"
	return found[1]


def at_first(field: dict) -> str:
	default = field.get("default") or ""
	if field["fieldtype"] == "Check":
		return "on" if default == "1" else "off"
	return default or "-"


@pytest.mark.parametrize(("heading", "folder"), SECTIONS.items())
def test_each_field_that_a_person_fills_in_has_a_line_with_what_is_in_it_at_first(heading, folder):
	lines = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|", section(heading), re.M)
	expected = [(field["label"], at_first(field)) for field in fields(folder) if not field.get("read_only")]
	assert sorted(lines[1:]) == sorted(expected)


@pytest.mark.parametrize(("heading", "folder"), SECTIONS.items())
def test_each_field_that_the_app_fills_in_is_named(heading, folder):
	named = {" ".join(name.split()) for name in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", section(heading))}
	assert {field["label"] for field in fields(folder) if field.get("read_only")} - named == set()


def test_each_key_of_the_site_config_stands_with_its_setting():
	labels = {field["fieldname"]: field["label"] for field in fields("event_streaming_settings")}
	lines = re.findall(
		r"^\| ([^|]+) \|.*\| `(event_streaming_\w+)` \|$", section("Event Streaming Settings"), re.M
	)
	assert sorted(lines) == sorted((labels[field], key) for field, key in keys_of_the_site_config().items())


def test_the_form_can_explain_each_setting_of_a_row():
	assert [
		field["label"] for field in fields("event_producer_document_type") if not field.get("description")
	] == []
