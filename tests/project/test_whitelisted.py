"""What can be called over HTTP says which types it takes: Frappe checks them, and from 16 on refuses what says nothing."""

import ast
from collections.abc import Iterator

from support.backend import CHECKOUT

PACKAGE = CHECKOUT / "event_streaming"


def whitelisted() -> Iterator[tuple[str, ast.FunctionDef]]:
	for file in sorted(PACKAGE.rglob("*.py")):
		for node in ast.walk(ast.parse(file.read_text())):
			if isinstance(node, ast.FunctionDef) and any(
				"frappe.whitelist" in ast.unparse(decorator) for decorator in node.decorator_list
			):
				yield f"{file.relative_to(PACKAGE)}: {node.name}", node


def test_each_argument_and_answer_has_a_type():
	found = dict(whitelisted())
	assert len(found) > 40
	untyped = {
		name: argument.arg
		for name, node in found.items()
		for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
		if argument.annotation is None and argument.arg != "self"
	}
	assert untyped == {}
	assert [name for name, node in found.items() if node.returns is None] == []


def test_frappe_is_told_to_insist_on_it():
	assert "\nrequire_type_annotated_api_methods = True\n" in (PACKAGE / "hooks.py").read_text()
