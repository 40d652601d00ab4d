"""The register of what came from elsewhere: rows of the DocType Remote Document, read and written in sets."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe.utils import now

from event_streaming import bulk
from event_streaming.document.snapshot import as_creation, creations
from event_streaming.link.protocol import Born, Home, Identity, Key

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "event_producer", "remote_doctype", "remote_docname",
	"remote_creation", "local_doctype", "local_docname", "local_creation", "merged", "log_id", "home_site", "home_name",
	"home_site_id", "home_creation",
)  # fmt: skip
READ = (
	"name", "remote_docname", "remote_creation", "local_doctype", "local_docname", "local_creation", "merged", "log_id",
	"home_site_id", "home_creation", "name_before",
)  # fmt: skip


@dataclass
class Entry:
	row: str
	remote_name: str | None  # None where another document has the name by now, and this one's is not known
	remote_creation: str | None
	local_doctype: str
	local_name: str | None
	local_creation: str | None = None
	merged: bool = False  # here into the document of that name
	log_id: int = 0
	born: Born | None = None
	home: Home | None = None
	name_before: str | None = (
		None  # there, if it was renamed there, no event told it and it was not followed here yet
	)


def new_entry(
	remote_name: str, local_doctype: str, local_name: str | None, log_id: int, identity: Identity | None
) -> Entry:
	identity = identity or Identity()
	return Entry(
		bulk.new_name(),
		remote_name,
		identity.created,
		local_doctype,
		local_name,
		log_id=log_id,
		born=identity.born,
		home=identity.home,
	)


def read(producer: str, remote_doctype: str, names: Iterable[str]) -> dict[str, Entry]:
	"""Entries by remote name."""
	return {entry.remote_name: entry for entry in _read(producer, remote_doctype, "remote_docname", names)}


def read_by_creation(producer: str, remote_doctype: str, creations: Iterable[str]) -> dict[str, Entry]:
	"""Entries by `creation` there, whatever they are called there. Of several that were made at the very same moment none:
	these are told apart by their names alone."""
	found = _read(producer, remote_doctype, "remote_creation", creations)
	times = Counter(entry.remote_creation for entry in found)
	return {entry.remote_creation: entry for entry in found if times[entry.remote_creation] == 1}


def _read(producer: str, remote_doctype: str, column: str, values: Iterable[str]) -> list[Entry]:
	rows = bulk.select(
		"Remote Document", READ, column, values, event_producer=producer, remote_doctype=remote_doctype
	)
	return [_entry(*row) for row in rows]


def _entry(
	row, name, created, doctype, local_name, local_creation, merged, log_id, site_id, born, before
) -> Entry:
	born = (site_id, as_creation(born)) if site_id and born else None
	created, local_creation = as_creation(created), as_creation(local_creation)
	entry = Entry(row, name, created, doctype, local_name, local_creation, bool(merged), log_id, born)
	entry.name_before = before or None
	return entry


def read_by_birth(producer: str, remote_doctype: str, births: Iterable[Born]) -> dict[Born, Entry]:
	"""Entries by where and when their documents were first made; of several, none."""
	births = set(births)
	found = _read(producer, remote_doctype, "home_creation", {creation for _site, creation in births})
	times = Counter(entry.born for entry in found)
	return {
		entry.born: entry
		for entry in found
		if entry.born in births and not entry.merged and times[entry.born] == 1
	}


def read_by_home(
	local_doctype: str, identities: Iterable[Identity], but_not_from: str
) -> dict[Identity, tuple[str, str | None]]:
	"""Names and `creation` here of documents that came by other producers.

	By the site and the moment at which they were made, and their first names where several were; by URL and name there, where either
	side knows no more.
	"""
	identities = [identity for identity in identities if identity.home]
	table = frappe.qb.DocType("Remote Document")
	same_name = table.home_name.isin([identity.home[1] for identity in identities])
	born = [identity.born[1] for identity in identities if identity.born]
	rows = (
		frappe.qb.from_(table)
		.select(
			table.local_docname,
			table.local_creation,
			table.home_site,
			table.home_name,
			table.home_site_id,
			table.home_creation,
		)
		.where(same_name | table.home_creation.isin(born) if born else same_name)
		.where(table.local_doctype == local_doctype)
		.where(table.event_producer != but_not_from)
		.where(table.merged == 0)
		.run()
	)
	found: dict[Identity, dict[str, tuple[str, str | None]]] = defaultdict(dict)
	for local_name, local_creation, *home in rows:
		for identity in identities:
			if local_name and _is_home(identity, *home):
				found[identity][home[1]] = (local_name, as_creation(local_creation))
	return {
		identity: next(iter(by_name.values())) if len(by_name) == 1 else by_name[identity.home[1]]
		for identity, by_name in found.items()
		if len(by_name) == 1 or identity.home[1] in by_name
	}


def _is_home(identity: Identity, site: str, name: str, site_id: str, creation) -> bool:
	if identity.born and site_id and creation:
		return identity.born == (site_id, as_creation(creation))
	return identity.home == (site, name)


def keys_of(producer: str, local_doctype: str, names: Iterable[str], not_made_at: set[str]) -> set[Key]:
	"""Under which keys documents here came from a producer.

	:param not_made_at: sites, by URL or id, whose own documents, given back by the producer, don't count
	"""
	rows = bulk.select(
		"Remote Document",
		("remote_doctype", "remote_docname", "home_site", "home_site_id", "local_docname", "local_creation"),
		"local_docname",
		names,
		event_producer=producer,
		local_doctype=local_doctype,
		merged=0,
	)
	created = creations(local_doctype, {row[4] for row in rows})
	return {
		(doctype, name)
		for doctype, name, site, site_id, local_name, creation in rows
		if name
		and not {site, site_id} & not_made_at
		and as_creation(creation) in (None, created.get(local_name))
	}


def is_registered(local_doctype: str, local_name: str) -> bool:
	"""Whether a document here came from any producer."""
	here = {"local_doctype": local_doctype, "local_docname": local_name, "merged": 0}
	rows = frappe.get_all("Remote Document", filters=here, pluck="local_creation")
	creation = as_creation(frappe.db.get_value(local_doctype, local_name, "creation")) if rows else None
	return any(as_creation(row) in (None, creation) for row in rows)


def insert(producer: str, entries: dict[Key, Entry]) -> None:
	if not entries:
		return
	time, user = now(), frappe.session.user
	bulk.insert(
		"Remote Document",
		COLUMNS,
		(
			(
				entry.row,
				time,
				time,
				user,
				user,
				producer,
				doctype,
				name,
				entry.remote_creation,
				entry.local_doctype,
				entry.local_name,
				entry.local_creation,
				int(entry.merged),
				entry.log_id,
				*(entry.home or (None, None)),
				*(entry.born or (None, None)),
			)
			for (doctype, name), entry in entries.items()
		),
	)


def update(entry: Entry) -> None:
	"""All but its home."""
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.remote_docname, entry.remote_name)
		.set(table.remote_creation, entry.remote_creation)
		.set(table.local_doctype, entry.local_doctype)
		.set(table.local_docname, entry.local_name)
		.set(table.local_creation, entry.local_creation)
		.set(table.merged, int(entry.merged))
		.set(table.name_before, entry.name_before)
		.set(table.log_id, entry.log_id)
		.where(table.name == entry.row)
		.run()
	)


def learn(entry: Entry, identity: Identity) -> None:
	"""What a peer of version 0.1 didn't say of the document, once in its life."""
	entry.remote_creation, entry.born = identity.created, identity.born or entry.born
	values = {"remote_creation": entry.remote_creation}
	if entry.born:
		values |= {"home_site_id": entry.born[0], "home_creation": entry.born[1]}
	frappe.db.set_value("Remote Document", entry.row, values, update_modified=False)


