"""How two sites tell each other what is wrong: in `exc_type` and `_server_messages` of Frappe's answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _

from event_streaming.exceptions import StreamingError

MAX_LENGTH = 500


@contextmanager
def told_to_caller() -> Iterator[None]:
	"""Puts the message of a StreamingError into the answer, where Desk shows it and the other site reads it. A block, or with
	`@told_to_caller()` a function."""
	try:
		yield
	except StreamingError as error:
		if not _is_told(str(error)):
			frappe.msgprint(str(error), title=frappe._("Event Streaming"), indicator="red")
		raise


def untell(error: StreamingError) -> None:
	"""Takes the message of an error that was handled out of the answer again."""
	told = frappe.local.message_log or []
	frappe.local.message_log = [message for message in told if _text(message) != str(error)]


def remote_message(answer: dict) -> str:
	"""What another site says is wrong, as one line of harmless plain text; empty if it says nothing.

	:param answer: the JSON object that came with an error status
	"""
	texts = [_text(message) for message in _parse(answer.get("_server_messages"), list)]
	texts = texts or [str(answer.get("exception") or "").partition(": ")[2]]
	return plain_text(" ".join(text for text in texts if text))


def text_of(error: BaseException) -> str:
	"""What an error says, also one whose message is a list, or which can't be put into words at all."""
	try:
		if len(error.args) == 1 and isinstance(error.args[0], list | tuple):
			return " ".join(map(str, error.args[0]))
		return str(error)
	except Exception:
		return ""


def plain_text(text: str) -> str:
	"""Without markup, so that nobody else's HTML runs in this site's Desk; at most 500 characters."""
	if not text:
		return ""
	text = re.sub(r"<[^>]*>", " ", text)
	text = re.sub(r"[<>\s\x00-\x1f\x7f\ud800-\udfff]+", " ", text).strip()
	return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def _is_told(message: str) -> bool:
	return any(_text(told) == message for told in frappe.local.message_log or [])


def _text(message: object) -> str:
	message = _parse(message, dict) or message
	return str(message.get("message") or "") if isinstance(message, dict) else str(message)


def _parse(text: object, kind: type) -> Any:
	"""`text` as JSON of that kind; empty if it is anything else."""
	try:
		value = json.loads(text) if isinstance(text, str) else text
	except (ValueError, RecursionError):
		value = None
	return value if isinstance(value, kind) else kind()


def error_message(error: Exception) -> str:
	"""The error as one sentence without markup."""
	text = plain_text(text_of(error)) or type(error).__name__
	if isinstance(error, frappe.MandatoryError):
		fields = text.rpartition("]: ")[2]
		return _("These fields are mandatory on this site but empty in the document: {0}").format(fields)
	if isinstance(error, frappe.PermissionError) and not text_of(error):
		# so Frappe raises it, with its text elsewhere
		reason = plain_text(frappe.flags.error_message or "")
		return _("The Event Subscriber lacks a right on this site. {0}").format(reason).strip()
	return text
