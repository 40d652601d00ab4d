"""Files of the documents that one consumer may have: which there are, and their content in slices.

Invariant: a file goes out only as a file of a document that the consumer may have at this moment, where its DocType was
approved together with files. A file in a field goes out with the field: not from one that the consumer may not have, and a
private file of another document not at all, unless the subscriber may read that one. Each slice is judged anew.

A file is no document of the log. When one is attached, replaced or deleted, an empty Update of its document is logged: to a
consumer of any version it means that the document has not changed, and one that takes files compares them then.
"""

import base64
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import cint, cstr

from event_streaming.document import file_content, snapshot
from event_streaming.document.attachments import attach_fields, is_link, is_own_file
from event_streaming.exceptions import RemoteError
from event_streaming.link.protocol import MAX_FILES, Key
from event_streaming.locks import is_not_the_documents_fault
from event_streaming.producer import capture
from event_streaming.producer.consumed_doctypes import consumed_doctypes
from event_streaming.producer.terms import given_with
from event_streaming.producer.visibility import Visibility

if TYPE_CHECKING:
	from frappe.model.document import Document

FIELDS = [
	"name", "file_name", "file_url", "file_size", "is_private", "content_hash", "attached_to_name", "attached_to_field",
	"attached_to_doctype", "owner",
]  # fmt: skip


def note_change(file: "Document", method: str | None = None) -> None:
	"""`on_change` and `after_delete` of each File: tells of its document, and of the one that it was attached to before."""
	before = file.get_doc_before_save()
	places = {(one.attached_to_doctype, cstr(one.attached_to_name)) for one in (file, before) if one}
	for doctype, name in sorted((doctype, name) for doctype, name in places if doctype and name):
		tell("attachments", doctype, name)


def tell(what: str, doctype: str, name: str) -> None:
	"""Logs that something of a document has changed which it may go out with.

	:param what: of BESIDES
	"""
	if not capture.is_silent() and doctype in consumed_doctypes() and given_with(what, ref_doctype=doctype):
		_touch(doctype, name)


def _touch(doctype: str, name: str) -> None:
	"""Not of a document that is being deleted, or that is not there yet: it will be told with its files."""
	meta = frappe.get_meta(doctype)
	if meta.istable or meta.issingle:
		return
	row = frappe.db.get_value(doctype, name, ["creation", "docstatus"], as_dict=True)
	if row:
		capture.write("Update", doctype, name, {"docstatus": cint(row.docstatus), "direct": 1}, row.creation)


def list_files(consumer: str, documents: list[Key]) -> dict:
	"""
	:returns: `documents`: `[DocType, name, files]` of those that the consumer may have; `given`: the DocTypes that it gets
	        with files at present
	"""
	visibility = Visibility(consumer)
	asked = defaultdict(list)
	for doctype, name in documents:
		asked[doctype].append(name)
	given = [doctype for doctype in asked if visibility.terms(doctype).files]
	found = []
	for doctype in given:
		names = visibility.visible_names(doctype, asked[doctype])
		for name, files in _files_of(visibility, doctype, names).items():
			found.append([doctype, name, [_told(file) for file in files[:MAX_FILES]]])
	return {"documents": found, "given": given}


def read_file(consumer: str, document: Key, file: str, offset: int, length: int) -> dict:
	"""
	:param file: name of a File that `list_files` told of this document
	:returns: `data`, so many bytes from `offset` on in base64, `size` and `sha256` of the whole content
	:raises RemoteError: the consumer may not have it, or it is gone
	"""
	visibility = Visibility(consumer)
	doctype, name = document
	names = visibility.visible_names(doctype, [name]) if visibility.terms(doctype).files else []
	known = {row.name: row for files in _files_of(visibility, doctype, names).values() for row in files}
	if file not in known or is_link(known[file].file_url):
		raise RemoteError(_("There is no such file at {0} {1}.").format(doctype, name))
	data, size, sha256 = _readable_piece(document, file, offset, length)
	return {"data": base64.b64encode(data).decode(), "size": size, "sha256": sha256}


