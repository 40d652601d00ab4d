"""docs/protocol.md says what the code says, and docs/glossary.md names fields that are there."""

import ast
import json
import re

import pytest

from support.backend import CHECKOUT

PACKAGE = CHECKOUT / "event_streaming"
PROTOCOL = (CHECKOUT / "docs" / "protocol.md").read_text()
GLOSSARY = (CHECKOUT / "docs" / "glossary.md").read_text()
TOLD_APART = {"StreamingError", "TransientError"}  # kinds of trouble that others are of
ONLY_HERE = {  # no answer of another site is one
	"SubscriberDisabled", "MappingError", "ValueNotMapped", "NameTaken", "AmbiguousMatch", "ConflictFound", "SubmittedTwice", "FileRefused", "FileBroken", "DependencyMissing", "NotSubscribed", "EventRefused", "ReadOnlyHere",
}  # fmt: skip


def tree(path: str) -> ast.Module:
	return ast.parse((PACKAGE / path).read_text())


def constants() -> dict:
	"""Of link/protocol.py, which imports nothing."""
	values: dict = {}
	exec((PACKAGE / "link" / "protocol.py").read_text(), values)
	return values


def endpoints() -> dict[str, ast.FunctionDef]:
	functions = [node for node in tree("api.py").body if isinstance(node, ast.FunctionDef)]
	return {
		node.name: node
		for node in functions
		if any("whitelist" in ast.unparse(d) for d in node.decorator_list)
	}


def section(heading: str) -> str:
	found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PROTOCOL, re.M | re.S)
	assert found, f"docs/protocol.md has no section {heading}"
	return found[1]


def named(text: str) -> set[str]:
	return set(re.findall(r"`([^`]+)`", text)) | set(re.findall(r'"(\w+)"', text))


def expected_keys() -> dict[str, set[str]]:
	"""By endpoint, the keys that the client insists on."""
	found: dict[str, set[str]] = {}
	for node in (node for file in ("client", "messenger") for node in ast.walk(tree(f"link/{file}.py"))):
		if isinstance(node, ast.FunctionDef) and node.name in endpoints():
			shapes = [key.value for d in ast.walk(node) if isinstance(d, ast.Dict) for key in d.keys if key]
			calls = [c for c in ast.walk(node) if isinstance(c, ast.Call) and "expect" in ast.unparse(c.func)]
			found[node.name] = {*shapes, *(k.arg for call in calls for k in call.keywords if k.arg)}
	return found


@pytest.mark.parametrize("name", endpoints())
def test_each_endpoint_is_told_with_its_arguments_and_the_keys_of_its_answer(name):
	told = named(section(f"`{name}`"))
	arguments = {argument.arg for argument in endpoints()[name].args.args}
	assert (arguments | expected_keys().get(name, set())) - told == set()


def test_no_endpoint_is_told_that_is_not_there():
	assert set(re.findall(r"^### `(\w+)`$", PROTOCOL, re.M)) == set(endpoints())


def test_an_event_and_the_parts_of_a_difference_are_told():
	values = constants()
	told = named(section("An event"))
	assert {*values["EVENT_KEYS"], *values["UPDATE_TYPES"], *values["DIFFERENCE_PARTS"]} - told == set()
	[parts] = [
		node.value
		for node in tree("consumer/feed/events.py").body
		if isinstance(node, ast.Assign) and node.targets[0].id == "DIFFERENCE_KEYS"
	]
	assert set(re.findall(r"'(\w+)'", ast.unparse(parts))) - told == set()


def test_limits_and_versions_are_those_of_the_code():
	values = constants()
	limits = {name: value for name, value in values.items() if name.startswith("MAX_")}
	rows = dict(re.findall(r"^\| `(MAX_\w+)` \| (\d+) \|", section("Limits"), re.M))
	assert {name: int(value) for name, value in rows.items()} == limits
	assert f"The current version is protocol {values['PROTOCOL']}." in PROTOCOL
	assert set(values["OPERATORS"]) <= named(section("`find_documents`"))


def test_each_error_that_can_cross_is_told_with_its_status():
	table = section("Errors")
	for node in tree("exceptions.py").body:
		if not isinstance(node, ast.ClassDef) or node.name in TOLD_APART | ONLY_HERE:
			continue
		assert f"`{node.name}`" in table, node.name
		for line in node.body:
			if isinstance(line, ast.Assign) and line.targets[0].id == "http_status_code":
				assert re.search(rf"^\| {line.value.value} \| .*`{node.name}`", table, re.M), node.name


def test_the_glossary_names_fields_that_are_there():
	doctypes = {}
	for file in (PACKAGE / "event_streaming" / "doctype").glob("*/*.json"):
		doctype = json.loads(file.read_text())
		doctypes[doctype["name"]] = {"name", *(field["fieldname"] for field in doctype["fields"])}
	places = re.findall(r"((?:[A-Z]\w+ )+)`(\w+)`", GLOSSARY)
	places = [(doctype.strip(), field) for doctype, field in places if doctype.strip() in doctypes]
	assert len(places) > 12
	assert [(doctype, field) for doctype, field in places if field not in doctypes[doctype]] == []
