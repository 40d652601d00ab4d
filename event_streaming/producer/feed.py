"""What a producer gives to one consumer: pages of its Update Log, whole documents, names.

Everything here answers for one Event Consumer and runs as its subscriber: only DocTypes that were
approved and not unsubscribed, only documents that match the approved condition and that the subscriber
may read, only fields of the permission levels that it may read.
"""

import json
from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.query_builder.functions import Count, Length
from frappe.utils import get_datetime, now_datetime

from event_streaming import bulk, site
from event_streaming.document import snapshot
from event_streaming.exceptions import AnswerTooLarge, PositionGone
from event_streaming.link.arguments import check_filters
from event_streaming.link.protocol import MAX_ANSWER, MAX_DOCUMENTS, MAX_FOUND, MAX_PAGE, Key
from event_streaming.producer import capture, consumed_doctypes, former_values, positions
from event_streaming.producer.current_names import Present, present_documents
from event_streaming.producer.home_sites import Named, Origin, origins
from event_streaming.producer.knowledge import Knowledge, last_changed_at, rules_towards
from event_streaming.producer.linked_documents import LinkedDocuments
from event_streaming.producer.registration import active_since, approved_doctypes, row_statuses
from event_streaming.producer.terms import restrictions
from event_streaming.producer.visibility import Visibility
from event_streaming.producer.watermark import highest_forgotten_id, highest_log_ids, position_behind

PAGE_BYTES = 4 * 1024 * 1024  # of the log's data on a page
MAX_EVENT_BYTES = (
	4 * 1024 * 1024
)  # of one event's data; what is larger was logged by version 0.1 and is taken whole
ANSWER_BYTES = 8 * 1024 * 1024  # of whole documents in one answer
READ_AT_ONCE = 10  # whole documents
STAMP_PATIENCE = 3.0  # seconds; a page without what was just committed would leave it to the next hint
ECHOES = 50  # rows of one document in a row that all came from the consumer itself
CANDIDATES = 200  # documents of a DocType that is not approved, of which those that are linked to are found
COUNT_LIMIT = 100_000  # "behind" is exact up to here: counting a longer way costs more than it tells


def get_updates(
	consumer: str,
	after: int,
	event_key: str,
	epoch: str,
	limit: int,
	shown: dict[int, str] | None = None,
	count: bool = False,
) -> dict:
	"""A page of events with positions above `after`, in order.

	:param event_key: key of the event at `after`; together they prove that this log is still the one the
	        consumer has read (a restored backup gives old positions to new events)
	:param limit: most events on the page, 1 to 500
	:param shown: other positions that the consumer knows of, and the keys of the events there. Whole documents that it
	        has may contain changes up to one that is above `after`: a log that was restored to a state between the two
	        would number other changes alike
	:param count: whether to count what is behind the page
	:raises PositionGone: epoch, position or key are not this log's
	"""
	positions.stamp(STAMP_PATIENCE)
	head = positions.head()
	check_cursor(head, after, event_key, epoch)
	for position, key in (shown or {}).items():
		if position and position != after:
			check_cursor(head, position, key, epoch)
	doctypes = approved_doctypes(consumer)
	consumed_doctypes.mend(set(doctypes))
	limit = max(1, min(int(limit), MAX_PAGE))
	keys = _next_log_names(list(doctypes), after, head.position, limit)
	rows = _within_page_bytes(_log_rows(keys))
	more = len(keys) == limit or len(rows) < len(keys)
	visibility = Visibility(consumer)
	unreadable = visibility.unreadable(doctypes)
	held = {
		name: why for name in doctypes if name not in unreadable and (why := visibility.broken_filter(name))
	}
	last = rows[-1] if more else head
	return {
		"site_id": site.own_id(),
		"epoch": head.epoch,
		"events": _visible_events(
			consumer, visibility, [row for row in rows if row.ref_doctype not in {*unreadable, *held}]
		),
		"position": last.position,
		"event_key": last.event_key,
		"head": head.position,
		"passed": len(rows),
		"behind": _count_behind(list(doctypes), last.position) if more and count else None if more else 0,
		"more": more,
		"doctypes": row_statuses(consumer),
		"unreadable": [*unreadable, *held],
		"held": held,
		"kept_back": restrictions(consumer),
		"rules": rules_towards(consumer),
	}


