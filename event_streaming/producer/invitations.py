"""Pairing with a site that nobody can call: an administrator of this site makes a code, and that site redeems it.

Invariants:
- A code is good once, for an hour, and for what its invitation names. It is stored as a hash and shown once.
- It stands for the proof that a callback gives, and for nothing else: what is asked for is Pending until it is approved.
- It makes a link of its own, named by the id that the caller gives itself. An existing link gets a new key only from an
  invitation that names that link.
- A request that is refused leaves the code as it was.
"""

import base64
import hashlib
import io
import secrets
from typing import TYPE_CHECKING
from uuid import UUID

import frappe
from frappe import _
from frappe.utils import add_to_date, get_datetime, now_datetime

from event_streaming import site
from event_streaming.exceptions import RegistrationRefused
from event_streaming.link import urls
from event_streaming.link.credentials import Secret
from event_streaming.link.protocol import Besides
from event_streaming.producer import positions, registration

if TYPE_CHECKING:
	from frappe.model.document import Document

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else; 5 bits each
LENGTH = 20
GROUP = 5
MINUTES = 60
GIVES, TAKES = "Receive From This Site", "Send to This Site"  # what a code lets the other site do
USE_FIELDS = ("code_hash", "expires_at", "redeemed_by", "redeemed_at", "redeemed_from")


def make_code(invitation: "Document") -> dict:
	"""A new code; the one before is good for nothing any more.

	:returns: `code`, `url` of this site, and `qr`, a picture of both as a data URI, or None
	"""
	if invitation.redeemed_by:
		frappe.throw(_("This invitation has been used. Make another one."))
	code = Secret("".join(secrets.choice(ALPHABET) for _character in range(LENGTH)))
	expires_at = add_to_date(now_datetime(), minutes=MINUTES)
	invitation.db_set({"code_hash": _hash(code), "expires_at": expires_at})
	shown = "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))
	url = urls.own_url()
	return {"code": shown, "url": url, "qr": _picture(f"{url}\n{shown}")}


def redeem(
	code: str,
	producer_url: str,
	event_subscriber: str,
	doctypes: dict[str, str],
	site_id: str,
	told_name: str,
	besides: Besides | None = None,
) -> dict:
	"""Makes the Event Consumer of a site that nobody can call, or gives the one that the invitation names a new key.

	:param site_id: the id that the calling site gives itself
	:param told_name: what it says its name is, for people
	:param besides: what its documents are to come with
	:returns: as `registration.register`
	:raises RegistrationRefused: the code isn't good, or not for that
	"""
	open_by_code(code, GIVES)
	positions.stamp()  # commits, so before anything is written
	invitation = open_by_code(code, GIVES, for_update=True)
	registration.check_own_url(producer_url)
	_check_asked(invitation, event_subscriber, doctypes)
	registration.check_request(event_subscriber, doctypes)
	consumer = _consumer(invitation, checked_id(site_id))
	consumer.told_name = told_name
	answer = registration.grant(consumer, event_subscriber, doctypes, besides)
	note_use(invitation, consumer.name)
	return answer


def note_use(invitation: "Document", link: str) -> None:
	"""
	:param link: name of the Event Consumer or Event Producer that the code has made or renewed
	"""
	invitation.db_set(
		{
			"code_hash": None,
			"redeemed_by": link,
			"redeemed_at": now_datetime(),
			"redeemed_from": frappe.local.request_ip,
		}
	)


def open_by_code(code: str, purpose: str, for_update: bool = False) -> "Document":
	"""The invitation of a code; all that are not good get the same answer.

	:param purpose: GIVES or TAKES
	:raises RegistrationRefused: it isn't good, or for the other purpose
	"""
	name = frappe.db.get_value("Event Invitation", {"code_hash": _hash(code)})
	invitation = frappe.get_doc("Event Invitation", name, for_update=for_update) if name else None
	# read again under the lock: another request may have used it
	if not invitation or invitation.code_hash != _hash(code) or not _is_fresh(invitation):
		frappe.throw(
			_("This code is unknown, was used, or is older than an hour. Ask for another one."),
			RegistrationRefused,
		)
	if (invitation.purpose or GIVES) != purpose:
		frappe.throw(
			_("This code is to {0}, not for this. It is entered in an Event Producer.").format(GIVES)
			if purpose == TAKES
			else _("This code is to {0}, not for this. It is entered in the list of Event Consumers.").format(
				TAKES
			),
			RegistrationRefused,
		)
	return invitation


def _is_fresh(invitation: "Document") -> bool:
	return bool(invitation.expires_at) and get_datetime(invitation.expires_at) > now_datetime()


def _check_asked(invitation: "Document", event_subscriber: str, doctypes: dict[str, str]) -> None:
	if event_subscriber != invitation.event_subscriber:
		frappe.throw(_("This code is for another Event Subscriber."), RegistrationRefused)
	if more := set(doctypes) - {row.ref_doctype for row in invitation.doctypes}:
		frappe.throw(
			_("This code is not for {0}. Remove it, or ask for a code that is.").format(
				", ".join(sorted(more))
			),
			RegistrationRefused,
		)


def checked_id(site_id: str) -> str:
	"""The id that a calling site gives itself, in its usual form.

	:raises RegistrationRefused: it is no id, or that of this site
	"""
	try:
		checked = str(UUID(site_id))
	except ValueError:
		frappe.throw(_("site_id must be a UUID."), RegistrationRefused)
	if checked == site.own_id():
		frappe.throw(_("A site cannot subscribe to itself."), RegistrationRefused)
	return checked


def _consumer(invitation: "Document", site_id: str) -> "Document":
	if invitation.renews:
		consumer = frappe.get_doc("Event Consumer", invitation.renews, for_update=True)
		if consumer.site_id != site_id:
			frappe.throw(_("This code renews the link of another site."), RegistrationRefused)
		return consumer
	url = urls.uncallable_url(site_id)
	if frappe.db.exists("Event Consumer", url):
		frappe.throw(
			_(
				"There is a link with this site already. Ask for a code that renews it: Invite Again, in the Event Consumer."
			),
			RegistrationRefused,
		)
	return registration.open_consumer(url, site_id)


def _hash(code: str) -> str:
	"""Of the code however it was typed. It has 100 random bits, so a plain digest can't be guessed back."""
	letters = "".join(character for character in code.upper() if character.isalnum())
	return hashlib.sha256(letters.encode()).hexdigest()


def _picture(text: str) -> str | None:
	try:
		import pyqrcode  # comes with Frappe, for its two-factor login
	except ImportError:
		return None
	stream = io.BytesIO()
	pyqrcode.create(text).svg(stream, scale=4, background="#ffffff")
	return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode()
