"""Apps: which are installed on the site, their hooks and modules, and functions found by their dotted name."""

import importlib
import inspect
import json
import os
import types
from collections.abc import Callable
from typing import Any

import frappe
from frappe.exceptions import AppNotInstalledError
from frappe.playground.context import local
from frappe.types.frappedict import _dict
from frappe.utils.caching import request_cache


def get_all_apps(with_internal_apps: bool = True, sites_path: str | None = None) -> list[str]:
	"""Apps that sites of this folder can install, from `apps.txt`; `frappe` first."""
	apps = get_file_items(os.path.join(sites_path or local.sites_path, "apps.txt"), raise_not_found=True)
	return ["frappe", *(app for app in apps if app != "frappe")]


@request_cache
def get_installed_apps(*, _ensure_on_bench: bool = False) -> list[str]:
	if local.flags.in_install_db:
		return []  # a new site, without tables
	if not getattr(local, "db", None):
		frappe.connect()
	installed = json.loads(local.db.get_global("installed_apps") or "[]")
	if _ensure_on_bench:
		known = frappe.cache.get_value("all_apps", get_all_apps)
		installed = [app for app in installed if app in known]
	return installed


def get_hooks(
	hook: str | None = None, default: Any = "_KEEP_DEFAULT_LIST", app_name: str | None = None
) -> Any:
	"""What the apps' `hooks.py` say under this name, collected into lists."""
	if app_name:
		hooks = _dict(_load_app_hooks(app_name))
	elif local.conf.developer_mode:
		hooks = _dict(_load_app_hooks())
	else:
		hooks = _dict(frappe.cache.get_value("app_hooks", _load_app_hooks))
	if not hook:
		return hooks
	return hooks.get(hook, [] if default == "_KEEP_DEFAULT_LIST" else default)


@request_cache
def _load_app_hooks(app_name: str | None = None) -> dict:
	hooks: dict = {}
	for app in [app_name] if app_name else get_installed_apps(_ensure_on_bench=True):
		module = importlib.import_module(f"{app}.hooks")
		for key, value in inspect.getmembers(module):
			if not key.startswith("_") and not isinstance(
				value, types.ModuleType | types.FunctionType | type
			):
				append_hook(hooks, key, value)
	return hooks


def append_hook(target: dict, key: str, value: Any) -> None:
	if isinstance(value, dict):
		inner = target.setdefault(key, {})
		for inner_key, inner_value in value.items():
			append_hook(inner, inner_key, inner_value)
	else:
		target.setdefault(key, []).extend(value if isinstance(value, list) else [value])


def get_doc_hooks() -> dict[str, dict[str, list[str]]]:
	"""`doc_events` of all apps by DocType; a tuple of DocTypes counts for each of them."""
	if not hasattr(local, "doc_events_hooks"):
		out: dict = {}
		for doctypes, events in get_hooks("doc_events", {}).items():
			for doctype in doctypes if isinstance(doctypes, tuple) else [doctypes]:
				append_hook(out, doctype, events)
		local.doc_events_hooks = out
	return local.doc_events_hooks


def setup_module_map(include_all_apps: bool = True) -> None:
	"""Which app each module belongs to."""
	app_modules = frappe.cache.get_value("app_modules")
	if not app_modules:
		app_modules = {
			app: [frappe.scrub(module) for module in get_module_list(app)] for app in get_all_apps()
		}
		frappe.cache.set_value("app_modules", app_modules)
	local.app_modules = app_modules
	local.module_app = {module: app for app, modules in app_modules.items() for module in modules}


def get_module(modulename: str) -> types.ModuleType:
	return importlib.import_module(modulename)


def get_module_list(app_name: str) -> list[str]:
	return get_file_items(get_app_path(app_name, "modules.txt"))


def get_module_path(module: str, *joins: str) -> str:
	app = local.module_app[frappe.scrub(module)]
	return get_pymodule_path(f"{app}.{frappe.scrub(module)}", *joins)


def get_app_path(app_name: str, *joins: str) -> str:
	return get_pymodule_path(app_name, *joins)


def get_pymodule_path(modulename: str, *joins: str) -> str:
	if "public" not in joins:
		joins = tuple(frappe.scrub(part) for part in joins)
	folder = os.path.dirname(get_module(frappe.scrub(modulename)).__file__ or "")
	return os.path.abspath(os.path.join(folder, *joins))


def get_attr(method_string: str) -> Any:
	"""A function by its dotted name, of an installed app only."""
	app = method_string.split(".", 1)[0]
	installing = local.flags.in_install or local.flags.in_uninstall
	if not installing and app not in get_installed_apps():
		frappe.throw(frappe._("App {0} is not installed").format(app), AppNotInstalledError)
	module, _dot, name = method_string.rpartition(".")
	return getattr(get_module(module), name)


def call(fn: str | Callable, *args: Any, **kwargs: Any) -> Any:
	"""Calls with those of the arguments that the function takes."""
	if isinstance(fn, str):
		fn = get_attr(fn)
	return fn(*args, **get_newargs(fn, kwargs))


def get_newargs(fn: Callable, kwargs: dict[str, Any]) -> dict[str, Any]:
	parameters = inspect.signature(fn).parameters.values()
	takes_all = any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in parameters)
	names = {parameter.name for parameter in parameters}
	out = {key: value for key, value in kwargs.items() if takes_all or key in names}
	out.pop("ignore_permissions", None)  # never from outside
	out.pop("flags", None)
	return out


def get_file_items(path: str, raise_not_found: bool = False, ignore_empty_lines: bool = True) -> list[str]:
	content = read_file(path, raise_not_found=raise_not_found) or ""
	lines = [line.strip() for line in content.strip().splitlines()]
	return [line for line in lines if line and not line.startswith("#")] if ignore_empty_lines else lines


def read_file(path: str, raise_not_found: bool = False) -> str | None:
	if os.path.exists(path):
		with open(path) as file:
			return file.read()
	if raise_not_found:
		raise OSError(f"{path} Not Found")
	return None
