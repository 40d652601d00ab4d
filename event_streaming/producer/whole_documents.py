"""Whole documents that a producer gives to one consumer, and their names.

As in the feed: only what was approved and what the subscriber may read, and only the fields that it may read. Documents of
DocTypes that are not approved are given only where a visible document links to them.
"""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import _

from event_streaming.document import snapshot
from event_streaming.exceptions import AnswerTooLarge
from event_streaming.link.arguments import check_filters
from event_streaming.link.protocol import MAX_ANSWER, MAX_DOCUMENTS, MAX_FOUND, Key
from event_streaming.producer import contents
from event_streaming.producer.feed_page import creations_of, written_field
from event_streaming.producer.home_sites import origins
from event_streaming.producer.knowledge import Knowledge, last_changed_at
from event_streaming.producer.linked_documents import LinkedDocuments
from event_streaming.producer.visibility import Visibility
from event_streaming.producer.watermark import highest_forgotten_id, highest_log_ids, position_behind

ANSWER_BYTES = 8 * 1024 * 1024  # of whole documents in one answer
READ_AT_ONCE = 10  # whole documents
CANDIDATES = 200  # documents of a DocType that is not approved, of which those that are linked to are found


def get_documents(
	consumer: str, documents: list[Key], linked_from: Iterable[Key] = (), time_zone: str = ""
) -> dict:
	"""Whole documents as they are now, each with the highest Update Log id that it contains.

	Documents and log ids are read in one snapshot of the database: a change is in the document if and only
	if its log row counts. What isn't here and what the subscriber may not read are told apart by nobody.

	Documents of DocTypes that are not approved are given only where a visible document links to them.

	:param linked_from: those which link to them, and to these, as the consumer says; see `linked_documents`
	:param time_zone: the consumer's, see `moments`

	The answer's `position` and `event_key` are those of a stamped event at or behind all that the documents contain.

	:raises ServerUnavailable: somebody else is stamping, and not done in time
	:raises AnswerTooLarge: ask for fewer; a single document is larger than any answer
	"""
	asked = list(dict.fromkeys((doctype, str(name)) for doctype, name in documents[:MAX_DOCUMENTS]))
	visibility, knowledge = Visibility(consumer, time_zone=time_zone), Knowledge(consumer)
	bound = _Bound(ANSWER_BYTES if len(documents) > 1 else MAX_ANSWER)
	found: dict[Key, dict] = {}
	frappe.db.commit()  # nosemgrep -- a fresh snapshot for documents and ids
	forgotten = highest_forgotten_id()
	given = defaultdict(list)
	for doctype, name in sorted(LinkedDocuments(visibility).given(asked, linked_from)):
		given[doctype].append(name)
	for doctype, visible in given.items():
		for name, document in _whole(doctype, visible, visibility, knowledge, bound, forgotten).items():
			found[(doctype, name)] = document
	upto = position_behind([document["log_id"] for document in found.values()])
	return {
		"position": upto.position,
		"event_key": upto.event_key,
		"documents": [found[key] for key in asked if key in found],
		"missing": [list(key) for key in asked if key not in found],
	}


def _whole(
	doctype: str,
	names: list[str],
	visibility: Visibility,
	knowledge: Knowledge,
	bound: "_Bound",
	forgotten: int,
) -> dict[str, dict]:
	"""
	:param forgotten: the highest log id of which the log no longer knows the document
	"""
	ids = highest_log_ids(doctype, names)
	written = snapshot.bookkeeping(doctype, names)
	created = creations_of(written)
	origin = origins(doctype, created.items())
	known = knowledge.highest(doctype, names)
	knows = contents.of_documents(doctype, created)
	changed_at = last_changed_at(doctype, list(ids.values()))
	return {
		name: {
			"doctype": doctype,
			"name": name,
			"log_id": ids.get(name, forgotten),
			"created": created[name],
			**origin[(name, created[name])].wire,
			"known": known.get(name, 0),
			**({"knows": knows[name]} if name in knows else {}),
			"changed_at": changed_at.get(name, ""),
			**written_field(visibility, written, name),
			"doc": visibility.fields.strip_document(doc),
		}
		for name, doc in _read_bounded(doctype, names, bound).items()
	}


class _Bound:
	"""On the size of one answer."""

	def __init__(self, left: int):
		self.left = left

	def count(self, size: int) -> None:
		"""
		:raises AnswerTooLarge: it is used up
		"""
		self.left -= size
		if self.left < 0:
			raise AnswerTooLarge(_("These documents are too large for one answer."))


def _read_bounded(doctype: str, names: list[str], bound: _Bound) -> dict[str, dict]:
	"""Whole documents, few at once: what can't be sent is not read either."""
	found: dict[str, dict] = {}
	for start in range(0, len(names), READ_AT_ONCE):
		some = snapshot.read_many(doctype, names[start : start + READ_AT_ONCE])
		bound.count(sum(map(snapshot.size, some.values())))
		found |= some
	return found


def find_documents(
	consumer: str, doctype: str, filters: dict | list, limit: int = MAX_FOUND, linked_from: Iterable[Key] = ()
) -> list[str]:
	"""Names of documents that match `filters` and that `get_documents` would give.

	:raises frappe.ValidationError: a filter asks for a field that the consumer may not have
	"""
	visibility = Visibility(consumer)
	filters = check_filters(
		doctype, filters or [], visibility.user_of(doctype), visibility.fields.hidden(doctype)
	)
	if visibility.terms(doctype).approved:
		return visibility.find(doctype, filters, limit)
	candidates = visibility.find(doctype, filters, CANDIDATES)
	given = LinkedDocuments(visibility).given([(doctype, name) for name in candidates], linked_from)
	return [name for name in candidates if (doctype, name) in given][:limit]
