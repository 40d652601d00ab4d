"""Bodies of requests, packed with gzip: what asks for hundreds of documents is a tenth of its size then.

A site says in a header of its answers that it unpacks them (RFC 9110, 12.5.3), so an earlier version is never sent one. Only what comes
with the key of a link is unpacked. Answers are packed by the web server.
"""

import gzip
import json
import zlib
from collections.abc import Mapping

import frappe
from frappe import _

HEADER = "Accept-Encoding"
MEDIA_TYPE = "application/gzip"  # Frappe would read a JSON body before this app is asked
PATH = "/method/event_streaming.api."
LEAST = 1024  # bytes; what is smaller goes in one packet in any case
MAX_UNPACKED = 24 * 1024 * 1024  # bytes; Frappe takes 25 MB in one request
GZIP = 31  # for zlib


def announce(response=None, request=None) -> None:
	"""After each request: says that the next one may be packed."""
	if response is not None and request is not None and PATH in request.path:
		response.headers[HEADER] = "gzip"


def is_announced(headers: Mapping[str, str]) -> bool:
	"""
	:param headers: of an answer
	"""
	return "gzip" in headers.get(HEADER, "").lower()


def pack(body: bytes) -> bytes:
	return gzip.compress(body, compresslevel=6)


def read_arguments() -> None:
	"""The arguments of this request, if its body is packed. What asks must have shown its key.

	:raises frappe.ValidationError: it is no packed JSON object, or too large
	"""
	if frappe.request.mimetype != MEDIA_TYPE:
		return
	unpacker = zlib.decompressobj(GZIP)
	try:
		body = unpacker.decompress(frappe.request.get_data(), MAX_UNPACKED)
		arguments = json.loads(body) if unpacker.eof else None
	except (ValueError, RecursionError, zlib.error):
		arguments = None
	if not isinstance(arguments, dict):
		frappe.throw(_("The body of this request is no packed JSON object, or larger than this site reads."))
	frappe.local.form_dict = frappe._dict(arguments)
