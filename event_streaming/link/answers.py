"""What another site's answer means: its value, or an exception that says which site, what is wrong, what to do."""

import base64
import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from frappe import _
from frappe.utils import cint

from event_streaming import exceptions
from event_streaming.document.snapshot import as_creation
from event_streaming.exceptions import (
	AnswerTooLarge,
	AppMissing,
	ConnectionFailed,
	CredentialsRefused,
	InvalidEvent,
	NotFrappe,
	RemoteError,
	ServerFailed,
	ServerUnavailable,
	StreamingError,
	TooManyRequests,
	WrongSite,
)
from event_streaming.link import protocol
from event_streaming.link.messages import plain_text, remote_message
from event_streaming.link.protocol import (
	MAX_ASSIGNED,
	MAX_COMMENT,
	MAX_COMMENTS,
	MAX_FILES,
	MAX_INTEGER,
	MAX_NAME,
	MAX_TAGS,
	Key,
)

MAX_RETRY_AFTER = 24 * 60 * 60
DEFAULT_RETRY_AFTER = 60
API = "event_streaming.api."
MAX_URL = 1000  # characters of a file's URL
HASH = re.compile(r"[0-9a-fA-F]{0,128}")
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(rf"[^<>\x00-\x1f\x7f]{{1,{MAX_NAME}}}")
UNUSABLE = object()


def clock_ahead(headers: Mapping[str, str]) -> float | None:
	"""How many seconds the clock of a site is ahead of this one's, by the Date of its answer; None where it tells none."""
	try:
		told = parsedate_to_datetime(headers["Date"])
	except (KeyError, TypeError, ValueError):
		return None
	return told.timestamp() - time.time()


@dataclass
class Answer:
	"""`body` is the decoded body, or None if it was larger than protocol.MAX_ANSWER."""

	site: str
	status: int
	headers: Mapping[str, str] = field(default_factory=dict)
	body: bytes | None = field(default=b"", repr=False)

	@property
	def is_json(self) -> bool:
		return self.headers.get("Content-Type", "").split(";")[0].strip().lower() == "application/json"


def read(answer: Answer) -> Any:
	"""The `message` of a successful answer.

	:raises StreamingError: a subclass for every other kind of answer
	"""
	if 300 <= answer.status < 400:
		raise WrongSite(_redirected(answer))
	if answer.status == 429:
		raise TooManyRequests(_("{0} asks for fewer requests.").format(answer.site), _retry_after(answer))
	if answer.status >= 500:
		raise (ServerFailed if _is_of_its_code(answer) else ServerUnavailable)(_unavailable(answer))
	if answer.body is None:
		raise AnswerTooLarge(_too_large(answer), answer.status)
	if not answer.is_json:
		raise NotFrappe(_not_json(answer))
	content = parse_json(answer.body)
	if content is UNUSABLE:
		raise ConnectionFailed(
			_("The answer of {0} broke off or is not JSON. Try again.").format(answer.site)
		)
	if not isinstance(content, dict):
		raise NotFrappe(_not_json(answer))
	if answer.status >= 400:
		raise _refusal(answer, content)
	return content.get("message")


def parse_json(body: bytes) -> Any:
	"""UNUSABLE for what is no JSON, is nested too deeply or holds numbers that JSON doesn't have."""
	try:
		content = json.loads(body, parse_constant=_refuse_constant)
		if b"\\ud" in body.lower():  # halves of characters: no database stores them
			json.dumps(content, ensure_ascii=False).encode()
	except (ValueError, RecursionError):
		return UNUSABLE
	return content


def is_name(value: Any) -> bool:
	"""Whether Frappe would have it as the name of a document. What is not one isn't even stored."""
	return isinstance(value, str) and bool(NAME.fullmatch(value))


def expect(site: str, value: Any, **shape: type | tuple[type, ...]) -> dict:
	"""`value` if it is an object with these keys, each of its type.

	:raises InvalidEvent: anything else
	"""
	if not isinstance(value, dict):
		raise InvalidEvent(_("{0} sent an unexpected response. Does it run the same version?").format(site))
	for key, kind in shape.items():
		given = value.get(key)
		if not isinstance(given, kind) or (isinstance(given, int) and not 0 <= given <= MAX_INTEGER):
			raise InvalidEvent(_("{0} sent an answer without a valid “{1}”.").format(site, key))
	return value


def site_id(answer: dict) -> str | None:
	"""The id that the other site gives itself; None of a peer of version 0.1."""
	told = answer.get("site_id")
	return told if isinstance(told, str) and 0 < len(told) <= MAX_NAME else None


