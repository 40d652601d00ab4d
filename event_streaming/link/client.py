"""The only outgoing HTTP of this app: what one site asks another.

Every call either returns what the other site answered or raises an exception that names the site, the trouble
and the remedy. The key of the link is in the session's headers alone, never in a message, log or traceback.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_system_timezone

from event_streaming import site
from event_streaming.exceptions import CredentialsRefused, InvalidEvent
from event_streaming.link import answers, compression, line, stored_secrets, urls
from event_streaming.link.credentials import LINK_ENDPOINTS
from event_streaming.link.line import Means
from event_streaming.link.mailbox import Mailbox
from event_streaming.link.protocol import MAX_FOUND, Key


class SiteClient:
	"""Calls this app's functions on one other site, over one connection that is kept open."""

	connect_timeout = 5
	read_timeout = 30  # between two pieces of the answer
	deadline = 120  # for the whole answer: a site that sends a byte now and then must not hold a worker

	def __init__(
		self,
		url: str,
		api_key: str | None = None,
		api_secret: str | None = None,
		mailbox: Mailbox | None = None,
		means: Means | None = None,
	):
		"""
		:param mailbox: where that site fetches what it is asked, if nobody can call it
		"""
		from event_streaming.link import http  # see `line`

		self.url = urls.normalize_url(url)
		self._mailbox = mailbox
		self._means = means or Means()
		self._proxy = line.proxy_for(self.url)
		self._adapter = http.CheckedAdapter()
		self._session = http.make_session(self._adapter, self._proxy)
		if self._means.max_kbits:
			self.deadline = self.deadline * line.SLOW_LINE
		self._has_key = bool(api_key)
		self._unpacks = False
		self._expired = False
		self.clock_ahead: float | None = None  # seconds, as far as that site's web server tells the time
		self.received = 0  # bytes, as they came over the wire
		own = f"EventStreaming {api_key}:{api_secret}" if api_key else ""
		self._session.headers.update(self._means.headers(own))

	def __enter__(self):
		return self

	def __exit__(self, *_exception) -> None:
		self.close()

	def close(self) -> None:
		self._session.close()

	def abort(self) -> None:
		"""Gives up the answer that another thread is waiting for."""
		if self._mailbox:
			self._mailbox.give_up()
		self._adapter.abort()

	def call(self, function: str, /, *, http_method: str = "POST", **arguments) -> Any:
		"""What `event_streaming.api.<function>` of the other site returns.

		:raises StreamingError: a subclass, see `answers.read` and `failures.explain`
		"""
		from event_streaming.link import failures  # see `line`

		failure = None
		try:
			if self._mailbox:
				return answers.read(self._mailbox.ask(function, arguments))
			urls.check_allowed(self.url, by_proxy=bool(self._proxy))
			with self._watched():
				answer = self._exchange(http_method, function, arguments)
			if self._expired:  # cut while only headers were missing, an answer can look complete
				raise TimeoutError
		except BaseException as error:
			failure = error
		if failure:
			# Raised from here and bare: the frames of requests hold the Authorization header, and Error Log
			# prints the variables of every frame.
			raise failures.explain(failure, self, is_cut=self._expired)
		return answers.read(answer)

	def _exchange(self, http_method: str, function: str, arguments: dict) -> answers.Answer:
		from event_streaming.link import http  # see `line`

		request = self._request(function, arguments) if http_method == "POST" else {}
		with self._session.request(
			http_method,
			f"{self.url}/api/method/{answers.API}{function}",
			timeout=(self.connect_timeout, self.read_timeout),
			allow_redirects=False,
			stream=True,
			**request,
		) as response:
			body = http.read_body(response, self._means.max_kbits)
			self.received += response.raw.tell()
			self._unpacks = compression.is_announced(response.headers)
			self.clock_ahead = answers.clock_ahead(response.headers)
			return answers.Answer(self.url, response.status_code, response.headers, body)

	def _request(self, function: str, arguments: dict) -> dict[str, Any]:
		"""Body and headers of a POST. Packed where that site said that it unpacks, which it does for who has a key."""
		body = json.dumps(arguments, default=str).encode()
		if not (self._unpacks and self._has_key and function in LINK_ENDPOINTS):
			return {"data": self._as_sent(body)}
		if len(body) < compression.LEAST:
			return {"data": self._as_sent(body)}
		headers = {"Content-Type": compression.MEDIA_TYPE}
		return {"data": self._as_sent(compression.pack(body)), "headers": headers}

	def _as_sent(self, body: bytes) -> Any:
		return body

	@contextmanager
	def _watched(self) -> Iterator[None]:
		"""Cuts the connection when the deadline is over, whatever the other site is sending then."""
		finished = threading.Event()

		def watch() -> None:
			if not finished.wait(self.deadline):
				self._expired = True
				while not finished.wait(0.1):
					self._adapter.abort()

		self._expired = False
		threading.Thread(target=watch, daemon=True).start()
		try:
			yield
		finally:
			finished.set()


