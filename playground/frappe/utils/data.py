# ruff: noqa: F401, F403
"""The conversions that documents and queries share."""

import re
from typing import Any
from urllib.parse import quote, urljoin

import frappe
from frappe.playground.casting import *
from frappe.playground.dates import *
from frappe.playground.filters import *
from frappe.playground.filters import _find_filtered_field
from frappe.playground.missing import module_getattr
from frappe.playground.numbers import *

__getattr__ = module_getattr(__name__)

HTML_TAG = re.compile(r"<[^>]+>")
TAGS_AND_COMMENTS = re.compile(r"(<!--.*?-->|<[^>]*>)")


# Text


def is_html(text: Any) -> bool:
	return bool(isinstance(text, str) and HTML_TAG.search(text))


def strip_html(text: str) -> str:
	return TAGS_AND_COMMENTS.sub("", text)


def escape_html(text: Any) -> Any:
	if not isinstance(text, str):
		return text
	marks = {"&": "&amp;", '"': "&quot;", "'": "&apos;", ">": "&gt;", "<": "&lt;"}
	return "".join(marks.get(character, character) for character in text)


def strip(val: str, chars: str | None = None) -> str:
	return (val or "").replace("\ufeff", "").replace("\u200b", "").strip(chars)


def encode(obj: Any, encoding: str = "utf-8") -> Any:
	if isinstance(obj, list):
		return [encode(one, encoding) for one in obj]
	return obj.encode(encoding) if isinstance(obj, str) else obj


def unique(seq: Any) -> list:
	return list(dict.fromkeys(seq))


def generate_hash(*args: Any, **kwargs: Any) -> str:
	return frappe.generate_hash(*args, **kwargs)


# URLs


def get_url(uri: str | None = None, full_address: bool = False) -> str:
	"""This site's address, from `host_name`, else from the request, else from the site's name and port."""
	if full_address:
		raise frappe.NotInPlayground("frappe.utils.get_url(full_address=True)")
	if uri and uri.startswith(("http://", "https://")):
		return uri
	conf = frappe.local.conf
	host_name = conf.host_name or conf.hostname or get_host_name_from_request()
	if not host_name:
		host_name = ("https://" if conf.ssl_certificate else "http://") + frappe.local.site
	if not host_name.startswith(("http://", "https://")):
		host_name = "http://" + host_name
	port = conf.http_port or conf.webserver_port
	behind_proxy = conf.restart_supervisor_on_update or conf.restart_systemd_on_update
	if port and not behind_proxy and not url_contains_port(host_name):
		host_name = f"{host_name}:{port}"
	return urljoin(host_name, uri) if uri else host_name


def get_host_name_from_request() -> str | None:
	request = getattr(frappe.local, "request", None)
	if not (request and request.host):
		return None
	secure = frappe.get_request_header("X-Forwarded-Proto", "") == "https"
	return ("https://" if secure else "http://") + request.host


def url_contains_port(url: str) -> bool:
	return len(url.split(":")) > 2


def get_absolute_url(doctype: str, name: str) -> str:
	return f"{_list_path(doctype)}/{quote(str(name))}"


def _list_path(doctype: str) -> str:
	return f"/app/{quote(frappe.scrub(doctype).replace('_', '-'))}"


def get_url_to_form(doctype: str, name: str) -> str:
	return get_url(uri=get_absolute_url(doctype, name))


def get_url_to_list(doctype: str) -> str:
	return get_url(uri=_list_path(doctype))


def get_link_to_form(doctype: str, name: str, label: str | None = None) -> str:
	return f'<a href="{get_url_to_form(doctype, name)}">{label or name}</a>'
