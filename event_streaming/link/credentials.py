"""Who calls: the key of a link opens this app's functions for that link, and nothing else on the site.

A link is an Event Consumer where this site produces, an Event Producer where it consumes. Its key and secret
come as `Authorization: EventStreaming <key>:<secret>`; a scheme of its own, since core would take `token` for the
key of a User.
"""

import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import frappe
from frappe import _
from frappe.utils.password import get_decrypted_password

from event_streaming import site
from event_streaming.exceptions import LinkPaused, TooManyRequests
from event_streaming.link import compression, limits

SCHEME = "eventstreaming"
OWN_HEADER = "X-Event-Streaming-Authorization"
MIN_KEY_LENGTH = 16
ENDPOINT_PATH = re.compile(r"/api(?:/v[12])?/method/event_streaming\.api\.([a-z_]+)")
KEY_FIELDS = {"Event Consumer": ("link_key", "link_secret"), "Event Producer": ("api_key", "api_secret")}
LINK_ENDPOINTS = {
	"get_updates": "Event Consumer",
	"get_documents": "Event Consumer",
	"find_documents": "Event Consumer",
	"list_documents": "Event Consumer",
	"summarise_documents": "Event Consumer",
	"update_subscription": "Event Consumer",
	"unregister": "Event Consumer",
	"describe_doctype": "Event Consumer",
	"list_files": "Event Consumer",
	"list_annotations": "Event Consumer",
	"read_file": "Event Consumer",
	"report_state": "Event Consumer",
	"start_again": "Event Consumer",
	"wake_up": "Event Producer",
	"exchange": "Event Producer",
}


class Secret(str):
	"""A text that no repr shows: Error Log prints the variables of every frame."""

	def __repr__(self) -> str:
		return "'********'"


def make_credentials() -> tuple[str, Secret]:
	"""A new key and secret; the key names the link, the secret alone proves it."""
	return secrets.token_hex(16), Secret(secrets.token_urlsafe(32))


def authenticate_link() -> None:
	"""Auth hook: with this app's scheme, either one link may call one of its functions, or nothing happens.

	:raises frappe.AuthenticationError: in every other case, the same for an unknown key and a wrong secret
	"""
	frappe.local.event_streaming_link = None
	scheme, _blank, credentials = frappe.get_request_header("Authorization", "").strip().partition(" ")
	if scheme.lower() != SCHEME:
		return
	key, _colon, secret = credentials.strip().partition(":")
	link = _find_link(_asked_doctype(), key, secret)
	_check_user(link.user)
	compression.read_arguments()
	_check_command()
	_become(link)
	# Frappe writes at the end of each request that a person was here. None was, and who writes waits for who holds the database,
	# which on SQLite may be the process that waits for what this request brings.
	frappe.local.session_obj = None


def current_link() -> frappe._dict:
	"""`doctype`, `name`, `user` and `paused` of the calling link.

	:raises frappe.PermissionError: the request comes from a person, a Guest or nobody
	"""
	link = getattr(frappe.local, "event_streaming_link", None)
	if not link:
		frappe.throw(_("Only another site can call this, with the key of its link."), frappe.PermissionError)
	return link


@contextmanager
def acting_for(doctype: str, name: str) -> Iterator[None]:
	"""What is called within is called by that link, as if its key had come with a request. For jobs.

	:raises frappe.AuthenticationError: its user can't act
	"""
	fields = ["name", "event_subscriber as user", "paused"]
	link = frappe._dict(frappe.db.get_value(doctype, name, fields, as_dict=True) or {}, doctype=doctype)
	_check_user(link.user)
	before = frappe.session.user
	try:
		_become(link)
		yield
	finally:
		frappe.local.event_streaming_link = None
		# nosemgrep -- a job's or request's user, or put back in `finally`
		frappe.set_user(before)


