"""The site in hand: its config, its connection, its user. All of it lives in `frappe.local`."""

import json
import os
from typing import Any

from werkzeug.local import Local, release_local

import frappe
from frappe.exceptions import IncorrectSitePath
from frappe.types.frappedict import _dict

local = Local()


def init(site: str, sites_path: str = ".", new_site: bool = False, force: bool = False) -> None:
	"""Starts afresh with `site` ('' for none): config and caches, no connection yet."""
	if getattr(local, "initialized", None) and not force:
		return
	local.site = site
	local.sites_path = sites_path
	local.site_path = os.path.join(sites_path, site)
	local.flags = _dict(
		currently_saving=[], new_site=new_site, in_import=False, in_test=False, read_only=False
	)
	local.conf = get_site_config()
	_reset_log()
	_reset_caches()
	local.response = _dict(docs=[])
	local.session = _dict()
	local.form_dict = _dict()
	local.request_ip = None
	local.task_id = None
	local.lang = local.conf.lang or "en"
	local.dev_server = 0
	local.qb = _get_query_builder()
	if not frappe.cache:
		from frappe.utils.redis_wrapper import setup_cache

		frappe.cache = setup_cache()
	if site:
		frappe.setup_module_map()
	local.initialized = True


def _reset_log() -> None:
	local.error_log = []
	local.message_log = []
	local.debug_log = []


def _reset_caches() -> None:
	local.cache = {}
	local.role_permissions = {}
	local.valid_columns = {}
	local.new_doc_templates = {}
	local.locked_documents = []
	local.user = None
	local.user_perms = None


def _get_query_builder() -> Any:
	from frappe.query_builder.builder import SQLite

	return SQLite


def connect(site: str | None = None, db_name: str | None = None, set_admin_as_user: bool = True) -> None:
	from frappe.database import get_db

	if site:
		init(site)
	assert db_name or local.conf.db_name, "site must be fully initialized, db_name missing"
	local.db = get_db(cur_db_name=local.conf.db_name or db_name)
	if set_admin_as_user:
		set_user("Administrator")


def destroy() -> None:
	if db := getattr(local, "db", None):
		db.close()
	release_local(local)


class init_site:
	"""Context manager: a site, or with no name the sites' common config alone."""

	def __init__(self, site: str | None = None):
		self.site = site or ""

	def __enter__(self) -> Local:
		init(self.site)
		return local

	def __exit__(self, *_exception: Any) -> None:
		destroy()


def set_user(username: str) -> None:
	"""Acts as this user from here on. Forgets what was cached for the one before, and the request's arguments."""
	local.session.user = username
	local.session.sid = username
	local.session.data = _dict()
	local.form_dict = _dict()
	local.cache = {}
	local.role_permissions = {}
	local.new_doc_templates = {}
	local.user_perms = None


def get_site_config(sites_path: str | None = None, site_path: str | None = None) -> _dict:
	"""`site_config.json` over `common_site_config.json`, completed with defaults."""
	sites_path = sites_path or getattr(local, "sites_path", None) or "."
	site_path = site_path or getattr(local, "site_path", None)
	config = get_common_site_config(sites_path)
	path = os.path.join(site_path, "site_config.json") if site_path else ""
	if path and os.path.exists(path):
		config.update(get_file_json(path))
	elif local.site and not local.flags.new_site:
		raise IncorrectSitePath(f"{local.site} does not exist")
	config["redis_queue"] = (
		os.environ.get("FRAPPE_REDIS_QUEUE") or config.redis_queue or "redis://127.0.0.1:11311"
	)
	config["redis_cache"] = (
		os.environ.get("FRAPPE_REDIS_CACHE") or config.redis_cache or "redis://127.0.0.1:13311"
	)
	config["db_type"] = "sqlite"
	return config


def get_common_site_config(sites_path: str | None = None) -> _dict:
	path = os.path.join(sites_path or local.sites_path, "common_site_config.json")
	return _dict(get_file_json(path)) if os.path.exists(path) else _dict()


def get_conf(site: str | None = None) -> _dict:
	if hasattr(local, "conf"):
		return local.conf
	with init_site(site):
		return local.conf


def get_file_json(path: str) -> Any:
	with open(path) as file:
		return json.load(file)


def get_site_path(*joins: str) -> str:
	return os.path.join(local.site_path, *joins)