def delete(entry: Entry) -> None:
	frappe.db.delete("Remote Document", {"name": entry.row})


def write_seen(log_ids: dict[str, int], creations: dict[str, str]) -> None:
	"""
	:param log_ids: by row
	:param creations: of documents here, by row
	"""
	both = {row: (log_ids[row], creations[row]) for row in log_ids.keys() & creations.keys()}
	bulk.set_each("Remote Document", ("log_id", "local_creation"), both)
	for column, values in (("log_id", log_ids), ("local_creation", creations)):
		bulk.set_each(
			"Remote Document", (column,), {row: (values[row],) for row in values.keys() - both.keys()}
		)


def doubt(producer: str) -> None:
	"""Nothing is known any more of what the documents here contain (a new log began): the next event of each
	takes the whole document."""
	table = frappe.qb.DocType("Remote Document")
	frappe.qb.update(table).set(table.log_id, -1).where(table.event_producer == producer).run()


def follow_local_rename(doc, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""A document that came from elsewhere was renamed here, or merged into another: the register follows it."""
	creation = frappe.db.get_value(doc.doctype, old, "creation") if merge else doc.creation
	table = frappe.qb.DocType("Remote Document")
	same = table.local_creation.isnull() | (table.local_creation == as_creation(creation))
	query = frappe.qb.update(table).set(table.local_docname, new)
	if merge:
		query = query.set(table.merged, 1).set(table.local_creation, as_creation(doc.creation))
	query.where(table.local_doctype == doc.doctype).where(table.local_docname == old).where(same).run()


def rename_here(book: str, local_doctype: str, old: str, new: str) -> None:
	"""
	:param book: a DocType whose rows name documents here, by `local_doctype` and `local_docname`
	"""
	table = frappe.qb.DocType(book)
	(
		frappe.qb.update(table)
		.set(table.local_docname, new)
		.where(table.local_doctype == local_doctype)
		.where(table.local_docname == old)
		.run()
	)
