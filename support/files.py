"""Files of documents: attached, read, fetched from another site. Runs inside the site."""

import hashlib
import os

import frappe
from frappe.utils import cint


def attach(
	doctype: str | None,
	name: str | None,
	file_name: str,
	content: str = "",
	private: int = 0,
	field: str | None = None,
	url: str | None = None,
	random_bytes: int = 0,
) -> dict:
	"""As an upload does. `field` is set to the file's URL, too.

	:param content: text, or with `random_bytes` nothing
	:param url: of a link, in place of content
	"""
	values = {
		"doctype": "File",
		"file_name": file_name,
		"attached_to_doctype": doctype,
		"attached_to_name": name,
		"attached_to_field": field,
		"is_private": private,
	}
	data = os.urandom(random_bytes) if random_bytes else content.encode()
	file = frappe.get_doc({**values, **({"file_url": url} if url else {"content": data})}).insert()
	if field:
		doc = frappe.get_doc(doctype, name)
		doc.set(field, file.file_url)
		doc.save()
	return {"name": file.name, "url": file.file_url, "hash": file.content_hash, "sha256": _sha256(data)}


def set_private(name: str, private: int) -> None:
	file = frappe.get_doc("File", name)
	file.is_private = private
	file.save()


def files_of(doctype: str, name: str) -> list[dict]:
	"""Each with the hash of what can be read of it."""
	fields = ["name", "file_name", "file_url", "is_private", "attached_to_field", "content_hash"]
	attached = {"attached_to_doctype": doctype, "attached_to_name": name}
	found = frappe.get_all("File", filters=attached, fields=fields, order_by="file_name asc")
	for file in found:
		file.is_private = cint(file.is_private)
		file.sha256 = "" if file.file_url.startswith("http") else _sha256(_content(file.name))
	return found


def text_of(name: str) -> str:
	return _content(name).decode()


def paths_on_disk() -> list[str]:
	"""Files of the site's folders for files, and parts of those that are on the way."""
	found = []
	for folder in ("public/files", "private/files", "private/event_streaming_files"):
		for path, _folders, names in os.walk(frappe.get_site_path(*folder.split("/"))):
			found += [os.path.relpath(os.path.join(path, name), frappe.get_site_path()) for name in names]
	return sorted(path for path in found if not path.endswith(".lock"))


def fetch(producer_url: str, slice_size: int | None = None, slices: int | None = None) -> dict:
	"""Works off what is due, in the foreground.

	:param slices: after so many the line breaks
	:returns: the summary, and `calls` as of `streaming_ops.pull`
	"""
	from event_streaming.consumer.files import parts
	from event_streaming.consumer.files.files import fetch_files
	from event_streaming.exceptions import ConnectionFailed
	from event_streaming.link.client import ProducerClient
	from support.streaming_ops import counted_calls

	read = ProducerClient.read_file
	given = []

	def read_some(self, *args, **kwargs):
		if slices is not None and len(given) >= slices:
			raise ConnectionFailed("the line is cut")
		given.append(read(self, *args, **kwargs))
		return given[-1]

	ProducerClient.read_file = read_some
	try:
		with counted_calls() as calls:
			summary = fetch_files(producer_url, slice_size=slice_size or parts.SLICE)
	finally:
		ProducerClient.read_file = read
	return {**vars(summary), "calls": calls}


def make_due(doctype: str) -> None:
	"""As if the time were over after which what failed is tried again."""
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.files_due, 1)
		.where((table.local_doctype == doctype) & (table.files_due > 0))
		.run()
	)


def due(doctype: str) -> int:
	return frappe.db.count("Remote Document", {"local_doctype": doctype, "files_due": (">", 0)})


def _content(name: str) -> bytes:
	from event_streaming.document import file_content

	return file_content.whole(name)


def _sha256(data: bytes) -> str:
	return hashlib.sha256(data).hexdigest()


def overwrite(name: str, content: str) -> None:
	"""Past Frappe, so that nothing is told of it."""
	with open(frappe.get_doc("File", name).get_full_path(), "w") as file:
		file.write(content)


def hide(name: str) -> None:
	"""Its content can't be read for a while."""
	path = frappe.get_doc("File", name).get_full_path()
	os.rename(path, f"{path}.hidden")


def show(name: str) -> None:
	path = frappe.get_doc("File", name).get_full_path()
	os.rename(f"{path}.hidden", path)


def ask(producer_url: str, doctype: str, name: str, file: str) -> str:
	"""Asks for a file as the link's other side; what the producer says to it."""
	from event_streaming.exceptions import StreamingError
	from event_streaming.link.client import ProducerClient

	with ProducerClient.for_producer(producer_url) as source:
		try:
			return source.read_file((doctype, name), file, 0, 100)["sha256"]
		except StreamingError as error:
			return str(error)


def told_to(consumer: str, doctype: str, name: str) -> list[str]:
	"""Names of the files that a consumer is told of."""
	from event_streaming.producer.files import list_files

	return [
		file["file_name"]
		for *_key, files in list_files(consumer, [(doctype, name)])["documents"]
		for file in files
	]


def forget_hash(name: str) -> None:
	"""As if this site had received other content."""
	frappe.db.set_value("Remote File", name, "content_hash", "0" * 32)


def forget_old() -> None:
	from event_streaming.consumer.files import parts

	parts.forget_old()
