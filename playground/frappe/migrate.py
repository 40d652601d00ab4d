"""Bringing a site up to date with the code of its apps."""

import json
import os

import frappe
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)

PRE_MODEL_SYNC, POST_MODEL_SYNC = "[pre_model_sync]", "[post_model_sync]"
EXECUTED = "executed_patches"  # Frappe keeps these as Patch Log documents


def migrate() -> None:
	"""In Frappe's order: the patches before the DocTypes, the DocTypes, the patches after them, jobs, hooks."""
	from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
	from frappe.model.sync import sync_for

	frappe.flags.in_migrate = True
	try:
		frappe.clear_cache()
		run_patches(PRE_MODEL_SYNC)
		for app in frappe.get_installed_apps():
			sync_for(app)
		run_patches(POST_MODEL_SYNC)
		sync_jobs()
		for app in frappe.get_installed_apps():
			for method in frappe.get_hooks("after_migrate", app_name=app):
				frappe.get_attr(method)()
		frappe.db.commit()
		frappe.clear_cache()
	finally:
		frappe.flags.in_migrate = False


def run_patches(section: str) -> None:
	"""Those of a section of each app's `patches.txt` that have not run on this site, each in its own transaction."""
	for app in frappe.get_installed_apps():
		for patch in patches_of(app).get(section, []):
			if patch not in _executed():
				frappe.flags.in_patch = True
				frappe.get_attr(f"{patch}.execute")()
				frappe.flags.in_patch = False
				_note([*_executed(), patch])


def skip_patches(app: str) -> None:
	"""A site on which the app is just installed needs none of them."""
	_note([*_executed(), *(patch for section in patches_of(app).values() for patch in section)])


def patches_of(app: str) -> dict[str, list[str]]:
	section, found = PRE_MODEL_SYNC, {}
	for line in frappe.get_file_items(os.path.join(frappe.get_app_path(app), "patches.txt")):
		if line.startswith("["):
			section = line
		else:
			found.setdefault(section, []).append(line.split("#")[0].strip())
	return found


def _executed() -> list[str]:
	return json.loads(frappe.db.get_global(EXECUTED) or "[]")


def _note(patches: list[str]) -> None:
	frappe.db.set_global(EXECUTED, json.dumps(patches))
	frappe.db.commit()
