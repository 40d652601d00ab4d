"""The producer's side of a link: who may subscribe, to what, and what its administrator said to it.

Invariant: nothing about this site is said, and nothing is written, before the caller has proven that it owns the
URL it names. What it asks for is Pending until an administrator approves it, and Pending again when it changes: what was
approved before holds until then, so nothing is missed while a change waits for its answer.
"""

from typing import TYPE_CHECKING

import frappe
from frappe import _

from event_streaming import site
from event_streaming.document.streamable import check_streamable
from event_streaming.exceptions import RegistrationRefused, StreamingError, SubscriberMissing, WrongSite
from event_streaming.link import urls
from event_streaming.link.arguments import check_filters, condition_digest
from event_streaming.link.client import ConsumerClient
from event_streaming.link.credentials import Secret, make_credentials, require_link
from event_streaming.link.messages import untell
from event_streaming.link.protocol import APPROVED, BESIDES, PENDING, UNSUBSCRIBED, Besides
from event_streaming.producer import positions
from event_streaming.producer.consumed_doctypes import clear_consumed_cache
from event_streaming.producer.terms import condition_of, given_rows

if TYPE_CHECKING:
	from frappe.model.document import Document


def register(
	callback_url: str,
	producer_url: str,
	token: str,
	event_subscriber: str,
	doctypes: dict[str, str],
	site_id: str = "",
	besides: Besides | None = None,
) -> dict:
	"""Makes the Event Consumer of the calling site, or gives the one it has a new key.

	:param callback_url: where the calling site confirms the token
	:param producer_url: the URL under which it knows this site
	:param doctypes: {DocType of this site: condition as JSON, or ""}
	:param site_id: the id that the calling site gives itself; anybody may claim any
	:param besides: what its documents are to come with
	:returns: key and secret of the link, this site's id, the end of the log and the status of each DocType; for a site that
	        has asked for nothing yet, where it was put first: taken over from the earlier app, or its answer got lost
	"""
	callback_url = urls.normalize_url(callback_url)
	check_own_url(producer_url)
	_check_other_site(callback_url)
	_prove_ownership(callback_url, token)
	check_request(event_subscriber, doctypes)
	positions.stamp()  # commits, so before anything is written
	consumer = open_consumer(callback_url, site_id)
	stands = {"position": consumer.position, "event_key": consumer.event_key}
	answer = grant(consumer, event_subscriber, doctypes, besides)
	return answer if consumer.last_contact else {**answer, **stands}


def check_request(event_subscriber: str, doctypes: dict[str, str]) -> None:
	"""
	:raises StreamingError: this site can't give that to anybody, or not in this user's name
	"""
	_check_subscriber(event_subscriber)
	_check_doctypes(doctypes)


def grant(
	consumer: "Document", event_subscriber: str, doctypes: dict[str, str], besides: Besides | None = None
) -> dict:
	"""Saves what a site asks for that has proven itself, and gives it a new key.

	:returns: as `register`
	"""
	head = positions.head()
	own_id = site.own_id()
	link_key, secret = _renew_key(consumer)
	_set_subscription(consumer, event_subscriber, doctypes, besides)
	_save(consumer)
	key = {"api_key": link_key, "api_secret": secret, "site_id": own_id}
	return {**key, **head, "doctypes": row_statuses(consumer.name)}


def start_again(consumer: str) -> dict:
	"""For a site that has lost its place in the log, and keeps its key.

	:returns: as `register`, without key and secret
	"""
	positions.stamp()
	return {"site_id": site.own_id(), **positions.head(), "doctypes": row_statuses(consumer)}


def update_subscription(
	consumer: str, event_subscriber: str, doctypes: dict[str, str], besides: Besides | None = None
) -> dict[str, str]:
	"""
	:param consumer: name of the Event Consumer
	:returns: {DocType: status}
	"""
	check_request(event_subscriber, doctypes)
	doc = frappe.get_doc("Event Consumer", consumer, for_update=True)
	_set_subscription(doc, event_subscriber, doctypes, besides)
	_save(doc)
	return row_statuses(consumer)


def unregister(consumer: str) -> None:
	# nosemgrep -- this app's own records; whoever asked was checked before
	frappe.delete_doc("Event Consumer", consumer, force=True, ignore_permissions=True)
	clear_consumed_cache()


def require_approved_link() -> frappe._dict:
	"""The calling consumer, once an administrator of this site has approved anything for it.

	:raises RegistrationRefused: nobody has
	"""
	link = require_link("Event Consumer")
	if not approved_doctypes(link.name):
		frappe.throw(_("No DocType of this link is approved yet."), RegistrationRefused)
	return link


def approved_doctypes(consumer: str) -> dict[str, str]:
	"""What this consumer gets: {DocType: condition as JSON, or ""}."""
	return {row.ref_doctype: condition_of(row) for row in given_rows(parent=consumer)}


def still_given(consumer: str) -> list[str]:
	"""DocTypes that go out as they were approved before, while a change waits for its answer."""
	return [row.ref_doctype for row in given_rows(parent=consumer) if row.status != APPROVED]


def row_statuses(consumer: str) -> dict[str, str]:
	"""{DocType: Pending, Approved, Rejected or Unsubscribed}"""
	return {row.ref_doctype: UNSUBSCRIBED if row.unsubscribed else row.status for row in _rows(consumer)}


def conditions_asked_for(consumer: str) -> dict[str, str]:
	"""{DocType: digest of the condition that the consumer asked for last}, be it approved or not."""
	return {
		row.ref_doctype: condition_digest(row.condition) for row in _rows(consumer) if not row.unsubscribed
	}


