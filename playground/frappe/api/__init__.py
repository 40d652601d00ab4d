"""`/api/...`: methods and documents over HTTP."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule, Submount
from werkzeug.wrappers import Request, Response

import frappe
import frappe.client
from frappe import _
from frappe.exceptions import NotInPlayground
from frappe.playground.missing import module_getattr
from frappe.utils.data import sbool
from frappe.utils.response import build_response

__getattr__ = module_getattr(__name__)


def handle(request: Request) -> Response:
	try:
		endpoint, arguments = API_URL_MAP.bind_to_environ(request.environ).match()
	except NotFound:
		raise frappe.DoesNotExistError
	data = endpoint(**arguments)
	if isinstance(data, Response):
		return data
	if data is not None:
		frappe.response["data"] = data
	return build_response("json")


def handle_rpc_call(method: str) -> Any:
	frappe.form_dict.cmd = method.split("/")[0]
	return frappe.handler.handle()


def document_list(doctype: str) -> Any:
	form = frappe.form_dict
	if form.get("fields"):
		form["fields"] = json.loads(form["fields"])
	form.setdefault("limit_page_length", form.limit or form.limit_page_length or 20)
	for name in ("as_dict", "debug"):
		if form.get(name) is not None:
			form[name] = sbool(form[name])
	return frappe.call(frappe.client.get_list, doctype, **form)


def create_doc(doctype: str) -> Any:
	data = _get_body()
	data.pop("doctype", None)
	return frappe.new_doc(doctype, **data).insert()


def read_doc(doctype: str, name: str) -> Any:
	if "run_method" in frappe.form_dict:
		return execute_doc_method(doctype, name)
	doc = frappe.get_doc(doctype, name)
	if not doc.has_permission("read"):
		raise frappe.PermissionError
	doc.apply_fieldlevel_read_permissions()
	return doc


def update_doc(doctype: str, name: str) -> Any:
	data = _get_body()
	doc = frappe.get_doc(doctype, name, for_update=True)
	data.pop("flags", None)
	doc.update(data)
	doc.save()
	if doc.get("parenttype"):
		frappe.get_doc(doc.parenttype, doc.parent).save()
	return doc


def delete_doc(doctype: str, name: str) -> str:
	frappe.delete_doc(doctype, name, ignore_missing=False)
	frappe.response.http_status_code = 202
	return "ok"


def execute_doc_method(doctype: str, name: str, method: str | None = None) -> Any:
	method = method or frappe.form_dict.pop("run_method")
	doc = frappe.get_doc(doctype, name)
	doc.is_whitelisted(method)
	needed = {"GET": "read", "POST": "write"}.get(frappe.request.method)
	if not needed:
		return None
	if not doc.has_permission(needed):
		frappe.throw(_("Not permitted"), frappe.PermissionError)
	return doc.run_method(method, **frappe.form_dict)


def _get_body() -> Any:
	data = frappe.form_dict.data
	try:
		return frappe.parse_json(frappe.safe_decode(frappe.request.get_data()) if data is None else data)
	except ValueError:
		return frappe.form_dict


def _left_out(**_arguments: Any) -> None:
	raise NotInPlayground("/api/v2")


URL_RULES = [
	Rule("/method/<path:method>", endpoint=handle_rpc_call),
	Rule("/resource/<doctype>", methods=["GET"], endpoint=document_list),
	Rule("/resource/<doctype>", methods=["POST"], endpoint=create_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["GET"], endpoint=read_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["PUT"], endpoint=update_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["DELETE"], endpoint=delete_doc),
	Rule("/resource/<doctype>/<path:name>/", methods=["POST"], endpoint=execute_doc_method),
]
V2_RULES: list[Callable] = [Rule("/<path:path>", endpoint=_left_out)]
API_URL_MAP = Map(
	[Submount("/api/v2", V2_RULES), Submount("/api/v1", URL_RULES), Submount("/api", URL_RULES)],
	strict_slashes=False,
	merge_slashes=False,
)
