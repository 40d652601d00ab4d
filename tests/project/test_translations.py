"""All that the app says can be translated: locale/main.pot has every text, and only these."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from event_streaming.desk import preset_texts
from support.backend import CHECKOUT

PACKAGE = CHECKOUT / "event_streaming"
POT = PACKAGE / "locale" / "main.pot"
FIX = "run tools/make_pot.py with a bench's Python"
CALL = re.compile(r"""\b__\(\s*(["'])((?:\\.|(?!\1).)+)\1""")
SHOWN = ("label", "description")
OF_FRAPPE = {"Home"}  # what Frappe translates itself, v15 and v16


def known() -> set[str]:
	"""The texts of the file; a text of many lines is written as several strings."""
	found = re.findall(r'^msgid ((?:"(?:\\.|[^"\\])*"\n)+)', POT.read_text(), re.M)
	return {"".join(json.loads(part) for part in text.splitlines()) for text in found}


def sources(pattern: str) -> Iterator[Path]:
	return (file for file in sorted(PACKAGE.rglob(pattern)) if "tests" not in file.parts)


def texts_of_python(file: Path) -> Iterator[str]:
	for node in ast.walk(ast.parse(file.read_text())):
		if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_" and node.args:
			if isinstance(node.args[0], ast.Constant):
				yield node.args[0].value


def texts_of_script(file: Path) -> Iterator[str]:
	for quote, text in CALL.findall(file.read_text()):
		yield json.loads(f'"{text}"') if quote == '"' else text.replace("\\'", "'")


def texts_of_doctype(file: Path) -> Iterator[str]:
	doctype = json.loads(file.read_text())
	if doctype.get("doctype") == "DocType":
		for holder in (doctype, *doctype["fields"]):
			yield from (holder[key] for key in SHOWN if holder.get(key))


def texts_of_sidebar(file: Path) -> Iterator[str]:
	sidebar = json.loads(file.read_text())
	yield from (sidebar["title"], *(item["label"] for item in sidebar["items"]))


def texts_of_preset(file: Path) -> Iterator[str]:
	with file.open("rb") as content:
		yield from (text for _line, _call, text, _comments in preset_texts.extract(content, (), (), {}))


@pytest.mark.parametrize(
	("pattern", "texts_of"),
	[
		("*.py", texts_of_python),
		("*.js", texts_of_script),
		("*/doctype/*/*.json", texts_of_doctype),
		("presets/*.json", texts_of_preset),
	],
)
def test_every_text_can_be_translated(pattern, texts_of):
	texts = {text for file in sources(pattern) for text in texts_of(file)}
	assert len(texts) > 20
	assert texts - known() == set(), FIX


def test_the_sidebars_labels_are_texts_of_something_else():
	"""Frappe v15 takes none out of a sidebar's file, v16 all: babel_extractors.csv leaves it out for both."""
	texts = {text for file in sources("workspace_sidebar/*.json") for text in texts_of_sidebar(file)}
	assert len(texts) > 20
	assert texts - known() == OF_FRAPPE


@pytest.mark.bench
def test_the_template_is_as_frappe_makes_it(backend):
	command = [str(backend.python), str(CHECKOUT / "tools" / "make_pot.py"), "--check"]
	done = subprocess.run(command, capture_output=True, text=True, check=False)
	assert done.returncode == 0, done.stdout + done.stderr[-2000:]
