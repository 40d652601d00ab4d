"""Parts of Frappe that the playground leaves out fail by name. Never silently."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

from frappe.exceptions import NotInPlayground

# Frappe v15, whose behavior the playground shows, doesn't have these either: code asks for them to tell v16 apart.
SINCE_V16 = frozenset({"in_test", "client_cache", "lazy_doc", "get_lazy_doc", "get_active_domains_list"})


def module_getattr(module: str) -> Callable[[str], Any]:
	"""A module's `__getattr__`: names what is asked for and is not there."""

	def __getattr__(name: str) -> Any:
		if name.startswith("__") or name in SINCE_V16:
			raise AttributeError(f"module {module!r} has no attribute {name!r}")
		if _is_submodule(module, name):
			return importlib.import_module(f"{module}.{name}")
		raise NotInPlayground(f"{module}.{name}")

	return __getattr__


def _is_submodule(package: str, name: str) -> bool:
	if not hasattr(sys.modules[package], "__path__"):
		return False
	return importlib.util.find_spec(f"{package}.{name}") is not None
