"""The architecture is a file that fails: who may import whom stands in pyproject.toml, and import-linter reads it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.backend import CHECKOUT

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
FOLDERS = [CHECKOUT / "event_streaming", CHECKOUT, CHECKOUT / "tests"]
ARCHITECTURE = CHECKOUT / "docs" / "architecture.md"


def lint(folder: Path) -> subprocess.CompletedProcess:
	return subprocess.run(
		[sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, check=False
	)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
	"""Of the app, to be spoiled."""
	shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
	shutil.copytree(CHECKOUT / "event_streaming", tmp_path / "event_streaming", symlinks=True)
	return tmp_path


def test_the_contract_is_kept():
	done = lint(CHECKOUT)
	assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
	("module", "line"),
	[
		("document/values.py", "def late(): from event_streaming.consumer import jobs"),
		(
			"consumer/identity/register.py",
			"if TYPE_CHECKING: from event_streaming.consumer.replay import batch",
		),
		("consumer/pull/lane_pool.py", "from event_streaming.consumer.pull import pull"),
		("producer/capture.py", "def late(): import requests"),
	],
)
def test_an_import_that_runs_up_or_round_is_found(copy, module, line):
	with open(copy / "event_streaming" / module, "a") as file:
		file.write(f"\n{line}\n")
	done = lint(copy)
	assert done.returncode == 1 and "BROKEN" in done.stdout, done.stdout + done.stderr


def test_the_modules_that_the_architecture_names_are_there():
	text = ARCHITECTURE.read_text()
	files = set(re.findall(r"`((?:\w+/)+(?:\w+\.py)?|\w+\.py)`", text))
	missing = [file for file in files if not any((folder / file).exists() for folder in FOLDERS)]
	assert len(files) > 20 and not missing, missing


def test_the_tests_that_the_architecture_names_are_there():
	named = set(re.findall(r"`([Tt]est_?\w+)`", ARCHITECTURE.read_text()))
	folders = (CHECKOUT / "tests", CHECKOUT / "event_streaming")
	sources = "\n".join(file.read_text() for folder in folders for file in folder.rglob("test_*.py"))
	missing = [name for name in named if not re.search(rf"(def|class) {name}", sources)]
	assert len(named) > 5 and not missing, missing


NOT_ON_A_REQUEST = (
	r"conf\.event_streaming_\w+|(?<=from )event_streaming[\w.]+|(?<=import )event_streaming[\w.]+"
)


def test_what_hangs_on_a_request_is_listed_with_who_touches_it():
	name = re.compile(
		r"(?<!doctype)\.(event_streaming_\w+)|\"(event_streaming_(?:metas|link|changed|consumed|retry_after|row_before))\""
	)
	touched: dict[str, set[str]] = {}
	for file in (CHECKOUT / "event_streaming").rglob("*.py"):
		if (
			"tests" not in file.parts
			and not file.name.startswith("test_")
			and file.name != "frappe_internals.py"
		):
			for found in name.finditer(re.sub(NOT_ON_A_REQUEST, "", file.read_text())):
				place = str(file.relative_to(CHECKOUT / "event_streaming"))
				touched.setdefault(found[1] or found[2], set()).add(place)
	rows = re.findall(
		r"^\| `[\w.]+\.(event_streaming_\w+)` \| (.+?) \| (.+?) \|", ARCHITECTURE.read_text(), re.M
	)
	listed = {row[0]: set(re.findall(r"`([^`]+)`", row[1] + row[2])) for row in rows}
	assert listed == touched
