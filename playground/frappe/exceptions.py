"""The exceptions of the framework: same names, same bases, same HTTP status codes."""

from werkzeug.exceptions import NotFound


class ValidationError(Exception):
	http_status_code = 417


class FrappeTypeError(TypeError):
	http_status_code = 417


class AuthenticationError(Exception):
	http_status_code = 401


class PermissionError(Exception):
	http_status_code = 403


class DoesNotExistError(ValidationError):
	http_status_code = 404


class NameError(Exception):
	http_status_code = 409


class SessionStopped(Exception):
	http_status_code = 503


class CSRFTokenError(Exception):
	http_status_code = 400


class DuplicateEntryError(NameError):
	pass


class DataError(ValidationError):
	pass


class MandatoryError(ValidationError):
	pass


class NonNegativeError(ValidationError):
	pass


class RateLimitExceededError(ValidationError):
	http_status_code = 429


class CannotChangeConstantError(ValidationError):
	pass


class CharacterLengthExceededError(ValidationError):
	pass


class UpdateAfterSubmitError(ValidationError):
	pass


class LinkValidationError(ValidationError):
	pass


class CancelledLinkError(LinkValidationError):
	pass


class DocstatusTransitionError(ValidationError):
	pass


class TimestampMismatchError(ValidationError):
	pass


class EmptyTableError(ValidationError):
	pass


class LinkExistsError(ValidationError):
	pass


class InvalidEmailAddressError(ValidationError):
	pass


class InvalidNameError(ValidationError):
	pass


class InvalidPhoneNumberError(ValidationError):
	pass


class UniqueValidationError(ValidationError):
	pass


class AppNotInstalledError(ValidationError):
	pass


class ImplicitCommitError(ValidationError):
	pass


class RetryBackgroundJobError(Exception):
	pass


class SecurityException(Exception):
	pass


class InvalidColumnName(ValidationError):
	pass


class InvalidDates(ValidationError):
	pass


class QueryTimeoutError(Exception):
	pass


class QueryDeadlockError(Exception):
	pass


class InReadOnlyMode(ValidationError):
	http_status_code = 503


class TooManyWritesError(Exception):
	pass


class InvalidAuthorizationToken(CSRFTokenError):
	pass


class InvalidRoundingMethod(FileNotFoundError):
	pass


class IncorrectSitePath(NotFound):
	pass


class NotInPlayground(NotImplementedError):
	"""The app asks for a part of Frappe that the playground leaves out; the message names the part."""

	def __init__(self, part: str):
		super().__init__(f"playground: {part} is not part of the playground")
		self.part = part
