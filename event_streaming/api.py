"""Everything that another site calls: each function a check of who calls and with what, and one call.

Guests may ask who this site is, ask to subscribe, and confirm that they did; the rest needs the key of a link.
"""

import frappe
from frappe.rate_limiter import rate_limit
from frappe.utils import now_datetime

from event_streaming import __version__, site
from event_streaming.consumer import offers, pairing
from event_streaming.document.streamable import is_streamable
from event_streaming.link import arguments, moving, protocol, urls
from event_streaming.link.credentials import Secret, require_link
from event_streaming.link.limits import HOUR, guest_limit
from event_streaming.link.mailbox import Mailbox
from event_streaming.link.messages import told_to_caller
from event_streaming.producer import (
	annotations,
	contact,
	describe,
	earlier_log,
	feed,
	files,
	invitations,
	listing,
	registration,
	whole_documents,
)
from event_streaming.producer.registration import require_approved_link

MAX_WAIT = 1.0  # seconds


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["GET"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def handshake() -> dict:
	"""Who this site is, for somebody who is about to subscribe to it."""
	site_id = site.own_id()
	frappe.db.commit()  # nosemgrep -- a GET would forget the id that a copied site has just got
	return {
		"app": "event_streaming",
		"site_id": site_id,
		"protocol": protocol.PROTOCOL,
		"version": __version__,
		"site_url": urls.own_url(),
	}


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def register(
	callback_url: str | None = None,
	producer_url: str | None = None,
	token: str | None = None,
	event_subscriber: str | None = None,
	doctypes: list | None = None,
	site_id: str | None = None,
	read_until: str | None = None,
) -> dict:
	"""A site asks to subscribe to this one; see `registration.register`."""
	answer = registration.register(
		arguments.text(callback_url, "callback_url"),
		arguments.text(producer_url, "producer_url"),
		arguments.text(token, "token"),
		arguments.text(event_subscriber, "event_subscriber"),
		arguments.doctype_requests(doctypes),
		arguments.text(site_id, "site_id", required=False),
		arguments.asked_besides(doctypes),
	)
	if since := arguments.optional_moment(read_until, "read_until"):
		earlier_log.tell_again(answer["api_key"], since)
	return answer


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def redeem(
	code: str | None = None,
	producer_url: str | None = None,
	event_subscriber: str | None = None,
	doctypes: list | None = None,
	site_id: str | None = None,
	told_name: str | None = None,
) -> dict:
	"""A site that nobody can call asks to subscribe to this one; see `invitations.redeem`."""
	site.check_not_copy()
	return invitations.redeem(
		Secret(arguments.text(code, "code")),
		arguments.text(producer_url, "producer_url"),
		arguments.text(event_subscriber, "event_subscriber"),
		arguments.doctype_requests(doctypes),
		arguments.text(site_id, "site_id"),
		arguments.text(told_name, "told_name", required=False),
		arguments.asked_besides(doctypes),
	)


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def confirm_registration(token: str | None = None, producer_url: str | None = None) -> dict:
	"""A producer asks whether this site really is registering with it."""
	token, producer_url = arguments.text(token, "token"), arguments.text(producer_url, "producer_url")
	return {"confirmed": pairing.confirm(token, producer_url)}


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def prove_link(link_key: str | None = None, challenge: str | None = None) -> dict:
	"""Whether this is still the site of a link; see `moving.prove`."""
	return moving.prove(arguments.text(link_key, "link_key"), arguments.text(challenge, "challenge"))


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def get_updates(
	after: int | None = None,
	event_key: str | None = None,
	epoch: str | None = None,
	limit: int | None = 100,
	seen: int | None = 0,
	seen_key: str | None = None,
	done: int | None = None,
	done_key: str | None = None,
	count: int | None = 0,
	leaving: int | None = 0,
	time_zone: str | None = "",
) -> dict:
	"""A page of the Update Log; see `feed.get_updates`. Asking for what comes after a position acknowledges it.

	:param done: where the consumer really stands, when it asks ahead; this is acknowledged instead
	:param done_key: key of the event there
	:param leaving: whether to tell of documents that a change took out of the consumer's sight
	:param time_zone: the consumer's, on whose clock moments are told
	"""
	link = require_link("Event Consumer")
	after = arguments.integer(after, "after")
	event_key = arguments.text(event_key, "event_key", required=False)
	epoch = arguments.text(epoch, "epoch")
	limit = arguments.integer(limit, "limit", 1, protocol.MAX_PAGE)
	seen = arguments.integer(seen, "seen")
	seen_key = arguments.text(seen_key, "seen_key", required=False)
	done = after if done is None else arguments.integer(done, "done", 0, after)
	done_key = event_key if done == after else arguments.text(done_key, "done_key", required=False)
	count = bool(arguments.integer(count, "count", 0, 1))
	shown = {seen: seen_key, done: done_key}
	leaving = bool(arguments.integer(leaving, "leaving", 0, 1))
	time_zone = arguments.text(time_zone, "time_zone", required=False)
	with contact.acknowledging(link.name, done, done_key):
		return feed.get_updates(link.name, after, event_key, epoch, limit, shown, count, leaving, time_zone)


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def get_documents(
	documents: list | None = None, linked_from: list | None = None, time_zone: str | None = ""
) -> dict:
	"""Whole documents; see `whole_documents.get_documents`."""
	link = require_approved_link()
	documents = arguments.documents(documents)
	linked_from = arguments.documents(linked_from or [], "linked_from", protocol.MAX_LINKING)
	given = [document for document in documents if is_streamable(document[0])]
	linked_from = [key for key in linked_from if is_streamable(key[0])]
	time_zone = arguments.text(time_zone, "time_zone", required=False)
	answer = whole_documents.get_documents(link.name, given, linked_from, time_zone)
	answer["missing"] += [list(document) for document in documents if document not in given]
	return answer


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def find_documents(
	doctype: str | None = None,
	filters: dict | list | None = None,
	limit: int | None = protocol.MAX_FOUND,
	linked_from: list | None = None,
) -> dict:
	"""Names of documents; see `whole_documents.find_documents`."""
	link = require_approved_link()
	doctype = arguments.text(doctype, "doctype")
	limit = arguments.integer(limit, "limit", 1, protocol.MAX_FOUND)
	if not is_streamable(doctype):
		return {"names": []}
	linked_from = arguments.documents(linked_from or [], "linked_from", protocol.MAX_LINKING)
	linked_from = [key for key in linked_from if is_streamable(key[0])]
	return {"names": whole_documents.find_documents(link.name, doctype, filters or [], limit, linked_from)}


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def list_documents(
	doctype: str | None = None,
	after: str | None = "",
	limit: int | None = 100,
	upto: str | None = "",
	fields: dict | None = None,
	count: bool | None = False,
	resumable: bool | None = False,
	created_after: str | None = None,
	filters: dict | list | None = None,
	time_zone: str | None = "",
	newest_first: bool | None = False,
) -> dict:
	"""Names of all documents of an approved DocType, page by page; see `listing.list_documents`."""
	link = require_approved_link()
	return listing.list_documents(
		link.name,
		arguments.text(doctype, "doctype"),
		arguments.text(after, "after", required=False),
		arguments.integer(limit, "limit", 1, protocol.MAX_LISTED),
		arguments.text(upto, "upto", required=False),
		arguments.field_lists(fields) if fields else None,
		bool(count),
		bool(resumable),
		arguments.moment(created_after, "created_after") if created_after else created_after,
		filters or [],
		arguments.text(time_zone, "time_zone", required=False),
		bool(newest_first),
	)


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def summarise_documents(
	doctype: str | None = None,
	after: str | None = "",
	limit: int | None = protocol.MAX_SUMMARISED,
	fields: dict | None = None,
	time_zone: str | None = "",
) -> dict:
	"""Number and digest of the next documents of an approved DocType; see `listing.summarise_documents`."""
	link = require_approved_link()
	return listing.summarise_documents(
		link.name,
		arguments.text(doctype, "doctype"),
		arguments.text(after, "after", required=False),
		arguments.integer(limit, "limit", 1, protocol.MAX_SUMMARISED),
		arguments.field_lists(fields),
		arguments.text(time_zone, "time_zone", required=False),
	)


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def describe_doctype(doctype: str | None = None) -> list[dict]:
	"""Fields of a DocType; see `describe.describe_doctype`."""
	link = require_approved_link()
	return describe.describe_doctype(link.name, arguments.text(doctype, "doctype"))


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def list_files(documents: list | None = None) -> dict:
	"""The files of documents; see `files.list_files`."""
	link = require_approved_link()
	documents = arguments.documents(documents, most=protocol.MAX_FILED)
	return files.list_files(link.name, documents)


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def list_annotations(documents: list | None = None, time_zone: str | None = None) -> dict:
	"""Comments and tags of documents; see `annotations.list_annotations`."""
	link = require_approved_link()
	documents = arguments.documents(documents, most=protocol.MAX_FILED)
	zone = arguments.text(time_zone, "time_zone", required=False)
	return annotations.list_annotations(link.name, documents, zone)


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def read_file(
	doctype: str | None = None,
	name: str | None = None,
	file: str | None = None,
	offset: int | None = 0,
	length: int | None = protocol.MAX_SLICE,
) -> dict:
	"""A slice of a file of a document; see `files.read_file`."""
	link = require_approved_link()
	return files.read_file(
		link.name,
		(arguments.text(doctype, "doctype"), arguments.text(name, "name")),
		arguments.text(file, "file"),
		arguments.integer(offset, "offset", 0, protocol.MAX_INTEGER),
		arguments.integer(length, "length", 1, protocol.MAX_SLICE),
	)


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def report_state(report: dict | None = None) -> dict:
	"""A consumer says how it is doing, for the page Linked Sites. What is not of its form is left out."""
	link = require_link("Event Consumer")
	values = {"report": arguments.report(report), "reported_at": now_datetime()}
	frappe.db.set_value("Event Consumer", link.name, values, update_modified=False)
	return {}


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def start_again() -> dict:
	"""Where the log ends now, for a consumer whose place in it is gone; see `registration.start_again`."""
	return registration.start_again(require_link("Event Consumer").name)


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)  # its answers tell which users and DocTypes there are
@told_to_caller()
def update_subscription(event_subscriber: str | None = None, doctypes: list | None = None) -> dict:
	"""A consumer wants other DocTypes, conditions or another subscriber."""
	link = require_link("Event Consumer", even_paused=True)
	event_subscriber = arguments.text(event_subscriber, "event_subscriber")
	besides = arguments.asked_besides(doctypes)
	doctypes = arguments.doctype_requests(doctypes)
	statuses = registration.update_subscription(link.name, event_subscriber, doctypes, besides)
	return {"doctypes": statuses, "still_given": registration.still_given(link.name)}


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def unregister() -> dict:
	"""A consumer ends its link."""
	registration.unregister(require_link("Event Consumer", even_paused=True).name)
	return {}


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def wake_up() -> dict:
	"""A producer has news."""
	from event_streaming.consumer.pull import schedule

	link = require_link("Event Producer", even_paused=True)
	if not link.paused:
		schedule.wake_up(link.name)
	return {}


