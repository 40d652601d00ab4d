"""The texts of presets for translators: presets are JSON, and what they say is shown translated.

`babel_extractors.csv` names `extract`; an app with presets of its own can name it in its file, too.
"""

import json
from collections.abc import Collection, Iterator
from typing import IO


def extract(
	fileobj: IO[bytes], keywords: Collection, comment_tags: Collection, options: dict
) -> Iterator[tuple[int, str, str, list[str]]]:
	"""Babel's extraction method for a preset's file."""
	for text, comment in _texts(json.load(fileobj)):
		yield 1, "_", text, [comment]


def _texts(preset: dict) -> Iterator[tuple[str, str]]:
	name = preset["name"]
	yield name, "Name of a preset"
	if preset.get("description"):
		yield preset["description"], f"Description of the preset '{name}'"
	for row in preset.get("not") or []:
		yield row["why"], f"Why the preset '{name}' leaves out {row['ref_doctype']}"
	for remark in preset.get("remarks") or []:
		yield remark, f"Remark of the preset '{name}'"
