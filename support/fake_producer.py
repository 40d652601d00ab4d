"""A producer that is no Frappe site: it registers properly, and then says whatever a test wants it to say."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.processes import LOOPBACK

EPOCH = "e" * 32


class FakeProducer:
	"""
	`documents` is what `get_documents` gives, by DocType and name; `replies` answers a function otherwise: with a
	message, or with bytes as the whole body.
	"""

	def __init__(self):
		self.events: list[dict] = []
		self.documents: dict[tuple[str, str], dict] = {}
		self.replies: dict[str, Callable[[dict], Any]] = {}
		self.requests: list[tuple[str, dict]] = []
		self.doctypes: list[str] = []
		self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
		self._server.daemon_threads = True
		self.url = f"http://{LOOPBACK}:{self._server.server_port}"
		threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

	def close(self) -> None:
		self._server.shutdown()
		self._server.server_close()

	# what it tells

	def tell(self, update_type: str, doctype: str, name: str, data: Any, **values) -> dict:
		"""One more event in its feed."""
		number = len(self.events) + 1
		event = {
			"position": number,
			"id": number,
			"event_key": f"key-{number}",
			"update_type": update_type,
			"ref_doctype": doctype,
			"docname": name,
			"data": data,
			"origin": self.url,
			"path": [self.url],
			"age": 0.0,
			"previous": self._previous(doctype, name),
			"home": [self.url, name],
			**values,
		}
		self.events.append(event)
		return event

	def create(self, doctype: str, name: str, **values) -> dict:
		document = {"doctype": doctype, "name": name, "docstatus": 0, **values}
		return self.tell("Create", doctype, name, document)

	def change(self, doctype: str, name: str, **parts) -> dict:
		return self.tell("Update", doctype, name, parts)

	def keep(self, doctype: str, name: str, home: list | None = None, **values) -> None:
		"""A document that it gives to whoever asks."""
		document = {"doctype": doctype, "name": name, "docstatus": 0, **values}
		answer = {"doctype": doctype, "name": name, "log_id": 0, "doc": document}
		self.documents[(doctype, name)] = {**answer, "home": home or [self.url, name]}

	def page(self, arguments: dict) -> dict:
		"""What an honest `get_updates` would answer."""
		events = [event for event in self.events if event["position"] > arguments["after"]][
			: arguments["limit"]
		]
		last = events[-1] if events else {"position": arguments["after"], "event_key": arguments["event_key"]}
		return {
			"epoch": EPOCH,
			"events": events,
			"position": last["position"],
			"event_key": last["event_key"],
			"head": len(self.events),
			"passed": len(events),
			"behind": 0,
			"more": False,
			"doctypes": dict.fromkeys(self.doctypes, "Approved"),
		}

	@property
	def end(self) -> dict:
		"""Of its log, as answers with documents tell it."""
		last = self.events[-1] if self.events else {"position": 0, "event_key": ""}
		return {"position": last["position"], "event_key": last["event_key"]}

	# how it answers

	def answer(self, function: str, arguments: dict) -> Any:
		self.requests.append((function, arguments))
		if function in self.replies:
			return self.replies[function](arguments)
		return getattr(self, f"_{function}", self.page)(arguments)

	def _handshake(self, arguments: dict) -> dict:
		return {"app": "event_streaming", "protocol": 1, "version": "1.0", "site_url": self.url}

	def _register(self, arguments: dict) -> dict:
		self.doctypes = [row["ref_doctype"] for row in arguments["doctypes"]]
		place = {"epoch": EPOCH, "position": 0, "event_key": ""}
		statuses = dict.fromkeys(self.doctypes, "Approved")
		return {"api_key": "k" * 32, "api_secret": "s" * 43, **place, "doctypes": statuses}

	def _get_documents(self, arguments: dict) -> dict:
		asked = [tuple(key) for key in arguments["documents"]]
		return {
			"documents": [self.documents[key] for key in asked if key in self.documents],
			"missing": [list(key) for key in asked if key not in self.documents],
			**self.end,
		}

	def _find_documents(self, arguments: dict) -> dict:
		return {"names": []}

	def _unregister(self, arguments: dict) -> dict:
		return {}

	def _previous(self, doctype: str, name: str) -> int:
		ids = [
			event["id"]
			for event in self.events
			if (event["ref_doctype"], event["docname"]) == (doctype, name)
		]
		return max((number for number in ids if isinstance(number, int)), default=0)


def _handler(producer: FakeProducer) -> type[BaseHTTPRequestHandler]:
	class Handler(BaseHTTPRequestHandler):
		protocol_version = "HTTP/1.1"

		def do_GET(self) -> None:
			content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
			function = self.path.partition("?")[0].rpartition(".")[2]
			reply = producer.answer(function, json.loads(content or "{}"))
			body = reply if isinstance(reply, bytes) else json.dumps({"message": reply}).encode()
			self.send_response(200)
			self.send_header("Content-Type", "application/json")
			self.send_header("Content-Length", str(len(body)))
			self.end_headers()
			self.wfile.write(body)

		do_POST = do_GET

		def log_message(self, *_arguments) -> None:
			pass

	return Handler
