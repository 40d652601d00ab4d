"""`/api/method/<dotted name>`: calls of whitelisted functions."""

from contextlib import suppress
from inspect import signature
from typing import Any

from werkzeug.wrappers import Response

import frappe
from frappe import _
from frappe.playground.missing import module_getattr

__getattr__ = module_getattr(__name__)


def handle() -> Any:
	cmd = frappe.local.form_dict.cmd
	data = execute_cmd(cmd) if cmd != "login" else None
	if isinstance(data, Response):
		return data
	if data is not None:
		frappe.response["message"] = data
	return None


def execute_cmd(cmd: str, from_async: bool = False) -> Any:
	overrides = frappe.get_hooks("override_whitelisted_methods", {}).get(cmd, [])
	cmd = overrides[-1] if overrides else cmd
	try:
		method = get_attr(cmd)
	except Exception as error:
		frappe.throw(_("Failed to get method for command {0} with {1}").format(cmd, error))
	frappe.is_whitelisted(method)
	is_valid_http_method(method)
	return frappe.call(method, **frappe.form_dict)


def get_attr(cmd: str) -> Any:
	if "." in cmd:
		return frappe.get_attr(cmd)
	short = {"ping": frappe.ping, "logout": logout, "run_doc_method": run_doc_method}
	if cmd not in short:
		raise frappe.NotInPlayground(f"the method {cmd!r}")
	return short[cmd]


def is_valid_http_method(method: Any) -> None:
	if frappe.local.request.method not in frappe.allowed_http_methods_for_whitelisted_func[method]:
		frappe.throw(_("Not permitted"), frappe.PermissionError)


@frappe.whitelist(allow_guest=True)
def logout() -> None:
	frappe.local.login_manager.logout()
	frappe.db.commit()


@frappe.whitelist()
def run_doc_method(
	method: str,
	docs: Any = None,
	dt: str | None = None,
	dn: str | None = None,
	arg: Any = None,
	args: Any = None,
) -> None:
	"""Calls a whitelisted method of a document: a stored one (`dt`, `dn`) or one that the form sends (`docs`)."""
	if dt:
		doc = frappe.get_doc(dt, dn or dt)
	else:
		doc = frappe.get_doc(frappe.parse_json(docs))
		doc._original_modified = doc.modified
		doc.check_if_latest()
	if not doc.has_permission("read"):
		frappe.throw(_("Not permitted"), frappe.PermissionError)
	values = args or arg
	with suppress(ValueError):  # a plain text
		values = frappe.parse_json(values)
	bound = getattr(doc, method)
	function = getattr(bound, "__func__", bound)
	frappe.is_whitelisted(function)
	is_valid_http_method(function)
	names = list(signature(bound).parameters)
	if not names or names == ["self"]:
		response = doc.run_method(method)
	elif "args" in names or not isinstance(values, dict):
		response = doc.run_method(method, values)
	else:
		response = doc.run_method(method, **values)
	frappe.response.docs.append(doc)
	if response is not None:
		frappe.response["message"] = response
