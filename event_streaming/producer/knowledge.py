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
from event_streaming.document.snapshot import as_creation


class Knowledge:
	def __init__(self, consumer: str):
		"""
		:param consumer: name of the Event Consumer; only one that is an Event Producer here too can be known
		"""
		self.consumer = consumer
		self.is_mutual = bool(frappe.db.exists("Event Producer", consumer))

	def highest(self, doctype: str, names: Iterable[str]) -> dict[str, int]:
		"""The consumer's highest log id that is in each document as it is now, by name; those of which nothing is known are left
		out."""
		names = list(names)
		if not self.is_mutual or not names:
			return {}
		log = frappe.qb.DocType("Update Log")
		received = self._received(doctype, names).select(log.docname, Max(log.source_id)).groupby(log.docname)
		contained = self._contained(doctype, names)
		for name, source_id in received.run():
			contained[name] = max(source_id, contained.get(name, 0))
		return contained

	def of_rows(self, rows: list[frappe._dict], present: dict[int, str]) -> dict[int, int]:
		"""The same for each row of the Update Log at its own time, by its id. A document is known by its `creation`, whatever it
		was called; where a row tells none, by its name.

		:param rows: in the order of their ids, as far as one document is concerned
		:param present: names of their documents now, by the rows' ids
		"""
		known = dict.fromkeys((row.name for row in rows), 0)
		if not self.is_mutual:
			return known
		by_doctype = defaultdict(list)
		for row in rows:
			by_doctype[row.ref_doctype].append(row)
		for doctype, some in by_doctype.items():
			known |= self._of_rows(doctype, some, {_document(row): present[row.name] for row in some})
		return known

	def _of_rows(self, doctype: str, rows: list[frappe._dict], documents: dict[str, str]) -> dict[int, int]:
		"""
		:param documents: present names by what documents are known by
		"""
		log = frappe.qb.DocType("Update Log")
		names = list({row.docname for row in rows})
		creations = [row.document_creation for row in rows if row.document_creation]
		received = self._received(doctype, names, creations)
		first, last = min(row.name for row in rows), max(row.name for row in rows)
		highest = self._before_the_log(doctype, documents, received)
		before = self._by_document(received.where(log.name < first), Max)
		highest |= {document: before[document] for document in documents if document in before}
		between = (
			received.select(log.name, log.docname, log.document_creation, log.source_id)
			.where(log.name.between(first, last))
			.run(as_dict=True)
		)
		known = {}
		for row in sorted([*between, *rows], key=lambda row: row.name):
			document, source_id = _document(row), row.get("source_id")
			if source_id is None:
				known[row.name] = highest.get(document, 0)
			else:
				highest[document] = max(source_id, highest.get(document, 0))
		return known

	def _contained(self, doctype: str, names: list[str]) -> dict[str, int]:
		"""The consumer's highest log id that each document contains now, as the register has it."""
		fields = ("local_docname", "log_id")
		here = {"event_producer": self.consumer, "local_doctype": doctype, "merged": 0}
		rows = bulk.select("Remote Document", fields, "local_docname", names, **here)
		return {name: max(log_id or 0, 0) for name, log_id in rows}

	def _before_the_log(self, doctype: str, documents: dict[str, str], received) -> dict[str, int]:
		"""The same when this site's log began to speak of each document: what is received since stands in the log, if it had
		any effect."""
		contained = self._contained(doctype, list(documents.values()))
		if not contained:
			return {}
		first = self._by_document(received, Min)
		return {
			document: min(contained[name], first.get(document, contained[name] + 1) - 1)
			for document, name in documents.items()
			if name in contained
		}

	def _by_document(self, received, function) -> dict[str, int]:
		log = frappe.qb.DocType("Update Log")
		of_each = received.select(
			log.docname, log.document_creation, function(log.source_id).as_("source_id")
		)
		rows = of_each.groupby(log.docname, log.document_creation).run(as_dict=True)
		found: dict[str, int] = {}
		choose = max if function is Max else min
		for row in rows:
			document = _document(row)
			found[document] = choose(row.source_id, found.get(document, row.source_id))
		return found

	def _received(self, doctype: str, names: list[str], creations: list[str] | None = None):
		"""Without what was written for the consumer apart from any event of its, as are files and comments: that says nothing of
		what was heard."""
		log = frappe.qb.DocType("Update Log")
		documents = log.docname.isin(names)
		if creations:
			documents = documents | log.document_creation.isin(creations)
		return (
			frappe.qb.from_(log)
			.where(log.ref_doctype == doctype)
			.where(documents)
			.where((log.source == self.consumer) & (log.source_id > 0))
		)


def _document(row: frappe._dict) -> str:
	return as_creation(row.document_creation) or row.docname


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