def require_link(doctype: str, even_paused: bool = False) -> frappe._dict:
	"""The calling link, if it is of that kind.

	:raises frappe.PermissionError: it is not
	:raises LinkPaused: this site's administrator has paused it
	:raises TooManyRequests: it asks too often
	"""
	link = current_link()
	if site.is_copy():
		frappe.throw(
			_("This site may be a copy of the one that this link is with: its administrator has to say."),
			LinkPaused,
		)
	limits.count_request(link)
	if link.doctype != doctype:
		frappe.throw(_("This link cannot call this."), frappe.PermissionError)
	if link.paused and not even_paused:
		frappe.throw(_("This link is paused by the administrator here."), LinkPaused)
	return link


def take_own_header() -> None:
	"""Before each request: a proxy before this site may need Authorization for a login of its own. Then the key of a link comes in
	a header beside it, and what was for the proxy is none of Frappe's business."""
	own = frappe.get_request_header(OWN_HEADER, "").strip()
	if own.partition(" ")[0].lower() != SCHEME:
		return
	if " " in own:
		frappe.request.environ["HTTP_AUTHORIZATION"] = own
	else:
		frappe.request.environ.pop("HTTP_AUTHORIZATION", None)


def block_core_sources() -> None:
	"""Before each request: core's Frappe-Authorization-Source makes a login of any DocType with fields named
	`api_key`, `api_secret` and `user`. The key of a link must never be one, whatever fields somebody adds."""
	source = re.sub(r"[^a-z]", "", frappe.get_request_header("Frappe-Authorization-Source", "").casefold())
	if any(doctype.replace(" ", "").lower() in source for doctype in KEY_FIELDS):
		frappe.throw(_("A link key cannot be used to log in."), frappe.AuthenticationError)


def _asked_doctype() -> str:
	"""The kind of link that the requested function is for."""
	endpoint = ENDPOINT_PATH.fullmatch(frappe.request.path)
	doctype = LINK_ENDPOINTS.get(endpoint[1]) if endpoint else None
	if not doctype or frappe.session.user != "Guest":
		_refuse_function()
	_check_command()
	return doctype


def _check_command() -> None:
	"""Core runs the function that `cmd` names, whatever the path says."""
	if "cmd" in frappe.form_dict:
		_refuse_function()


def _refuse_function() -> NoReturn:
	_refuse(_("A link key gives access to the functions of Event Streaming only."))


def _find_link(doctype: str, key: str, secret: str) -> frappe._dict:
	link = _try_read_link(doctype, key) if len(key) >= MIN_KEY_LENGTH else None
	expected = link.pop("secret") if link else Secret()
	is_right = hmac.compare_digest(secret.encode(), expected.encode())
	if link and expected and is_right:
		return link
	_refuse(_("No link has this key and secret."))


def _try_read_link(doctype: str, key: str) -> frappe._dict | None:
	"""Never a server error: Error Log would print the frame of core that holds the header."""
	try:
		return _read_link(doctype, key)
	except frappe.ValidationError:
		return None  # the secret was encrypted with another key, in a restored site
	except Exception as error:
		trouble = type(error).__name__
	frappe.logger("event_streaming").error(f"link not read: {trouble}")
	frappe.throw(_("The database is busy. Try again."), TooManyRequests)


def _read_link(doctype: str, key: str) -> frappe._dict | None:
	key_field, secret_field = KEY_FIELDS[doctype]
	fields = ["name", "event_subscriber as user", "paused", f"{key_field} as link_key"]
	link = frappe.db.get_value(doctype, {key_field: key}, fields, as_dict=True)
	if not link or link.pop("link_key") != key:  # databases compare texts loosely
		return None
	secret = get_decrypted_password(doctype, link.name, secret_field, raise_exception=False)
	return frappe._dict(link, doctype=doctype, secret=Secret(secret or ""))


def _check_user(user: str) -> None:
	if not user or user == "Guest" or not frappe.db.get_value("User", user, "enabled"):
		_refuse(_("{0}, the Event Subscriber of this link, is not an enabled user.").format(user))


def _become(link: frappe._dict) -> None:
	arguments = frappe.local.form_dict
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user(link.user)
	frappe.local.form_dict = arguments  # set_user forgets them
	frappe.local.event_streaming_link = link


def _refuse(message: str) -> NoReturn:
	frappe.throw(message, frappe.AuthenticationError)
