"""Which events of a visible document tell values from when it was out of sight.

What is visible is judged by what a document is now. Its events hold what it was: a Create from before it matched the
condition, a change and the value before it. An event goes out as it is only if the document was surely visible before and
after it; else the consumer is told to take the whole document, which is visible now.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import frappe
from frappe.query_builder.functions import Length

from event_streaming import bulk
from event_streaming.document import snapshot
from event_streaming.producer import capture
from event_streaming.producer.criteria import Criteria
from event_streaming.producer.current_names import Present
from event_streaming.producer.visibility import Visibility

MOST_LATER = 5000  # changes that are looked through for one page and DocType
MOST_BYTES = 64 * 1024  # of a change that is looked through
UNKNOWN = object()


@dataclass
class FormerValues:
	"""Ids of Creates and Updates: those in whose place the consumer takes the document whole, and those that may tell what
	the values are but not what they were."""

	taken_whole: set[int] = field(default_factory=set)
	without_former: set[int] = field(default_factory=set)


def judge(visibility: Visibility, rows: Iterable[frappe._dict], present: dict[int, Present]) -> FormerValues:
	"""
	:param rows: of the Update Log, of documents that are visible now
	"""
	by_doctype = defaultdict(list)
	for row in rows:
		if row.update_type in ("Create", "Update"):
			by_doctype[row.ref_doctype].append(row)
	found = FormerValues()
	for doctype, of_doctype in by_doctype.items():
		criteria = Criteria(visibility, doctype)
		if criteria.by_code or criteria.by_values:
			histories = _Histories(criteria, of_doctype, present)
			found.taken_whole |= histories.out_of_sight()
			found.without_former |= histories.half_in_sight()
	return found


def leaving(visibility: Visibility, rows: list[frappe._dict], present: dict[int, Present]) -> set[int]:
	"""Ids of the Updates before which a document was surely visible, and after which it was not.

	:param rows: of the Update Log, Updates of documents that are not visible now
	"""
	by_doctype = defaultdict(list)
	for row in rows:
		by_doctype[row.ref_doctype].append(row)
	found: set[int] = set()
	for doctype, of_doctype in by_doctype.items():
		criteria = Criteria(visibility, doctype)
		if criteria.by_values and not criteria.by_code:
			found |= _Histories(criteria, of_doctype, present).left_sight()
	return found


class _Histories:
	"""The later life of the documents of one DocType on one page of the log."""

	def __init__(self, criteria: Criteria, rows: list[frappe._dict], present: dict[int, Present]):
		self.criteria = criteria
		self.rows = rows
		self.present = present
		self.first = min(row.name for row in rows)
		self.names = {row.docname for row in rows}

	def out_of_sight(self) -> set[int]:
		renamed = {row.name for row in self.rows if self.present[row.name].renamed}
		if self.criteria.by_code:
			# only what the last event of a document made of it is what it is now; what was before, nobody knows
			return renamed | {row.name for row in self.rows if not self._is_last(row)}
		changes = self._changes()
		if changes is None:
			return {row.name for row in self.rows}
		now = self._values_now()
		by_name = defaultdict(list)
		for row in self.rows:
			by_name[row.docname].append(row)
		return renamed.union(
			*(self._judge(of_one, changes[name], now.get(name)) for name, of_one in by_name.items())
		)

	def half_in_sight(self) -> set[int]:
		if not self.criteria.by_code:
			return set()
		return {row.name for row in self.rows if row.update_type == "Update" and self._is_last(row)}

	def left_sight(self) -> set[int]:
		changes, now, found = self._changes() or {}, self._values_now(), set()
		judged = {row.name for row in self.rows}
		for name, of_one in changes.items():
			after = now.get(name) or {}
			for change in sorted(of_one, key=lambda change: change.name, reverse=True):
				before = self._before(change, after)
				if change.name in judged and self._surely(before) and not self._surely(after):
					found.add(change.name)
				after = before
		return found

	def _surely(self, state: dict) -> bool:
		return bool(state) and UNKNOWN not in state.values() and self.criteria.surely_match(state)

	def _is_last(self, row: frappe._dict) -> bool:
		return row.name >= self._last_ids[row.docname]

	@cached_property
	def _last_ids(self) -> dict[str, int]:
		log = bulk.select(
			"Update Log", ("docname", "name"), "docname", self.names, ref_doctype=self.criteria.doctype
		)
		last: dict[str, int] = defaultdict(int)
		for name, log_id in log:
			last[name] = max(log_id, last[name])
		return last

	def _judge(self, rows: list[frappe._dict], changes: list[frappe._dict], now: dict | None) -> set[int]:
		"""Goes back from what the document is now, change by change."""
		if now is None:
			return {row.name for row in rows}
		judged = {row.name: row for row in rows}
		found: set[int] = set()
		after = now
		for change in sorted(changes, key=lambda change: change.name, reverse=True):
			before, is_create = self._before(change, after), change.update_type == "Create"
			states = [self._created(change)] if is_create else [before, after]
			if change.name in judged and not all(self._is_seen(state, now) for state in states):
				found.add(change.name)
			after = before
		return found

	def _created(self, change: frappe._dict) -> dict:
		if capture.is_whole(change.data):
			return dict.fromkeys(self.criteria.fields, UNKNOWN)
		return change.data

	def _before(self, change: frappe._dict, after: dict) -> dict:
		if change.update_type == "Create" or capture.is_whole(
			change.data
		):  # what was before it was another document of that name
			return dict.fromkeys(self.criteria.fields, UNKNOWN)
		changed = change.data.get("changed") or {}
		was = (change.data.get("was") or {}).get("changed") or {}
		return {
			field: was.get(field, UNKNOWN) if field in changed else value for field, value in after.items()
		}

	def _is_seen(self, state: dict, now: dict) -> bool:
		values = {field: state.get(field) for field in now}
		if UNKNOWN in values.values():
			return False
		return values == now or self.criteria.surely_match({**now, **values})

	def _changes(self) -> dict[str, list[frappe._dict]] | None:
		"""Creates and Updates of these documents from the first row on, by name; None if there are too many."""
		log = frappe.qb.DocType("Update Log")
		found = (
			frappe.qb.from_(log)
			.select(log.name, log.docname, log.update_type, Length(log.data).as_("size"))
			.where(log.ref_doctype == self.criteria.doctype)
			.where(log.docname.isin(list(self.names)))
			.where(log.update_type.isin(["Create", "Update"]))
			.where(log.name >= self.first)
			.limit(MOST_LATER + 1)
			.run(as_dict=True)
		)
		if len(found) > MOST_LATER:
			return None
		read = [change.name for change in found if (change.size or 0) <= MOST_BYTES]
		data = dict(bulk.select("Update Log", ("name", "data"), "name", read))
		changes = defaultdict(list)
		for change in found:
			change.data = json.loads(data[change.name] or "{}") if change.name in data else capture.WHOLE
			changes[change.docname].append(change)
		return changes

	def _values_now(self) -> dict[str, dict]:
		"""The deciding fields, and the name, of each document."""
		fields = ("name", *sorted(self.criteria.fields - {"name"}))
		rows = snapshot.columns(self.criteria.doctype, fields, self.names)
		return {
			str(row[0]): {
				field: snapshot.plain(value)
				for field, value in zip(fields, row, strict=True)
				if field in self.criteria.fields
			}
			for row in rows
		}
