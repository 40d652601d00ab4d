"""Rows of the Update Log as events for one consumer.

What is here now goes out if it is visible now. Of what is gone goes out only that it went, and under which names: its values
can no longer be judged. What came from the consumer itself is not given back.
"""

import json
from collections import defaultdict
from functools import cached_property

import frappe
from frappe.query_builder import Order
from frappe.utils import get_datetime, now_datetime

from event_streaming import bulk
from event_streaming.document import snapshot
from event_streaming.producer import capture, contents, former_values, hearing
from event_streaming.producer.criteria import Criteria
from event_streaming.producer.current_names import Present, present_documents
from event_streaming.producer.home_sites import Named, Origin, origins
from event_streaming.producer.knowledge import Knowledge
from event_streaming.producer.visibility import Visibility
from event_streaming.producer.watermark import highest_forgotten_id

MAX_EVENT_BYTES = (
	4 * 1024 * 1024
)  # of one event's data; what is larger was logged by version 0.1 and is taken whole
ECHOES = 50  # rows of one document in a row that all came from the consumer itself


class FeedPage:
	def __init__(self, consumer: str, visibility: Visibility, rows: list[frappe._dict]):
		"""
		:param rows: of DocTypes that the subscriber may read, in order, with the size of their data instead of the data
		"""
		self.consumer = consumer
		self.visibility = visibility
		self._can_go: dict[str, bool] = {}  # whether documents of a DocType can go out of sight and come back
		self.rows = [row for row in rows if consumer not in json.loads(row.path or "[]")]
		for row in self.rows:
			row.document_creation = snapshot.as_creation(row.document_creation)
		self.present = present_documents(self.rows)
		names = self._names_now()
		self.visible = {
			doctype: set(visibility.visible_names(doctype, some)) for doctype, some in names.items()
		}
		self.written = {doctype: snapshot.bookkeeping(doctype, some) for doctype, some in names.items()}
		self.here = {doctype: creations_of(some) for doctype, some in self.written.items()}

	def events(self, leaving: bool = False) -> list[dict]:
		"""In the form of `docs/protocol.md`.

		:param leaving: whether to tell, without any value, of what a change took out of the consumer's sight
		"""
		left = self._left() if leaving else set()
		rows = [row for row in self.rows if row.name in left or self._is_for_consumer(row)]
		former = former_values.judge(
			self.visibility, [row for row in rows if row.name not in left], self.present
		)
		previous = self._previous_ids(rows)
		heard = hearing.of_consumer(self.consumer)
		known = Knowledge(self.consumer).of_rows(
			rows, {row.name: self.present[row.name].name for row in rows}
		)
		knows = contents.of_rows(rows)
		origin = self._origins(rows)
		causes = self._visible_causes(rows)
		data = _data_of([row for row in rows if row.name not in former.taken_whole | left])
		return [
			{
				**_previous_field(
					heard.get(row.ref_doctype, hearing.NEVER_APPROVED), row, previous[row.name]
				),
				"known": known[row.name],
				**({"knows": knows[row.name]} if row.name in knows else {}),
				**written_field(self.visibility, self.written[row.ref_doctype], self._present(row).name),
				"cause": causes.get(row.cause),
				"created": row.document_creation,
				"now": self._present(row).name if self._present(row).name != row.docname else None,
				**origin[row.ref_doctype][(self._present(row).name, row.document_creation)].wire,
				**(
					_left_event(row)
					if row.name in left
					else _event(
						row, data.get(row.name), self.visibility, row.name not in former.without_former
					)
				),
			}
			for row in rows
		]

	def _left(self) -> set[int]:
		"""Ids of Updates by which documents that are out of sight now surely went out of it."""
		hidden = [row for row in self.rows if row.update_type == "Update" and self._is_hidden(row)]
		return former_values.leaving(self.visibility, hidden, self.present) if hidden else set()

	def _is_hidden(self, row: frappe._dict) -> bool:
		document, here = self._present(row), self.here[row.ref_doctype]
		is_same = here.get(document.name) == (row.document_creation or here.get(document.name))
		is_here = document.name in here and is_same and not (document.gone or document.renamed)
		return is_here and document.name not in self.visible[row.ref_doctype]

	def _present(self, row: frappe._dict) -> Present:
		return self.present[row.name]

	def _names_now(self) -> dict[str, set[str]]:
		names = defaultdict(set)
		for row in self.rows:
			names[row.ref_doctype].add(self._present(row).name)
		return names

	def _is_for_consumer(self, row: frappe._dict) -> bool:
		"""What has the name of a document since it went is another document."""
		if row.update_type == "Delete":
			return True
		document, here = self._present(row), self.here[row.ref_doctype]
		is_same = here.get(document.name) in (None, row.document_creation or here.get(document.name))
		if document.name in here and is_same and not document.gone:
			return document.name in self.visible[row.ref_doctype]
		return row.update_type == "Rename"

	def _previous_ids(self, rows: list[frappe._dict]) -> dict[int, int]:
		"""For each row, by its id, the id of the row of the same document before it; 0 when there is none, and the last id
		that is forgotten where such a row may have been withheld and purged since.

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
				previous[row.name] = _id_before(self.consumer, row) or self._forgotten(row.ref_doctype)
			else:
				previous[row.name] = 0
			last[key] = row.name
		return previous

	def _forgotten(self, doctype: str) -> int:
		"""0 for a DocType whose documents can't go out of sight and come back."""
		if doctype not in self._can_go:
			criteria = Criteria(self.visibility, doctype)
			self._can_go[doctype] = bool(criteria.by_code or criteria.fields)
		return self._last_forgotten if self._can_go[doctype] else 0

	@cached_property
	def _last_forgotten(self) -> int:
		return highest_forgotten_id()

	def _origins(self, rows: list[frappe._dict]) -> dict[str, dict[Named, Origin]]:
		documents = defaultdict(set)
		for row in rows:
			documents[row.ref_doctype].add((self._present(row).name, row.document_creation))
		return {doctype: origins(doctype, named) for doctype, named in documents.items()}

	def _visible_causes(self, rows: list[frappe._dict]) -> dict[str, list[str]]:
		"""`[DocType, name]` by what a row says of its cause, of those that the consumer may know of."""
		causes = {row.cause: json.loads(row.cause)[:2] for row in rows if row.cause}
		named = defaultdict(set)
		for doctype, name in causes.values():
			if self.visibility.terms(doctype).approved:
				named[doctype].add(name)
		visible = {
			doctype: set(self.visibility.visible_names(doctype, names)) for doctype, names in named.items()
		}
		return {cause: key for cause, key in causes.items() if key[1] in visible.get(key[0], ())}


