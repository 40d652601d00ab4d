"""The pages lead somewhere: links, headings and pictures are there, and no picture that nothing shows. What they name as a
button, a field or a list is called so."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from support.backend import CHECKOUT

DOCS = CHECKOUT / "docs"
PACKAGE = CHECKOUT / "event_streaming"
NAMING = ("guide", "operations", "settings", "tutorial", "security", "architecture", "fields", "glossary")
OF_FRAPPE = {"Actions", "Allow on Submit", "Customize Form", "Download", "Log Settings", "Posting Date", "Posting Time", "Upload", "Yes"}  # fmt: skip
PAGES = [*sorted(DOCS.glob("*.md")), *sorted(CHECKOUT.glob("*.md")), *sorted(CHECKOUT.glob("*/README.md"))]


def headings(page: Path) -> set[str]:
	found = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
	return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_leads_somewhere(page):
	text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
	for target in re.findall(r"\]\(([^)\s]+)\)", text):
		if "://" in target:
			continue
		file, _hash, heading = target.partition("#")
		other = (page.parent / file) if file else page
		assert other.exists(), target
		assert not heading or heading in headings(other), target


def test_every_picture_is_shown():
	text = "".join(page.read_text() for page in PAGES)
	assert [file.name for file in DOCS.glob("images/*") if f"images/{file.name}" not in text] == []


def strings(value: object) -> Iterator[str]:
	if isinstance(value, str):
		yield from value.split("\n")
	elif isinstance(value, dict | list):
		for part in value.values() if isinstance(value, dict) else value:
			yield from strings(part)


@cache
def shown() -> set[str]:
	"""The texts of the app, and of the demo's page."""
	found = set(re.findall(r">([^<>\n]+)</button", (CHECKOUT / "demo" / "page.html").read_text()))
	for file in PACKAGE.rglob("*.json"):
		found.update(strings(json.loads(file.read_text())))
	for file in PACKAGE.rglob("*.js"):
		found.update(re.findall(r"""__\(\s*["']([^"'\n]+)["']""", file.read_text()))
	for file in PACKAGE.rglob("*.py"):
		found.update(node.value for node in ast.walk(ast.parse(file.read_text())) if is_text(node))
	return found


def is_text(node: ast.AST) -> bool:
	return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("page", [CHECKOUT / "README.md", *(DOCS / f"{name}.md" for name in NAMING)])
def test_what_a_page_names_is_called_so(page):
	text = re.sub(r"```.*?```|`[^`]+`", "", page.read_text(), flags=re.S)
	names = {" ".join(name.split()) for name in re.findall(r"(?<![*\w])\*([A-Z][^*>…]+)\*(?!\*)", text)}
	assert names - shown() - OF_FRAPPE == set()


def test_the_page_on_performance_has_each_figure_of_the_benchmarks():
	tree = ast.parse((CHECKOUT / "benchmarks" / "figures.py").read_text())
	[table] = [
		node.value for node in tree.body if isinstance(node, ast.AnnAssign) and node.target.id == "FIGURES"
	]
	goals = (DOCS / "performance.md").read_text().partition("| Measured |")[0]
	assert sorted(re.findall(r"^\| `(\w+)` \|", goals, re.M)) == sorted(key.value for key in table.keys)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_the_tests_and_modules_that_a_page_names_are_there(page):
	files = set(re.findall(r"`((?:[\w.]+/)*\w+\.(?:py|toml|yml))`", page.read_text()))
	roots = ("", "tests", "event_streaming", "event_streaming/event_streaming", "benchmarks", "support")
	assert {name for name in files if not is_there(name, roots)} == set()


def is_there(name: str, roots: tuple[str, ...]) -> bool:
	if "/" in name:
		return any((CHECKOUT / root / name).exists() for root in roots)
	return any(any((CHECKOUT / root).rglob(name)) for root in roots if root)