@frappe.whitelist(methods=["POST"])
@told_to_caller()
def exchange(answer: dict | None = None, wait: float | None = 0.0, news: int | None = 0) -> dict:
	"""A producer that nobody can call leaves what it was asked last, and fetches what it is asked next.

	:param answer: `{"id", "status", "body", "retry_after"}`, see `mailbox`; one that nobody waits for is forgotten
	:param wait: seconds, at most `MAX_WAIT`, that it would wait for a request
	:param news: 1 when it has changes that this site lacks
	:returns: `{"request": {"id", "function", "arguments"} or None}`
	"""
	from event_streaming.consumer.pull import schedule

	link = require_link("Event Producer")
	box = Mailbox(link.name)
	was_away = box.arrive()
	if answer:
		box.deliver(*arguments.mailed_answer(answer))
	if was_away or news:
		schedule.wake_up(link.name)
	return {"request": box.fetch(arguments.seconds(wait, "wait", MAX_WAIT))}


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def read_invitation(code: str | None = None) -> dict:
	"""What the holder of a code is asked to send to this site; see `offers.read`."""
	return offers.read(Secret(arguments.text(code, "code")))


# nosemgrep -- limited, and tells nothing of the site without a token
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=guest_limit, seconds=HOUR)
@told_to_caller()
def offer(
	code: str | None = None,
	site_id: str | None = None,
	told_name: str | None = None,
	link: dict | None = None,
) -> dict:
	"""A site that nobody can call gives this one a key to subscribe to it; see `offers.take`."""
	site.check_not_copy()
	return offers.take(
		Secret(arguments.text(code, "code")),
		arguments.text(site_id, "site_id"),
		arguments.text(told_name, "told_name", required=False),
		arguments.offered_link(link),
	)
