"""Compares what is here with what a producer gives, DocType by DocType, and finds what capture could not hear.

Invariants:
- Nothing is written but the result and how far it is. Where a person wanted it so, what is missing or different is taken
  from there afterwards; see `repair`.
- Equal sites cost a request for each few thousand documents, and no documents: the producer tells the number and a
  digest of the next ones in its order, and the same is computed of those here. Where these differ, or where documents
  are kept under other names or fields, they are listed, and fetched where their digests differ.
- What is here is read after what is there. A document whose changes are still to come, or wait behind one that failed,
  is behind, not different.
- Surplus is what came from there, is here, and is not given any more, whatever the condition says.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import frappe

from event_streaming.consumer import cursor as cursors
from event_streaming.consumer import parking, schema_check
from event_streaming.consumer.cursor import check_link
from event_streaming.consumer.dependencies.link_fields import LinkFinder
from event_streaming.consumer.dependencies.missing import MissingLinks
from event_streaming.consumer.feed.source import FetchedDocuments, Source
from event_streaming.consumer.pull import schedule
from event_streaming.consumer.pull.pull import pull
from event_streaming.consumer.reconciliation import annotation_comparison, file_comparison, state
from event_streaming.consumer.reconciliation.comparison import (
	WHOLE,
	Comparison,
	Differences,
	taken_fields,
)
from event_streaming.consumer.reconciliation.state import BEHIND, DIFFERENT, MISSING, SURPLUS
from event_streaming.consumer.replay.child_rows import known_by_their_source
from event_streaming.consumer.subscription import Subscription
from event_streaming.document import snapshot
from event_streaming.document.digest import Digester, Fields, combined, in_both
from event_streaming.exceptions import StreamingError
from event_streaming.link.client import ProducerClient
from event_streaming.link.messages import error_message
from event_streaming.link.protocol import Key
from event_streaming.locks import is_not_the_documents_fault, rollback

SUMMARISED = 5000  # documents in one summary
LISTED = 500
FETCHED = 100
READ = 200


class Stopped(Exception):
	"""A person has stopped the comparison."""


@dataclass
class Found:
	"""What the comparison of one DocType has found so far."""

	counts: Counter = field(default_factory=Counter)
	differences: list[dict] = field(default_factory=list)

	def note(
		self, kind: str, remote_name: str, local_name: str | None, differences: dict | None = None
	) -> None:
		self.counts[kind.lower()] += 1
		if len(self.differences) < state.MAX_LISTED:
			values = {"kind": kind, "remote_docname": remote_name, "docname": local_name}
			self.differences.append({**values, "differences": differences})


def reconcile(
	producer: str, source: Source | None = None, progress: Callable[[str, int], None] | None = None
) -> str:
	"""Compares all DocTypes that are queued for a producer. Commits; call it with nothing unsaved.

	:param progress: called with a DocType and how many of its documents have been compared
	:returns: why it stopped early, or ""
	"""
	try:
		client = source or ProducerClient.for_producer(producer)
	except Exception as error:
		rollback()
		_note(producer, error_message(error))
		raise
	try:
		check_link(producer)
		if error := pull(producer, source=client).error:  # so that little is behind
			return _note(producer, error)
		while row := _next(producer):
			if error := _reconcile_one(producer, client, row, progress):
				return error
		_repair(producer, client)
	except StreamingError as error:
		frappe.db.rollback()
		return error_message(error)
	finally:
		if not source:
			client.close()
	return ""


def _note(producer: str, message: str) -> str:
	if row := state.RUNS.next(producer):
		state.RUNS.note(row, message)
		frappe.db.commit()  # nosemgrep -- the form says why it doesn't begin
	return message


def _next(producer: str) -> state.ReconciliationRun | None:
	frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
	row = state.RUNS.next(producer)
	if row:
		state.begin(row)
		state.RUNS.note_begin(row)
		frappe.db.commit()  # nosemgrep -- the form shows that it runs
	return row


def _reconcile_one(
	producer: str, source: Source, row: state.ReconciliationRun, progress: Callable | None
) -> str:
	"""
	:returns: why nothing more can be asked at the moment, or ""
	"""
	try:
		found = Walk(producer, source, row.remote_doctype, _follow(row, progress)).run()
	except Stopped:
		return ""
	except Exception as error:
		rollback()
		message = error_message(error)
		transient = is_not_the_documents_fault(error)
		(state.RUNS.note if transient else state.RUNS.fail)(row, message)
		frappe.db.commit()  # nosemgrep -- the form says why
		if not isinstance(error, StreamingError):
			raise
		return message if transient else ""
	if not state.is_running(row):
		return ""
	counts = {name: found.counts[name] for name in state.COUNTS}
	state.finish(row, counts, found.differences, schema_check.not_compared(producer, row.ref_doctype))
	frappe.db.commit()  # nosemgrep -- figures and list together
	return ""


def _follow(row: state.ReconciliationRun, progress: Callable | None) -> Callable[[int], None]:
	"""What notes how far the comparison is.

	:raises Stopped: from what it returns, where a person has stopped it
	"""
	known = {"event_producer": row.event_producer, "remote_doctype": row.remote_doctype}
	total = max(row.there, frappe.db.count("Remote Document", known))  # about

	def note(done: int) -> None:
		goes_on = state.note_done(row, done, total)
		frappe.db.commit()  # nosemgrep -- the form shows how far it is
		if not goes_on:
			raise Stopped
		if progress:
			progress(row.ref_doctype, done)

	return note


def _repair(producer: str, source: Source) -> None:
	"""What a comparison of the schedule has found, where a person wanted that to be repaired automatically."""
	from event_streaming.consumer.reconciliation.repair import repair

	frappe.db.rollback()  # nothing is unsaved here: a fresh snapshot
	while row := state.next_repair(producer):
		if row.missing or row.different:
			repair(producer, row.ref_doctype, source=source)
		state.RUNS.set(row, repair=0)
		frappe.db.commit()  # nosemgrep -- what could not be taken is reported from now on


class Walk:
	"""Through all documents of one remote DocType and what is here of them."""

	def __init__(self, producer: str, source: Source, remote_doctype: str, progress: Callable[[int], None]):
		self.producer = producer
		self.source = source
		self.doctype = remote_doctype
		self.subscription = Subscription(producer)
		self.config = self.subscription.subscribed(remote_doctype)
		self.fields = taken_fields(self.config, self.subscription.subscriber)
		self.found = Found()
		self.accounted: set[str] = set()  # remote names that were compared
		self._progress = progress

	def run(self) -> Found:
		if self.config.use_same_name and not self.config.mapping and not self._has_mapped_values():
			self._walk_by_summaries()
		else:
			self._walk_by_lists()
		self._look_for_surplus()
		if self.config.besides:
			self._compare_besides()
		self.found.counts["here"] = self._count_here()
		return self.found

	def _has_mapped_values(self) -> bool:
		"""Then no digest of what is here is that of what is there."""
		tables = snapshot.table_fields(frappe.get_meta(self.config.local_doctype))
		return self.subscription.value_maps.concern(self.config.local_doctype, tables)

	def _walk_by_summaries(self) -> None:
		after, more = "", True
		while more:
			told = self.source.summarise_documents(self.doctype, after, SUMMARISED, self.fields)
			more = told["more"]
			upto = told["last"] if more else ""
			here = self._digests_between(after, upto, told["fields"])
			if (len(here), combined(here.values())) == (told["count"], told["digest"]):
				self._are_equal(here)
			elif told["count"]:
				self._walk_by_lists(after, told["last"], here, told["fields"])
			after = told["last"]

	def _walk_by_lists(
		self,
		after: str = "",
		upto: str = "",
		here: dict[str, str] | None = None,
		fields: Fields | None = None,
	) -> None:
		"""
		:param here: digests of `fields` of documents here, by remote name; others may be here too
		"""
		more = True
		while more:
			page = self.source.list_documents(self.doctype, after, LISTED, upto=upto, fields=fields)
			self._compare_listed(page["documents"], here or {})
			after, more = page["last"], page["more"]

	def _compare_listed(self, listed: list[list], here: dict[str, str]) -> None:
		equal = {name for name, _log_id, digest in listed if digest and here.get(name) == digest}
		self._are_equal(equal)
		unequal = [name for name, _log_id, _digest in listed if name not in equal]
		for start in range(0, len(unequal), FETCHED):
			self._compare_fetched(unequal[start : start + FETCHED], given=True)

	def _are_equal(self, names: Iterable[str]) -> None:
		names = set(names)
		self.found.counts["there"] += len(names)
		self.found.counts["equal"] += len(names)
		self.accounted |= names
		self._end_piece()

	def _compare_fetched(self, names: list[str], given: bool) -> None:
		"""
		:param given: whether the producer has listed them; else they are only known here
		"""
		fetched = FetchedDocuments(self.source)
		keys = [(self.doctype, name) for name in names]
		frappe.db.rollback()  # a fresh snapshot
		before = cursors.read(self.producer).position
		fetched.fetch(keys)
		frappe.db.rollback()  # what is here is read after what is there
		judge = _Judge(self, fetched, keys, before)
		for key in keys:
			self.accounted.add(key[1])
			self.found.counts["there"] += int(given and judge.is_there(key))
			kind, local_name, differences = judge.judge(key)
			if kind:
				self.found.note(kind, key[1], local_name, differences)
			elif given and judge.is_there(key):
				self.found.counts["equal"] += 1
		self._end_piece()

	def _end_piece(self) -> None:
		self._progress(self.found.counts["there"])
		schedule.pull_waiting()

	def _look_for_surplus(self) -> None:
		"""What came from there and was not listed: gone there, or kept here although it no longer matches the condition."""
		names = sorted(set(self._names_between("", "")) - self.accounted)
		for start in range(0, len(names), FETCHED):
			self._compare_fetched(names[start : start + FETCHED], given=False)

	def _compare_besides(self) -> None:
		"""Files, comments, tags and assignments of documents that are equal otherwise."""
		listed = {difference["remote_docname"] for difference in self.found.differences}
		here = {name: local for name, local in self._names_between("", "").items() if name not in listed}
		names = sorted(here.keys() & self.accounted)
		different: dict[str, Differences] = {}
		besides = self.config.besides
		if "attachments" in besides:
			different = file_comparison.differences(self.producer, self.source, self.doctype, names)
		if besides - {"attachments"}:
			of_annotations = annotation_comparison.differences(
				self.producer, self.source, self.doctype, names, besides
			)
			for name, differences in of_annotations.items():
				different[name] = {**different.get(name, {}), **differences}
		for name, differences in sorted(different.items()):
			self.found.counts["equal"] -= 1
			self.found.note(DIFFERENT, name, here[name], differences)

	def _digests_between(self, after: str, upto: str, told_fields: Fields) -> dict[str, str]:
		"""By remote name, of documents here whose names lie between these in the order of this site's database."""
		frappe.db.rollback()  # what is here is read after what is there
		digester = Digester(self.config.local_doctype, in_both(self.fields, told_fields))
		names = list(self._names_between(after, upto).items())
		digests = {}
		for start in range(0, len(names), READ):
			some = dict(names[start : start + READ])
			docs = snapshot.read_many(self.config.local_doctype, list(some.values()))
			for remote_name, local_name in some.items():
				if doc := docs.get(local_name):
					digests[remote_name] = digester.digest(
						remote_name, known_by_their_source(doc, remote_name)
					)
		return digests

	def _names_between(self, after: str, upto: str) -> dict[str, str]:
		"""{remote name: name here} of what came from there, whether it is still here or not."""
		table = frappe.qb.DocType("Remote Document")
		query = (
			frappe.qb.from_(table)
			.select(table.remote_docname, table.local_docname, table.home_site)
			.where(table.event_producer == self.producer)
			.where(table.remote_doctype == self.doctype)
		)
		query = query.where(table.remote_docname > after) if after else query
		query = query.where(table.remote_docname <= upto) if upto else query
		return {
			remote: local
			for remote, local, home in query.run()
			if local and home not in self.subscription.own_urls  # what was made here is this site's to list
		}

	def _count_here(self) -> int:
		names = list(self._names_between("", "").values())
		doctype = self.config.local_doctype
		return sum(
			len(snapshot.existing_names(doctype, names[start : start + LISTED]))
			for start in range(0, len(names), LISTED)
		)


