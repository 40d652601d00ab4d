"""Which of a consumer's own changes this site knew of when it changed a document itself.

Two sites that receive from each other tell by it whether two changes were made at once: a change of this site that knew the
other's came after it. What came from the consumer stands in the Update Log with the id that it has there. What came before
anybody consumed the document here is in no log: the register says up to which id the document contains the consumer's changes.
"""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe.query_builder.functions import Max, Min

from event_streaming import bulk


class Knowledge:
	def __init__(self, consumer: str):
		"""
		:param consumer: name of the Event Consumer; only one that is an Event Producer here too can be known
		"""
		self.consumer = consumer
		self.is_mutual = bool(frappe.db.exists("Event Producer", consumer))

	def highest(self, doctype: str, names: Iterable[str], before: int | None = None) -> dict[str, int]:
		"""The consumer's highest log id that is in each document, by name; those of which nothing is known are left out.

		:param before: only by rows of this site's log below this id
		"""
		names = list(names)
		if not self.is_mutual or not names:
			return {}
		log = frappe.qb.DocType("Update Log")
		query = self._received(doctype, names).select(log.docname, Max(log.source_id)).groupby(log.docname)
		if before is not None:
			return dict(query.where(log.name < before).run())
		contained = self._contained(doctype, names)
		for name, source_id in query.run():
			contained[name] = max(source_id, contained.get(name, 0))
		return contained

	def of_rows(self, rows: list[frappe._dict]) -> dict[int, int]:
		"""The same for each row of the Update Log at its own time, by its id.

		:param rows: in the order of their ids, as far as one document is concerned
		"""
		known = dict.fromkeys((row.name for row in rows), 0)
		if not self.is_mutual:
			return known
		by_doctype = defaultdict(list)
		for row in rows:
			by_doctype[row.ref_doctype].append(row)
		for doctype, some in by_doctype.items():
			known |= self._of_rows(doctype, some)
		return known

	def _of_rows(self, doctype: str, rows: list[frappe._dict]) -> dict[int, int]:
		names, first = {row.docname for row in rows}, min(row.name for row in rows)
		highest = self._before_the_log(doctype, names) | self.highest(doctype, names, before=first)
		log = frappe.qb.DocType("Update Log")
		received = (
			self._received(doctype, list(names))
			.select(log.docname, log.name, log.source_id)
			.where(log.name.between(first, max(row.name for row in rows)))
			.run()
		)
		steps = [(name, docname, source_id) for docname, name, source_id in received]
		steps += [(row.name, row.docname, None) for row in rows]
		known = {}
		for name, docname, source_id in sorted(steps, key=lambda step: step[0]):
			if source_id is None:
				known[name] = highest.get(docname, 0)
			else:
				highest[docname] = max(source_id, highest.get(docname, 0))
		return known

	def _contained(self, doctype: str, names: list[str]) -> dict[str, int]:
		"""The consumer's highest log id that each document contains now, as the register has it."""
		fields = ("local_docname", "log_id")
		here = {"event_producer": self.consumer, "local_doctype": doctype, "merged": 0}
		rows = bulk.select("Remote Document", fields, "local_docname", names, **here)
		return {name: max(log_id or 0, 0) for name, log_id in rows}

	def _before_the_log(self, doctype: str, names: Iterable[str]) -> dict[str, int]:
		"""The same when this site's log began to speak of each document: what is received since stands in the log, if it had
		any effect."""
		contained = self._contained(doctype, list(names))
		log = frappe.qb.DocType("Update Log")
		query = self._received(doctype, list(contained)).select(log.docname, Min(log.source_id))
		first = dict(query.groupby(log.docname).run()) if contained else {}
		return {name: min(log_id, first.get(name, log_id + 1) - 1) for name, log_id in contained.items()}

	def _received(self, doctype: str, names: list[str]):
		log = frappe.qb.DocType("Update Log")
		return (
			frappe.qb.from_(log)
			.where(log.ref_doctype == doctype)
			.where(log.docname.isin(names))
			.where(log.source == self.consumer)
		)


def rules_towards(consumer: str) -> dict[str, str]:
	"""This site's choices for conflicts with a site that it receives from, by DocType as the other site calls it; empty when
	it receives nothing from there."""
	rows = frappe.get_all(
		"Event Producer Document Type",
		filters={"parent": consumer, "parenttype": "Event Producer", "unsubscribe": 0},
		fields=["ref_doctype", "has_mapping", "mapping", "on_conflict"],
	)
	return {_remote_doctype(row): row.on_conflict or "" for row in rows}


def _remote_doctype(row: frappe._dict) -> str:
	if not row.has_mapping:
		return row.ref_doctype
	return frappe.get_cached_value("Document Type Mapping", row.mapping, "remote_doctype")


def last_changed_at(doctype: str, log_ids: list[int]) -> dict[str, str]:
	"""When the changes of these rows were first made, by document."""
	if not log_ids:
		return {}
	log = frappe.qb.DocType("Update Log")
	rows = frappe.qb.from_(log).select(log.docname, log.changed_at).where(log.name.isin(log_ids)).run()
	return {name: changed_at or "" for name, changed_at in rows}
