"""Making sites: a folder, a config, a database file with the framework's own DocTypes, roles and users."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.controllers import DOCTYPES_FOR_DOCTYPE

FOLDERS = ("db", "logs", "locks", "private/files", "public/files")
ROLES = ("Administrator", "System Manager", "Guest", "All", "Desk User")
WITHOUT_DESK = ("Guest", "All")
SETTINGS = {"time_zone": "UTC", "enable_scheduler": 1}


def prepare_sites_folder(sites: str, apps: list[str] | None = None) -> None:
	"""Makes the folder what a bench's `sites` is: `apps.txt` and a common config."""
	os.makedirs(sites, exist_ok=True)
	apps_file = os.path.join(sites, "apps.txt")
	known = frappe.get_file_items(apps_file)
	missing = [app for app in ["frappe", *(apps or [])] if app not in known]
	if missing:
		with open(apps_file, "w") as file:
			file.write("\n".join([*known, *missing]) + "\n")
	config = os.path.join(sites, "common_site_config.json")
	if not os.path.exists(config):
		write_json(config, {})


def write_json(path: str, values: dict) -> None:
	with open(path + ".new", "w") as file:
		json.dump(values, file, indent=1, sort_keys=True)
	os.replace(path + ".new", path)


def new_site(
	name: str, sites: str, admin_password: str = "admin", force: bool = False, **config: Any
) -> None:
	"""A site with nothing but the framework.

	:raises FileExistsError: there is one, and not `force`
	"""
	prepare_sites_folder(sites)
	folder = os.path.join(sites, name)
	if os.path.exists(folder):
		if not force:
			raise FileExistsError(f"Site {name} already exists")
		drop_site(name, sites)
	for part in FOLDERS:
		os.makedirs(os.path.join(folder, part))
	database = "_" + hashlib.sha1(os.path.abspath(folder).encode(), usedforsecurity=False).hexdigest()[:16]
	values = {
		"db_name": database,
		"db_type": "sqlite",
		"db_password": frappe.generate_hash(length=16),
		**config,
	}
	write_json(os.path.join(folder, "site_config.json"), values)
	with site(name, sites):
		_install_framework(admin_password)


def drop_site(name: str, sites: str) -> None:
	"""Deletes the site's folder and forgets what is cached of it."""
	with site(name, sites):
		frappe.cache.delete_keys("")
	shutil.rmtree(os.path.join(sites, name))
	frappe.controllers.pop(name, None)


@contextmanager
def site(name: str, sites: str) -> Iterator[None]:
	"""Works on a site as Administrator. What isn't committed is rolled back."""
	frappe.init(site=name, sites_path=sites, force=True)
	try:
		frappe.connect()
		yield
	finally:
		frappe.destroy()


def _install_framework(admin_password: str) -> None:
	frappe.flags.in_install = "frappe"
	frappe.flags.in_install_db = True
	frappe.cache.delete_keys("")
	frappe.setup_module_map()
	frappe.db.create_framework_tables()
	_create_special_doctypes()
	from frappe.installer import add_to_installed_apps
	from frappe.model.sync import sync_for

	sync_for("frappe", force=1)
	frappe.flags.in_install_db = False
	frappe.clear_cache()
	add_to_installed_apps("frappe")
	_add_records(admin_password)
	frappe.flags.in_install = False
	frappe.db.commit()


def _create_special_doctypes() -> None:
	"""Tables of the DocTypes that DocTypes are made of: no DocType can be saved before they are there."""
	for doctype in sorted(DOCTYPES_FOR_DOCTYPE):
		frappe.db.updatedb(doctype, frappe.get_meta(doctype, cached=False))
	frappe.clear_cache()


def _add_records(admin_password: str) -> None:
	from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
	from frappe.utils.password import update_password

	settings = frappe.get_doc("System Settings")
	settings.update(SETTINGS)
	settings.save()
	for module in frappe.get_module_list("frappe"):
		_insert("Module Def", module_name=module, app_name="frappe")
	for role in ROLES:
		_insert("Role", role_name=role, desk_access=int(role not in WITHOUT_DESK))
	roles = [{"role": role} for role in ("Administrator", "System Manager")]
	_insert(
		"User",
		is_admin=1,
		first_name="Administrator",
		email="admin@example.com",
		user_type="System User",
		roles=roles,
	)
	_insert("User", is_guest=1, first_name="Guest", email="guest@example.com", user_type="Website User")
	update_password("Administrator", admin_password)
	sync_jobs()


def _insert(doctype: str, **values: Any) -> None:
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.insert(ignore_permissions=True, ignore_links=True)