class _Judge:
	"""Of some documents that were fetched, in one snapshot of this site."""

	def __init__(self, walk: Walk, fetched: FetchedDocuments, keys: list[Key], before: int):
		"""
		:param before: position of the cursor before they were fetched
		"""
		self.fetched = fetched
		self.parked = parking.parked_keys(walk.producer)
		self.position = cursors.read(walk.producer).position
		self.moved = self.position != before
		self.comparison = Comparison(walk.subscription, walk.config, walk.fields, fetched)
		self.names = self.comparison.names
		self.names.load(keys)
		self._load_link_targets(walk.subscription, keys)
		local_names = [name for key in keys if (name := self.names.local_name(key))]
		self.here = snapshot.read_many(walk.config.local_doctype, local_names)

	def _load_link_targets(self, subscription: Subscription, keys: list[Key]) -> None:
		finder = LinkFinder(subscription)
		docs = [self.fetched.documents[key]["doc"] for key in keys if key in self.fetched.documents]
		MissingLinks(subscription, self.names, finder, self.fetched).of_documents(docs)

	def is_there(self, key: Key) -> bool:
		return key in self.fetched.documents or key in self.fetched.failed

	def judge(self, key: Key) -> tuple[str | None, str | None, dict]:
		"""
		:returns: what kind of difference there is, if any, its name here, and where it differs
		"""
		local_name = self.names.local_name(key)
		kind, differences = self._compare(key, local_name)
		return (BEHIND if kind and self._is_behind(key) else kind), local_name, differences

	def _compare(self, key: Key, local_name: str | None) -> tuple[str | None, dict]:
		if key in self.fetched.failed:
			return DIFFERENT, {WHOLE: [str(self.fetched.failed[key]), ""]}
		found = self.fetched.documents.get(key)
		if not found:
			return (SURPLUS if local_name else None), {}
		if not local_name:  # what people merged here into another is not missing
			return (None if self.names.merged_into(key) else MISSING), {}
		differences = self.comparison.differences(key, found["doc"], self.here[local_name])
		return (DIFFERENT if differences else None), differences

	def _is_behind(self, key: Key) -> bool:
		"""Whether it will become right without a repair, or once somebody fixes what failed."""
		if key in self.parked:
			return True
		found = self.fetched.documents.get(key)
		known = self.names.log_id(key)
		to_come = self.fetched.seen[0] > self.position
		if not found:
			return to_come
		return (known > found["log_id"] and self.moved) or (found["log_id"] > known and to_come)
