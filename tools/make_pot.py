"""Writes event_streaming/locale/main.pot: all that this app says, for translators.

The same as `bench generate-pot-file --app event_streaming`, but for a checkout that need not be on the bench:

	~/frappe-bench/env/bin/python tools/make_pot.py            # with the Python of any bench
	~/frappe-bench/env/bin/python tools/make_pot.py --check    # writes nothing; ends with 1 if the file is stale
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
POT = CHECKOUT / "event_streaming" / "locale" / "main.pot"
CHANGING = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By")


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--check", action="store_true")
	check = parser.parse_args().check
	text = generate()
	if not check:
		POT.parent.mkdir(exist_ok=True)
		POT.write_text(text)
		print(f"{POT}: {text.count(chr(10) + 'msgid ')} texts")
		return 0
	stale = not POT.exists() or messages(POT.read_text()) != messages(text)
	if stale:
		print(f"{POT} is stale: run {sys.executable} tools/make_pot.py")
	return int(stale)


def generate() -> str:
	sys.path.insert(0, str(CHECKOUT))
	with tempfile.TemporaryDirectory() as folder:
		sites = Path(folder) / "sites"
		sites.mkdir()
		(sites / "apps.txt").write_text("frappe\nevent_streaming\n")
		os.chdir(sites)
		return _generate(sites, Path(folder) / "main.pot")


def _generate(sites: Path, file: Path) -> str:
	import frappe
	from frappe.gettext import translate

	frappe.init("", sites_path=str(sites))
	translate.get_pot_path = lambda app: file
	translate.generate_pot("event_streaming")
	lines = file.read_text().splitlines()
	return (
		"\n".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in CHANGING)))
		+ "\n"
	)


def messages(text: str) -> list[str]:
	"""Without the places where they stand, which change with every line."""
	return [line for line in text.splitlines() if line and not line.startswith("#")]


if __name__ == "__main__":
	sys.exit(main())