def check_cursor(head: frappe._dict, after: int, event_key: str, epoch: str) -> None:
	if epoch != head.epoch:
		raise PositionGone(_("This site's log was started anew: its epoch is not the one you have read."))
	if after > head.position:
		raise PositionGone(
			_("This site's log ends at position {0}, before your position {1}.").format(head.position, after)
		)
	if event_key != _key_at(after) if after else _has_lost_its_beginning(head):
		raise PositionGone(
			_("Position {0} of this site's log is gone or is another event now.").format(after)
		)


def get_documents(consumer: str, documents: list[Key], linked_from: Iterable[Key] = ()) -> dict:
	"""Whole documents as they are now, each with the highest Update Log id that it contains.

	Documents and log ids are read in one snapshot of the database: a change is in the document if and only
	if its log row counts. What isn't here and what the subscriber may not read are told apart by nobody.

	Documents of DocTypes that are not approved are given only where a visible document links to them.

	:param linked_from: those which link to them, and to these, as the consumer says; see `linked_documents`

	The answer's `position` and `event_key` are those of a stamped event at or behind all that the documents contain.

	:raises ServerUnavailable: somebody else is stamping, and not done in time
	:raises AnswerTooLarge: ask for fewer; a single document is larger than any answer
	"""
	asked = list(dict.fromkeys((doctype, str(name)) for doctype, name in documents[:MAX_DOCUMENTS]))
	visibility, knowledge = Visibility(consumer), Knowledge(consumer)
	bound = _Bound(ANSWER_BYTES if len(documents) > 1 else MAX_ANSWER)
	found: dict[Key, dict] = {}
	frappe.db.commit()  # a fresh snapshot for documents and ids
	forgotten = highest_forgotten_id()
	given = defaultdict(list)
	for doctype, name in sorted(LinkedDocuments(visibility).given(asked, linked_from)):
		given[doctype].append(name)
	for doctype, visible in given.items():
		ids = highest_log_ids(doctype, visible)
		written = snapshot.bookkeeping(doctype, visible)
		created = _creations(written)
		origin = origins(doctype, created.items())
		known = knowledge.highest(doctype, visible)
		changed_at = last_changed_at(doctype, list(ids.values()))
		for name, doc in _read_bounded(doctype, visible, bound).items():
			doc = visibility.fields.strip_document(doc)
			found[(doctype, name)] = {
				"doctype": doctype,
				"name": name,
				"log_id": ids.get(name, forgotten),
				"created": created[name],
				**origin[(name, created[name])].wire,
				"known": known.get(name, 0),
				"changed_at": changed_at.get(name, ""),
				**_written(written, name),
				"doc": doc,
			}
	upto = position_behind([document["log_id"] for document in found.values()])
	return {
		"position": upto.position,
		"event_key": upto.event_key,
		"documents": [found[key] for key in asked if key in found],
		"missing": [list(key) for key in asked if key not in found],
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
	filters = check_filters(doctype, filters or [], visibility.user, visibility.fields.hidden(doctype))
	if visibility.terms(doctype).approved:
		return visibility.find(doctype, filters, limit)
	candidates = visibility.find(doctype, filters, CANDIDATES)
	given = LinkedDocuments(visibility).given([(doctype, name) for name in candidates], linked_from)
	return [name for name in candidates if (doctype, name) in given][:limit]


def _next_log_names(doctypes: list[str], after: int, upto: int, limit: int) -> list[int]:
	"""Ids of the next `limit` rows, each DocType read along its own index, so a page costs the same
	wherever it lies and however much of the log is not for this consumer."""
	log = frappe.qb.DocType("Update Log")
	candidates = []
	for doctype in doctypes:
		candidates += (
			frappe.qb.from_(log)
			.select(log.position, log.name)
			.where(log.ref_doctype == doctype)
			.where(log.position > after)
			.where(log.position <= upto)
			.orderby(log.position)
			.limit(limit)
			.run()
		)
	return [name for _position, name in sorted(candidates)[:limit]]


def _log_rows(names: list[int]) -> list[frappe._dict]:
	"""Without their data, of which only the `size` is read: of most pages not all goes out."""
	if not names:
		return []
	log = frappe.qb.DocType("Update Log")
	fields = "name position event_key update_type ref_doctype docname origin path creation changed_at document_creation"
	fields += " cause"
	return (
		frappe.qb.from_(log)
		.select(*(log[field] for field in fields.split()), Length(log.data).as_("size"))
		.where(log.name.isin(names))
		.orderby(log.position)
		.run(as_dict=True)
	)


def _within_page_bytes(rows: list[frappe._dict]) -> list[frappe._dict]:
	"""The first of them, as many as one answer holds; at least one."""
	size = 0
	for number, row in enumerate(rows):
		size += row.size if row.size <= MAX_EVENT_BYTES else 0  # else it is sent without its data
		if number and size > PAGE_BYTES:
			return rows[:number]
	return rows


def _data_of(rows: list[frappe._dict]) -> dict[int, str]:
	"""By id; a row whose data is larger than an event may be is left out."""
	names = [row.name for row in rows if (row.size or 0) <= MAX_EVENT_BYTES]
	return dict(bulk.select("Update Log", ("name", "data"), "name", names))


def _visible_events(consumer: str, visibility: Visibility, rows: list[frappe._dict]) -> list[dict]:
	"""
	:param rows: of DocTypes that the subscriber may read
	"""
	rows = [row for row in rows if consumer not in json.loads(row.path or "[]")]
	present = present_documents(rows)
	asked = defaultdict(set)
	for row in rows:
		asked[row.ref_doctype].add(present[row.name].name)
		row.document_creation = snapshot.as_creation(row.document_creation)
	visible = {doctype: set(visibility.visible_names(doctype, names)) for doctype, names in asked.items()}
	written = {doctype: snapshot.bookkeeping(doctype, names) for doctype, names in asked.items()}
	here = {doctype: _creations(of_names) for doctype, of_names in written.items()}
	sent = [
		row
		for row in rows
		if _is_for_consumer(row, present[row.name], visible[row.ref_doctype], here[row.ref_doctype])
	]
	former = former_values.judge(visibility, sent, present)
	previous = _previous_ids(consumer, sent)
	since = active_since(consumer)
	known = Knowledge(consumer).of_rows(sent)
	origin = _origins(sent, present)
	causes = _visible_causes(visibility, sent)
	data = _data_of([row for row in sent if row.name not in former.taken_whole])
	return [
		{
			"previous": max(previous[row.name], since.get(row.ref_doctype) or 0),
			"known": known[row.name],
			**_written(written[row.ref_doctype], present[row.name].name),
			"cause": causes.get(row.cause),
			"created": row.document_creation,
			"now": present[row.name].name if present[row.name].name != row.docname else None,
			**origin[row.ref_doctype][(present[row.name].name, row.document_creation)].wire,
			**_event(row, data.get(row.name), visibility, row.name not in former.without_former),
		}
		for row in sent
	]


def _visible_causes(visibility: Visibility, rows: list[frappe._dict]) -> dict[str, list[str]]:
	"""`[DocType, name]` by what a row says of its cause, of those that the consumer may know of."""
	told = {row.cause: json.loads(row.cause)[:2] for row in rows if row.cause}
	named = defaultdict(set)
	for doctype, name in told.values():
		if visibility.terms(doctype).approved:
			named[doctype].add(name)
	visible = {doctype: set(visibility.visible_names(doctype, names)) for doctype, names in named.items()}
	return {cause: key for cause, key in told.items() if key[1] in visible.get(key[0], ())}


def _origins(rows: list[frappe._dict], present: dict[int, Present]) -> dict[str, dict[Named, Origin]]:
	documents = defaultdict(set)
	for row in rows:
		documents[row.ref_doctype].add((present[row.name].name, row.document_creation))
	return {doctype: origins(doctype, named) for doctype, named in documents.items()}


def _is_for_consumer(
	row: frappe._dict, document: Present, visible: set[str], here: dict[str, str | None]
) -> bool:
	"""What is here now goes out if it is visible now. Of what is gone only that it went, and under which
	names: its values can no longer be judged, and the consumer has no use for them. What has its name since is another one."""
	if row.update_type == "Delete":
		return True
	is_same = here.get(document.name) in (None, row.document_creation or here.get(document.name))
	if document.name in here and is_same and not document.gone:
		return document.name in visible
	return row.update_type == "Rename"


def _previous_ids(consumer: str, rows: list[frappe._dict]) -> dict[int, int]:
	"""For each row, by its id, the id of the row of the same document before it; 0 when there is none.

	A consumer that has not seen that one was not given it (a condition, a permission, a subscription came or
	went in between) and takes the whole document. What came from the consumer itself it has.
	"""
	previous: dict[int, int] = {}
	last: dict[tuple[str, str], int] = {}
	for row in rows:
		key = (row.ref_doctype, row.docname)
		if key in last:
			previous[row.name] = last[key]
		elif row.update_type in ("Update", "Rename"):
			previous[row.name] = _id_before(consumer, row)
		else:
			previous[row.name] = 0
		last[key] = row.name
	return previous


def _id_before(consumer: str, row: frappe._dict) -> int:
	log = frappe.qb.DocType("Update Log")
	earlier = (
		frappe.qb.from_(log)
		.select(log.name, log.path)
		.where(log.ref_doctype == row.ref_doctype)
		.where(log.docname == row.docname)
		.where(log.name < row.name)
		.orderby(log.name, order=Order.desc)
		.limit(ECHOES)
		.run()
	)
	return next((name for name, path in earlier if consumer not in json.loads(path or "[]")), 0)


def _creations(bookkeeping: dict[str, dict]) -> dict[str, str | None]:
	return {name: one["creation"] for name, one in bookkeeping.items()}


def _written(bookkeeping: dict[str, dict], name: str) -> dict:
	return {"written": bookkeeping[name]} if name in bookkeeping else {}


def _event(row: frappe._dict, text: str | None, visibility: Visibility, with_former: bool) -> dict:
	"""
	:param text: of its data; None where that is too large to be sent, or from when the document was out of sight. A consumer
	        of any version takes the whole document after a gap, and an Update that names itself as the one before always
	        comes after one
	"""
	data = capture.WHOLE if text is None else json.loads(text or "{}")
	whole = {"previous": row.name, "update_type": "Update"} if data == capture.WHOLE else {}
	more = {} if whole else _told_apart(row, data, visibility, with_former)
	if whole:
		data = {}
	elif row.update_type == "Create":
		data = visibility.fields.strip_document(data)
	elif row.update_type == "Update":
		data = visibility.fields.strip_difference(row.ref_doctype, data)
		if not with_former:
			data.pop("was", None)
	return {
		"position": row.position,
		"id": row.name,
		"event_key": row.event_key,
		"update_type": row.update_type,
		"ref_doctype": row.ref_doctype,
		"docname": row.docname,
		"data": data,
		"origin": row.origin,
		"path": json.loads(row.path or "[]"),
		"age": max(0.0, (now_datetime() - get_datetime(row.creation)).total_seconds()),
		"changed_at": row.changed_at or "",
		**more,
		**whole,
	}


def _told_apart(row: frappe._dict, data: dict, visibility: Visibility, with_former: bool) -> dict:
	"""What newer consumers want and an older one would refuse as part of the data; taken out of it."""
	more = {}
	if row.update_type in ("Update", "Delete") and "docstatus" in data:
		more["docstatus"] = data.pop("docstatus")
	if row.update_type == "Delete":
		more |= data.pop("made_at", {})  # its home, which is known no more
	removed = (data.get("was") or {}).pop("removed", None) if row.update_type == "Update" else None
	if removed and with_former:
		stripped = visibility.fields.strip_difference(row.ref_doctype, {"added": removed})
		more["removed_rows"] = stripped.get("added") or {}
	if row.update_type == "Update" and (ordered_at := data.pop("ordered_at", None)):
		stripped = visibility.fields.strip_difference(row.ref_doctype, {"order": ordered_at})
		more["ordered_at"] = stripped.get("order") or {}
	return more


def _key_at(position: int) -> str | None:
	return frappe.db.get_value("Update Log", {"position": position}, "event_key", order_by=None)


def _has_lost_its_beginning(head: frappe._dict) -> bool:
	"""Who has read nothing yet needs the very first event."""
	return head.position > 0 and not _key_at(1)


def _count_behind(doctypes: list[str], after: int) -> int:
	log = frappe.qb.DocType("Update Log")
	behind = 0
	for doctype in doctypes:
		upto = (
			frappe.qb.from_(log)
			.select(log.position)
			.where(log.ref_doctype == doctype)
			.where(log.position > after)
			.limit(COUNT_LIMIT)
		)
		behind += frappe.qb.from_(upto).select(Count("*")).run()[0][0]
	return behind