def creations_of(bookkeeping: dict[str, dict]) -> dict[str, str | None]:
	return {name: one["creation"] for name, one in bookkeeping.items()}


def written_field(visibility: Visibility, bookkeeping: dict[str, dict], name: str) -> dict:
	return {"written": visibility.fields.clock.written(bookkeeping[name])} if name in bookkeeping else {}


def _previous_field(heard: hearing.Hearing, row: frappe._dict, previous: int) -> dict:
	told = {"previous": heard.previous(row.name, row.update_type, previous)}
	return {**told, "due": 1} if heard.was_due(previous) else told


def _data_of(rows: list[frappe._dict]) -> dict[int, str]:
	"""By id; a row whose data is larger than an event may be is left out."""
	names = [row.name for row in rows if (row.size or 0) <= MAX_EVENT_BYTES]
	return dict(bulk.select("Update Log", ("name", "data"), "name", names))


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


def _left_event(row: frappe._dict) -> dict:
	event = _header(row)
	return {**event, "update_type": "Update", "data": {}, "left": 1}


def _event(row: frappe._dict, text: str | None, visibility: Visibility, with_former: bool) -> dict:
	"""
	:param text: of its data; None where that is too large to be sent, or from when the document was out of sight. A consumer
	        of any version takes the whole document after a gap, and an Update that names itself as the one before always
	        comes after one
	"""
	data = capture.WHOLE if text is None else json.loads(text or "{}")
	whole = {"previous": row.name, "update_type": "Update"} if capture.is_whole(data) else {}
	more = {} if whole else _told_apart(row, data, visibility, with_former)
	if whole:
		data = {}
	elif row.update_type == "Create":
		data = visibility.fields.strip_document(data)
	elif row.update_type == "Update":
		data = visibility.fields.strip_difference(row.ref_doctype, data)
		if not with_former:
			data.pop("was", None)
	return {**_header(row), "update_type": row.update_type, "data": data, **more, **whole}


def _header(row: frappe._dict) -> dict:
	return {
		"position": row.position,
		"id": row.name,
		"event_key": row.event_key,
		"ref_doctype": row.ref_doctype,
		"docname": row.docname,
		"origin": row.origin,
		"path": json.loads(row.path or "[]"),
		"age": max(0.0, (now_datetime() - get_datetime(row.creation)).total_seconds()),
		"changed_at": row.changed_at or "",
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
	if row.update_type == "Update" and (stated_at := data.pop("stated_at", None)):
		more["stated_at"] = stated_at
	return more
