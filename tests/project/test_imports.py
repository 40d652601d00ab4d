"""What is imported from the app, in functions too, is there. Many helpers of the tests run in few surroundings only, and what
a refactoring has left behind in them is else found late."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support.backend import CHECKOUT

FOLDERS = ["event_streaming", "support", "tests", "benchmarks", "demo", "tools"]
OURS = ("event_streaming", "support")


@cache
def defined(module: str) -> frozenset[str] | None:
	"""Names of a module; None if there is no such module."""
	path = CHECKOUT / module.replace(".", "/")
	file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
	if not file.exists():
		return None
	names = {child.stem for child in path.iterdir()} if path.is_dir() else set()
	return frozenset(names | set(bound_in(ast.parse(file.read_text()).body)))


def bound_in(statements: list[ast.stmt]) -> Iterator[str]:
	for statement in statements:
		for node in ast.walk(statement):
			if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
				yield node.name
			elif isinstance(node, ast.Import | ast.ImportFrom):
				yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
			elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
				yield node.id


def missing(tree: ast.Module) -> Iterator[str]:
	modules: dict[str, str] = {}
	for node in ast.walk(tree):
		if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
			for alias in node.names:
				if alias.name not in (defined(node.module) or ()):
					yield f"line {node.lineno}: {alias.name} of {node.module}"
				elif defined(f"{node.module}.{alias.name}") is not None:
					modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
	for name in shadowed(tree):
		modules.pop(name, None)
	for node in ast.walk(tree):
		if isinstance(node, ast.Constant) and isinstance(node.value, str):
			module, colon, name = node.value.partition(":")
			if colon and name and module.startswith("support.") and name not in (defined(module) or ()):
				yield f"line {node.lineno}: {node.value}"
		elif (
			isinstance(node, ast.Attribute)
			and isinstance(node.value, ast.Name)
			and node.value.id in modules
			and not node.attr.startswith("__")
			and node.attr not in (defined(modules[node.value.id]) or ())
		):
			yield f"line {node.lineno}: {node.attr} of {modules[node.value.id]}"


def shadowed(tree: ast.Module) -> Iterator[str]:
	"""Names that mean something else somewhere in the file."""
	for node in ast.walk(tree):
		if isinstance(node, ast.arg):
			yield node.arg
		elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
			yield node.id


def sources() -> Iterator[Path]:
	for folder in FOLDERS:
		yield from sorted((CHECKOUT / folder).rglob("*.py"))


def test_every_name_is_there():
	found = [
		f"{file.relative_to(CHECKOUT)}, {name}"
		for file in sources()
		for name in missing(ast.parse(file.read_text()))
	]
	assert not found, "\n".join(found)


def test_a_name_that_is_gone_is_found():
	text = """
def late():
	from event_streaming.consumer.pull import lane_line
	from event_streaming.yielding import NOTHING
	branch.call("support.laning:nothing")
	return lane_line.NOTHING
"""
	assert len(list(missing(ast.parse(text)))) == 3
