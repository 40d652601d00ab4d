# ruff: noqa: F401, F403, E402, I001, F811
"""A small `frappe`: the part of the framework that Event Streaming and its tests use, on SQLite.

It may do less than Frappe, never otherwise. What is left out raises `NotInPlayground` with its name.
The behavior is that of Frappe v15; the database is one file per site, as on v16 with SQLite.
"""

import functools
import json
import math
import os
import secrets
import sys
from typing import Any

from frappe.exceptions import *
from frappe.playground.context import (
	connect,
	destroy,
	get_common_site_config,
	get_conf,
	get_file_json,
	get_site_config,
	get_site_path,
	init,
	init_site,
	local,
	set_user,
)
from frappe.playground import plain_controllers
from frappe.playground.missing import module_getattr
from frappe.types.frappedict import _dict

__version__ = "15.55.1"
__title__ = "Frappe Framework (playground)"

if not os.environ.get("EVENT_STREAMING_PLAYGROUND"):  # who started it doesn't know, perhaps
	print(
		"This `frappe` is the playground of Event Streaming, not Frappe; see playground/README.md.",
		file=sys.stderr,
	)

STANDARD_USERS = ("Guest", "Administrator")

controllers: dict = {}
cache: Any = None  # the Redis client, once a site was initialized

db: Any = local("db")
qb: Any = local("qb")
conf: Any = local("conf")
form_dict: Any = local("form_dict")
form: Any = form_dict
request: Any = local("request")
job: Any = local("job")
response: Any = local("response")
session: Any = local("session")
user: Any = local("user")
flags: Any = local("flags")
error_log: Any = local("error_log")
debug_log: Any = local("debug_log")
message_log: Any = local("message_log")
lang: Any = local("lang")


def as_unicode(text: Any, encoding: str = "utf-8") -> str:
	if text is None:
		return ""
	return str(text, encoding) if isinstance(text, bytes) else str(text)


def safe_decode(param: Any, encoding: str = "utf-8", fallback_map: dict | None = None) -> Any:
	try:
		return param.decode(encoding)
	except Exception:
		return param  # text already, or bytes that are none


def scrub(txt: str) -> str:
	return as_unicode(txt).replace(" ", "_").replace("-", "_").lower()


def unscrub(txt: str) -> str:
	return txt.replace("_", " ").replace("-", " ").title()


def generate_hash(txt: str | None = None, length: int = 56) -> str:
	length = length or 56
	return secrets.token_hex(math.ceil(length / 2))[:length]


def parse_json(val: Any) -> Any:
	return utils.parse_json(val)


def as_json(obj: Any, indent: int | None = 1, separators: Any = None, ensure_ascii: bool = True) -> str:
	from frappe.utils.response import json_handler

	dump = functools.partial(
		json.dumps,
		indent=indent,
		default=json_handler,
		separators=separators or (",", ": "),
		ensure_ascii=ensure_ascii,
	)
	try:
		return dump(obj, sort_keys=True)
	except TypeError:
		return dump(dict(sorted(obj.items(), key=lambda item: str(item[0]))))  # keys that don't compare


def get_request_header(key: str, default: Any = None) -> Any:
	return request.headers.get(key, default)


def get_traceback(with_context: bool = False) -> str:
	return utils.get_traceback(with_context=with_context)


def get_roles(username: str | None = None) -> list[str]:
	if not local.session or not local.session.user:
		return ["Guest"]
	return permissions.get_roles(username or local.session.user)


def has_permission(
	doctype: str | None = None,
	ptype: str = "read",
	doc: Any = None,
	user: str | None = None,
	throw: bool = False,
	*,
	parent_doctype: str | None = None,
	debug: bool = False,
) -> bool:
	"""Whether the user may; with `throw`, PermissionError if not."""
	doctype = doctype or doc.doctype
	allowed = permissions.has_permission(
		doctype, ptype, doc=doc, user=user, raise_exception=throw, parent_doctype=parent_doctype, debug=debug
	)
	if throw and not allowed:
		label = f"{doctype} {doc if isinstance(doc, str) else doc.name}" if doc else doctype
		local.flags.error_message = _("No permission for {0}").format(label)
		raise PermissionError
	return allowed


def only_has_select_perm(doctype: str, user: str | None = None, ignore_permissions: bool = False) -> bool:
	if ignore_permissions:
		return False
	rights = permissions.get_role_permissions(doctype, user=user or local.session.user)
	return rights.get("select") and not rights.get("read")


def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
	cache_manager.clear(user, doctype)


def enqueue(*args: Any, **kwargs: Any) -> Any:
	"""Runs a function in a worker; see `frappe.utils.background_jobs.enqueue`."""
	from frappe.utils.background_jobs import enqueue

	return enqueue(*args, **kwargs)


def enqueue_doc(*args: Any, **kwargs: Any) -> Any:
	from frappe.utils.background_jobs import enqueue_doc

	return enqueue_doc(*args, **kwargs)


def publish_realtime(*args: Any, **kwargs: Any) -> None:
	from frappe.realtime import publish_realtime

	publish_realtime(*args, **kwargs)


def publish_progress(*args: Any, **kwargs: Any) -> None:
	from frappe.realtime import publish_progress

	publish_progress(*args, **kwargs)


def logger(module: str | None = None, **kwargs: Any) -> Any:
	from frappe.utils.logger import get_logger

	return get_logger(module, **kwargs)


def set_value(doctype: str, docname: str, fieldname: Any, value: Any = None) -> Any:
	from frappe.client import set_value

	return set_value(doctype, docname, fieldname, value)


from frappe.playground.apps import (
	append_hook,
	call,
	get_all_apps,
	get_app_path,
	get_attr,
	get_doc_hooks,
	get_file_items,
	get_hooks,
	get_installed_apps,
	get_module,
	get_module_list,
	get_module_path,
	get_newargs,
	get_pymodule_path,
	read_file,
	setup_module_map,
)
from frappe.playground.messages import (
	_,
	bold,
	clear_last_message,
	clear_messages,
	errprint,
	get_message_log,
	log,
	msgprint,
	throw,
)
from frappe.playground.remote_calls import (
	allowed_http_methods_for_whitelisted_func,
	guest_methods,
	is_whitelisted,
	only_for,
	ping,
	validate_and_sanitize_search_inputs,
	whitelist,
	whitelisted,
	xss_safe_methods,
)
from frappe.playground.documents import (  # isort: skip  (needs whitelist)
	clear_document_cache,
	copy_doc,
	delete_doc,
	get_all,
	get_cached_doc,
	get_cached_value,
	get_doc,
	get_document_cache_key,
	get_last_doc,
	get_list,
	get_meta,
	get_single,
	get_system_settings,
	get_value,
	is_table,
	new_doc,
	reload_doc,
	rename_doc,
)
from frappe import cache_manager, defaults, model, permissions, utils  # isort: skip
from frappe.utils.data import cint, cstr, sbool  # isort: skip
from frappe.utils.error import log_error  # isort: skip

_lt = _
__getattr__ = module_getattr(__name__)