def check_own_url(producer_url: str) -> None:
	"""
	:raises WrongSite: the caller knows this site by another URL
	"""
	own_url = urls.own_url()
	if urls.normalize_url(producer_url) != own_url:
		frappe.throw(
			_("This site is {0}, not {1}. Use its own URL, or set host_name in its site config.").format(
				own_url, producer_url
			),
			WrongSite,
		)


def _check_other_site(callback_url: str) -> None:
	if callback_url == urls.own_url():
		frappe.throw(_("A site cannot subscribe to itself."), RegistrationRefused)


def _prove_ownership(callback_url: str, token: str) -> None:
	"""Asks the URL itself whether it gave that token to this site."""
	try:
		with ConsumerClient(callback_url) as consumer:
			confirmed = consumer.confirm(token, urls.own_url())
		reason = "" if confirmed else _("It does not know the token.")
	except StreamingError as error:
		confirmed, reason = False, str(error)
		untell(error)
	if not confirmed:
		frappe.throw(
			_(
				"This site asked {0} whether it wants to subscribe and got no confirmation: {1} This site must be"
				" able to reach that URL, and it must be the subscribing site's own."
			).format(callback_url, reason),
			RegistrationRefused,
		)


def _check_subscriber(user: str) -> None:
	if user == "Guest" or not frappe.db.get_value("User", user, "enabled"):
		frappe.throw(
			_(
				"There is no enabled user {0} on this site. Create it here with the rights to read what is to be"
				" streamed, or choose another Event Subscriber."
			).format(user),
			SubscriberMissing,
		)


def _check_doctypes(doctypes: dict[str, str]) -> None:
	for doctype, condition in doctypes.items():
		if not frappe.db.exists("DocType", doctype):
			frappe.throw(
				_(
					"There is no DocType {0} on this site. If it has another name here, use a Document Type"
					" Mapping; otherwise install the app that contains it."
				).format(doctype),
				RegistrationRefused,
			)
		check_streamable(doctype)
		check_filters(doctype, frappe.parse_json(condition) if condition else [])


def open_consumer(callback_url: str, site_id: str) -> "Document":
	"""The Event Consumer of a site, locked, or a new one that begins at the end of the log."""
	consumer = _find_consumer(callback_url) or _new_consumer(callback_url)
	consumer.site_id = site_id
	return consumer


def _find_consumer(callback_url: str) -> "Document | None":
	moved = frappe.db.get_value("Event Consumer", {"current_url": callback_url})
	if moved or frappe.db.exists("Event Consumer", callback_url):
		return frappe.get_doc("Event Consumer", moved or callback_url, for_update=True)
	return None


def _new_consumer(callback_url: str) -> "Document":
	head = positions.head()
	return frappe.get_doc(
		doctype="Event Consumer", callback_url=callback_url, position=head.position, event_key=head.event_key
	)


def _renew_key(consumer: "Document") -> tuple[str, Secret]:
	consumer.link_key, consumer.link_secret = link_key, secret = make_credentials()
	return link_key, secret


def _set_subscription(
	consumer: "Document", event_subscriber: str, doctypes: dict[str, str], besides: Besides | None
) -> None:
	"""Keeps the administrator's word for what is asked for as before; all else waits for it, and what was approved before
	holds meanwhile. What is not asked for is approved for nobody else."""
	known = {row.ref_doctype: row for row in consumer.get("consumer_doctypes")}
	same_user = consumer.event_subscriber == event_subscriber
	for doctype, condition in doctypes.items():
		row = known.get(doctype) or consumer.append("consumer_doctypes", {"ref_doctype": doctype})
		wanted = (besides or {}).get(doctype, ())
		asks_more = any(not row.get(what) for what in wanted)
		if asks_more or not (same_user and row.status and (row.condition or "") == condition):
			_wait_for_answer(row, consumer.event_subscriber)
			if not wanted and _is_as_approved(row, event_subscriber, condition):
				row.status = APPROVED
		row.update({"condition": condition, "unsubscribed": 0})
		row.update({what: int(what in wanted) for what in BESIDES})
	for doctype, row in known.items():
		if doctype not in doctypes:
			row.unsubscribed = 1
			row.status = row.status if same_user or row.status != APPROVED else PENDING
	consumer.event_subscriber = event_subscriber


def _wait_for_answer(row: "Document", approved_subscriber: str | None) -> None:
	if row.status == APPROVED and not row.unsubscribed:
		row.still_given = 1
		row.approved_condition, row.approved_subscriber = row.condition, approved_subscriber
	row.status = PENDING


def _is_as_approved(row: "Document", event_subscriber: str, condition: str) -> bool:
	"""Whether the consumer, which had asked for something else, asks again for what is given until that is answered."""
	approved = (row.approved_condition or "", row.approved_subscriber)
	return bool(row.still_given) and not row.unsubscribed and approved == (condition, event_subscriber)


def _save(consumer: "Document") -> None:
	try:
		# nosemgrep -- this app's own records; whoever asked was checked before
		consumer.save(ignore_permissions=True)
	except frappe.DuplicateEntryError:
		frappe.throw(
			_("{0} is being registered by another request. Try again.").format(consumer.callback_url),
			RegistrationRefused,
		)
	clear_consumed_cache()


def _rows(consumer: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Event Consumer Document Type",
		filters={"parent": consumer, "parenttype": "Event Consumer"},
		fields=["ref_doctype", "status", "unsubscribed", "condition"],
		order_by="idx asc",
	)
