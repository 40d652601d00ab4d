"""The producer's end of a link to a consumer that can't call this site: a job fetches what it asks, and posts the answers.

```
this site's job ── exchange(answer to the last request) ──> consumer's mailbox
                <── next request, or none ─────────────────
```

Invariants:
- A request is answered by the functions that a consumer may call, with this link's key, rights and limits, and no others.
- Nothing is remembered: a job that is killed leaves its request without an answer, and the consumer asks again.
- No worker is held while others wait for it, and the other site's web worker waits for a moment only; see `mailbox`.
"""

import json
import time
from typing import Any

import frappe

from event_streaming import lingering
from event_streaming.exceptions import AnswerTooLarge, CredentialsRefused, StreamingError
from event_streaming.lingering import Wakeup
from event_streaming.link import mailbox
from event_streaming.link.arguments import MAX_MAILED
from event_streaming.link.credentials import LINK_ENDPOINTS, acting_for
from event_streaming.link.messages import error_message
from event_streaming.link.messenger import Messenger
from event_streaming.producer import link_state, positions
from event_streaming.producer.notify import ANSWERING, ANSWERING_TIME, begin_to_answer

DOCTYPE = "Event Consumer"
ASKABLE = {"handshake", *(name for name, kind in LINK_ENDPOINTS.items() if kind == DOCTYPE)}
WAIT = 1.0  # seconds that the other site may let a question wait, while there is something to do
BUSY = 10.0  # seconds since the last request for which the link is called busy
BUSY_INTERVAL = 0.1  # seconds between two questions
IDLE_INTERVAL = 5.0
LONGEST_INTERVAL = 60.0  # while the other site can't be reached
NEWS_INTERVAL = 60.0  # seconds between two looks whether the other site lacks anything


def answer_all() -> None:
	"""Each minute."""
	for consumer in frappe.db.get_values(DOCTYPE, {"by_mailbox": 1, "paused": 0}, pluck=True):
		begin_to_answer(consumer)


def answer_job(consumer: str) -> None:
	"""Job: answers as long as nothing else needs its worker."""
	# nosemgrep -- a job's or request's user, or put back in `finally`
	frappe.set_user("Administrator")
	bell = Wakeup(ANSWERING + consumer)
	if not bell.attend():
		return  # who attends answers all that is asked
	deadline = time.monotonic() + ANSWERING_TIME
	try:
		with Messenger.for_consumer(consumer) as messenger:
			Conversation(consumer, messenger).go_on(bell, deadline)
	finally:
		bell.abandon()
	if time.monotonic() > deadline:
		begin_to_answer(consumer)


class Conversation:
	"""With one consumer."""

	def __init__(self, consumer: str, messenger: Messenger):
		self.consumer = consumer
		self.messenger = messenger
		self.failures = 0
		self._has_asked = False
		self._is_refused = False
		self._last_request = time.monotonic() - BUSY
		self._last_news = float("-inf")

	def go_on(self, bell: Wakeup, deadline: float) -> None:
		bell.has_rung()
		self.messenger.meanwhile = bell.attend
		while time.monotonic() < deadline:
			self.answer_all_asked(bell)
			if self._is_refused:
				return  # the next job has the key that the link has then
			interval, begin = self.interval(), time.monotonic()
			if not lingering.wait(bell, deadline, bell.attend, interval):
				return
			if time.monotonic() - begin < interval / 2:
				self._last_request = time.monotonic()  # rung: the other site was told of news, and asks soon

	def answer_all_asked(self, bell: Wakeup) -> None:
		"""Until nothing is asked any more. A link that doesn't work is tried again after a while."""
		answer = None
		try:
			while request := self._exchange(answer):
				self._last_request = time.monotonic()
				bell.attend()
				answer = answer_request(self.consumer, request)
				self.messenger.allow(request.get("max_kbits"))
			self._note("")
		except StreamingError as error:
			frappe.db.rollback()
			self._is_refused = isinstance(error, CredentialsRefused)
			self._note(error_message(error))

	def _note(self, trouble: str) -> None:
		"""For the form."""
		if trouble or self.failures or not self._has_asked:
			link_state.note_trouble(self.consumer, trouble)
		self.failures = self.failures + 1 if trouble else 0
		self._has_asked = True

	def interval(self) -> float:
		"""Seconds to the next question."""
		if self.failures:
			return min(IDLE_INTERVAL * 2 ** (self.failures - 1), LONGEST_INTERVAL)
		return BUSY_INTERVAL if self.is_busy else IDLE_INTERVAL

	@property
	def is_busy(self) -> bool:
		return time.monotonic() - self._last_request < BUSY

	def _exchange(self, answer: dict | None) -> dict | None:
		return self.messenger.exchange(answer, WAIT if self.is_busy else 0.0, self._has_news())

	def _has_news(self) -> bool:
		"""Whether the other site lacks anything, now and then: hints tell of it at once, unless they get lost."""
		if time.monotonic() - self._last_news < NEWS_INTERVAL:
			return False
		self._last_news = time.monotonic()
		frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
		head = positions.head()
		known = frappe.db.get_value(DOCTYPE, self.consumer, "position") or 0
		return bool(head and head.position > known)


def answer_request(consumer: str, request: dict) -> dict:
	"""
	:param request: `{"id", "function", "arguments"}`
	:returns: `{"id", "status", "body", "retry_after"}`, as a web server would have answered
	"""
	frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
	frappe.local.message_log = []
	retry_after = None
	try:
		status, content = 200, {"message": _call(consumer, request)}
	except Exception as error:
		frappe.db.rollback()
		status, content = _refusal(error)
		retry_after = getattr(error, "retry_after", None)
	body = _packed(content)
	if len(body) > MAX_MAILED:
		status, content = _refusal(AnswerTooLarge("The answer is too large."))
		body = _packed(content)
	frappe.local.message_log = []
	return {"id": request["id"], "status": status, "body": body, "retry_after": retry_after}


def _call(consumer: str, request: dict) -> Any:
	from event_streaming import api  # all that a producer does; each minute's job comes by this module

	if request["function"] not in ASKABLE:
		frappe.throw("No such function.", frappe.PermissionError)
	with acting_for(DOCTYPE, consumer):
		frappe.local.form_dict = frappe._dict(request["arguments"])
		answer = frappe.call(getattr(api, request["function"]), **request["arguments"])
		frappe.db.commit()  # nosemgrep -- what a request notes at its end
	frappe.local.form_dict = frappe._dict()
	return answer


def _refusal(error: Exception) -> tuple[int, dict]:
	status = getattr(error, "http_status_code", 500)
	if status >= 500:
		frappe.logger("event_streaming").error(f"request not answered: {type(error).__name__}: {error}")
	message = json.dumps({"message": error_message(error)})
	return status, {"exc_type": type(error).__name__, "_server_messages": json.dumps([message])}


def _packed(content: dict) -> str:
	from frappe.utils.response import json_handler  # it brings files and pictures with it

	return mailbox.pack(json.dumps(content, default=json_handler, separators=(",", ":")).encode())