def expect_listing(site: str, answer: dict, after: str, limit: int) -> None:
	"""
	Leaves out of `answer` what is no name: there is no such document.

	:raises InvalidEvent: the documents of a listing are not [name, log id, digest], are too many, or lead nowhere
	"""
	documents = answer["documents"]
	if len(documents) > limit or not all(map(_is_listed, documents)):
		raise InvalidEvent(_("{0} sent a list of documents in an unexpected form.").format(site))
	answer["documents"] = [entry for entry in documents if is_name(entry[0])]
	if documents and answer["more"] and not answer["documents"]:
		raise InvalidEvent(_("{0} sent a list with names that no document can have.").format(site))
	_expect_progress(site, answer, after)


def expect_created(site: str, answer: dict) -> None:
	"""
	:raises InvalidEvent: a listing in the order of making doesn't say when each of its documents was made
	"""
	created, last = answer.get("created"), answer.get("last_created")
	names = [name for name, _log_id, _digest in answer["documents"]]
	is_told = isinstance(created, dict) and all(_is_moment(created.get(name)) for name in names)
	if not is_told or not (last == "" or _is_moment(last)):
		raise InvalidEvent(_("{0} sent a list of documents in an unexpected form.").format(site))


def _is_moment(value: Any) -> bool:
	return isinstance(value, str) and as_creation(value) == value


def expect_summary(site: str, answer: dict, after: str, limit: int) -> None:
	"""
	:raises InvalidEvent: a summary is of too many documents, or leads nowhere
	"""
	if answer["count"] > limit or len(answer["digest"]) > MAX_NAME:
		raise InvalidEvent(_("{0} sent a summary of documents in an unexpected form.").format(site))
	_expect_progress(site, answer, after)


def expect_files(site: str, answer: dict, asked: Collection[Key]) -> None:
	"""
	Leaves out of `answer` what nobody asked for, and keys that nobody knows.

	:raises InvalidEvent: the documents are not [DocType, name, files], or what is told of a file is malformed
	"""
	found = []
	for entry in answer["documents"]:
		is_document = isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], list)
		if not is_document or len(entry[2]) > MAX_FILES or not all(map(_is_file, entry[2])):
			raise InvalidEvent(_("{0} sent a list of files in an unexpected form.").format(site))
		if (entry[0], entry[1]) in asked:
			found.append(entry)
	answer["documents"] = found
	answer["given"] = [doctype for doctype in answer["given"] if is_name(doctype)]


def _is_file(told: Any) -> bool:
	if not isinstance(told, dict) or not is_name(told.get("name")):
		return False
	texts = {"file_name": MAX_URL, "url": MAX_URL, "field": MAX_NAME}
	numbers = (told.get("size"), told.get("private"))
	return (
		all(isinstance(told.get(key), str) and len(told[key]) <= most for key, most in texts.items())
		and all(isinstance(number, int) and 0 <= number <= MAX_INTEGER for number in numbers)
		and isinstance(told.get("hash"), str)
		and bool(HASH.fullmatch(told["hash"]))
	)


def expect_annotations(site: str, answer: dict, asked: Collection[Key]) -> None:
	"""
	Leaves out of `answer` what nobody asked for, and tags that could not be one.

	:raises InvalidEvent: the documents are not [DocType, name, annotations], or what is told of a comment or an assignment is malformed
	"""
	found = []
	for entry in answer["documents"]:
		is_document = isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], dict)
		if not is_document or not _are_annotations(entry[2]):
			raise InvalidEvent(_unexpected_annotations(site))
		if (entry[0], entry[1]) in asked:
			found.append(entry)
	for _doctype, _name, told in found:
		told["tags"] = [tag for tag in told.get("tags", []) if is_name(tag) and "," not in tag]
	answer["documents"] = found
	given = answer["given"]
	given.setdefault("assignments", [])  # a site that doesn't know of them
	if not all(isinstance(given.get(what), list) for what in ("comments", "tags", "assignments")):
		raise InvalidEvent(_unexpected_annotations(site))


def _unexpected_annotations(site: str) -> str:
	return _("{0} sent comments, tags or assignments in an unexpected form.").format(site)


def _are_annotations(told: dict) -> bool:
	comments, tags, assignments = (told.get(key, []) for key in ("comments", "tags", "assignments"))
	return (
		all(isinstance(some, list) for some in (comments, tags, assignments))
		and len(comments) <= MAX_COMMENTS
		and len(tags) <= MAX_TAGS
		and len(assignments) <= MAX_ASSIGNED
		and all(map(_is_comment, comments))
		and all(map(_is_assignment, assignments))
	)


def _is_assignment(told: Any) -> bool:
	if not isinstance(told, dict) or not (is_name(told.get("site")) and is_name(told.get("name"))):
		return False
	if told.get("state") != "Open":
		return told.get("state") in ("Closed", "Cancelled")
	texts = {"by": MAX_NAME, "text": MAX_COMMENT, "priority": MAX_NAME}
	return (
		is_name(told.get("user"))
		and (told.get("date") == "" or _is_date(told.get("date")))
		and all(isinstance(told.get(key), str) and len(told[key]) <= most for key, most in texts.items())
	)


