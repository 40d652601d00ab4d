"""docs/security.md tells of each finding of the audit why it stays, and of no other."""

import importlib.util
import json
import subprocess
import sys

import pytest

from support.backend import CHECKOUT

FOLDER = CHECKOUT / "tools" / "audit"
ENVIRONMENT = CHECKOUT / ".venv-audit"


@pytest.fixture(scope="module")
def audit():
	spec = importlib.util.spec_from_file_location("audit", FOLDER / "audit.py")
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


@pytest.fixture(scope="module")
def findings() -> dict:
	"""Of the last `make audit WRITE=1`."""
	return json.loads((FOLDER / "findings.json").read_text())


def test_the_page_has_the_table_of_the_last_audit(audit, findings):
	assert audit.check(findings, audit.PAGE.read_text()) == []


def test_each_file_that_it_names_is_there(audit, findings):
	files = {file for files in findings.values() for file in files}
	assert len(files) > 20
	assert [file for file in files if not (CHECKOUT / audit.PACKAGE / file).exists()] == []


def test_a_finding_without_a_reason_and_a_reason_without_a_finding_are_told(audit, findings):
	[rule, *_others] = findings
	page = audit.PAGE.read_text()
	one_more = {**findings, rule: [*findings[rule], "api_of_tomorrow.py"]}
	assert any("api_of_tomorrow.py: fix it" in problem for problem in audit.check(one_more, page))
	one_less = {other: files for other, files in findings.items() if other != rule}
	assert any("is not found any more" in problem for problem in audit.check(one_less, page))
	assert any("not current" in problem for problem in audit.check(one_less, page))


@pytest.mark.skipif(not ENVIRONMENT.exists(), reason="make audit has not been run here")
def test_the_tools_find_what_they_found_then():
	done = subprocess.run(
		[sys.executable, FOLDER / "audit.py", ENVIRONMENT], capture_output=True, text=True, check=False
	)
	assert done.returncode == 0, done.stdout + done.stderr
