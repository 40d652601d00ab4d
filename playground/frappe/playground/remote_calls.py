"""Functions that may be called over HTTP."""

import functools
import re
from collections.abc import Callable
from typing import Any

import frappe
from frappe.exceptions import PermissionError
from frappe.playground.context import local

whitelisted: list[Callable] = []
guest_methods: list[Callable] = []
xss_safe_methods: list[Callable] = []
allowed_http_methods_for_whitelisted_func: dict[Callable, list[str]] = {}


def whitelist(
	allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None
) -> Callable[[Callable], Callable]:
	"""Opens a function at `/api/method/<dotted name>`. Its annotations are checked when it is called so."""

	def decorate(fn: Callable) -> Callable:
		from frappe.utils.typing_validations import validate_argument_types

		fn = validate_argument_types(
			fn, apply_condition=lambda: getattr(local, "request", None) or local.flags.in_test
		)
		whitelisted.append(fn)
		allowed_http_methods_for_whitelisted_func[fn] = methods or ["GET", "POST", "PUT", "DELETE"]
		if allow_guest:
			guest_methods.append(fn)
			if xss_safe:
				xss_safe_methods.append(fn)
		return fn

	return decorate


def is_whitelisted(method: Any) -> None:
	"""Raises PermissionError unless the user may call it; what guests send is sanitized."""
	is_guest = frappe.session["user"] == "Guest"
	if method not in whitelisted or (is_guest and method not in guest_methods):
		summary = frappe._("You are not permitted to access this resource.")
		name = frappe.bold(f"{method.__module__}.{method.__name__}")
		detail = frappe._("Function {0} is not whitelisted.").format(name)
		message = f"<details><summary>{summary}</summary>{detail}</details>"
		frappe.throw(message, PermissionError, title=frappe._("Method Not Allowed"))
	if is_guest and method not in xss_safe_methods:
		for key, value in local.form_dict.items():
			if isinstance(value, str):
				local.form_dict[key] = frappe.utils.sanitize_html(value)


def only_for(roles: list[str] | tuple[str, ...] | str, message: bool = False) -> None:
	"""Raises PermissionError unless the user has one of the roles."""
	if local.flags.in_test or local.session.user == "Administrator":
		return
	roles = (roles,) if isinstance(roles, str) else roles
	if set(roles).isdisjoint(frappe.get_roles()):
		if not message:
			raise PermissionError
		names = ", ".join(frappe.bold(role) for role in roles)
		text = frappe._("This action is only allowed for {}").format(names)
		frappe.throw(text, PermissionError, frappe._("Not Permitted"))


def validate_and_sanitize_search_inputs(fn: Callable) -> Callable:
	"""For functions that find what a Link field may hold: arguments by name, in their types, for a DocType that is there."""

	@functools.wraps(fn)
	def wrapper(*args: Any, **kwargs: Any) -> Any:
		kwargs.update(zip(fn.__code__.co_varnames, args, strict=False))
		if kwargs["searchfield"] and re.search(r"\W", kwargs["searchfield"], re.ASCII):
			message = frappe._("Invalid Search Field {0}").format(kwargs["searchfield"])
			frappe.throw(message, frappe.DataError)
		kwargs["start"] = frappe.cint(kwargs["start"])
		kwargs["page_len"] = frappe.cint(kwargs["page_len"])
		if kwargs["doctype"] and not local.db.exists("DocType", kwargs["doctype"]):
			return []
		return fn(**kwargs)

	return wrapper


@whitelist(allow_guest=True)
def ping() -> str:
	return "pong"