def _is_date(text: Any) -> bool:
	return isinstance(text, str) and len(text) == len("2026-01-02") and _is_moment(f"{text} 00:00:00.000000")


def _is_comment(told: Any) -> bool:
	if not isinstance(told, dict) or not (is_name(told.get("site")) and is_name(told.get("name"))):
		return False
	texts = {"by": MAX_NAME, "email": MAX_NAME, "text": MAX_COMMENT}
	return _is_moment(told.get("at")) and all(
		isinstance(told.get(key), str) and len(told[key]) <= most for key, most in texts.items()
	)


def slice_of_file(site: str, answer: dict, length: int) -> dict:
	"""
	:returns: `answer` with its data as bytes
	:raises InvalidEvent: it is no part of a file, or more than was asked for
	"""
	try:
		data = base64.b64decode(answer["data"], validate=True)
	except ValueError:
		data = None
	if data is None or len(data) > length or not SHA256.fullmatch(answer["sha256"]):
		raise InvalidEvent(_("{0} sent a part of a file in an unexpected form.").format(site))
	return {"data": data, "size": answer["size"], "sha256": answer["sha256"]}


def _expect_progress(site: str, answer: dict, after: str) -> None:
	if len(answer["last"]) > MAX_NAME or (answer["more"] and answer["last"] == after):
		raise InvalidEvent(_("{0} says that there are more documents, but sends none.").format(site))


def _is_listed(entry: Any) -> bool:
	if not isinstance(entry, list) or len(entry) != 3:
		return False
	name, log_id, digest = entry
	is_id = isinstance(log_id, int) and not isinstance(log_id, bool) and 0 <= log_id <= MAX_INTEGER
	return (
		is_id
		and all(isinstance(part, str) and len(part) <= MAX_NAME for part in (name, digest))
		and name != ""
	)


def _refusal(answer: Answer, content: dict) -> StreamingError:
	site, kind, text = answer.site, str(content.get("exc_type") or ""), remote_message(content)
	known = getattr(exceptions, kind, None)
	if isinstance(known, type) and issubclass(known, StreamingError) and known is not StreamingError:
		return known(_("{0} says: {1}").format(site, text or kind))
	missing = answer.status == 404 and kind != "DoesNotExistError"
	if missing or API in text or kind == "AppNotInstalledError":
		return AppMissing(_app_missing(site))
	if answer.status in (401, 403):
		return CredentialsRefused(_credentials_refused(site, text or _("It gives no reason.")))
	return RemoteError(
		_("{0} refused the request (HTTP {1}): {2}").format(site, answer.status, text or kind), answer.status
	)


def _app_missing(site: str) -> str:
	return _(
		"{0} is a Frappe site, but the app event_streaming is not installed there. Install it:"
		" bench --site … install-app event_streaming"
	).format(site)


def _credentials_refused(site: str, text: str) -> str:
	return _(
		"{0} does not accept the key of this link: {1} If the link was removed or its key replaced there, open"
		" this Event Producer and use Rotate Key."
	).format(site, text)


def _not_json(answer: Answer) -> str:
	kind = plain_text(answer.headers.get("Content-Type", "").split(";")[0]) or _("nothing")
	return _(
		"{0} answered with {1} (HTTP {2}) where a Frappe site answers with JSON. It is not a Frappe site, that bench"
		" has no site of this name, or a proxy shows its login or error page. Check the URL and the port."
	).format(answer.site, kind, answer.status)


def _too_large(answer: Answer) -> str:
	return _("{0} answered with more than {1} MB.").format(answer.site, protocol.MAX_ANSWER // 1024**2)


def _is_of_its_code(answer: Answer) -> bool:
	"""Whether an exception there was the reason, and not a proxy or a server that is off."""
	return answer.status == 500 and answer.is_json and b'"exc_type"' in (answer.body or b"")


def _redirected(answer: Answer) -> str:
	return _("{0} redirects to {1}. Enter the URL at which the site itself answers (is it https?).").format(
		answer.site, plain_text(answer.headers.get("Location", "")) or _("another address")
	)


def _unavailable(answer: Answer) -> str:
	content = parse_json(answer.body or b"") if answer.is_json else None
	text = remote_message(content) if isinstance(content, dict) else ""
	return (
		_("{0} cannot answer at the moment (HTTP {1}). {2}").format(answer.site, answer.status, text).strip()
	)


def _retry_after(answer: Answer) -> float:
	seconds = cint(answer.headers.get("Retry-After")) or DEFAULT_RETRY_AFTER
	return min(max(seconds, 1), MAX_RETRY_AFTER)


def _refuse_constant(name: str) -> None:
	raise ValueError(f"{name} is not JSON")
