"""How one link is called: its proxy, the login of a proxy before that site, its share of the line. What speaks HTTP is
`http`, which is imported where a site is called: each minute's job mostly calls none."""

import io
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from event_streaming import settings
from event_streaming.link import stored_secrets
from event_streaming.link.credentials import OWN_HEADER

SLOW_CHUNK = 4 * 1024  # where a link has a share of the line
SLOW_LINE = 10  # times the usual time for an answer


@dataclass(frozen=True)
class Means:
	"""How one link is called, beside its key: a login of a proxy before the site, and its share of the line."""

	user: str = ""
	password: str = field(default="", repr=False)
	max_kbits: int = 0

	@classmethod
	def of_link(cls, doctype: str, name: str, user: str | None, max_kbits: int | None = 0) -> "Means":
		password = stored_secrets.read(doctype, name, "gate_password") if user else ""
		return cls(user or "", password or "", max_kbits or 0)

	def headers(self, own: str) -> dict[str, str]:
		"""
		:param own: the key of the link, as it stands in Authorization otherwise; "" for none
		"""
		if not self.user:
			return {"Authorization": own} if own else {}
		login = b64encode(f"{self.user}:{self.password}".encode()).decode()
		return {"Authorization": f"Basic {login}", OWN_HEADER: own or "EventStreaming"}


def proxy_for(url: str) -> str:
	"""The proxy of the settings, "" for a site that is called without it."""
	proxy = settings.text("proxy_url")
	host = "." + (urlsplit(url).hostname or "")
	exceptions = settings.text("proxy_exceptions").lower().split()
	return "" if any(host.endswith("." + name.lstrip(".")) for name in exceptions) else proxy


class SentBody(io.BytesIO):
	"""The body of a request, as it goes out piece by piece."""

	def __init__(self, content: bytes, max_kbits: int, meanwhile: Callable[[], object]):
		"""
		:param max_kbits: kilobits a second that are sent; 0 for all that the line takes
		:param meanwhile: called before each piece
		"""
		super().__init__(content)
		self._max_kbits = max_kbits
		self._meanwhile = meanwhile
		self._begin: float | None = None

	def read(self, size: int | None = -1) -> bytes:
		self._meanwhile()
		if not self._max_kbits:
			return super().read(size)
		now = time.monotonic()
		self._begin = self._begin or now
		ahead = self.tell() * 8 / (self._max_kbits * 1000) - (now - self._begin)
		time.sleep(max(ahead, 0.0))
		return super().read(SLOW_CHUNK if size is None or size < 0 else min(size, SLOW_CHUNK))
