"""Installing and removing apps, and writing a site's config."""

import json
import os
from typing import Any

import click

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def install_app(name: str, verbose: bool = False, set_as_patched: bool = True, force: bool = False) -> None:
	"""Brings an app's DocTypes into the site and runs its install hooks, in Frappe's order."""
	frappe.flags.in_install = name
	frappe.clear_cache()
	hooks = frappe.get_hooks(app_name=name)
	for required in hooks.required_apps or []:
		install_app(required.rstrip("/").rsplit("/", 1)[-1], verbose=verbose)
	frappe.flags.in_install = name
	frappe.clear_cache()
	if name not in frappe.get_all_apps():
		raise Exception(f"App {name} not in apps.txt")
	if name in frappe.get_installed_apps() and not force:
		click.secho(f"App {name} already installed", fg="yellow")
		frappe.flags.in_install = False
		return
	print(f"\nInstalling {name}...")
	if name != "frappe":
		frappe.only_for("System Manager")
	for before_install in hooks.before_install or []:
		if frappe.get_attr(before_install)() is False:
			return
	_run_hooks("before_app_install", name)
	_install(name, hooks, force, set_as_patched)
	frappe.flags.in_install = False


def _install(name: str, hooks: frappe._dict, force: bool, set_as_patched: bool) -> None:
	from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
	from frappe.migrate import skip_patches
	from frappe.model.sync import sync_for

	if name != "frappe":
		add_module_defs(name, ignore_if_duplicate=force)
	sync_for(name, force=force, reset_permissions=True)
	add_to_installed_apps(name)
	if set_as_patched:
		skip_patches(name)
	for after_install in hooks.after_install or []:
		frappe.get_attr(after_install)()
	_run_hooks("after_app_install", name)
	sync_jobs()
	if hooks.fixtures:
		raise frappe.NotInPlayground("fixtures of an app")
	for after_sync in hooks.after_sync or []:
		frappe.get_attr(after_sync)()


def _run_hooks(event: str, app: str) -> None:
	for method in frappe.get_hooks(event):
		frappe.get_attr(method)(app)


def add_module_defs(app: str, ignore_if_duplicate: bool = False) -> None:
	for module in frappe.get_module_list(app):
		doc = frappe.new_doc("Module Def")
		doc.app_name = app
		doc.module_name = module
		doc.insert(ignore_permissions=True, ignore_if_duplicate=ignore_if_duplicate)


def add_to_installed_apps(app_name: str, rebuild_website: bool = True) -> None:
	installed = frappe.get_installed_apps()
	if app_name not in installed:
		_write_installed_apps([*installed, app_name])


def remove_from_installed_apps(app_name: str) -> None:
	_write_installed_apps([app for app in frappe.get_installed_apps() if app != app_name])


def _write_installed_apps(apps: list[str]) -> None:
	frappe.db.set_global("installed_apps", json.dumps(apps))
	frappe.db.commit()
	frappe.clear_cache()


def remove_app(
	app_name: str, dry_run: bool = False, yes: bool = False, no_backup: bool = False, force: bool = False
) -> None:
	"""Takes an app off the site: its hooks first, then its modules with all DocTypes and tables."""
	if dry_run:
		raise frappe.NotInPlayground("frappe.installer.remove_app(dry_run=True)")
	hooks = frappe.get_hooks(app_name=app_name)
	print(f"Uninstalling App {app_name} from Site {frappe.local.site}...")
	frappe.flags.in_uninstall = True
	for before_uninstall in hooks.before_uninstall or []:
		frappe.get_attr(before_uninstall)()
	_run_hooks("before_app_uninstall", app_name)
	doctypes = []
	for module in frappe.get_all("Module Def", filters={"app_name": app_name}, pluck="name"):
		doctypes += _delete_module(module)
	for doctype in doctypes:
		frappe.delete_doc("DocType", doctype, ignore_on_trash=True, force=True)
		frappe.db.sql_ddl(f'DROP TABLE IF EXISTS "tab{doctype}"')
		frappe.cache.delete_value("db_tables")
	remove_from_installed_apps(app_name)
	frappe.db.commit()
	for after_uninstall in hooks.after_uninstall or []:
		frappe.get_attr(after_uninstall)()
	_run_hooks("after_app_uninstall", app_name)
	frappe.flags.in_uninstall = False


def _delete_module(module: str) -> list[str]:
	"""Deletes what belongs to a module but for the DocTypes with tables, whose names it returns."""
	doctypes = []
	for doctype in frappe.get_all("DocType", filters={"module": module}, fields=["name", "issingle"]):
		if doctype.issingle:
			frappe.delete_doc("DocType", doctype.name, ignore_on_trash=True, force=True)
		else:
			doctypes.append(doctype.name)
	for field in frappe.get_all(
		"DocField", {"fieldtype": "Link", "options": "Module Def"}, ["parent", "fieldname"]
	):
		if field.parent != "DocType":
			for record in frappe.get_all(field.parent, {field.fieldname: module}, pluck="name"):
				frappe.delete_doc(field.parent, record, ignore_on_trash=True, force=True)
	frappe.delete_doc("Module Def", module, ignore_on_trash=True, force=True)
	return doctypes


def update_site_config(
	key: str, value: Any, validate: bool = True, site_config_path: str | None = None
) -> None:
	"""Writes one setting; None and "None" take it out."""
	path = site_config_path or os.path.join(frappe.local.site_path, "site_config.json")
	config = frappe.get_file_json(path)
	if validate:
		value = (
			{"false": False, "true": True}.get(str(value).lower(), value)
			if not isinstance(value, int)
			else value
		)
	if value is None or value == "None":
		config.pop(key, None)
	else:
		config[key] = value
	with open(path + ".new", "w") as file:
		json.dump(config, file, indent=1, sort_keys=True)
	os.replace(path + ".new", path)
	if hasattr(frappe.local, "conf"):
		frappe.local.conf[key] = value