def _readable_piece(document: Key, file: str, offset: int, length: int) -> tuple[bytes, int, str]:
	"""
	:raises RemoteError: it can't be read, of which this site's Error Log says more than the consumer is to know
	"""
	try:
		return file_content.piece(file, offset, length)
	except Exception as error:
		if is_not_the_documents_fault(error):
			raise
		frappe.clear_messages()
		frappe.log_error(
			title=_("Event Streaming: a file can't be read"), reference_doctype="File", reference_name=file
		)
		frappe.db.commit()  # nosemgrep -- else the note would go with the refusal
	raise RemoteError(
		_("A file of {0} {1} can't be read there. See that site's Error Log.").format(*document)
	)


def _files_of(visibility: Visibility, doctype: str, names: list[str]) -> dict[str, list[frappe._dict]]:
	"""By document: what is attached to it, and what its Attach fields name besides."""
	files: dict[str, list[frappe._dict]] = {name: [] for name in names}
	if not names:
		return files
	attached = {
		"attached_to_doctype": doctype,
		"attached_to_name": ("in", names),
		"is_folder": 0,
	}
	hidden = _hidden_fields(visibility, doctype)
	for row in frappe.get_all("File", filters=attached, fields=FIELDS, order_by="creation asc, name asc"):
		if row.attached_to_field in hidden or not _is_tellable(row):
			continue
		files[cstr(row.attached_to_name)].append(row)
	for name, fieldname, url in _urls_in_fields(visibility, doctype, names):
		if url not in {row.file_url for row in files[name]}:
			if row := _file_in_field(visibility.user_of(doctype), url):
				files[name].append(frappe._dict(row, attached_to_field=fieldname))
	return files


def _hidden_fields(visibility: Visibility, doctype: str) -> set[str]:
	"""Of the document and its rows: a file in a row's field names that field, not its table."""
	hidden = set(visibility.fields.hidden(doctype))
	for table, child in snapshot.table_fields(frappe.get_meta(doctype)).items():
		hidden |= set(attach_fields(child)) if table in hidden else visibility.fields.hidden(doctype, table)
	return hidden


def _urls_in_fields(visibility: Visibility, doctype: str, names: list[str]) -> Iterator[tuple[str, str, str]]:
	"""(document, fieldname or "" for one of a row, URL) of this site's own files in fields that the consumer may have."""
	tables = snapshot.table_fields(frappe.get_meta(doctype))
	fields = {table: attach_fields(child) for table, child in tables.items()}
	fields[""] = attach_fields(doctype)
	if not any(fields.values()):
		return
	for name, doc in snapshot.read_many(doctype, names).items():
		doc = visibility.fields.strip_document(doc)
		for table, some in fields.items():
			for part in (doc.get(table) or []) if table else [doc]:
				for fieldname in some:
					if is_own_file(part.get(fieldname)):
						yield name, "" if table else fieldname, part[fieldname]


def _file_in_field(user: str, url: str) -> frappe._dict | None:
	"""A field can hold any text, also the URL of a file of somebody else."""
	from frappe.core.doctype.file.file import has_permission

	rows = frappe.get_all("File", filters={"file_url": url, "is_folder": 0}, fields=FIELDS, limit=20)
	return next((row for row in rows if _is_tellable(row) and has_permission(row, "read", user)), None)


def _is_tellable(row: frappe._dict) -> bool:
	return is_own_file(row.file_url) or is_link(row.file_url)


def _told(row: frappe._dict) -> dict:
	return {
		"name": row.name,
		"file_name": row.file_name or "",
		"url": row.file_url,
		"field": row.attached_to_field or "",
		"private": cint(row.is_private),
		"size": cint(row.file_size),
		"hash": row.content_hash or "",
	}
