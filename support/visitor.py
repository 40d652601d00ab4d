"""Whoever talks to a site's web server without being one of its sites: a guest, a person, somebody with a key."""

import http.client
import json
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from support.site import Site

PASSWORD = "a Long-Enough pass phrase 1"
API = "event_streaming.api."


@dataclass
class Reply:
	status: int
	headers: dict[str, str]
	body: bytes

	@property
	def json(self) -> Any:
		try:
			return json.loads(self.body)
		except ValueError:
			return None

	@property
	def message(self) -> Any:
		"""What a function returned."""
		return self.json.get("message") if isinstance(self.json, dict) else None

	@property
	def text(self) -> str:
		return self.body.decode(errors="replace")


class Visitor:
	"""
	:param headers: sent with each request, as an API key would be
	"""

	def __init__(self, site: Site, headers: dict[str, str] | None = None):
		self.site = site
		self.headers = headers or {}
		self.cookies: dict[str, str] = {}

	@classmethod
	def link(cls, site: Site, key: str, secret: str) -> "Visitor":
		return cls(site, {"Authorization": f"EventStreaming {key}:{secret}"})

	def log_in(self, user: str) -> "Visitor":
		"""A session, as the login page makes it. The user's password is PASSWORD."""
		reply = self.request("POST", "/api/method/login", {"usr": user, "pwd": PASSWORD})
		assert reply.status == 200, reply.text
		return self

	def take_csrf_token(self) -> None:
		"""As a page of Desk does, which sends the token from then on with all that it asks."""
		reply = self.request("GET", "/app")
		if reply.status in (301, 302):  # v16 has Desk under /desk
			reply = self.request("GET", urlsplit(reply.headers["Location"]).path)
		found = re.search(r'csrf_token = "(\w{20,})"', reply.text)
		assert found, "Desk gave no CSRF token"
		self.headers["X-Frappe-CSRF-Token"] = found[1]

	def call(self, function: str, arguments: dict | None = None, method: str = "POST", **headers) -> Reply:
		"""
		:param function: with its module, or one of `event_streaming.api`
		"""
		path = f"/api/method/{function if '.' in function else API + function}"
		if method == "GET":
			given = {
				key: value if isinstance(value, str) else json.dumps(value)
				for key, value in (arguments or {}).items()
			}
			return self.request("GET", f"{path}?{urlencode(given, errors='replace')}", headers=headers)
		return self.request(method, path, arguments or {}, headers)

	def request(
		self, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None
	) -> Reply:
		"""
		:param content: sent as JSON; None for no body
		"""
		body = None if content is None else json.dumps(content).encode()
		sent = {"Accept": "application/json", **self.headers, **(headers or {})}
		if body is not None:
			sent.setdefault("Content-Type", "application/json")
		if self.cookies:
			sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
		parts = urlsplit(self.site.url)
		connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
		try:
			connection.request(method, quote(path, safe="/?=&%:+.,[]\"'{}-_~"), body, sent)
			given = connection.getresponse()
			reply = Reply(given.status, dict(given.getheaders()), given.read())
			self._keep_cookies(given.headers.get_all("Set-Cookie") or [])
		finally:
			connection.close()
		return reply

	def _keep_cookies(self, lines: list[str]) -> None:
		for line in lines:
			for name, morsel in SimpleCookie(line).items():
				self.cookies[name] = morsel.value
