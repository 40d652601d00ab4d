"""The consumer's side of a link: asking a producer for it, keeping it up to date, ending it.

The functions that take an Event Producer run inside its save, before it is written. They set fields on it and
never save it; what they raise aborts the save with a message for the person at the form.
"""

import hmac
from collections.abc import Collection
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils.password import delete_all_passwords_for, get_decrypted_password, set_encrypted_password

from event_streaming import site
from event_streaming.consumer import pairing_tokens
from event_streaming.consumer.cursor import PAUSED, STOPPED, WAITING
from event_streaming.consumer.log_reset import request_whole_documents_from, reset_after_new_log
from event_streaming.consumer.row_statuses import known_status, remote_doctype, set_cursor_state
from event_streaming.consumer.subscription import TO_BE_FETCHED
from event_streaming.exceptions import (
	AppMissing,
	PositionGone,
	RegistrationRefused,
	StreamingError,
	TransientError,
	UrlNotAllowed,
	WrongSite,
)
from event_streaming.link import answers, arguments, urls
from event_streaming.link.client import Means, ProducerClient, url_of
from event_streaming.link.credentials import Secret
from event_streaming.link.messages import plain_text, told_to_caller, untell
from event_streaming.link.protocol import APPROVED, BESIDES, PROTOCOL
from event_streaming.locks import begin_to_write

if TYPE_CHECKING:
	from frappe.model.document import Document

TOLD_AGAIN = "event_streaming:conditions_refused:"
TOLD_AGAIN_INTERVAL = 24 * 60 * 60  # seconds
PLACE = ["epoch", "position", "event_key", "seen", "seen_key"]
NOTHING_SEEN = {"seen": 0, "seen_key": None}
SPARE_SECRET = "api_secret"  # kept for the cursor too: core deletes the Event Producer's own before on_trash


def preflight(producer_url: str, means: Means | None = None, link: str | None = None) -> dict:
	"""What the other site says of itself: `app`, `protocol`, `version`, `site_url`; and `clock_ahead`, see `answers.clock_ahead`.

	:param means: see `line.Means`
	:param link: name of the Event Producer, if there is one, which says how it is called
	:raises StreamingError: a subclass that says what is wrong with the site or its URL
	"""
	client = (
		ProducerClient.of_link(link, producer_url, "", None)
		if link
		else ProducerClient(producer_url, means=means)
	)
	with told_to_caller(), client as producer:
		answer = producer.handshake()
		_check_handshake(producer.url, answer)
		return {**answer, "clock_ahead": producer.clock_ahead}


def register(doc: "Document") -> None:
	"""Makes or renews the link: sets `api_key`, `api_secret` and the rows' statuses, and the cursor.

	Registering again keeps the producer's approvals and this site's place in its log, unless that place is gone.
	"""
	if doc.by_mailbox:
		frappe.throw(
			_(
				"{0} can't be called. Make an Event Invitation that renews this link, and have its code entered there."
			).format(doc.producer_url),
			RegistrationRefused,
		)
	callback_url = _callback_url(doc)
	if not urls.is_callable(callback_url):
		frappe.throw(
			_(
				"This site can't be called, so {0} gives it a key only for a code. Ask the administrator there for one (Event Consumer, Invite Again), enter it as Code and save."
			).format(doc.producer_url),
			RegistrationRefused,
		)
	site.check_not_copy()
	url = doc.current_url or doc.producer_url
	means = _means(doc)
	preflight(url, means)
	token = pairing_tokens.issue(url)
	read_until = frappe.db.get_value("Event Stream Cursor", doc.name, "read_until") if doc.name else None
	with told_to_caller(), ProducerClient(url, means=means) as producer:
		answer = producer.register(
			**({"read_until": read_until} if read_until else {}),
			callback_url=callback_url,
			producer_url=producer.url,
			token=token,
			event_subscriber=doc.event_subscriber,
			doctypes=requested_doctypes(doc),
			site_id=site.own_id(),
		)
	_accept(doc, answer)


def redeem(doc: "Document", code: Secret) -> None:
	"""As `register`, for a site that the producer can't call: a code from there stands for the callback.

	:param code: as its administrator was shown it
	"""
	site.check_not_copy()
	url = doc.current_url or doc.producer_url
	means = _means(doc)
	preflight(url, means)
	with told_to_caller(), ProducerClient(url, means=means) as producer:
		try:
			answer = producer.redeem(
				code=code,
				producer_url=producer.url,
				event_subscriber=doc.event_subscriber,
				doctypes=requested_doctypes(doc),
				site_id=site.own_id(),
				told_name=frappe.local.site,
			)
		except AppMissing:
			raise AppMissing(
				_(
					"{0} does not support codes: its version of Event Streaming is too old. Update it first."
				).format(url)
			) from None
	_accept(doc, answer)


