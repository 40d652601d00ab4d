"""Answers: what a request leaves in `frappe.response`, as HTTP."""

import datetime
import decimal
import json
import sys
import uuid
from collections.abc import Iterable
from typing import Any

from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

import frappe
from frappe.exceptions import NotInPlayground
from frappe.playground.missing import module_getattr
from frappe.utils import cstr, format_timedelta

__getattr__ = module_getattr(__name__)


def build_response(response_type: str | None = None) -> Response:
	response = frappe.local.response
	if "docs" in response and not response.docs:
		del response["docs"]
	kind = response.get("type") or response_type
	if kind == "json":
		return as_json()
	if kind == "page":
		return as_page()
	raise NotInPlayground(f"responses of type {kind!r}")


def as_json() -> Response:
	_make_logs()
	values = frappe.local.response
	response = Response(mimetype="application/json")
	if status := values.pop("http_status_code", None):
		response.status_code = status
	response.data = json.dumps(values, default=json_handler, separators=(",", ":"))
	return response


def as_page() -> Response:
	"""A plain page with a message: the playground has no website."""
	values = frappe.local.response
	title, message = frappe.local.message_title, frappe.local.message
	html = f"<!DOCTYPE html><title>{title}</title><h1>{title}</h1><div>{message}</div>"
	return Response(html, mimetype="text/html", status=values.get("http_status_code") or 200)


def report_error(status_code: int) -> Response:
	"""The exception in hand: its class, its last line where tracebacks are allowed, messages and logs."""
	traceback = frappe.get_traceback()
	if (
		_allows_traceback()
		and not frappe.local.flags.disable_traceback
		and (status_code != 404 or frappe.conf.logging)
	):
		frappe.errprint(traceback)
		frappe.response.exception = traceback.splitlines()[-1]
	frappe.response["exc_type"] = sys.exc_info()[0].__name__
	response = build_response("json")
	response.status_code = status_code
	return response


def _allows_traceback() -> bool:
	return bool(frappe.db and frappe.get_system_settings("allow_error_traceback"))


def _make_logs() -> None:
	response, local = frappe.local.response, frappe.local
	if local.error_log and _allows_traceback():
		response["exc"] = json.dumps([cstr(entry["exc"]) for entry in local.error_log])
	if local.message_log:
		response["_server_messages"] = json.dumps([json.dumps(message) for message in local.message_log])
	if local.debug_log:
		response["_debug_messages"] = json.dumps(local.debug_log)
	if local.flags.error_message:
		response["_error_message"] = local.flags.error_message


def json_handler(obj: Any) -> Any:
	from frappe.model.base_document import BaseDocument

	if isinstance(obj, datetime.date | datetime.datetime | datetime.time | LocalProxy | uuid.UUID):
		return str(obj)
	if isinstance(obj, datetime.timedelta):
		return format_timedelta(obj)
	if isinstance(obj, decimal.Decimal):
		return float(obj)
	if isinstance(obj, BaseDocument):
		return obj.as_dict(no_nulls=True)
	if isinstance(obj, Iterable):
		return list(obj)
	if isinstance(obj, type | Exception) or callable(obj):
		return repr(obj)
	raise TypeError(f"Object of type {type(obj)} with value of {obj!r} is not JSON serializable")
