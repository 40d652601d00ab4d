"""The producer, as replay, backfill and comparison know it, and the whole documents that were fetched from it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from frappe import _

from event_streaming.consumer.feed.events import identity_of, knows_of, moment_of, written_of
from event_streaming.exceptions import (
	AnswerTooLarge,
	CredentialsRefused,
	InvalidEvent,
	NotFrappe,
	RemoteError,
	ServerFailed,
	ServerUnavailable,
	WrongSite,
)
from event_streaming.link.protocol import MAX_DOCUMENTS, MAX_LINKING, MAX_NAME, Key

LINK_TROUBLE = (CredentialsRefused, InvalidEvent, NotFrappe, WrongSite)  # no fault of any document
NAMED = 3  # documents that are named as those which link to one


class Source(Protocol):
	"""A producer: `link.client.ProducerClient`, or what stands in for it in a test or a lane."""

	def get_updates(
		self,
		after: int,
		event_key: str | None,
		epoch: str,
		limit: int,
		seen: int = 0,
		seen_key: str | None = None,
		done: int | None = None,
		done_key: str | None = None,
		count: bool = False,
		leaving: bool = False,
	) -> dict: ...

	def get_documents(self, documents: list[Key], linked_from: Sequence[Key] = ()) -> dict: ...

	def find_documents(
		self, doctype: str, filters: dict | list, limit: int = ..., linked_from: Sequence[Key] = ()
	) -> list[str]: ...

	def list_documents(
		self,
		doctype: str,
		after: str,
		limit: int,
		upto: str = "",
		fields: dict | None = None,
		count: bool = False,
		created_after: str | None = None,
		filters: list | dict | None = None,
		newest_first: bool = False,
	) -> dict: ...

	def summarise_documents(self, doctype: str, after: str, limit: int, fields: dict) -> dict: ...

	def describe_doctype(self, doctype: str) -> list[dict]: ...

	def abort(self) -> None: ...

	def close(self) -> None: ...


class FetchedDocuments:
	"""Whole documents fetched from the source during one batch, those it doesn't have or give, and those that it fails to
	send: they are too large, or its own code fails at them."""

	def __init__(self, source: Source):
		self.source = source
		self.documents: dict[Key, dict] = {}
		self.refused: set[Key] = set()
		self.failed: dict[Key, RemoteError] = {}
		self._linked_from: dict[Key, list[Key]] = defaultdict(list)
		self.seen = (0, "")  # the source's position, and its key, behind all that they contain

	def get(self, key: Key, fresh: bool = False) -> dict | None:
		"""`{"doc", "log_id", "identity"}` of one document, None when the source doesn't have or give it.

		:raises RemoteError: it has it, but no answer can hold it, or its own code fails at it
		:raises TransientError: it could not be asked, which is the fault of no document
		"""
		if fresh:
			self.forget([key])
		self.fetch([key])
		if key in self.failed:
			raise self.failed[key]
		return self.documents.get(key)

	def forget(self, keys: Iterable[Key]) -> None:
		"""They are fetched again when they are needed next."""
		for key in keys:
			self.documents.pop(key, None)
			self.refused.discard(key)

	def note_link(self, target: Key, holder: Key) -> None:
		"""A document at the source links to another: the reason for which the source gives that one, if its DocType is not
		approved."""
		holders = self._linked_from[target]
		if len(holders) < NAMED and holder not in holders and holder != target:
			holders.append(holder)

	def linked_from(self, keys: Iterable[Key]) -> list[Key]:
		"""What links to these documents, and what led to that, the nearest first."""
		named: dict[Key, None] = {}
		fresh = list(keys)
		while fresh and len(named) < MAX_LINKING:
			fresh = [
				holder for key in fresh for holder in self._linked_from.get(key, ()) if holder not in named
			]
			named.update(dict.fromkeys(fresh))
		return list(named)[:MAX_LINKING]

	def fetch(self, keys: Iterable[Key]) -> None:
		known = self.documents.keys() | self.refused | self.failed.keys()
		keys = [key for key in dict.fromkeys(keys) if key not in known]
		for start in range(0, len(keys), MAX_DOCUMENTS):
			self._ask_for(keys[start : start + MAX_DOCUMENTS])

	def _ask_for(self, keys: list[Key]) -> None:
		"""In halves where the documents are too large for one answer, or the source fails at one of them."""
		try:
			answer = self.source.get_documents(keys, self.linked_from(keys))
		except (AnswerTooLarge, ServerFailed) as error:
			if len(keys) == 1:
				return self._note_failed(keys[0], error)
			self._ask_for(keys[: len(keys) // 2])
			return self._ask_for(keys[len(keys) // 2 :])
		except LINK_TROUBLE as error:
			raise ServerUnavailable(str(error)) from error
		self._keep(keys, answer)

	def _note_failed(self, key: Key, error: AnswerTooLarge | ServerFailed) -> None:
		"""A source that answers when it is asked for nothing fails at this document."""
		if isinstance(error, ServerFailed):
			self.source.get_documents([])
			told = _("The producer fails at giving {0} {1}: {2} Its Error Log says more.")
			# nosemgrep -- texts of this app, filled with values
			error = RemoteError(told.format(*key, error), 500)
		self.failed[key] = error

	def see(self, position: int, event_key: str) -> None:
		"""Documents here contain what the log says up to this position."""
		self.seen = max(self.seen, (position, event_key))

	def _keep(self, asked: list[Key], answer: dict) -> None:
		self.see(answer.get("position") or 0, (answer.get("event_key") or "")[:MAX_NAME])
		for found in answer.get("documents") or []:
			key = (found.get("doctype"), found.get("name"))
			if key in asked:  # nobody asked for anything else
				self.documents[key] = {
					"doc": {**found["doc"], "doctype": key[0], "name": key[1]},  # whatever it calls itself
					"log_id": int(found.get("log_id") or 0),
					"identity": identity_of(found),
					"known": int(found["known"]) if isinstance(found.get("known"), int) else None,
					"knows": knows_of(found),
					"changed_at": moment_of(found),
					"written": written_of(found),
				}
		self.refused.update(key for key in asked if key not in self.documents)