def accept_offer(doc: "Document", answer: dict) -> None:
	"""A producer that nobody can call has redeemed a code of this site; see `offers`.

	:param answer: key, epoch, position, event_key and doctypes, as of `register`
	"""
	known = frappe.db.get_value("Event Stream Cursor", doc.producer_url, ["state", "epoch"], as_dict=True)
	goes_on = bool(known) and known.state != STOPPED and known.epoch == answer["epoch"]
	_accept(doc, answer, goes_on)


def _accept(doc: "Document", answer: dict, has_place: bool | None = None) -> None:
	"""
	:param answer: of `register` or `redeem`
	:param has_place: whether the producer still has this site's place in its log; None to ask it
	"""
	doc.site_id = answers.site_id(answer)
	doc.api_key, doc.api_secret = answer["api_key"], Secret(answer["api_secret"])
	_set_statuses(doc, answer["doctypes"])
	_place_cursor(doc, answer, has_place)


def rotate(doc: "Document") -> None:
	"""A new key and secret; the old ones are dead at once. The producer keeps everything else."""
	register(doc)


def start_again(doc: "Document") -> None:
	"""After a stop: from the end of the producer's log. With a new key where this site can register again; where one of the two
	can't be called, its key stays."""
	if not doc.by_mailbox and urls.is_callable(_callback_url(doc)):
		return register(doc)
	with told_to_caller(), ProducerClient.for_producer(doc.name) as producer:
		try:
			answer = producer.start_again()
		except AppMissing:
			raise AppMissing(
				_(
					"{0} has an older version of Event Streaming: it can start a link again only with a new code. Update it, or ask its administrator for a code."
				).format(doc.producer_url)
			) from None
	key = {"api_key": doc.api_key, "api_secret": doc.get_password("api_secret")}
	_accept(doc, {**answer, **key})


def update_subscription(doc: "Document") -> None:
	"""Tells the producer of a changed subscriber, changed rows or conditions; sets the statuses it answers."""
	_take_statuses(doc, _tell_subscription(doc))


def _tell_subscription(doc: "Document") -> dict:
	with told_to_caller(), ProducerClient.for_producer(doc.name) as producer:
		return producer.update_subscription(doc.event_subscriber, requested_doctypes(doc))


def _take_statuses(doc: "Document", answer: dict) -> None:
	_set_statuses(doc, answer["doctypes"], answer.get("still_given") or ())
	rows = [row for row in doc.producer_doctypes if not row.unsubscribe]
	set_cursor_state(doc.name, {APPROVED if row.still_given else row.status for row in rows})


def subscribe_again(producer: str, rows: Collection[str]) -> None:
	"""What the producer takes for unsubscribed, and this site doesn't; what was missed is fetched. Commits.

	:param rows: names of rows of the Event Configuration
	"""
	doc = frappe.get_doc("Event Producer", producer, for_update=True)  # behind a save that has just told it
	lost = [row.name for row in doc.producer_doctypes if row.name in rows and not row.unsubscribe]
	if lost:
		answer = _tell_subscription(doc)
		begin_to_write()
		_take_statuses(doc, answer)
		for name in lost:
			told = {"missed": TO_BE_FETCHED}
			frappe.db.set_value("Event Producer Document Type", name, told, update_modified=False)
	frappe.db.commit()  # nosemgrep -- what was asked for, and ends the lock


def tell_conditions_again(producer: str) -> None:
	"""To a producer that knows of others. What it refuses it is told again a day later at most: the link goes on by what the
	producer has. Commits."""
	told = TOLD_AGAIN + producer
	if frappe.cache.get_value(told):
		return
	doc = frappe.get_doc("Event Producer", producer, for_update=True)  # behind a save that has just told it
	try:
		answer = _tell_subscription(doc)
		begin_to_write()
		_take_statuses(doc, answer)
	except TransientError:
		raise
	except StreamingError as error:
		untell(error)
		frappe.db.rollback()
		frappe.cache.set_value(told, 1, expires_in_sec=TOLD_AGAIN_INTERVAL)
		frappe.log_error(title=_("Event Streaming: {0} refuses a condition of this site").format(producer))
	frappe.db.commit()  # nosemgrep -- what was asked for, and ends the lock


def unregister(doc: "Document") -> None:
	"""Ends the link on both sites. A producer that cannot be told keeps a link whose key nobody has any more; then
	`frappe.flags.producer_not_told` is its name."""
	if not site.is_copy():  # whose links are the original's
		_tell_producer(doc)
	frappe.db.delete("Event Stream Cursor", {"name": doc.name})
	delete_all_passwords_for("Event Stream Cursor", doc.name)


def _tell_producer(doc: "Document") -> None:
	name = doc.name
	secret = get_decrypted_password("Event Stream Cursor", name, SPARE_SECRET, raise_exception=False)
	try:
		url = url_of("Event Producer", name)
		with ProducerClient.of_link(name, url, doc.api_key, secret) as producer:
			producer.unregister()
	except StreamingError as error:
		untell(error)
		frappe.flags.producer_not_told = name
		frappe.msgprint(
			_("{0} could not be notified: {1} Delete its Event Consumer for this site there.").format(
				name, error
			),
			indicator="orange",
		)


