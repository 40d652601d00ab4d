"""Runs the audit and keeps its table of findings in docs/security.md: `python tools/audit/audit.py FOLDER [--write]`.

FOLDER is an environment with tools/audit/requirements.txt in it. Each finding needs its reason to stay in
tools/audit/reasons.toml, and each reason its finding. Without --write, the audit fails where the page is not current.
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

try:
	import tomllib
except ModuleNotFoundError:  # Python 3.10
	import tomli as tomllib

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
PACKAGE = "event_streaming"
PAGE = CHECKOUT / "docs" / "security.md"
REASONS = HERE / "reasons.toml"
FINDINGS = HERE / "findings.json"
BEGIN, END = "<!-- findings: begin, written by make audit -->", "<!-- findings: end -->"

Findings = dict[str, list[str]]  # "tool: rule" -> files of the package


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("environment", type=Path)
	parser.add_argument("--write", action="store_true")
	options = parser.parse_args()
	findings = run(options.environment / "bin")
	if options.write:
		FINDINGS.write_text(json.dumps(findings, indent=1, sort_keys=True) + "\n")
		PAGE.write_text(with_table(PAGE.read_text(), table(findings, reasons())))
	problems = check(findings, PAGE.read_text())
	print("\n".join(problems) or "Each finding has its reason, and docs/security.md is current.")
	return int(bool(problems))


def run(programs: Path) -> Findings:
	"""What the tools find in the package, without its tests."""
	found: dict[str, set[str]] = defaultdict(set)
	for tool, read in (("bandit", bandit), ("semgrep", semgrep), ("frapast", frapast)):
		for rule, file in read(programs):
			found[f"{tool}: {rule}"].add(file.split(f"{PACKAGE}/", 1)[-1])
	return {rule: sorted(files) for rule, files in sorted(found.items())}


def bandit(programs: Path) -> list[tuple[str, str]]:
	command = [programs / "bandit", "-q", "-f", "json", "-r", PACKAGE, "-x", f"{PACKAGE}/tests"]
	return [
		(f"{one['test_id']} {one['test_name']}", one["filename"])
		for one in told(command)["results"]
		if is_audited(one["filename"])
	]


def semgrep(programs: Path) -> list[tuple[str, str]]:
	command = [
		programs / "semgrep", "scan", "--json", "--quiet", "--metrics=off", "--disable-version-check",
		"--config", HERE / "frappe.yml", "--exclude", "tests", "--exclude", "test_*.py", PACKAGE,
	]  # fmt: skip
	return [(one["check_id"].rsplit(".", 1)[-1], one["path"]) for one in told(command)["results"]]
