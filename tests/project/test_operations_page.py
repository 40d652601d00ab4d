"""docs/operations.md has every command with its options, every fault that is reported, and every figure for monitoring."""

import ast
import re

from support.backend import CHECKOUT

PACKAGE = CHECKOUT / "event_streaming"
PAGE = (CHECKOUT / "docs" / "operations.md").read_text()


def calls(path: str, name: str) -> list[ast.Call]:
	tree = ast.parse((PACKAGE / path).read_text())
	return [
		node
		for node in ast.walk(tree)
		if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name
	]


def section(heading: str) -> str:
	found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
	assert found, f"docs/operations.md has no section {heading}"
	return found[1]


def commands() -> dict[str, set[str]]:
	"""Their options, and `export [FILE]` under `export`."""
	found = {}
	for function in ast.parse((PACKAGE / "commands.py").read_text()).body:
		for call in getattr(function, "decorator_list", ()):
			if ast.unparse(call).startswith("event_streaming.command("):
				options = [d for d in function.decorator_list if ast.unparse(d).startswith("click.option(")]
				found[call.args[0].value] = {option.args[0].value for option in options}
	return found


def test_each_command_has_a_line_with_its_options():
	lines = re.findall(r"^\| `(\w+)[^`]*` \|(.*)$", section("Commands"), re.M)
	told = {name: set(re.findall(r"`(--[\w-]+)", rest)) for name, rest in lines}
	assert len(commands()) > 5
	assert told == commands()


def test_each_fault_has_a_line():
	kinds = [call.args[0] for call in calls("monitoring/faults.py", "Fault")]
	names = {(kind.left if isinstance(kind, ast.BinOp) else kind).value.rstrip(": ") for kind in kinds}
	assert len(names) > 8
	assert set(re.findall(r"^\| ([A-Z][\w ]+) \|", section("Alerts"), re.M)) - {"Fault"} == names


def test_each_figure_for_monitoring_is_named():
	code = (PACKAGE / "monitoring" / "openmetrics.py").read_text()
	figures = set(re.findall(r"\bevent_streaming_\w+", code))
	assert len(figures) > 10
	told = {
		name.removesuffix("_total") for name in re.findall(r"`(event_streaming_\w+)`", section("Monitoring"))
	}
	assert told == figures
