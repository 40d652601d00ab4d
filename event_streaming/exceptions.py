"""Everything that this app raises on purpose. The class says what kind of trouble it is and who can end it;
the message, written where it is raised, says which site or document and what to do."""

import frappe


class StreamingError(frappe.ValidationError):
	"""Streaming between two sites is not possible as asked."""


class TransientError(StreamingError):
	"""Passes without help: try again later, with the same position."""


class ConnectionFailed(TransientError):
	"""The other site cannot be reached, or the connection broke before its answer was complete."""


class AnswerTimedOut(ConnectionFailed):
	"""The other site took the request, and did not answer in time."""


class ServerUnavailable(TransientError):
	"""The other site, or a proxy before it, answered that it cannot work at the moment."""


class ServerFailed(ServerUnavailable):
	"""The other site's own code failed at this request; it may answer others."""


class TooManyRequests(TransientError):
	"""The other site asks for fewer requests. `retry_after` is in seconds."""

	http_status_code = 429

	def __init__(self, message: str = "", retry_after: float = 60):
		super().__init__(message)
		self.retry_after = retry_after


class LinkPaused(TransientError):
	"""The other site's administrator has paused this link."""

	http_status_code = 423


class SubscriberDisabled(TransientError):
	"""The user in whose name this site writes what it receives is disabled or gone: nothing is written until it is enabled."""


class UrlNotAllowed(StreamingError):
	"""No URL of a site, or one that must not be called from here."""


class NotFrappe(StreamingError):
	"""What answers at that URL is not a Frappe site."""


class AppMissing(StreamingError):
	"""A Frappe site without this app."""


class WrongSite(StreamingError):
	"""Another site, or one that calls itself by another URL, answers there."""


class SubscriberMissing(StreamingError):
	"""The producer has no such enabled user."""


class RegistrationRefused(StreamingError):
	"""The producer does not accept this subscription."""


class CredentialsRefused(StreamingError):
	"""The other site does not, or no longer, accept the key of this link."""


class PositionGone(StreamingError):
	"""The producer's log no longer has the place up to which this site has read."""

	http_status_code = 410


class SiteIsCopy(StreamingError):
	"""This site's database belongs to another site, which alone may act in its name."""


class RemoteError(StreamingError):
	"""The other site refused a request for a reason of its own. `status` is its HTTP status."""

	def __init__(self, message: str = "", status: int = 417):
		super().__init__(message)
		self.status = status


class AnswerTooLarge(RemoteError):
	"""The other site's answer is larger than this site reads, or it sends none of that size; ask for less."""

	http_status_code = 413


class MappingError(StreamingError):
	"""A Document Type Mapping does not fit the two DocTypes."""


class ValueNotMapped(StreamingError):
	"""A Value Map has no row for a value of the other site, and says that this fails."""


class InvalidEvent(StreamingError):
	"""The producer sent something that no event of this protocol looks like."""


class NameTaken(StreamingError):
	"""Another, local document has the name that the producer's document is to have."""


class AmbiguousMatch(StreamingError):
	"""Several documents here are equal to the producer's in all fields of Also Match By."""


class ReadOnlyHere(StreamingError):
	"""The document belongs to another site, and people can't change it on this one."""


class ConflictFound(StreamingError):
	"""Two sites changed one value at once, and a person is to decide."""


class SubmittedTwice(ConflictFound):
	"""Both sites submitted one document with different values: what each posted can't be merged, so a person is to decide,
	whatever the rule."""

	def __init__(self, message: str, conflicts: list[dict]):
		"""
		:param conflicts: the values of both sites
		"""
		self.conflicts = conflicts
		super().__init__(message)


class FileRefused(StreamingError):
	"""This site takes no files of that size or type."""


class FileBroken(StreamingError):
	"""The producer sends no content that fits what it says of a file."""


class DependencyMissing(StreamingError):
	"""A document that this one links to is neither here nor given by the producer."""


class NotSubscribed(StreamingError):
	"""This site has not subscribed to that DocType."""


class EventRefused(NotSubscribed):
	"""An event that names nothing that could be a document."""


class NotStreamable(StreamingError):
	"""Documents of this DocType are never streamed."""
