"""What carries a call: one session to one site, its proxy, the login of a proxy before that site, and how fast it reads."""

import io
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from frappe import _
from frappe.utils.password import get_decrypted_password
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from event_streaming import __version__, settings
from event_streaming.context import is_trial
from event_streaming.exceptions import ConnectionFailed
from event_streaming.link import protocol, urls
from event_streaming.link.credentials import OWN_HEADER

CHUNK = 64 * 1024
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
		password = (
			get_decrypted_password(doctype, name, "gate_password", raise_exception=False) if user else ""
		)
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


@contextmanager
def no_other_requests() -> Iterator[None]:
	"""While a trial runs in this request or job, whatever speaks HTTP by `requests` is refused but links."""
	send = HTTPAdapter.send

	def checked(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> requests.Response:
		if is_trial() and not isinstance(adapter, CheckedAdapter):
			raise ConnectionFailed(_("Nothing is sent to other sites during a trial."))
		return send(adapter, *args, **kwargs)

	setattr(HTTPAdapter, "send", checked)  # noqa: B010 - for mypy, a method is not to be assigned
	try:
		yield
	finally:
		setattr(HTTPAdapter, "send", send)  # noqa: B010


def make_session(adapter: HTTPAdapter, proxy: str) -> requests.Session:
	session = requests.Session()
	session.trust_env = False  # no proxy and no .netrc of the machine: what is checked is what is called
	if proxy:
		session.proxies = {"http": proxy, "https": proxy}
	session.verify = settings.text("ca_bundle") or True
	session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
	session.mount("http://", adapter)
	session.mount("https://", adapter)
	session.headers.update(
		{
			"Accept": "application/json",
			"Accept-Encoding": "gzip",
			"Content-Type": "application/json",
			"User-Agent": f"event_streaming/{__version__}",
		}
	)
	return session


def read_body(response: requests.Response, max_kbits: int = 0) -> bytes | None:
	"""None if it is larger than this site reads.

	:param max_kbits: kilobits a second that are read; the other site is slowed down by it
	"""
	chunks, size, begin = [], 0, time.monotonic()
	for chunk in response.iter_content(SLOW_CHUNK if max_kbits else CHUNK):
		size += len(chunk)
		if max_kbits:
			ahead = response.raw.tell() * 8 / (max_kbits * 1000) - (time.monotonic() - begin)
			time.sleep(max(ahead, 0.0))
		if size > protocol.MAX_ANSWER:
			return None
		chunks.append(chunk)
	return b"".join(chunks)


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


class CheckedAdapter(HTTPAdapter):
	"""Looks at the address of each new connection before anything is sent: a name that stood for a public
	address a moment ago may stand for a private one now. Knows its connections, so as to cut them."""

	def __init__(self):
		self._connections: WeakSet = WeakSet()
		super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

	def init_poolmanager(self, *args, **kwargs) -> None:
		super().init_poolmanager(*args, **kwargs)
		self.poolmanager.pool_classes_by_scheme = {
			"http": _checked_pool(HTTPConnectionPool, self._connections),
			"https": _checked_pool(HTTPSConnectionPool, self._connections),
		}

	def proxy_manager_for(self, proxy, **options):
		"""Connections to a proxy: its address is the administrator's word."""
		manager = super().proxy_manager_for(proxy, **options)
		manager.pool_classes_by_scheme = {
			"http": _checked_pool(HTTPConnectionPool, self._connections, checks=False),
			"https": _checked_pool(HTTPSConnectionPool, self._connections, checks=False),
		}
		return manager

	def abort(self) -> None:
		for connection in list(self._connections):
			with suppress(OSError, AttributeError):
				connection.sock.shutdown(socket.SHUT_RDWR)


def _checked_pool(pool: Any, connections: WeakSet, checks: bool = True) -> type:
	class Connection(pool.ConnectionCls):
		def _new_conn(self):
			connected = super()._new_conn()
			try:
				if checks:
					urls.check_address(connected.getpeername()[0], self.host)
			except BaseException:
				connected.close()
				raise
			connections.add(self)
			return connected

	return type(pool.__name__, (pool,), {"ConnectionCls": Connection})
