"""A network that misbehaves on command: it stands between two sites, and each request passes it or meets a fault.

A fault is a function of an `Exchange`: it may ask the site behind for the real answer, and sends what it likes.
"""

import gzip
import http.client
import json
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from support.processes import LOOPBACK
from support.site import Site

NOT_PASSED_ON = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}
CHUNK = 256 * 1024


@dataclass
class Answer:
	status: int
	headers: dict[str, str]
	body: bytes

	@classmethod
	def of_json(cls, content, status: int = 200, **headers: str) -> "Answer":
		return cls(status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode())


class Exchange:
	"""One request and what becomes of it."""

	def __init__(self, proxy: "FaultProxy", handler: BaseHTTPRequestHandler):
		self.proxy = proxy
		self.function = handler.path.partition("?")[0].rpartition(".")[2]
		self._handler = handler
		self._body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))

	@property
	def arguments(self) -> dict:
		"""What the function is called with."""
		body = gzip.decompress(self._body) if self.is_packed else self._body
		return json.loads(body or "{}")

	@property
	def is_packed(self) -> bool:
		return self._handler.headers.get("Content-Type") == "application/gzip"

	def forward(self) -> Answer:
		"""The answer of the site behind, unpacked, so that a fault can change it."""
		handler = self._handler
		headers = {key: value for key, value in handler.headers.items() if key.lower() not in NOT_PASSED_ON}
		headers["Accept-Encoding"] = "identity"
		connection = http.client.HTTPConnection(*self.proxy.behind, timeout=60)
		try:
			connection.request(handler.command, handler.path, self._body, headers)
			given = connection.getresponse()
			kept = {key: value for key, value in given.getheaders() if key.lower() not in NOT_PASSED_ON}
			answer = Answer(given.status, kept, given.read())
		finally:
			connection.close()
		self.proxy.answers.append((self.function, answer))
		return answer

	def send(self, answer: Answer, length: int | None = None) -> None:
		"""
		:param length: what the answer claims to be, when that is not true
		"""
		self._handler.send_response(answer.status)
		for key, value in answer.headers.items():
			self._handler.send_header(key, value)
		self._handler.send_header("Content-Length", str(len(answer.body) if length is None else length))
		self._handler.end_headers()
		for start in range(0, len(answer.body), CHUNK):
			self._handler.wfile.write(answer.body[start : start + CHUNK])

	def hang_up(self) -> None:
		"""The connection ends in the middle."""
		self._handler.close_connection = True

	def reset(self) -> None:
		"""The connection ends with an RST: the other side reads an error, not an end."""
		self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		self.hang_up()


Fault = Callable[[Exchange], None]


class FaultProxy:
	"""
	:param url: of the site behind
	"""

	def __init__(self, url: str):
		parts = urlsplit(url)
		self.behind = (parts.hostname, parts.port)
		self.requests: list[str] = []
		self.arguments: dict[str, list[dict]] = defaultdict(list)  # by function
		self.answers: list[tuple[str, Answer]] = []
		self.ended = threading.Event()
		self._faults: dict[str, Fault] = {}
		self._server = _Server((LOOPBACK, 0), _make_handler(self))
		self.url = f"http://{LOOPBACK}:{self._server.server_port}"
		threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

	def close(self) -> None:
		self.ended.set()
		self._server.shutdown()
		self._server.server_close()

	@contextmanager
	def fault(self, fault: Fault, *functions: str) -> Iterator[None]:
		"""Requests of these functions meet the fault within; all others pass."""
		self._faults = dict.fromkeys(functions or ("get_updates",), fault)
		try:
			yield
		finally:
			self._faults = {}

	def handle(self, exchange: Exchange) -> None:
		self.requests.append(exchange.function)
		self.arguments[exchange.function].append(exchange.arguments)
		self._faults.get(exchange.function, pass_on)(exchange)


# --- faults ----------------------------------------------------------------------------------------------------------


def pass_on(exchange: Exchange) -> None:
	exchange.send(exchange.forward())


def silence(exchange: Exchange) -> None:
	"""Takes the request and never answers."""
	exchange.proxy.ended.wait(30)
	exchange.hang_up()


def reset_before(exchange: Exchange) -> None:
	exchange.reset()


def reset_after(exchange: Exchange) -> None:
	"""The site behind did what it was asked to; nobody hears of it."""
	exchange.forward()
	exchange.reset()


def truncated(exchange: Exchange) -> None:
	answer = exchange.forward()
	length = len(answer.body)
	exchange.send(Answer(answer.status, answer.headers, answer.body[: length // 2]), length)
	exchange.hang_up()


def cut_json(exchange: Exchange) -> None:
	"""A whole answer as far as HTTP can tell, but only half of the text."""
	answer = exchange.forward()
	exchange.send(Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2]))


def oversized(exchange: Exchange) -> None:
	answer = exchange.forward()
	exchange.send(Answer(200, answer.headers, answer.body + b" " * (33 * 1024**2)))


def oversized_unless_alone(exchange: Exchange) -> None:
	"""Of more than one document at once the answer would be too large."""
	(oversized if len(exchange.arguments["documents"]) > 1 else pass_on)(exchange)


def answers(status: int, body: bytes | str, content_type: str = "application/json", **headers: str) -> Fault:
	"""Answers this, whatever was asked; the site behind hears nothing of it."""
	body = body.encode() if isinstance(body, str) else body
	answer = Answer(status, {"Content-Type": content_type, **headers}, body)
	return lambda exchange: exchange.send(answer)


def late(seconds: float) -> Fault:
	"""The producer's own answer, after a while."""

	def fault(exchange: Exchange) -> None:
		time.sleep(seconds)
		pass_on(exchange)

	return fault


def relabelled(content_type: str) -> Fault:
	"""The real answer under another content type."""

	def fault(exchange: Exchange) -> None:
		answer = exchange.forward()
		exchange.send(Answer(answer.status, {**answer.headers, "Content-Type": content_type}, answer.body))

	return fault


def changed(change: Callable[[dict], None]) -> Fault:
	"""The real answer after `change` was made to its message."""

	def fault(exchange: Exchange) -> None:
		content = json.loads(exchange.forward().body)
		change(content["message"])
		exchange.send(Answer.of_json(content))

	return fault


def repeated(answer: Answer) -> Fault:
	"""An answer to an earlier request, once more; a cache in between would do that."""
	return lambda exchange: exchange.send(answer)


class _Server(ThreadingHTTPServer):
	daemon_threads = True
	block_on_close = False

	def shutdown_request(self, request) -> None:
		request.close()  # without a FIN before, so that a reset is one


@contextmanager
def before(site: Site) -> Iterator[FaultProxy]:
	"""The network before a site; its URL is the site's own for the time."""
	own_url, proxy = site.url, FaultProxy(site.url)
	site.configure(host_name=proxy.url)
	site.url = proxy.url
	yield proxy
	site.url = own_url
	proxy.close()


def _make_handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
	class Handler(BaseHTTPRequestHandler):
		protocol_version = "HTTP/1.1"

		def do_GET(self) -> None:
			try:
				proxy.handle(Exchange(proxy, self))
			except OSError:
				self.close_connection = True

		do_POST = do_GET

		def log_message(self, *_args) -> None:
			pass

	return Handler
