"""A file on its way: its content comes in slices, and goes on where the line broke.

Invariant: a part on the disk is the beginning of the content whose hash its Remote File names. Another hash, or another size, is
another content, which begins anew. What is complete and has that hash is the file; anything else is none.
"""

import hashlib
import os
import time

import frappe
from frappe import _

from event_streaming.consumer.files.limits import check_size
from event_streaming.consumer.identity import remote_files
from event_streaming.exceptions import FileBroken
from event_streaming.link.client import ProducerClient
from event_streaming.link.protocol import Key

FOLDER = ("private", "event_streaming_files")
SLICE = 1024 * 1024  # bytes
BEGINNINGS = 3  # of a content that changes while it comes
KEPT = 7 * 24 * 60 * 60  # seconds


def fetch(source: ProducerClient, key: Key, row: frappe._dict, slice_size: int = SLICE) -> bytes:
	"""The content of a file. Commits what it knows of it, so that another job can go on.

	:param row: its Remote File
	:raises FileRefused: it is too large
	:raises FileBroken: the producer sends no content that fits what it says of it
	:raises TransientError: the line broke; what has come stays
	"""
	part = Part(row.name)
	for _beginning in range(BEGINNINGS):
		size = _fetch_to_end(source, key, row, part, slice_size)
		content = part.read() if size is not None else b""
		if size is not None and len(content) == size and hashlib.sha256(content).hexdigest() == row.sha256:
			return content
		part.delete()
	raise FileBroken(_("What the other site sends does not fit the hash that it tells."))


def _fetch_to_end(
	source: ProducerClient, key: Key, row: frappe._dict, part: "Part", slice_size: int
) -> int | None:
	"""
	:returns: the size of the content; None where it became another one on the way
	"""
	while True:
		answer = source.read_file(key, row.remote_file, part.size, slice_size)
		check_size(answer["size"])
		if answer["sha256"] != row.sha256:
			is_begun = part.size > 0
			_note_hash(row, answer["sha256"])
			if is_begun:
				return None
		part.append(answer["data"])
		if part.size >= answer["size"]:
			return answer["size"]
		if not answer["data"]:
			part.delete()
			raise FileBroken(_("The other site sends less of the file than it says."))


def _note_hash(row: frappe._dict, sha256: str) -> None:
	row.sha256 = sha256
	frappe.db.set_value(remote_files.DOCTYPE, row.name, "sha256", sha256)
	frappe.db.commit()  # nosemgrep -- before any of the content is on the disk


class Part:
	"""On the disk, in a folder of the site that no web server serves, under a name of this site's own."""

	def __init__(self, row: str):
		"""
		:param row: name of a Remote File, which this site gave
		"""
		self.path = frappe.get_site_path(*FOLDER, row)

	@property
	def size(self) -> int:
		return os.path.getsize(self.path) if os.path.exists(self.path) else 0

	def append(self, data: bytes) -> None:
		os.makedirs(os.path.dirname(self.path), exist_ok=True)
		# nosemgrep -- a folder of this app, and a name that this site gave
		with open(self.path, "ab") as file:
			file.write(data)

	def read(self) -> bytes:
		if not self.size:
			return b""
		# nosemgrep -- a folder of this app, and a name that this site gave
		with open(self.path, "rb") as file:
			return file.read()

	def delete(self) -> None:
		if os.path.exists(self.path):
			os.remove(self.path)


def forget_old() -> None:
	"""Scheduled daily: parts that nobody has gone on with, and what is known of files whose documents are gone."""
	remote_files.forget_gone()
	folder = frappe.get_site_path(*FOLDER)
	for entry in os.scandir(folder) if os.path.isdir(folder) else ():
		if entry.is_file() and entry.stat().st_mtime < time.time() - KEPT:
			os.remove(entry.path)
