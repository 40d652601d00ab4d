"""The register of what came from elsewhere: rows of the DocType Remote Document, read and written in sets."""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe.utils import now

from event_streaming import bulk
from event_streaming.link.protocol import Home, Key

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "event_producer", "remote_doctype", "remote_docname",
	"local_doctype", "local_docname", "log_id", "home_site", "home_name",
)  # fmt: skip


@dataclass
class Entry:
	row: str
	local_doctype: str
	local_name: str | None
	log_id: int
	home: Home | None = None


def new_entry(local_doctype: str, local_name: str | None, log_id: int, home: Home | None) -> Entry:
	return Entry(bulk.new_name(), local_doctype, local_name, log_id, home)


def read(producer: str, remote_doctype: str, names: Iterable[str]) -> dict[str, Entry]:
	"""Entries by remote name."""
	rows = bulk.select(
		"Remote Document",
		("name", "remote_docname", "local_doctype", "local_docname", "log_id"),
		"remote_docname",
		names,
		event_producer=producer,
		remote_doctype=remote_doctype,
	)
	return {remote_name: Entry(row, *values) for row, remote_name, *values in rows}


def read_by_home(local_doctype: str, site: str, names: Iterable[str], but_not_from: str) -> dict[str, str]:
	"""Local names of documents that came by other producers, by their names at home."""
	table = frappe.qb.DocType("Remote Document")
	rows = (
		frappe.qb.from_(table)
		.select(table.home_name, table.local_docname)
		.where(table.home_name.isin(list(names)))
		.where(table.home_site == site)
		.where(table.local_doctype == local_doctype)
		.where(table.event_producer != but_not_from)
		.run()
	)
	return {home_name: local_name for home_name, local_name in rows if local_name}


def keys_of(producer: str, local_doctype: str, names: Iterable[str], not_made_at: set[str]) -> set[Key]:
	"""Under which keys documents here came from a producer.

	:param not_made_at: sites whose own documents, given back by the producer, don't count
	"""
	rows = bulk.select(
		"Remote Document",
		("remote_doctype", "remote_docname", "home_site"),
		"local_docname",
		names,
		event_producer=producer,
		local_doctype=local_doctype,
	)
	return {(doctype, name) for doctype, name, home in rows if home not in not_made_at}


def is_registered(local_doctype: str, local_name: str) -> bool:
	"""Whether a document here came from any producer."""
	here = {"local_doctype": local_doctype, "local_docname": local_name}
	return bool(frappe.db.exists("Remote Document", here))


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
				entry.local_doctype,
				entry.local_name,
				entry.log_id,
				*(entry.home or (None, None)),
			)
			for (doctype, name), entry in entries.items()
		),
	)


def update(entry: Entry) -> None:
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.local_doctype, entry.local_doctype)
		.set(table.local_docname, entry.local_name)
		.set(table.log_id, entry.log_id)
		.where(table.name == entry.row)
		.run()
	)


def rename(entry: Entry, remote_name: str, local_name: str) -> None:
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.remote_docname, remote_name)
		.set(table.local_docname, local_name)
		.where(table.name == entry.row)
		.run()
	)


def delete(entry: Entry) -> None:
	frappe.db.delete("Remote Document", {"name": entry.row})


def write_log_ids(log_ids: dict[str, int]) -> None:
	"""
	:param log_ids: by row
	"""
	bulk.set_each("Remote Document", "log_id", log_ids)


def doubt(producer: str) -> None:
	"""Nothing is known any more of what the documents here contain (a new log began): the next event of each
	takes the whole document."""
	table = frappe.qb.DocType("Remote Document")
	frappe.qb.update(table).set(table.log_id, -1).where(table.event_producer == producer).run()


def follow_local_rename(doc, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""A document that came from elsewhere was renamed here: the register follows it."""
	rename_here("Remote Document", doc.doctype, old, new)


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
