"""Controllers of Frappe's DocTypes that do nothing that is needed here: made up where there is a JSON file and no module."""

import json
import re
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

FRAPPE = Path(__file__).parents[1]
CONTROLLER = re.compile(r"frappe\.(\w+)\.doctype\.(\w+)\.\2")


class PlainControllers(MetaPathFinder, Loader):
	def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
		found = CONTROLLER.fullmatch(fullname)
		if found and _definition(*found.groups()).exists():
			return spec_from_loader(fullname, self)
		return None

	def exec_module(self, module: ModuleType) -> None:
		from frappe.model.document import Document

		found = CONTROLLER.fullmatch(module.__name__)
		assert found
		name = json.loads(_definition(*found.groups()).read_text())["name"].replace(" ", "").replace("-", "")
		setattr(module, name, type(name, (Document,), {"__module__": module.__name__}))


def _definition(module: str, doctype: str) -> Path:
	return FRAPPE / module / "doctype" / doctype / f"{doctype}.json"


sys.meta_path.append(PlainControllers())  # asked last: a module that is there comes first