class ProducerClient(SiteClient):
	"""What a consumer asks a producer."""

	time_zone = ""  # on whose clock the producer is to tell moments

	@classmethod
	def for_producer(cls, name: str) -> "ProducerClient":
		"""
		:param name: of an Event Producer
		:raises CredentialsRefused: it was never registered
		"""
		url = url_of("Event Producer", name)
		credentials = _credentials("Event Producer", name, "api_key", "api_secret")
		return cls.of_link(name, url, *credentials)

	@classmethod
	def of_link(cls, name: str, url: str, api_key: str, api_secret: str | None) -> "ProducerClient":
		"""
		:param name: of an Event Producer, which may be on its way to be saved or deleted
		"""
		fields = ["by_mailbox", "gate_user", "max_kbits"]
		link = frappe.db.get_value("Event Producer", name, fields, as_dict=True) or frappe._dict()
		by_mailbox = link.by_mailbox or not urls.is_callable(url)
		means = Means.of_link("Event Producer", name, link.gate_user, link.max_kbits)
		mailbox = Mailbox(name, means.max_kbits) if by_mailbox else None
		client = cls(url, api_key, api_secret, mailbox, means)
		client.time_zone = get_system_timezone()
		return client

	def handshake(self) -> dict:
		answer = self.call("handshake", http_method="GET")
		return answers.expect(self.url, answer, app=str, protocol=int, site_url=str)

	def register(self, **request) -> dict:
		"""See `event_streaming.api.register`."""
		return self._registered(self.call("register", **request))

	def redeem(self, **request) -> dict:
		"""See `event_streaming.api.redeem`."""
		return self._registered(self.call("redeem", **request))

	def start_again(self) -> dict:
		"""See `event_streaming.api.start_again`."""
		return answers.expect(self.url, self.call("start_again"), epoch=str, position=int, doctypes=dict)

	def _registered(self, answer: Any) -> dict:
		shape = {"api_key": str, "api_secret": str, "epoch": str, "position": int, "doctypes": dict}
		return answers.expect(self.url, answer, **shape)

	def get_updates(
		self,
		after: int,
		event_key: str | None,
		epoch: str,
		limit: int,
		seen: int = 0,
		seen_key: str | None = None,
		done: int | None = None,
		done_key: str | None = None,
		count: bool = False,
		leaving: bool = False,
	) -> dict:
		"""See `event_streaming.api.get_updates`."""
		place: dict[str, Any] = {"after": after, "event_key": event_key or "", "epoch": epoch}
		if seen > after:
			place |= {"seen": seen, "seen_key": seen_key or ""}
		if done is not None and done < after:
			place |= {"done": done, "done_key": done_key or ""}
		if leaving:
			place["leaving"] = 1
		answer = self.call("get_updates", **place, **self._clock, limit=limit, count=int(count))
		shape: dict[str, Any] = {
			"epoch": str,
			"events": list,
			"position": int,
			"event_key": (str, type(None)),
			"head": int,
		}
		shape |= {"passed": int, "behind": (int, type(None)), "more": bool, "doctypes": dict}
		return answers.expect(self.url, answer, **shape)

	def get_documents(self, documents: list[Key], linked_from: Sequence[Key] = ()) -> dict:
		"""See `whole_documents.get_documents`."""
		answer = self.call(
			"get_documents", documents=_pairs(documents), **_reason(linked_from), **self._clock
		)
		shape: dict[str, Any] = {
			"documents": list,
			"missing": list,
			"position": int,
			"event_key": (str, type(None)),
		}
		answers.expect(self.url, answer, **shape)
		for document in answer["documents"]:
			answers.expect(self.url, document, doctype=str, name=(str, int), log_id=int, doc=dict)
		return answer

	def find_documents(
		self, doctype: str, filters: dict | list, limit: int = MAX_FOUND, linked_from: Sequence[Key] = ()
	) -> list[str]:
		"""See `whole_documents.find_documents`."""
		answer = self.call(
			"find_documents", doctype=doctype, filters=filters, limit=limit, **_reason(linked_from)
		)
		return [str(name) for name in answers.expect(self.url, answer, names=list)["names"]]

	def list_documents(
		self,
		doctype: str,
		after: str,
		limit: int,
		upto: str = "",
		fields: dict | None = None,
		count: bool = False,
		created_after: str | None = None,
		filters: list | dict | None = None,
		newest_first: bool = False,
	) -> dict:
		"""See `listing.list_documents`. A producer that doesn't know the order in which documents were made gives that of
		names, and neither `created` nor `last_created`."""
		newer: dict[str, Any] = {} if created_after is None else {"created_after": created_after}
		if filters:
			newer["filters"] = filters
		if newest_first:
			newer["newest_first"] = True
		answer = self.call(
			"list_documents", doctype=doctype, after=after, limit=limit, upto=upto, fields=fields, count=count,
			resumable=True, **newer, **self._clock,
		)  # fmt: skip
		shape = {"documents": list, "last": str, "more": bool, "total": int, "position": int, "fields": dict}
		answers.expect(self.url, answer, **shape)
		answers.expect_listing(self.url, answer, after, limit)
		if "created" in answer:
			answers.expect_created(self.url, answer)
		return answer

	def summarise_documents(self, doctype: str, after: str, limit: int, fields: dict) -> dict:
		"""See `listing.summarise_documents`."""
		answer = self.call(
			"summarise_documents", doctype=doctype, after=after, limit=limit, fields=fields, **self._clock
		)
		shape = {"count": int, "digest": str, "last": str, "more": bool, "fields": dict}
		answers.expect(self.url, answer, **shape)
		answers.expect_summary(self.url, answer, after, limit)
		return answer

	@property
	def _clock(self) -> dict[str, str]:
		return {"time_zone": self.time_zone} if self.time_zone else {}

	def list_files(self, documents: list[Key]) -> dict:
		"""See `files.list_files`."""
		answer = self.call("list_files", documents=_pairs(documents))
		answers.expect(self.url, answer, documents=list, given=list)
		answers.expect_files(self.url, answer, documents)
		return answer

	def list_annotations(self, documents: list[Key]) -> dict:
		"""See `annotations.list_annotations`."""
		answer = self.call("list_annotations", documents=_pairs(documents), **self._clock)
		answers.expect(self.url, answer, documents=list, given=dict, more=bool)
		answers.expect_annotations(self.url, answer, documents)
		return answer

	def read_file(self, document: Key, file: str, offset: int, length: int) -> dict:
		"""See `files.read_file`.

		:returns: `data` as bytes, `size`, `sha256`
		"""
		doctype, name = document
		answer = self.call("read_file", doctype=doctype, name=name, file=file, offset=offset, length=length)
		answers.expect(self.url, answer, data=str, size=int, sha256=str)
		return answers.slice_of_file(self.url, answer, length)

	def update_subscription(self, event_subscriber: str, doctypes: list[dict]) -> dict:
		answer = self.call("update_subscription", event_subscriber=event_subscriber, doctypes=doctypes)
		return answers.expect(self.url, answer, doctypes=dict)

	def unregister(self) -> None:
		self.call("unregister")

	def report_state(self, report: dict) -> None:
		"""See `event_streaming.api.report_state`."""
		self.call("report_state", report=report)

	def describe_doctype(self, doctype: str) -> list[dict]:
		fields = self.call("describe_doctype", doctype=doctype)
		if not isinstance(fields, list):
			raise InvalidEvent(_("{0} sent no list of fields of {1}.").format(self.url, doctype))
		return fields


