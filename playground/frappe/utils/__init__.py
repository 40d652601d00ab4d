# ruff: noqa: F401, F403, F405
"""Helpers that apps import from `frappe.utils`; the conversions come from `frappe.utils.data`."""

import json
import os
import re
import sys
import traceback
from collections import deque
from collections.abc import Callable, Container, Generator, Iterable
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlparse

import frappe
from frappe.playground.missing import module_getattr
from frappe.utils.data import *
from frappe.utils.data import _find_filtered_field
from frappe.utils.html_utils import is_json, sanitize_html, unescape_html

__getattr__ = module_getattr(__name__)

EMAIL_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
HOST_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
EMAIL = re.compile(rf"{EMAIL_ATOM}(?:\.{EMAIL_ATOM})*@(?:{HOST_LABEL}\.)+{HOST_LABEL}", re.IGNORECASE)
PHONE = re.compile(r"([0-9 +_\-,.*#()]){1,20}$")
PERSON_NAME = re.compile(r"^[\w][\w'\-]*( \w[\w'\-]*)*$")


class CallbackManager:
	"""Functions to be called once, in the order in which they were added."""

	__slots__ = ("_functions",)

	def __init__(self) -> None:
		self._functions: deque[Callable] = deque()

	def add(self, func: Callable) -> None:
		self._functions.append(func)

	def __call__(self, func: Callable) -> None:
		self.add(func)

	def run(self) -> None:
		while self._functions:
			self._functions.popleft()()

	def reset(self) -> None:
		self._functions.clear()


def get_fullname(user: str | None = None) -> str:
	user = user or frappe.session.user
	names = frappe.db.get_value("User", user, ["first_name", "last_name"], as_dict=True) or frappe._dict()
	return " ".join(filter(None, [names.first_name, names.last_name])) or user


def get_traceback(with_context: bool = False) -> str:
	"""The traceback of the exception in hand, on request with the values of local variables."""
	from traceback_with_variables import iter_exc_lines

	kind, value, trace = sys.exc_info()
	if not any([kind, value, trace]):
		return ""
	if with_context:
		text = "\n".join(iter_exc_lines(fmt=_get_traceback_format()))
	else:
		text = "".join(traceback.format_exception(kind, value, trace))
	return text.replace(get_bench_path() + "/", "")


@lru_cache(maxsize=1)
def _get_traceback_format() -> Any:
	"""Hides variables and dict keys of exactly these names, as Frappe does: not those that merely contain one."""
	from traceback_with_variables import Format

	names = ("password", "passwd", "secret", "token", "key", "pwd")
	placeholder = "********"

	def dict_printer(values: dict) -> str:
		return str({key: placeholder if key in names else value for key, value in values.items()})

	return Format(
		custom_var_printers=[
			*((name, lambda *_args, **_kwargs: placeholder) for name in names),
			([dict, frappe._dict, lambda *_args, **_kwargs: False], dict_printer),
		]
	)


def parse_json(val: Any) -> Any:
	"""JSON text as its value, dicts as `_dict`; anything else as it is."""
	if isinstance(val, str):
		val = json.loads(val)
	return frappe._dict(val) if isinstance(val, dict) else val


def get_safe_filters(filters: Any) -> Any:
	try:
		filters = json.loads(filters)
		if isinstance(filters, int | float):
			filters = frappe.as_unicode(filters)
	except (TypeError, ValueError):
		pass  # a name, or no text at all
	return filters


def validate_url(txt: str, throw: bool = False, valid_schemes: str | Container[str] | None = None) -> bool:
	url = urlparse(txt)
	valid = bool(url.netloc) or bool(txt and txt.startswith("/"))
	if isinstance(valid_schemes, str):
		valid = valid and url.scheme == valid_schemes
	elif valid_schemes is not None:
		valid = valid and url.scheme in valid_schemes
	if not valid and throw:
		frappe.throw(frappe._("'{0}' is not a valid URL").format(frappe.bold(txt)))
	return valid


def validate_email_address(email_str: str, throw: bool = False) -> str:
	"""The addresses in `email_str` that are valid, separated by commas."""
	valid = []
	for part in (email_str or "").strip().split(","):
		part = part.strip()
		if "undisclosed-recipient" in part:
			continue
		address = "" if " " in part and "<" not in part else parseaddr(part)[1]
		if EMAIL.match(address):
			valid.append(address)
		elif throw:
			message = frappe._("{0} is not a valid Email Address").format(escape_html(part))
			frappe.throw(message, frappe.InvalidEmailAddressError)
	return ", ".join(valid)


def split_emails(txt: Any) -> list[str]:
	text = re.sub(r"[\t\n\r]", " ", cstr(txt))
	return [part.strip() for part in re.split(r"[,\n](?=(?:[^\"]|\"[^\"]*\")*$)", text) if part.strip()]


def validate_name(name: str, throw: bool = False) -> str | bool:
	return _validate_pattern(PERSON_NAME, name, throw, frappe._("{0} is not a valid Name"))


def validate_phone_number(phone_number: str, throw: bool = False) -> bool:
	message = frappe._("{0} is not a valid Phone Number")
	return bool(_validate_pattern(PHONE, phone_number, throw, message, frappe.InvalidPhoneNumberError))


def validate_phone_number_with_country_code(phone_number: str, fieldname: str) -> None:
	from phonenumbers import NumberParseException, is_valid_number, parse

	if not phone_number:
		return
	message, title = (
		frappe._("Phone Number {0} set in field {1} is not valid."),
		frappe._("Invalid Phone Number"),
	)
	try:
		if is_valid_number(parse(phone_number)):
			return
	except NumberParseException as error:
		if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
			message = frappe._("Please select a country code for field {1}.")
			title = frappe._("Country Code Required")
	text = message.format(frappe.bold(phone_number), frappe.bold(fieldname))
	frappe.throw(text, title=title, exc=frappe.InvalidPhoneNumberError)


def _validate_pattern(
	pattern: re.Pattern,
	text: str,
	throw: bool,
	message: str,
	error: type[Exception] = frappe.InvalidNameError,
) -> str | bool:
	text = (text or "").strip()
	if not text:
		return False
	if not pattern.match(text):
		if throw:
			frappe.throw(message.format(text), error)
		return ""
	return text


def random_string(length: int) -> str:
	import secrets
	from string import ascii_letters, digits

	return "".join(secrets.choice(ascii_letters + digits) for _number in range(length))


def get_table_name(table_name: str, wrap_in_backticks: bool = False) -> str:
	name = table_name if table_name.startswith("__") else f"tab{table_name}"
	return f"`{name}`" if wrap_in_backticks else name


def is_a_property(x: Any) -> bool:
	from functools import cached_property

	return isinstance(x, property | cached_property)


# Places


def get_bench_path() -> str:
	"""The folder that holds `sites`."""
	return os.path.dirname(os.path.realpath(getattr(frappe.local, "sites_path", None) or "."))


def get_bench_id() -> str:
	return frappe.get_conf().get("bench_id", get_bench_path().strip("/").replace("/", "-"))


def get_site_path(*path: str) -> str:
	return os.path.join(frappe.local.site_path, *path)


def get_site_name(hostname: str) -> str:
	return hostname.split(":", 1)[0]


def get_sites(sites_path: str | None = None) -> list[str]:
	sites_path = sites_path or getattr(frappe.local, "sites_path", None) or "."
	return sorted(
		entry.name
		for entry in os.scandir(sites_path)
		if entry.is_dir() and os.path.exists(os.path.join(entry.path, "site_config.json"))
	)
