"""What a site says in a language, as Frappe compiles and reads a translation file; run by the Python of a bench.

	~/frappe-bench/env/bin/python support/compiled_texts.py event_streaming/locale/de.po

`bench build` compiles into the bench's own folder, this into one that goes.
"""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from frappe.gettext import translate

APP = "event_streaming"


def compiled_texts(file: Path) -> dict[str, str]:
	with (
		TemporaryDirectory() as folder,
		patch.object(translate, "get_locale_dir", lambda: Path(folder)),
		patch.object(translate, "get_po_dir", lambda _app: file.parent),
		redirect_stdout(sys.stderr),  # Frappe says where it has put what it compiled
	):
		translate._compile_translation(APP, file.stem)
		return translate.get_translations_from_mo(file.stem, APP)


if __name__ == "__main__":
	print(json.dumps(compiled_texts(Path(sys.argv[1]))))
