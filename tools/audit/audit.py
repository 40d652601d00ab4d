"""Runs the audit and keeps its table of findings in docs/security.md: `python tools/audit/audit.py FOLDER [--write]`.

FOLDER is an environment with tools/audit/requirements.txt in it. Each finding needs its reason to stay in
tools/audit/reasons.toml, and each reason its finding. Without --write, the audit fails where the page is not current.
"""

import argparse
import json
import re
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
ACCEPTED = re.compile(r"(#|//) nosemgrep -- \w+")
UNMARKED = " without “nosemgrep -- why”"
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
	"""What the tools find in the package; all but prefly leave its tests out."""
	found: dict[str, set[str]] = defaultdict(set)
	for tool, read in TOOLS.items():
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
	"""What is accepted says so, and why, on its line or the one above; what doesn't counts as another rule, which has no reason."""
	command = [
		programs / "semgrep", "scan", "--json", "--quiet", "--metrics=off", "--disable-version-check", "--disable-nosem",
		"--config", HERE / "frappe.yml", "--exclude", "tests", "--exclude", "test_*.py", PACKAGE,
	]  # fmt: skip
	return [
		(one["check_id"].rsplit(".", 1)[-1] + ("" if is_accepted(one) else UNMARKED), one["path"])
		for one in told(command)["results"]
	]


def is_accepted(finding: dict) -> bool:
	lines = (CHECKOUT / finding["path"]).read_text().splitlines()
	line = finding["start"]["line"]
	return any(ACCEPTED.search(text) for text in lines[max(line - 2, 0) : line])


def frapast(programs: Path) -> list[tuple[str, str]]:
	command = [programs / "frapast", "scan", CHECKOUT / PACKAGE, "--format", "json"]
	return [
		(one["rule_id"], f"{PACKAGE}/{one['file']}")
		for one in told(command)["candidates"]
		if is_audited(one["file"])
	]


def prefly(programs: Path) -> list[tuple[str, str]]:
	"""What the newest released Frappe removed, moved or is about to remove."""
	command = [
		programs / "preflight",
		"--path",
		CHECKOUT,
		"--target",
		"v16",
		"--fail-on",
		"never",
		"--format",
		"json",
	]
	return [(one["rule"], one["file"].removeprefix(f"{PACKAGE}/")) for one in told(command)["findings"]]


TOOLS = {"bandit": bandit, "semgrep": semgrep, "frapast": frapast, "prefly": prefly}


def told(command: list) -> dict:
	"""
	:raises SystemExit: the tool says nothing that can be read
	"""
	done = subprocess.run(
		[str(part) for part in command], cwd=CHECKOUT, capture_output=True, text=True, check=False
	)
	try:
		return json.loads(done.stdout)
	except ValueError:
		raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}") from None


def is_audited(file: str) -> bool:
	path = Path(file)
	return "tests" not in path.parts and not path.name.startswith("test_")


def reasons() -> dict[str, dict]:
	"""By "tool: rule": `what` it is in words, `why` it stays, `files` in which."""
	return tomllib.loads(REASONS.read_text())


def check(findings: Findings, page: str) -> list[str]:
	"""What is not in order, a sentence each."""
	known = reasons()
	problems = []
	for rule, files in findings.items():
		unexplained = sorted(set(files) - set(known.get(rule, {}).get("files", ())))
		problems += [
			f"{rule} in {file}: fix it, or say in {REASONS.name} why it stays." for file in unexplained
		]
	for rule, reason in known.items():
		gone = sorted(set(reason["files"]) - set(findings.get(rule, ())))
		problems += [
			f"{rule} in {file} is not found any more: take it out of {REASONS.name}." for file in gone
		]
	if page != with_table(page, table(findings, known)):
		problems.append("The table in docs/security.md is not current: run make audit WRITE=1.")
	return problems


def table(findings: Findings, known: dict[str, dict]) -> str:
	lines = ["| Finding | Where | Why it stays |", "|---|---|---|"]
	for rule, files in findings.items():
		reason = known.get(rule, {})
		where = ", ".join(f"`{file}`" for file in files)
		lines.append(f"| {reason.get('what', '?')} ({rule}) | {where} | {reason.get('why', '?')} |")
	return "\n".join(lines)


def with_table(page: str, text: str) -> str:
	before, _begin, rest = page.partition(BEGIN)
	_old, end, after = rest.partition(END)
	if not end:
		raise SystemExit(f"{PAGE} has no place for the table: {BEGIN} … {END}")
	return f"{before}{BEGIN}\n{text}\n{END}{after}"


if __name__ == "__main__":
	sys.exit(main())
