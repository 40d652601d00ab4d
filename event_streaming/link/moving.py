"""Move This Link: the other site has another URL. The link stays the same one, with its name, its place and its documents.

The new URL is believed when the site there has the id that this link is with and proves that it knows the link's secret. The
secret itself is not sent: the answer holds for this question, for that URL and for that site alone, so whoever passes the
question on to the real site gets an answer that doesn't fit its own URL.
"""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils.password import get_decrypted_password

from event_streaming import site
from event_streaming.exceptions import AppMissing, CredentialsRefused, WrongSite
from event_streaming.link import urls
from event_streaming.link.client import SiteClient
from event_streaming.link.credentials import KEY_FIELDS, MIN_KEY_LENGTH
from event_streaming.link.messages import plain_text, told_to_caller

if TYPE_CHECKING:
	from frappe.model.document import Document


def move(link: "Document", url: str) -> None:
	"""
	:param link: an Event Producer or Event Consumer
	:param url: where the other site is now
	:raises StreamingError: that isn't the site that this link is with, or it can't be asked
	"""
	with told_to_caller():
		url = urls.normalize_url(url)
		_check_is_free(link, url)
		key_field, secret_field = KEY_FIELDS[link.doctype]
		secret = get_decrypted_password(link.doctype, link.name, secret_field, raise_exception=False)
		site_id = _ask(url, link.get(key_field), secret or "", link.site_id)
	values = {"current_url": None if url == link.name else url, "site_id": site_id}
	frappe.db.set_value(link.doctype, link.name, values)
	frappe.clear_document_cache(link.doctype, link.name)
	if link.doctype == "Event Producer":
		retry = {"next_attempt_at": None, "attempts": 0}
		frappe.db.set_value("Event Stream Cursor", link.name, retry, update_modified=False)


def prove(link_key: str, challenge: str) -> dict:
	"""Shows the other site of a link that this site knows its secret.

	:raises CredentialsRefused: no link here has that key
	"""
	site.check_not_copy()
	for doctype, (key_field, secret_field) in KEY_FIELDS.items():
		name = (
			frappe.db.get_value(doctype, {key_field: link_key}) if len(link_key) >= MIN_KEY_LENGTH else None
		)
		secret = name and get_decrypted_password(doctype, name, secret_field, raise_exception=False)
		if secret:
			own_url, own_id = urls.own_url(), site.own_id()
			return {"site_id": own_id, "proof": _proof(secret, challenge, own_url, own_id)}
	frappe.throw(_("No link here has this key."), CredentialsRefused)


def _ask(url: str, key: str, secret: str, known_id: str | None) -> str:
	challenge = secrets.token_hex(32)
	try:
		with SiteClient(url) as client:
			told = client.call("handshake", http_method="GET")
			answer = client.call("prove_link", link_key=key or "", challenge=challenge)
	except AppMissing:
		frappe.throw(
			_(
				"{0} can't prove who it is: its version of this app is too old for that. Update it first."
			).format(url),
			AppMissing,
		)
	told_url, site_id = (told or {}).get("site_url"), (answer or {}).get("site_id")
	if told_url != url:
		frappe.throw(
			_(
				"The site at {0} calls itself {1}. Use that URL, or set host_name in the site config there."
			).format(url, plain_text(str(told_url))),
			WrongSite,
		)
	if known_id and site_id != known_id:
		frappe.throw(_("At {0} is another site than the one that this link is with.").format(url), WrongSite)
	proof = _proof(secret, challenge, url, site_id) if isinstance(site_id, str) and secret else ""
	if not proof or not hmac.compare_digest(proof, str(answer.get("proof"))):
		frappe.throw(_("The site at {0} does not know the key of this link.").format(url), CredentialsRefused)
	return str(site_id)


def _proof(secret: str, challenge: str, url: str, site_id: str) -> str:
	text = "\n".join(("move", challenge, url, site_id))
	return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _check_is_free(link: "Document", url: str) -> None:
	if url == urls.own_url():
		frappe.throw(_("{0} is this site. Enter the URL of the other site.").format(url), WrongSite)
	other = frappe.db.get_value(link.doctype, {"current_url": url, "name": ("!=", link.name)})
	if other or (url != link.name and frappe.db.exists(link.doctype, url)):
		frappe.throw(_("There is another link with {0}. Unpair it first.").format(url), WrongSite)
