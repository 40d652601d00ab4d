"""Brings the files of documents from a producer, after the documents and apart from them; so also comments, tags
and assignments, see `annotations`.

Invariants:
- After a look at a document, the files that the producer tells of it are here, or a row of Remote File says why one is not. Those
  that it no longer tells are gone here, too.
- A file that can't be had or stored holds up no document, and no other file. It is tried again, less and less often.
- What people delete here stays away until it changes there. What they attach here is theirs.
- Only where the line is down does the job end; what is on the way goes on at the slice that it had.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
from frappe import _

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer.files import parts
from event_streaming.consumer.files.annotations import ANNOTATIONS, LATER, Annotations
from event_streaming.consumer.files.limits import check_link, check_size, check_type, safe_name
from event_streaming.consumer.files.storing import Storing, new_row
from event_streaming.consumer.identity import remote_files
from event_streaming.consumer.identity.remote_files import DELETED_HERE, FAILED, HERE, REFUSED, Due
from event_streaming.consumer.row_statuses import note_trouble
from event_streaming.consumer.subscription import Subscription
from event_streaming.document.attachments import is_link
from event_streaming.document.snapshot import as_creation
from event_streaming.exceptions import (
	AppMissing,
	CredentialsRefused,
	FileRefused,
	ServerFailed,
	StreamingError,
)
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message, untell
from event_streaming.link.protocol import MAX_FILED, MAX_FILES, Key
from event_streaming.locks import is_not_the_documents_fault, rollback


@dataclass
class Summary:
	"""`error` is why it stopped early."""

	producer: str
	looked_at: int = 0
	fetched: int = 0
	failed: int = 0
	error: str = ""


def fetch_files(
	producer: str,
	source: ProducerClient | None = None,
	deadline: float | None = None,
	slice_size: int = parts.SLICE,
) -> Summary:
	"""Looks at all documents of a producer whose files, comments, tags and assignments are due. Commits; call it with nothing unsaved.

	:param source: the producer's end; by default its REST API
	:param deadline: `time.monotonic()` after which no further document is begun
	"""
	summary = Summary(producer)
	with _alone(producer) as alone:
		if not alone:
			summary.error = str(cursors.Busy())
			return summary
		client = None
		try:
			cursors.check_link(producer)
			client = source or ProducerClient.for_producer(producer)
			work = _Work(producer, client, summary, slice_size)
			while not (deadline and time.monotonic() > deadline) and work.page(deadline):
				pass
		except StreamingError as error:
			rollback()
			summary.error = error_message(error)
		finally:
			if client and not source:
				client.close()
	return summary


@contextmanager
def _alone(producer: str) -> Iterator[bool]:
	"""Whether no other process of this site fetches files of the producer: two would write into one part."""
	name = hashlib.sha256(producer.encode()).hexdigest()[:16]
	path = frappe.get_site_path(*parts.FOLDER, f"{name}.lock")
	os.makedirs(os.path.dirname(path), exist_ok=True)
	# nosemgrep -- a folder of this app, and a hash
	with open(path, "a") as file:
		try:
			fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except OSError:
			yield False
			return
		yield True


class _Work:
	def __init__(self, producer: str, source: ProducerClient, summary: Summary, slice_size: int):
		self.producer = producer
		self.source = source
		self.summary = summary
		self.slice_size = slice_size
		self.subscription = Subscription(producer)
		self.storing = Storing(self.subscription)
		self.annotations = Annotations(source, self.subscription)

	def page(self, deadline: float | None) -> bool:
		"""
		:returns: whether there was anything to do
		"""
		frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
		due = remote_files.due_documents(self.producer, MAX_FILED)
		wanted = [document for document in due if self._is_wanted(document)]
		for document in due:
			if document not in wanted:
				remote_files.settle(document)
		frappe.db.commit()  # nosemgrep -- nothing is to be done for them
		if wanted:
			with_files = [document for document in wanted if "attachments" in self._besides(document)]
			given, listed = self._list(with_files) if with_files else (set(), {})
			self.annotations.ask([document for document in wanted if ANNOTATIONS & self._besides(document)])
			for document in wanted:
				if deadline and time.monotonic() > deadline:
					break
				self._look_at(document, given, listed)
		return bool(due)

	def _besides(self, due: Due) -> set[str]:
		return self.subscription.configuration(due.key[0]).besides

	def _is_wanted(self, due: Due) -> bool:
		config = self.subscription.configuration(due.key[0])
		if not config.besides or not config.subscribed or due.merged:
			return False
		created = as_creation(frappe.db.get_value(due.local_doctype, due.local_name, "creation"))
		return bool(created) and due.local_creation in (None, created)

	def _list(self, due: list[Due]) -> tuple[set[str], dict[Key, list[dict]]]:
		try:
			answer = self.source.list_files([document.key for document in due])
		except (AppMissing, CredentialsRefused) as error:
			untell(error)
			self._tell_trouble(
				{document.key[0] for document in due},
				_("The other site gives no files. Its version of Event Streaming may be too old. {0}").format(
					error_message(error)
				),
			)
			return set(), {}
		given = set(answer["given"])
		asked = {document.key[0] for document in due}
		self._tell_trouble(given & asked, "")
		self._tell_trouble(
			asked - given,
			_("{0} has not approved that files are given, or keeps them back.").format(self.producer),
		)
		return given, {(doctype, name): files for doctype, name, files in answer["documents"]}

	def _tell_trouble(self, doctypes: set[str], trouble: str) -> None:
		note_trouble(self.subscription, "attachments_trouble", doctypes, trouble)
		frappe.db.commit()  # nosemgrep -- the form says why

	def _look_at(self, due: Due, given: set[str], listed: dict[Key, list[dict]]) -> None:
		besides, delays = self._besides(due), []
		if "attachments" in besides:
			delays.append(self._look_at_files(due, given, listed))
		if ANNOTATIONS & besides:
			delays.append(self.annotations.look_at(due))
		if again_in := min((delay for delay in delays if delay), default=0.0):
			remote_files.put_off(due, again_in)
		else:
			remote_files.settle(due)
		frappe.db.commit()  # nosemgrep -- this document is done

	def _look_at_files(self, due: Due, given: set[str], listed: dict[Key, list[dict]]) -> float:
		if due.key[0] not in given:
			return LATER
		self.summary.looked_at += 1
		return self._follow(due, listed[due.key]) if due.key in listed else 0.0

	def _follow(self, due: Due, files: list[dict]) -> float:
		"""
		:returns: seconds after which it is to be looked at again; 0 when all is well
		"""
		known = {row.remote_file: row for row in remote_files.known(due.row)}
		delays = [self._one(due, told, known.get(told["name"])) for told in files]
		told_names = {told["name"] for told in files}
		if len(files) < MAX_FILES:
			delays += [self._remove(due, row) for name, row in known.items() if name not in told_names]
		return min((delay for delay in delays if delay), default=0.0)

	def _one(self, due: Due, told: dict, row: frappe._dict | None) -> float:
		if row and self._is_settled(due, told, row):
			return 0.0
		if not row:
			row = new_row(self.producer, due, told)
		try:
			content = self._content(due, told, row)
			self.storing.store(due, row, told, content)
			self.summary.fetched += 1
		except FileRefused as error:
			rollback()
			self.storing.note(due, row, told, status=REFUSED, message=error_message(error), attempts=0)
			self.summary.failed += 1
			parts.Part(row.name).delete()
			return 0.0
		except Exception as error:
			return self._fail(due, told, row, error)
		parts.Part(row.name).delete()
		return 0.0

	def _is_settled(self, due: Due, told: dict, row: frappe._dict) -> bool:
		same = (row.content_hash or "", row.is_private, row.remote_url) == (
			told["hash"],
			told["private"],
			told["url"],
		)
		if not same or as_creation(row.local_creation) != due.local_creation:
			return False  # another content; or the document was made here anew, without its files
		if row.status == HERE and not frappe.db.exists("File", row.local_file):
			self.storing.note(due, row, told, status=DELETED_HERE, message=None)
		return row.status in (HERE, DELETED_HERE)

	def _content(self, due: Due, told: dict, row: frappe._dict) -> bytes | None:
		if is_link(told["url"]):
			check_link(told["url"])
			return None
		check_type(safe_name(told["file_name"] or told["url"]))
		check_size(told["size"])
		content = self.storing.content_here(row, told)
		if content is None:
			content = parts.fetch(self.source, due.key, row, self.slice_size)
		return content

	def _remove(self, due: Due, row: frappe._dict) -> float:
		try:
			self.storing.remove(due, row)
		except Exception as error:
			if is_not_the_documents_fault(error) or isinstance(error, cursors.Busy):
				raise
			rollback()
			self.storing.note_failed_removal(row, error_message(error))
			self.summary.failed += 1
			return cursors.delay_before(row.attempts)
		parts.Part(row.name).delete()
		return 0.0

	def _fail(self, due: Due, told: dict, row: frappe._dict, error: Exception) -> float:
		"""
		:raises Exception: it is not the file's fault
		"""
		ends_job = isinstance(error, cursors.Busy | CredentialsRefused | AppMissing)
		is_its_own = isinstance(error, ServerFailed)  # the producer's code failed at this very file
		if not is_its_own and (ends_job or is_not_the_documents_fault(error)):
			raise error
		rollback()
		attempts = (row.attempts or 0) + 1
		self.storing.note(due, row, told, status=FAILED, message=error_message(error), attempts=attempts)
		self.summary.failed += 1
		return cursors.delay_before(attempts)
