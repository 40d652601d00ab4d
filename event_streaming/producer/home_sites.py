"""Where documents were first made: a document keeps its home however many sites it passes.

A consumer knows by it the documents that are its own, or that came to it from another site already.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import frappe

from event_streaming import site
from event_streaming.document.snapshot import as_creation
from event_streaming.link.protocol import Born, Home
from event_streaming.link.urls import own_url

Named = tuple[str, str | None]  # name of a document here, and its `creation`


@dataclass
class Origin:
	home: Home
	born: Born | None  # None where a peer of version 0.1 told the home alone

	@property
	def sites(self) -> set[str]:
		"""URL and id of the site."""
		return {self.home[0], self.born[0] if self.born else self.home[0]}

	@property
	def wire(self) -> dict:
		return {"home": self.home, "born": self.born}


def origins(doctype: str, documents: Iterable[Named]) -> dict[Named, Origin]:
	"""Of each document: what came from elsewhere has the one it came with, all others are of this site."""
	documents = set(documents)
	here, own_id = own_url(), site.own_id()
	found = {
		(name, creation): Origin((here, name), (own_id, creation) if creation else None)
		for name, creation in documents
	}
	rows = _rows_by_name(doctype, {name for name, _creation in documents}) if documents else {}
	for name, creation in documents & {document for document in documents if document[0] in rows}:
		for row in rows[name]:
			if not _is_of(row, creation):
				continue
			if row.home_site_id != own_id and row.home_site != here:
				found[(name, creation)] = _origin(row)
			elif row.home_creation and as_creation(row.home_creation) != creation:
				# ours, gone and come back by another site: it stays the one that it was
				found[(name, creation)] = Origin((here, row.home_name), _born(own_id, row.home_creation))
	return found


def _rows_by_name(doctype: str, names: set[str]) -> dict[str, list[frappe._dict]]:
	register = frappe.qb.DocType("Remote Document")
	fields = "local_docname local_creation home_site home_name home_site_id home_creation event_producer remote_docname"
	rows = (
		frappe.qb.from_(register)
		.select(*(register[field] for field in fields.split()))
		.where(register.local_doctype == doctype)
		.where(register.local_docname.isin(list(names)))
		.where(register.merged == 0)
		.run(as_dict=True)
	)
	found = defaultdict(list)
	for row in rows:
		found[row.local_docname].append(row)
	return found


def _is_of(row: frappe._dict, creation: str | None) -> bool:
	known = as_creation(row.local_creation)
	return not known or not creation or known == creation


def _origin(row: frappe._dict) -> Origin:
	home = (row.home_site or row.event_producer, row.home_name or row.remote_docname)
	return Origin(home, _born(row.home_site_id, row.home_creation))


def _born(site_id: str | None, creation: datetime | None) -> Born | None:
	moment = as_creation(creation)
	return (site_id, moment) if site_id and moment else None
