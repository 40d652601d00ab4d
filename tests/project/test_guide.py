"""The guide tells all that can go wrong, and all that other apps can hook into."""

import ast
import re

import pytest

from support.backend import CHECKOUT

GUIDE = CHECKOUT / "docs" / "guide.md"


def classes_of(path: str) -> list[str]:
	tree = ast.parse((CHECKOUT / path).read_text())
	return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def kinds_of_remedies() -> list[str]:
	tree = ast.parse((CHECKOUT / "event_streaming/desk/remedies.py").read_text())
	[table] = [node for node in tree.body if getattr(node, "name", "") == "_table"]
	return [row.elts[0].value for row in table.body[0].value.elts]


@pytest.mark.parametrize("error", [*classes_of("event_streaming/exceptions.py"), *kinds_of_remedies()])
def test_what_to_do_at_each_error_is_in_the_guide(error):
	assert f"`{error}`" in GUIDE.read_text()


def test_each_hook_for_other_apps_is_in_the_guide():
	code = "".join(file.read_text() for file in (CHECKOUT / "event_streaming").rglob("*.py"))
	hooks = set(re.findall(r'HOOK = \(?\s*"(event_streaming_\w+)"', code))
	assert len(hooks) > 5
	assert hooks - set(re.findall(r"^(event_streaming_\w+) = ", GUIDE.read_text(), re.M)) == set()


def rows() -> list[tuple[str, set[str]]]:
	"""What each error of the tables says, and the classes that say it."""
	found = re.findall(r"^\| ([^|]+) \| (`\w+`(?:, `\w+`)*) \|", GUIDE.read_text(), re.M)
	return [(says, set(re.findall(r"\w+", classes))) for says, classes in found]


def test_what_the_guide_quotes_of_an_error_is_what_it_says():
	texts = "\n".join(
		node.value
		for file in (CHECKOUT / "event_streaming").rglob("*.py")
		for node in ast.walk(ast.parse(file.read_text()))
		if isinstance(node, ast.Constant) and isinstance(node.value, str)
	)
	own = set(classes_of("event_streaming/exceptions.py"))
	quoted = {
		part.strip(" .,") for says, classes in rows() if classes <= own for part in re.split(r"[…;,]", says)
	} - {""}
	assert len(quoted) > 30
	assert {part for part in quoted if part not in texts} == set()


def test_the_guide_begins_with_all_its_headings():
	text = GUIDE.read_text()
	contents = text.partition("\n## ")[0]
	assert re.findall(r"\[([^\]]+)\]\(#", contents) == re.findall(r"^## (.+)$", text, re.M)
