"""Each locale/*.po says all that main.pot says, in its own language and with the same places to fill in."""

import json
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from support.backend import CHECKOUT

LOCALE = CHECKOUT / "event_streaming" / "locale"
FILES = sorted(LOCALE.glob("*.po"))
FIX = "run tools/update_locales.py"

# Filled in or read by a program, so the same in every language: places, tags, marks, and what is typed as it stands.
FIXED = re.compile(
	r"\{\{|\}\}|\{\w*\}|%\(\w+\)[sd]|%[sd]|</?[a-z][^<>]*>|\*\*|`[^`]+`|https?://(?:[\w./:-]*\w)?|\w+_\w+"
)
EDGES = re.compile(r"\A(\s*).*?(\s*)\Z", re.S)
NAMED = re.compile(r"(?<!\*)(\*\*?)([^*]+)\1(?!\*)")

# Of the texts. A language that lacks more is not kept.
MAX_SHARE_MISSING = 0.0

pytestmark = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@cache
def read(file: Path) -> Catalog:
	with file.open("rb") as content:
		return read_po(content, abort_invalid=True)


def messages(file: Path) -> list[Message]:
	return [message for message in read(file) if message.id]


def fixed_parts(text: str) -> Counter[str]:
	return Counter(FIXED.findall(text))


def test_the_header_names_the_language(file):
	assert str(read(file).locale) == file.stem
	assert read(file).charset == "utf-8"


def test_nothing_is_obsolete(file):
	known = {message.id for message in messages(LOCALE / "main.pot")}
	assert [message.id for message in messages(file) if message.id not in known] == [], FIX
	assert not read(file).obsolete, FIX


def test_nothing_is_guessed_or_left_empty(file):
	assert [message.id for message in messages(file) if message.fuzzy or not message.string] == []


def test_next_to_nothing_is_missing(file):
	known = {message.id for message in messages(LOCALE / "main.pot")}
	missing = known - {message.id for message in messages(file)}
	assert len(missing) <= len(known) * MAX_SHARE_MISSING, sorted(missing)


def test_places_tags_and_marks_are_those_of_the_text(file):
	different = {
		message.id: message.string
		for message in messages(file)
		if fixed_parts(message.id) != fixed_parts(message.string)
	}
	assert different == {}


def test_a_text_begins_and_ends_with_the_same_space(file):
	for message in messages(file):
		assert EDGES.match(message.string).groups() == EDGES.match(message.id).groups(), message.id


def test_what_a_text_names_is_called_as_it_is_shown(file):
	shown = {message.id: message.string for message in messages(file)}
	for text, translated in shown.items():
		for _mark, name in NAMED.findall(text):
			if name in shown:
				assert shown[name] in translated, f"{name} is shown as {shown[name]}: {translated}"


@pytest.mark.bench
def test_frappe_reads_what_the_file_says(file, backend):
	command = [str(backend.python), str(CHECKOUT / "support" / "compiled_texts.py"), str(file)]
	done = subprocess.run(command, capture_output=True, text=True, check=False)
	assert done.returncode == 0, done.stderr
	assert json.loads(done.stdout) == {message.id: message.string for message in messages(file)}
