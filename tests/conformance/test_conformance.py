"""Each statement, run inside a site; see `conformance`."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
NEED_SEQUENCES = {"naming:numbers_count_up_and_are_ints"}


def find_statements() -> list[str]:
	"""`module:function` of all of them, found without importing what needs Frappe."""
	package = ast.parse((FOLDER / "__init__.py").read_text())
	listed = next(node for node in package.body if isinstance(node, ast.Assign))
	statements = []
	for module in ast.literal_eval(listed.value):
		functions = [
			node
			for node in ast.parse((FOLDER / f"{module}.py").read_text()).body
			if isinstance(node, ast.FunctionDef)
		]
		statements += [
			f"{module}:{node.name}"
			for node in functions
			if not node.name.startswith("_") and not node.args.args
		]
	return statements


@pytest.fixture(scope="module")
def shell(backend):
	site = next(iter(backend.sites.values()))
	shell = site.open_shell()
	shell.call("conformance.doctypes:prepare")
	yield shell
	shell.close()


@pytest.mark.parametrize(
	"statement", find_statements(), ids=lambda name: name.replace(":", ": ").replace("_", " ")
)
def test(request, shell, statement):
	if statement in NEED_SEQUENCES:
		request.getfixturevalue("sequences")
	shell.call("begin")
	try:
		shell.call(f"conformance.{statement}")
	finally:
		shell.call("rollback")
