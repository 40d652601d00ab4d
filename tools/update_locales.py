"""Brings each event_streaming/locale/*.po up to main.pot: what is no longer said goes, what is not translated yet is counted.

	python tools/update_locales.py                       # all of them; needs Babel, as in tests/requirements.txt
	python tools/update_locales.py de --list             # also prints what is missing, as JSON
	python tools/update_locales.py de --add texts.json   # {text: translation}; also for a language that has no file yet

A file has only what is translated: Frappe shows the rest in English. Where a text stands says main.pot. What versions of
Babel write differently (flags, plural forms) isn't written, or stays as it is.
"""

import argparse
import json
import sys
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).resolve().parent.parent / "event_streaming" / "locale"
HEADER = """# {name} translation of Event Streaming.
# This file is distributed under the same license as the Event Streaming project.
msgid ""
msgstr ""
"Project-Id-Version: Event Streaming\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def main() -> int:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("languages", nargs="*")
	parser.add_argument("--list", action="store_true")
	parser.add_argument("--add", type=Path, nargs="+", default=[])
	given = parser.parse_args()
	if given.add and len(given.languages) != 1:
		parser.error("--add needs one language")
	added = {text: said for file in given.add for text, said in json.loads(file.read_text()).items()}
	missing = {
		language: update(language, added)
		for language in given.languages or sorted(file.stem for file in LOCALE.glob("*.po"))
	}
	for language, texts in missing.items():
		print(f"{language}: {len(texts)} missing", file=sys.stderr)
		if given.list:
			print(json.dumps(dict.fromkeys(texts, ""), indent="\t", ensure_ascii=False))
	return int(any(missing.values()))


def update(language: str, added: dict[str, str]) -> list[str]:
	"""
	:param added: translations by text; they count more than those of the file
	:return: the texts that have no translation now
	"""
	file = LOCALE / f"{language}.po"
	before = read(file) if file.exists() else Catalog(locale=language)
	said = translations(before) | added
	texts = sorted(translations(read(LOCALE / "main.pot")))
	catalog = Catalog()
	for text in texts:
		if said.get(text):
			catalog.add(text, said[text]).flags.clear()
	with file.open("wb") as content:
		name = Locale.parse(language).english_name
		content.write(HEADER.format(name=name, language=language, plurals=before.plural_forms).encode())
		write_po(content, catalog, width=None, omit_header=True)
	return [text for text in texts if not said.get(text)]


def read(file: Path) -> Catalog:
	with file.open("rb") as content:
		return read_po(content)


def translations(catalog: Catalog) -> dict[str, str]:
	return {message.id: message.string for message in catalog if message.id}


if __name__ == "__main__":
	sys.exit(main())
