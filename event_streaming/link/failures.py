"""Why a request to another site got no answer, in words that name the site, the trouble and the remedy."""

import ssl
from collections.abc import Iterator
from typing import Any, Protocol

import requests
from frappe import _

from event_streaming.exceptions import AnswerTimedOut, ConnectionFailed


class Caller(Protocol):
	"""Who asked, with the times that it waits, in seconds."""

	url: str
	connect_timeout: int
	read_timeout: int
	deadline: int


def explain(failure: BaseException, caller: Caller, is_cut: bool) -> BaseException:
	"""What to raise in its place: without the frames and causes, which hold the key of the link.

	:param is_cut: the connection was closed by this site, since the deadline was over
	"""
	if isinstance(failure, requests.RequestException) or (is_cut and isinstance(failure, OSError)):
		kind = AnswerTimedOut if isinstance(failure, requests.ReadTimeout) else ConnectionFailed
		return kind(_message(failure, caller, is_cut))
	failure.__cause__ = failure.__context__ = None
	return failure.with_traceback(None)


def _message(failure: Exception, caller: Caller, is_cut: bool) -> str:
	causes = list(_causes(failure))
	if is_cut:
		return _("{0} did not finish its answer within {1} seconds.").format(caller.url, caller.deadline)
	if isinstance(failure, requests.ConnectTimeout):
		return _(
			"{0} does not answer: no connection within {1} seconds. Is it switched on, and does a firewall let"
			" this site through?"
		).format(caller.url, caller.connect_timeout)
	if isinstance(failure, requests.Timeout) or any(isinstance(cause, TimeoutError) for cause in causes):
		return _("{0} gave no answer within {1} seconds.").format(caller.url, caller.read_timeout)
	if isinstance(failure, requests.exceptions.SSLError):
		return _tls_message(caller.url, causes)
	if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
		return _(
			"{0} is off: it refuses connections. Is its web server running, and is the port right?"
		).format(caller.url)
	return _("The connection to {0} failed or broke off ({1}).").format(caller.url, type(causes[-1]).__name__)


def _causes(failure: BaseException) -> Iterator[BaseException]:
	"""The exception and what it wraps; requests and urllib3 keep that in args, `reason` or `__cause__`."""
	seen: set[int] = set()
	waiting: list[Any] = [failure]
	while waiting:
		error = waiting.pop(0)
		if not isinstance(error, BaseException) or id(error) in seen:
			continue
		seen.add(id(error))
		yield error
		waiting += [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]


def _tls_message(url: str, causes: list[BaseException]) -> str:
	for cause in causes:
		if isinstance(cause, ssl.SSLCertVerificationError):
			return _("The certificate of {0} is not valid: {1}").format(url, cause.verify_message)
	return _("No secure connection with {0}: does it speak https on that port, or only http?").format(url)
