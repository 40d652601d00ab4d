"""The web application of a site: from a request to its answer, with one transaction around it."""

import json
import os
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

import frappe
import frappe.api
import frappe.handler
import frappe.utils.response
from frappe import _
from frappe.auth import UNSAFE_HTTP_METHODS, HTTPRequest, validate_auth
from frappe.playground.missing import module_getattr
from frappe.utils import CallbackManager, cint, get_site_name
from frappe.utils.error import log_error_snapshot

__getattr__ = module_getattr(__name__)

MAX_BODY = 25 * 1024 * 1024  # bytes

_site: str | None = None
_sites_path = os.environ.get("SITES_PATH", ".")
_pages: dict[str, Callable[[Request], Response]] = {}


def _with_clean_up(app: Callable) -> Callable:
	def application(environ: dict, start_response: Callable) -> ClosingIterator:
		return ClosingIterator(app(environ, start_response), (_run_after_response, frappe.destroy))

	return application


def _run_after_response() -> None:
	if request := getattr(frappe.local, "request", None):
		request.after_response.run()


@_with_clean_up
@Request.application
def application(request: Request) -> Response:
	response = None
	rollback = True
	try:
		init_request(request)
		validate_auth()
		response = _dispatch(request)
	except HTTPException as error:
		return error
	except Exception as error:
		response = handle_exception(error)
	else:
		rollback = sync_database()
	finally:
		if rollback and request.method in UNSAFE_HTTP_METHODS and frappe.db:
			frappe.db.rollback()
		_run_after_request_hooks(request, response)
		process_response(response)
	return response


def _dispatch(request: Request) -> Response:
	if request.method == "OPTIONS":
		return Response()
	if frappe.form_dict.cmd:
		return frappe.handler.handle() or frappe.utils.response.build_response("json")
	if request.path.startswith("/api/"):
		return frappe.api.handle(request)
	if page := _pages.get(request.path):
		return page(request)
	raise NotFound("playground: sites have no pages, only /api")


def init_request(request: Request) -> None:
	frappe.local.request = request
	request.after_response = CallbackManager()
	frappe.local.is_ajax = frappe.get_request_header("X-Requested-With") == "XMLHttpRequest"
	site = _site or request.headers.get("X-Frappe-Site-Name") or get_site_name(request.host)
	frappe.init(site=site, sites_path=_sites_path, force=True)
	if not frappe.local.conf.db_name:
		raise NotFound
	if frappe.local.conf.maintenance_mode:
		frappe.connect()
		raise frappe.SessionStopped("Session Stopped")
	frappe.connect(set_admin_as_user=False)
	request.max_content_length = cint(frappe.local.conf.get("max_file_size")) or MAX_BODY
	make_form_dict(request)
	if request.method != "OPTIONS":
		frappe.local.http_request = HTTPRequest()
	for task in frappe.get_hooks("before_request"):
		frappe.call(task)


def make_form_dict(request: Request) -> None:
	body = request.get_data(as_text=True)
	if body and request.is_json:
		args: Any = json.loads(body)
	else:
		args = {**request.args.to_dict(), **request.form.to_dict()}
	if isinstance(args, dict):
		frappe.local.form_dict = frappe._dict(args)
		frappe.local.form_dict.pop("_", None)
	elif isinstance(args, list):
		frappe.local.form_dict["data"] = args
	else:
		frappe.throw(_("Invalid request arguments"))


def sync_database() -> bool:
	"""Commits what a request has written. Reading requests write nothing, unless flagged. True to roll back."""
	if not frappe.db:
		return True
	if frappe.local.flags.commit or frappe.local.request.method in UNSAFE_HTTP_METHODS:
		frappe.db.commit()
	else:
		frappe.db.rollback()
	if session := getattr(frappe.local, "session_obj", None):
		session.update()
	return False


def handle_exception(e: Exception) -> Response:
	status = getattr(e, "http_status_code", 500)
	accept = frappe.get_request_header("Accept") or ""
	if not frappe.session.user:
		frappe.session.user = "Guest"
	is_api = frappe.local.request.path.startswith("/api/") and not accept.startswith("text")
	if is_api or (accept and (frappe.local.is_ajax or "application/json" in accept)):
		response = frappe.utils.response.report_error(status)
	else:
		response = Response(f"<h1>{status}</h1>", status=status, mimetype="text/html")
	if e.__class__ == frappe.AuthenticationError and hasattr(frappe.local, "login_manager"):
		frappe.local.login_manager.clear_cookies()
	if status >= 500:
		log_error_snapshot(e)
	return response


def _run_after_request_hooks(request: Request, response: Response | None) -> None:
	if not getattr(frappe.local, "initialized", False):
		return
	try:
		for task in frappe.get_hooks("after_request"):
			frappe.call(task, response=response, request=request)
	except Exception:
		frappe.logger().error("Failed to run after request hook", exc_info=True)


def process_response(response: Response | None) -> None:
	if response is not None and hasattr(frappe.local, "cookie_manager"):
		frappe.local.cookie_manager.flush_cookies(response=response)


def serve(port: int = 8000, site: str | None = None, sites_path: str = ".", host: str = "127.0.0.1") -> None:
	"""Serves one site, or all of the folder by their host names, until stopped. A thread per request, and a line
	for each on standard output."""
	global _site, _sites_path
	_site, _sites_path = site, sites_path
	from werkzeug.serving import WSGIRequestHandler, run_simple

	class Handler(WSGIRequestHandler):
		protocol_version = "HTTP/1.1"  # connections are kept

		def log_request(self, code: Any = "-", size: Any = "-") -> None:
			print(f"{self.address_string()} {self.requestline} {int(code)} {size}", flush=True)

	run_simple(host, int(port), application, threaded=True, request_handler=Handler)
