"""Files of another site's documents as Files of this site, by Frappe's own methods alone: no path is opened or followed.

Invariants:
- Only a file that came from the producer, or that both sites give each other, is ever deleted here.
- A File, its row of Remote File and the document's Attach fields change in one transaction, under the link's lock. What this
  site logs of it carries the link in its path, so it doesn't go back.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.files.limits import safe_name
from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.identity.remote_files import FAILED, HERE, Due
from event_streaming.consumer.replay.direct_writes import with_rows
from event_streaming.consumer.replay.replaying import replaying
from event_streaming.consumer.replay.savepoint import as_user
from event_streaming.consumer.subscription import Subscription
from event_streaming.context import LIVE, ReplayContext
from event_streaming.document import file_content
from event_streaming.document.attachments import ATTACH_FIELDTYPES, attach_fields
from event_streaming.exceptions import FileRefused

PATIENCE = 10.0  # seconds that are waited for who replays from the same producer


@contextmanager
def writing(subscription: Subscription, due: Due, speaks: bool = True) -> Iterator[Document]:
	"""One transaction under the link's lock, in the Event Subscriber's name. Commits.

	:param speaks: whether this site tells the outside of what is written
	:raises frappe.PermissionError: the Event Subscriber may not change the document
	"""
	producer = subscription.producer
	held = cursors.hold(producer, wait=PATIENCE)
	context = ReplayContext(producer, LIVE, producer, [producer], speaks=speaks)
	with as_user(subscription.subscriber), replaying(context, None, None, []):
		doc = frappe.get_doc(due.local_doctype, due.local_name)
		doc.check_permission("write")
		yield doc
	cursors.keep(held)
	frappe.db.commit()  # nosemgrep -- what belongs together, and the rows that know of it


class Storing:
	def __init__(self, subscription: Subscription):
		self.subscription = subscription
		self.producer = subscription.producer

	def store(self, due: Due, row: frappe._dict, told: dict, content: bytes | None) -> None:
		"""Makes the File of a document, or puts another one in its place. Commits.

		:param row: its Remote File
		:param told: what the producer says of it
		:param content: None for a mere link
		"""
		with writing(self.subscription, due) as doc:
			former = row.local_file
			file, adopted = self._make(doc, told, content)
			here = {"status": HERE, "message": None, "attempts": 0, "adopted": int(adopted)}
			here |= {"local_file": file.name, "local_url": file.file_url}
			self._save(frappe._dict(row, **self._place(due), **as_told(told), **here))
			self._put_in_fields(doc, told["url"], file.file_url)
			if former and former != file.name:
				self._delete_file(due, row)

	def remove(self, due: Due, row: frappe._dict) -> None:
		"""The producer no longer has the file at this document. Commits."""
		with writing(self.subscription, due):
			frappe.db.delete(remote_files.DOCTYPE, {"name": row.name})
			self._delete_file(due, row)

	def note(self, due: Due, row: frappe._dict, told: dict, **values) -> None:
		"""What became of it otherwise. Commits."""
		row.update(**self._place(due), **as_told(told), **values)
		self._save(row)
		frappe.db.commit()  # nosemgrep -- what a person sees of it

	def note_failed_removal(self, row: frappe._dict, message: str) -> None:
		"""It stays here, though the producer no longer has it. Commits."""
		row.update(status=FAILED, message=message, attempts=(row.attempts or 0) + 1)
		self._save(row)
		frappe.db.commit()  # nosemgrep -- what a person sees of it

	def content_here(self, row: frappe._dict, told: dict) -> bytes | None:
		"""The same content that came from the same producer before: it isn't fetched twice."""
		if not told["hash"]:
			return None
		same = {
			"event_producer": self.producer,
			"content_hash": told["hash"],
			"status": HERE,
			"name": ("!=", row.name),
		}
		for name in frappe.get_all(remote_files.DOCTYPE, filters=same, pluck="local_file", limit=5):
			if name and frappe.db.exists("File", name):
				content = file_content.whole(name)
				if _md5(content) == told["hash"]:
					return content
		return None

	def _make(self, doc: Document, told: dict, content: bytes | None) -> tuple[Document, bool]:
		"""
		:returns: the File, and whether it was here before
		"""
		if content is not None and not content:
			raise FileRefused(_("It is empty."))
		if twin := self._twin(doc, told, content):
			return twin, not self._came_by_files(twin.name)
		values = {
			"doctype": "File",
			"file_name": safe_name(told["file_name"] or told["url"]),
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": self._field_here(doc, told["field"]),
			"is_private": told["private"],
		}
		more = {"file_url": told["url"]} if content is None else {"content": content}
		# nosemgrep -- whoever may write the document may attach to it, as in Desk
		return frappe.get_doc({**values, **more}).insert(ignore_permissions=True), False

	def _twin(self, doc: Document, told: dict, content: bytes | None) -> Document | None:
		"""A file of the document here with the same content: it is there by another way, or it was this site's to begin with."""
		same = {
			"attached_to_doctype": doc.doctype,
			"attached_to_name": cstr(doc.name),
			"is_private": told["private"],
		}
		same |= {"file_url": told["url"]} if content is None else {"content_hash": _md5(content)}
		name = frappe.db.get_value("File", same, order_by="creation asc")
		return frappe.get_doc("File", name) if name else None

	def _came_by_files(self, file: str) -> bool:
		return bool(frappe.db.exists(remote_files.DOCTYPE, {"local_file": file, "adopted": 0}))

	def _field_here(self, doc: Document, fieldname: str) -> str | None:
		"""Only what is an Attach field of this site, too: elsewhere another field may have that name."""
		field = doc.meta.get_field(fieldname) if fieldname else None
		return fieldname if field and field.fieldtype in ATTACH_FIELDTYPES else None

	def _put_in_fields(self, doc: Document, url_there: str, url_here: str) -> None:
		"""In place of the URL that leads to the producer."""
		waiting = remote_files.url_there(self.producer, url_there)
		for part in with_rows(doc):
			fields = attach_fields(part.doctype)
			values = {field: url_here for field in fields if part.get(field) == waiting}
			if values:
				part.db_set(values, update_modified=False)

	def _delete_file(self, due: Due, row: frappe._dict) -> None:
		"""Unless another file of the producer is the same one here, or it was here before and this site doesn't give it."""
		config = self.subscription.configuration(due.key[0])
		others = {"local_file": row.local_file, "register_row": due.row}
		if not row.local_file or frappe.db.exists(remote_files.DOCTYPE, others):
			return
		if cint(row.adopted) and not self.subscription.is_given(config):
			return
		place = {
			"name": row.local_file,
			"attached_to_doctype": due.local_doctype,
			"attached_to_name": due.local_name,
		}
		if frappe.db.exists("File", place):
			# nosemgrep -- whoever may write the document may detach from it, as in Desk
			frappe.delete_doc("File", row.local_file, ignore_permissions=True)

	def _place(self, due: Due) -> dict:
		return {
			"remote_docname": due.key[1],
			"local_doctype": due.local_doctype,
			"local_docname": due.local_name,
			"local_creation": due.local_creation,
		}

	def _save(self, row: frappe._dict) -> None:
		values = {key: value for key, value in row.items() if key != "name"}
		frappe.db.set_value(remote_files.DOCTYPE, row.name, values)


def new_row(producer: str, due: Due, told: dict) -> frappe._dict:
	"""A row of Remote File, written. Commits."""
	doc = frappe.get_doc(
		doctype=remote_files.DOCTYPE,
		event_producer=producer,
		remote_doctype=due.key[0],
		remote_docname=due.key[1],
		register_row=due.row,
		remote_file=told["name"],
		status=remote_files.FETCHING,
		**as_told(told),
	)
	# nosemgrep -- this app's own records; whoever asked was checked before
	doc.insert(ignore_permissions=True)
	frappe.db.commit()  # nosemgrep -- it gives the part on the disk its name
	return frappe._dict({field: doc.get(field) for field in remote_files.FIELDS})


def as_told(told: dict) -> dict:
	"""What the producer says of a file, as fields of its Remote File."""
	return {
		"remote_url": told["url"],
		"file_name": safe_name(told["file_name"] or told["url"]),
		"fieldname_there": told["field"],
		"is_private": told["private"],
		"file_size": told["size"],
		"content_hash": told["hash"],
	}


def _md5(content: bytes) -> str:
	"""As Frappe hashes the content of its files. It decides nothing that an attacker could gain by."""
	return hashlib.md5(content, usedforsecurity=False).hexdigest()