class ConsumerClient(SiteClient):
	"""What a producer asks a consumer. Short-tempered: somebody waits for the answer."""

	connect_timeout = 3
	read_timeout = 5
	deadline = 10

	@classmethod
	def for_consumer(cls, name: str) -> "ConsumerClient":
		"""
		:param name: of an Event Consumer
		"""
		url = url_of("Event Consumer", name)
		gate_user = frappe.db.get_value("Event Consumer", name, "gate_user")
		means = Means.of_link("Event Consumer", name, gate_user)
		return cls(url, *_credentials("Event Consumer", name, "link_key", "link_secret"), means=means)

	def confirm(self, token: str, producer_url: str) -> bool:
		"""Whether the site at this URL gave that token to the producer, just now."""
		answer = self.call("confirm_registration", token=token, producer_url=producer_url)
		return isinstance(answer, dict) and answer.get("confirmed") is True

	def wake_up(self) -> None:
		self.call("wake_up")


def url_of(doctype: str, name: str) -> str:
	"""Where the other site of a link is now. A link is named by the URL under which it was made.

	:raises SiteIsCopy: the link is the original's
	"""
	site.check_not_copy()
	return frappe.db.get_value(doctype, name, "current_url") or name


def _pairs(keys: Sequence[Key]) -> list[list[str]]:
	return [list(key) for key in keys]


def _reason(linked_from: Sequence[Key]) -> dict[str, Any]:
	"""Why what is not approved may be had; nothing for a producer of version 0.1 to wonder about where there is none."""
	return {"linked_from": _pairs(linked_from)} if linked_from else {}


def _credentials(doctype: str, name: str, key_field: str, secret_field: str) -> tuple[str, str]:
	key = frappe.db.get_value(doctype, name, key_field)
	secret = stored_secrets.read(doctype, name, secret_field)
	if not key or not secret:
		raise CredentialsRefused(_("The link with {0} has no key yet. Save its Event Producer.").format(name))
	return key, secret
