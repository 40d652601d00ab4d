"""Calls between sites without a network: what the app would send to a host is given to the site that has that address."""

import io
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

from support.simulation import faults

addresses: dict[str, Callable[[], Any]] = {}  # netloc: the site that has it


class Adapter(HTTPAdapter):
	"""In the place of `event_streaming.link.http.CheckedAdapter`."""

	def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:  # type: ignore[override]
		netloc = urlsplit(request.url or "").netloc
		if netloc not in addresses:
			raise requests.ConnectionError(f"nobody listens at {netloc}")
		call = faults.Call()
		call.begin()
		status, headers, body = _serve(netloc, request)
		content = io.BytesIO(call.answered(body))
		raw = HTTPResponse(body=content, headers=headers, status=status, preload_content=False)
		return self.build_response(request, raw)

	def abort(self) -> None:
		"""There is nobody who waits."""


def _serve(netloc: str, request: requests.PreparedRequest) -> tuple[int, list, bytes]:
	"""The answer of the site, from a process of its own."""
	site = addresses[netloc]
	environ = EnvironBuilder(
		method=request.method or "GET",
		base_url=f"http://{netloc}/",
		path=urlsplit(request.url or "").path,
		query_string=urlsplit(request.url or "").query,
		data=request.body,
		headers={**request.headers, "X-Frappe-Site-Name": site.name},
		environ_base={"REMOTE_ADDR": "127.0.0.1"},
	).get_environ()
	try:
		return site.in_a_process(_run, environ)
	except faults.Killed:
		raise requests.ConnectionError("the process that answered is gone") from None


def _run(environ: dict) -> tuple[int, list, bytes]:
	from frappe.app import application

	parts, status, headers = run_wsgi_app(application, environ, buffered=True)
	return int(status.split()[0]), list(headers), b"".join(parts)


class AtOnce:
	"""In the place of a pool of threads: does it before it is needed."""

	def __init__(self, *_args: Any, **_options: Any):
		pass

	def submit(self, function: Callable, *args: Any) -> Future:
		future: Future = Future()
		try:
			future.set_result(function(*args))
		except Exception as error:
			future.set_exception(error)
		return future

	def shutdown(self, *_args: Any, **_options: Any) -> None:
		"""Nothing is left to do."""


@contextmanager
def unwatched(_client: Any):
	yield


def take_over() -> None:
	from event_streaming.consumer.feed import pages
	from event_streaming.link import http
	from event_streaming.link.client import SiteClient

	http.CheckedAdapter = Adapter
	SiteClient._watched = unwatched
	pages.ThreadPoolExecutor = AtOnce
