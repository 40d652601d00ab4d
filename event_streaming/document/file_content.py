"""The content of a File, whole or a slice of it, wherever it is kept.

Frappe keeps it on the disk: there a slice is read by itself, and the content is hashed once for as long as it stays the same. Apps
that keep files elsewhere replace `get_content`, which gives the whole; so does every slice of theirs.
"""

import hashlib
import os
from typing import TYPE_CHECKING, Any

import frappe

if TYPE_CHECKING:
	from frappe.model.document import Document

FRAPPES_OWN = "frappe.core.doctype.file.file"
KNOWN = "event_streaming_content|"
KNOWN_SECONDS = 24 * 60 * 60
PIECE = 1024 * 1024  # bytes in memory at once


def whole(name: str) -> bytes:
	"""
	:param name: of a File
	"""
	doc = frappe.get_doc("File", name)
	path = _path_on_disk(doc)
	if not path:
		return _given_by_app(doc)
	with open(path, "rb") as file:  # nosemgrep -- where Frappe says that this File is
		return file.read()


def piece(name: str, offset: int, length: int) -> tuple[bytes, int, str]:
	"""
	:param name: of a File
	:returns: so many bytes from `offset` on, the size and the SHA-256 of the whole
	"""
	doc = frappe.get_doc("File", name)
	path = _path_on_disk(doc)
	if not path:
		content = _given_by_app(doc)
		return content[offset : offset + length], len(content), hashlib.sha256(content).hexdigest()
	with open(path, "rb") as file:  # nosemgrep -- where Frappe says that this File is
		sha256 = _hash(file)
		file.seek(offset)
		return file.read(length), os.fstat(file.fileno()).st_size, sha256


def _path_on_disk(doc: Any) -> str | None:
	"""Of a File; None for what Frappe itself doesn't read from there."""
	if type(doc).get_content.__module__ != FRAPPES_OWN or doc.is_folder:
		return None
	if hasattr(doc, "validate_file_url") and doc.file_url:
		doc.validate_file_url()
	path = doc.get_full_path()
	return path if os.path.isfile(path) else None


def _given_by_app(doc: "Document") -> bytes:
	"""Frappe makes text of what looks like text, and from version 16 on of what doesn't, too, unless it is told of no encodings."""
	try:
		content = doc.get_content(encodings=())
	except TypeError:
		content = doc.get_content()
	return content.encode() if isinstance(content, str) else content or b""


def _hash(file) -> str:
	"""Of an open file, which is read only where another one was there when it was read last."""
	state = os.fstat(file.fileno())
	what = f"{state.st_dev}|{state.st_ino}|{state.st_size}|{state.st_mtime_ns}|{state.st_ctime_ns}"
	key = KNOWN + hashlib.sha256(what.encode()).hexdigest()
	# nosemgrep -- a constant and a hash: no two make one
	if known := frappe.cache.get_value(key, expires=True):
		return known
	found = hashlib.sha256()
	while some := file.read(PIECE):
		found.update(some)
	# nosemgrep -- a constant and a hash: no two make one
	frappe.cache.set_value(key, found.hexdigest(), expires_in_sec=KNOWN_SECONDS)
	return found.hexdigest()
