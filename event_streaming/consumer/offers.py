"""A producer that nobody can call pairs: an administrator of this site makes a code, and that site's enters it there.

Invariants:
- A code is good once, for an hour, for the DocTypes and the Event Subscriber that its invitation names, as in `invitations`.
- What it makes is paused: nothing is received before a person of this site has seen who came, and resumes it.
- An existing link gets a new key only from an invitation that names it.
"""

import frappe
from frappe import _

from event_streaming import site
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.row_statuses import remote_doctype
from event_streaming.exceptions import RegistrationRefused
from event_streaming.link import urls
from event_streaming.link.protocol import BESIDES
from event_streaming.producer import invitations

DOCTYPE = "Event Producer"


def read(code: str) -> dict:
	"""
	:returns: `event_subscriber`, `doctypes` as of `registration.register`, and the `site_id` of this site
	:raises RegistrationRefused: the code isn't good
	"""
	invitation = invitations.open_by_code(code, invitations.TAKES)
	besides = _received_besides(invitation.renews_producer)
	doctypes = [
		{
			"ref_doctype": row.ref_doctype,
			"condition": None,
			**dict.fromkeys(besides.get(row.ref_doctype, ()), 1),
		}
		for row in invitation.doctypes
	]
	return {
		"event_subscriber": invitation.event_subscriber,
		"doctypes": doctypes,
		"site_id": site.own_id(),
		"site_url": urls.own_url(),
	}


def _received_besides(producer: str | None) -> dict[str, list[str]]:
	rows = frappe.get_doc(DOCTYPE, producer).producer_doctypes if producer else ()
	return {remote_doctype(row): [what for what in BESIDES if row.get(what)] for row in rows}


def take(code: str, site_id: str, told_name: str, link: dict) -> dict:
	"""Makes the Event Producer of a site that nobody can call, or gives the one that the invitation names a new key.

	:param link: as `arguments.offered_link` returns it
	:raises RegistrationRefused: the code isn't good, or not for that
	"""
	invitation = invitations.open_by_code(code, invitations.TAKES, for_update=True)
	with as_user(invitation.owner):
		producer = _producer(invitation, invitations.checked_id(site_id))
		producer.told_name = told_name
		producer.flags.event_streaming_offer = {**link, "site_id": site_id}
		producer.save()
	invitations.note_use(invitation, producer.name)
	return {"name": producer.name}


def _producer(invitation, site_id: str):
	if invitation.renews_producer:
		producer = frappe.get_doc(DOCTYPE, invitation.renews_producer, for_update=True)
		if producer.site_id != site_id:
			frappe.throw(_("This code renews the link of another site."), RegistrationRefused)
		producer.by_mailbox = 1
		return producer
	url = urls.uncallable_url(site_id)
	if frappe.db.exists(DOCTYPE, url):
		frappe.throw(
			_(
				"There is a link with this site already. Ask for a code that renews it (Event Invitation, Renews the Link From)."
			),
			RegistrationRefused,
		)
	producer = frappe.new_doc(DOCTYPE)
	producer.update(
		{
			"producer_url": url,
			"event_subscriber": invitation.event_subscriber,
			"by_mailbox": 1,
			"paused": 1,
			"producer_doctypes": [{"ref_doctype": row.ref_doctype} for row in invitation.doctypes],
		}
	)
	return producer
