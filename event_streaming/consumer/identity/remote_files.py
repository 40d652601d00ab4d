"""What this site knows of files on other sites: rows of the DocType Remote File, and which documents are to be looked at, for their
files, comments, tags and assignments.

Invariant: after each change that is taken of a document, its files are compared with the producer's; `files_due` of its row in
the register says that this is still to be done. A change that comes meanwhile puts another moment there, so it is not lost.

A URL of the producer's own files means nothing here, or another file. In a field it is replaced by that of the file here, and
until the file is here by one that names the producer's site.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import frappe
from redis.exceptions import RedisError

from event_streaming import lingering
from event_streaming.context import is_trial
from event_streaming.document.attachments import attach_fields, is_own_file
from event_streaming.document.snapshot import as_creation
from event_streaming.link.protocol import Key

DOCTYPE, COMMENTS = "Remote File", "Remote Comment"
FETCHING, HERE, FAILED, REFUSED, DELETED_HERE = "Fetching", "Here", "Failed", "Refused", "Deleted Here"
AT_ONCE = 500  # rows
SECOND = 1_000_000  # of `files_due`
FIELDS = [
	"name", "remote_file", "remote_url", "content_hash", "is_private", "fieldname_there", "status", "local_file",
	"local_url", "local_creation", "adopted", "sha256", "attempts", "file_name", "file_size",
]  # fmt: skip


@dataclass
class Due:
	"""A document whose files, comments, tags and assignments are to be looked at."""

	row: str  # of Remote Document
	key: Key
	local_doctype: str
	local_name: str
	local_creation: str | None
	merged: bool
	token: int


def note_due(producer: str, keys: Iterable[Key], in_seconds: float = 0.0) -> None:
	"""The files of these documents, as far as they are here, are looked at soon."""
	names: dict[str, list[str]] = {}
	for doctype, name in keys:
		names.setdefault(doctype, []).append(name)
	if not names or is_trial():
		return
	moment = _now() + int(in_seconds * SECOND)
	table = frappe.qb.DocType("Remote Document")
	for doctype, some in names.items():
		(
			frappe.qb.update(table)
			.set(table.files_due, moment)
			.where((table.event_producer == producer) & (table.remote_doctype == doctype))
			.where(table.remote_docname.isin(some))
			.run()
		)
	if not in_seconds:
		frappe.db.after_commit.add(lambda: enqueue(producer))


def note_due_again(producer: str, row: str) -> None:
	"""
	:param row: of the document in the register, if it is still there
	"""
	frappe.db.set_value("Remote Document", row, "files_due", _now(), update_modified=False)
	frappe.db.after_commit.add(lambda: enqueue(producer))


def put_off(due: Due, seconds: float) -> None:
	_replace_token(due, _now() + int(seconds * SECOND))


def settle(due: Due) -> None:
	"""They were looked at, unless the document has changed meanwhile."""
	_replace_token(due, 0)


def _replace_token(due: Due, moment: int) -> None:
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.files_due, moment)
		# nosemgrep -- a moment, no secret
		.where((table.name == due.row) & (table.files_due == due.token))
		.run()
	)


def due_documents(producer: str, limit: int) -> list[Due]:
	"""The ones that have waited longest."""
	rows = frappe.get_all(
		"Remote Document",
		filters=[["event_producer", "=", producer], *_due_now()],
		fields=[
			"name", "remote_doctype", "remote_docname", "local_doctype", "local_docname", "local_creation", "merged",
			"files_due",
		],
		order_by="files_due asc, name asc",
		limit=limit,
	)  # fmt: skip
	return [
		Due(
			row.name,
			(row.remote_doctype, row.remote_docname),
			row.local_doctype,
			row.local_docname,
			as_creation(row.local_creation),
			bool(row.merged),
			row.files_due,
		)
		for row in rows
	]


def looked_at(producer: str, doctype: str, names: list[str]) -> dict[str, frappe._dict]:
	"""Rows of the register by remote name, but for those of documents that are due to be looked at."""
	here = {
		"event_producer": producer,
		"remote_doctype": doctype,
		"remote_docname": ("in", names),
		"files_due": 0,
		"merged": 0,
	}
	fields = ["name", "remote_docname", "local_doctype", "local_docname", "local_creation", "tags_there"]
	return {row.remote_docname: row for row in frappe.get_all("Remote Document", filters=here, fields=fields)}


def producers_with_work() -> list[str]:
	return sorted(
		frappe.db.get_values("Remote Document", _due_now(), "event_producer", pluck=True, distinct=True)
	)


def enqueue(producer: str) -> None:
	"""Queues the job that looks at files unless it is queued or running. Where that can't be, the schedule does it later."""
	job_id = f"event_streaming:files_job:{producer}"
	with suppress(RedisError):
		if not lingering.is_running(job_id):
			lingering.enqueue_unless_queued(
				"event_streaming.consumer.jobs.files_job", job_id, queue="long", producer=producer
			)


def known(row: str) -> list[frappe._dict]:
	"""
	:param row: of a document in the register, which stays the same whatever the document is called
	"""
	return frappe.get_all(
		DOCTYPE, filters={"register_row": row}, fields=FIELDS, order_by="creation asc, name asc"
	)


def put_in_fields(producer: str, key: Key, parts: Iterable[tuple[str | None, str, dict]]) -> None:
	"""Replaces the producer's URLs in the Attach fields of this site's DocTypes.

	:param parts: as of `link_fields.every_part`
	"""
	found = [
		(values, fieldname)
		for _table, doctype, values in parts
		for fieldname in attach_fields(doctype)
		if is_own_file(values.get(fieldname))
	]
	if not found:
		return
	urls = local_urls(producer, key)
	for values, fieldname in found:
		url = values[fieldname]
		values[fieldname] = urls.get(url) or url_there(producer, url)


def local_urls(producer: str, key: Key) -> dict[str, str]:
	"""{URL there: URL here} of the files of one document that are here."""
	place = {"event_producer": producer, "remote_doctype": key[0], "remote_docname": key[1]}
	row = frappe.db.get_value("Remote Document", place)
	return {file.remote_url: file.local_url for file in known(row) if file.status == HERE} if row else {}


def url_there(producer: str, url: str) -> str:
	"""One that names the site by its link, and so leads there from anywhere."""
	return producer + url


def forget_gone() -> None:
	"""Scheduled daily: of files whose documents were deleted here, and of comments that went with them."""
	file, comment = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType(COMMENTS)
	known, document = frappe.qb.DocType("Comment"), frappe.qb.DocType("Remote Document")
	files = (
		frappe.qb.from_(file)
		.left_join(document)
		.on(document.name == file.register_row)
		.select(file.name)
		.where(document.name.isnull())
	)
	comments = (
		frappe.qb.from_(comment)
		.left_join(document)
		.on(document.name == comment.register_row)
		.left_join(known)
		.on(known.name == comment.local_comment)
		.select(comment.name)
		.where(document.name.isnull() & known.name.isnull())
	)
	for doctype, query in ((DOCTYPE, files), (COMMENTS, comments)):
		gone = [name for (name,) in query.run()]
		for start in range(0, len(gone), AT_ONCE):
			frappe.db.delete(doctype, {"name": ("in", gone[start : start + AT_ONCE])})


def _due_now() -> list[list]:
	return [["files_due", ">", 0], ["files_due", "<=", _now()]]


def _now() -> int:
	return time.time_ns() // 1000
