"""What speaks HTTP: one session to one site, which looks at the address of each connection, and what it reads."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from weakref import WeakSet

import requests
from frappe import _
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from event_streaming import __version__, settings
from event_streaming.context import is_trial
from event_streaming.exceptions import ConnectionFailed
from event_streaming.link import protocol, urls
from event_streaming.link.line import SLOW_CHUNK

CHUNK = 64 * 1024


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
