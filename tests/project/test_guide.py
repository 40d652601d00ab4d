"""The guide tells all that can go wrong."""

import ast

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
