"""Who is asking: a session's cookie, an API key, or what an app's `auth_hooks` find out."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response

import frappe
from frappe import _
from frappe.exceptions import NotInPlayground
from frappe.playground.missing import module_getattr
from frappe.sessions import Session, clear_sessions, delete_session, get_expiry_in_seconds
from frappe.utils.password import check_password, get_decrypted_password

__getattr__ = module_getattr(__name__)

UNSAFE_HTTP_METHODS = frozenset(("POST", "PUT", "DELETE", "PATCH"))
MAX_PASSWORD_SIZE = 512
COOKIES = ("full_name", "user_id", "sid", "user_image", "system_user")


class HTTPRequest:
	def __init__(self) -> None:
		forwarded = frappe.get_request_header("X-Forwarded-For")
		frappe.local.request_ip = forwarded.split(",", 1)[0].strip() if forwarded else "127.0.0.1"
		frappe.local.cookie_manager = CookieManager()
		frappe.local.login_manager = LoginManager()
		self.validate_csrf_token()
		frappe.local.cookie_manager.init_cookies()

	def validate_csrf_token(self) -> None:
		saved = frappe.session.data.csrf_token if frappe.session and frappe.session.data else None
		if not saved or frappe.request.method not in UNSAFE_HTTP_METHODS or frappe.conf.ignore_csrf:
			return
		given = frappe.get_request_header("X-Frappe-CSRF-Token") or frappe.form_dict.pop("csrf_token", None)
		if given != saved:
			frappe.flags.disable_traceback = True
			frappe.throw(_("Invalid Request"), frappe.CSRFTokenError)


class LoginManager:
	def __init__(self) -> None:
		self.user: str | None = None
		self.info: Any = None
		self.full_name: str | None = None
		self.user_type: str | None = None
		if frappe.form_dict.get("cmd") == "login" or frappe.request.path == "/api/method/login":
			self.login()
			self.run_trigger("on_session_creation")
			return
		self.make_session(resume=True)
		self.get_user_info()
		self.set_user_info(resume=True)

	def login(self) -> None:
		frappe.clear_cache(user=frappe.form_dict.get("usr"))
		self.authenticate(frappe.form_dict.get("usr"), frappe.form_dict.pop("pwd", None))
		self.post_login()

	def post_login(self) -> None:
		self.run_trigger("on_login")
		self.get_user_info()
		self.make_session()
		self.set_user_info()

	def authenticate(self, user: str | None = None, pwd: str | None = None) -> None:
		if not (user and pwd):
			self.fail(_("Incomplete login details"), user=user)
		if len(pwd) > MAX_PASSWORD_SIZE:
			self.fail(_("Password size exceeded the maximum allowed size"), user=user)
		try:
			name = check_password(user, pwd)
		except frappe.AuthenticationError:
			self.fail("Invalid login credentials", user=user)
		if name != "Administrator" and not frappe.db.get_value("User", name, "enabled"):
			self.fail("User disabled or missing", user=name)
		self.user = name

	def fail(self, message: str, user: str | None = None) -> None:
		frappe.local.response["message"] = message
		frappe.db.commit()
		raise frappe.AuthenticationError

	def get_user_info(self) -> None:
		fields = ["user_type", "first_name", "last_name", "user_image"]
		self.info = frappe.get_cached_value("User", self.user, fields, as_dict=1)
		self.user_type = self.info.user_type

	def set_user_info(self, resume: bool = False) -> None:
		cookies = frappe.local.cookie_manager
		cookies.init_cookies()
		self.full_name = " ".join(filter(None, [self.info.first_name, self.info.last_name]))
		is_website_user = self.info.user_type == "Website User"
		cookies.set_cookie("system_user", "no" if is_website_user else "yes")
		if not resume:
			frappe.response["message"] = "No App" if is_website_user else "Logged In"
			frappe.response["home_page"] = "/" if is_website_user else "/app"
			frappe.response["full_name"] = self.full_name
		cookies.set_cookie("full_name", self.full_name)
		cookies.set_cookie("user_id", self.user)
		cookies.set_cookie("user_image", self.info.user_image or "")

	def make_session(self, resume: bool = False) -> None:
		session = Session(user=self.user, resume=resume, full_name=self.full_name, user_type=self.user_type)
		frappe.local.session_obj = session
		self.user = session.user
		frappe.local.session = session.data

	def run_trigger(self, event: str = "on_login") -> None:
		for method in frappe.get_hooks(event):
			frappe.call(frappe.get_attr(method), login_manager=self)

	def login_as(self, user: str) -> None:
		self.user = user
		self.post_login()

	def login_as_guest(self) -> None:
		self.login_as("Guest")

	def logout(self, arg: str = "", user: str | None = None) -> None:
		user = user or frappe.session.user
		self.run_trigger("on_logout")
		if user != frappe.session.user:
			clear_sessions(user)
			return
		delete_session(frappe.session.sid, user=user, reason="User Manually Logged Out")
		self.clear_cookies()
		if frappe.request:
			self.login_as_guest()

	def clear_cookies(self) -> None:
		clear_cookies()


class CookieManager:
	def __init__(self) -> None:
		self.cookies: dict[str, dict] = {}
		self.to_delete: list[str] = []

	def init_cookies(self) -> None:
		if frappe.local.session.get("sid"):
			self.set_cookie("sid", frappe.session.sid, max_age=get_expiry_in_seconds(), httponly=True)

	def set_cookie(self, key: str, value: str, **options: Any) -> None:
		options.setdefault("secure", frappe.local.request.scheme == "https")
		self.cookies[key] = {"value": quote(value or ""), "samesite": "Lax", **options}

	def delete_cookie(self, to_delete: str | list[str]) -> None:
		self.to_delete += [to_delete] if isinstance(to_delete, str) else to_delete

	def flush_cookies(self, response: Response) -> None:
		for key, options in self.cookies.items():
			response.set_cookie(key, **options)
		for key in set(self.to_delete):
			response.set_cookie(key, "", expires=datetime.now() - timedelta(days=1))


def clear_cookies() -> None:
	if hasattr(frappe.local, "session"):
		frappe.session.sid = ""
	frappe.local.cookie_manager.delete_cookie(list(COOKIES))


@frappe.whitelist()
def get_logged_user() -> str:
	return frappe.session.user


def validate_auth() -> None:
	"""An Authorization header that makes nobody of the guest is an error."""
	header = frappe.get_request_header("Authorization", "").split(" ")
	if len(header) == 2:
		if header[0].lower() == "bearer":
			raise NotInPlayground("OAuth")
		validate_auth_via_api_keys(header)
	for hook in frappe.get_hooks("auth_hooks", []):
		frappe.get_attr(hook)()
	if len(header) == 2 and frappe.session.user in ("", "Guest"):
		raise frappe.AuthenticationError


def validate_auth_via_api_keys(authorization_header: list[str]) -> None:
	kind, token = authorization_header
	source = frappe.get_request_header("Frappe-Authorization-Source")
	try:
		if kind.lower() == "basic":
			token = base64.b64decode(token).decode()
		elif kind.lower() != "token":
			return
		key, secret = token.split(":")
		validate_api_key_secret(key, secret, source)
	except binascii.Error:
		message = _("Failed to decode token, please provide a valid base64-encoded token.")
		frappe.throw(message, frappe.InvalidAuthorizationToken)
	except (AttributeError, TypeError, ValueError):
		pass  # no key and secret


def validate_api_key_secret(
	api_key: str, api_secret: str, frappe_authorization_source: str | None = None
) -> None:
	"""The source may be any DocType with `api_key`, `api_secret` and, unless it is User, `user`."""
	doctype = frappe_authorization_source or "User"
	name = frappe.db.get_value(doctype, {"api_key": api_key}, "name")
	if not name:
		raise frappe.AuthenticationError
	form_dict = frappe.local.form_dict
	if api_secret != get_decrypted_password(doctype, name, fieldname="api_secret"):
		raise frappe.AuthenticationError
	user = name if doctype == "User" else frappe.db.get_value(doctype, name, "user")
	if frappe.local.login_manager.user in ("", "Guest"):
		frappe.set_user(user)
	frappe.local.form_dict = form_dict