def confirm(token: str, producer_url: str) -> bool:
	"""Whether this site issued that token to that producer, just now. A token is good for one question.

	:raises RegistrationRefused: it did not
	"""
	bound_to = pairing_tokens.consume(token)
	if not hmac.compare_digest(bound_to.encode(), urls.normalize_url(producer_url).encode()):
		frappe.throw(_("This site is not registering with {0}.").format(producer_url), RegistrationRefused)
	return True


def requested_doctypes(doc: "Document") -> list[dict]:
	"""The subscribed rows as the producer is asked for them: its DocType and the condition."""
	return [
		{
			"ref_doctype": remote_doctype(row),
			"condition": arguments.canonical_condition(row.condition) or None,
			**{what: 1 for what in BESIDES if row.get(what)},
		}
		for row in doc.producer_doctypes
		if not row.unsubscribe
	]


def _means(doc: "Document") -> Means:
	"""Of an Event Producer that is being saved."""
	password = doc.get_password("gate_password", raise_exception=False) if doc.gate_user else ""
	return Means(doc.gate_user or "", password or "", doc.max_kbits or 0)


def _check_handshake(url: str, answer: dict) -> None:
	if answer["protocol"] != PROTOCOL:
		raise RegistrationRefused(
			_("{0} has another version of this app ({1}). Update the older of the two sites.").format(
				url, answer.get("version") or answer["protocol"]
			)
		)
	if not urls.is_callable(url):
		is_right = urls.uncallable_url(answers.site_id(answer) or "") == url
	else:
		is_right = answer["site_url"] == url
	if not is_right:
		raise WrongSite(
			_(
				"The site at {0} calls itself {1}. Use that URL here, or set host_name in the site config there if"
				" it is not the right one."
			).format(url, plain_text(answer["site_url"]))
		)


def _callback_url(doc: "Document") -> str:
	callback_url = urls.normalize_url(doc.callback_url) if doc.callback_url else urls.own_url()
	if callback_url == urls.normalize_url(doc.producer_url):
		frappe.throw(_("A site cannot subscribe to itself. Enter the URL of the other site."), UrlNotAllowed)
	return callback_url


def _set_statuses(doc: "Document", doctypes: dict[str, str], still_given: Collection[str] = ()) -> None:
	for row in doc.producer_doctypes:
		status = doctypes.get(remote_doctype(row))
		row.still_given = 0
		if not row.unsubscribe:
			row.status = known_status(status)
			row.still_given = int(isinstance(still_given, list) and remote_doctype(row) in still_given)


def _place_cursor(doc: "Document", answer: dict, has_place: bool | None) -> None:
	"""At the head of the producer's log, or where it was: it is not moved past what was not read yet."""
	name = urls.normalize_url(doc.producer_url)
	head = {key: answer.get(key) for key in ("epoch", "position", "event_key")} | {"head": answer["position"]}
	fresh = {
		"state": PAUSED if doc.paused else WAITING,
		"error": None,
		"attempts": 0,
		"next_attempt_at": None,
		"read_until": None,
	}
	known = frappe.db.get_value("Event Stream Cursor", name, PLACE, as_dict=True)
	if not known:
		cursor = frappe.get_doc(doctype="Event Stream Cursor", event_producer=name, behind=0, **head, **fresh)
		# nosemgrep -- this app's own records; whoever asked was checked before
		cursor.insert(ignore_permissions=True)
		reset_after_new_log(
			name, head["epoch"], head["position"]
		)  # much may have changed since an earlier link
	else:
		if not known.epoch:
			kept = False  # taken over from the earlier app, or not answered yet
		else:
			kept = _has_place(doc, known) if has_place is None else has_place
		if not kept:
			reset_after_new_log(name, head["epoch"], head["position"])
			request_whole_documents_from(name)
		frappe.db.set_value("Event Stream Cursor", name, fresh if kept else {**head, **NOTHING_SEEN, **fresh})
	set_encrypted_password("Event Stream Cursor", name, doc.api_secret, SPARE_SECRET)
	set_cursor_state(name, {row.status for row in doc.producer_doctypes if not row.unsubscribe})


def _has_place(doc: "Document", place: frappe._dict) -> bool:
	"""Whether the producer still has what comes after this place; asked with the new key."""
	try:
		url = doc.current_url or doc.producer_url
		with ProducerClient.of_link(doc.name, url, doc.api_key, doc.api_secret) as producer:
			producer.get_updates(
				place.position,
				place.event_key,
				place.epoch,
				limit=1,
				seen=place.seen,
				seen_key=place.seen_key,
			)
	except PositionGone as error:
		frappe.msgprint(
			_("{0} What changed there up to now will not be fetched from its log.").format(error),
			indicator="orange",
		)
		return False
	except TransientError as error:
		untell(error)  # as far as anyone knows the place is there; the next pull finds out
	return True
