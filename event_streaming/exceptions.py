"""Everything that this app raises on purpose. The docstring says what happened; the message says what to do."""

import frappe


class StreamingError(frappe.ValidationError):
	"""Something about streaming between two sites went wrong, and trying again changes nothing."""


class TransientError(StreamingError):
	"""The other site can't answer now. The same request may succeed later, so nothing moves on."""

	http_status_code = 503

	def __init__(self, *args, retry_after: float | None = None):
		super().__init__(*args)
		self.retry_after = retry_after


class ConnectionFailed(TransientError):
	"""The other site could not be reached: no such host, refused, timed out, certificate, or cut off."""


class TooManyRequests(TransientError):
	"""The other site asks to slow down. `retry_after` holds the seconds that it names, if any."""

	http_status_code = 429


class ServerUnavailable(TransientError):
	"""The other site answered with a server error (5xx) or is in maintenance."""


class NotFrappe(StreamingError):
	"""Something answers at that address, but it is no Frappe site."""


class AppMissing(StreamingError):
	"""A Frappe site answers at that address, but Event Streaming is not installed there."""


class WrongSite(StreamingError):
	"""The site that answers calls itself by another address than the one that was asked."""


class SubscriberMissing(StreamingError):
	"""The Event Subscriber does not exist on the other site, or is disabled there."""


class RegistrationRefused(StreamingError):
	"""The other site does not accept this site as a receiver."""


class CredentialsRefused(StreamingError):
	"""The other site does not accept the key and secret of this link."""

	http_status_code = 401


class PositionGone(StreamingError):
	"""The producer's log no longer holds what follows this position, or is another log than before."""

	http_status_code = 410


class UrlNotAllowed(StreamingError):
	"""This address must not be asked by this site."""


class RemoteError(StreamingError):
	"""The other site refused one request. `status` is the HTTP status of its answer."""

	def __init__(self, *args, status: int | None = None):
		super().__init__(*args)
		self.status = status


class NotStreamable(StreamingError):
	"""Documents of this DocType are never streamed."""


class MappingError(StreamingError):
	"""The Document Type Mapping does not fit the document or the DocTypes."""


class DependencyMissing(StreamingError):
	"""A document that this one links to is not here and can't be fetched."""

	def __init__(self, message: str, doctype: str | None = None, name: str | None = None):
		super().__init__(message)
		self.doctype = doctype
		self.name = name


class NameTaken(StreamingError):
	"""Another document of this site has the name that this one would get."""

	http_status_code = 409


class InvalidEvent(StreamingError):
	"""The other site sent something that is no event, or none that this link is for."""
