"""Which document here stands for which document there.

The register (DocType Remote Document) has one row for each document that came from a producer, found by
producer, remote DocType and remote name together, so equal names at two producers never meet. It also
keeps `log_id`: the highest Update Log id that the document here contains, by an event or by a whole document
taken from the source. Events of that document up to this id are history; one whose predecessor is above it
comes after a gap.

A row is written before its document: a document without its row would look like somebody else's.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe.query_builder import Case
from frappe.utils import now

Key = tuple[str, str]  # remote DocType, remote name
Home = tuple[str, str]  # URL of the site where a document was first made, name there

SITE_FIELD = "remote_site_name"
NAME_FIELD = "remote_document_name"


@dataclass
class Entry:
	row: str
	local_doctype: str
	local_name: str | None
	log_id: int
	home: Home | None = None


class NameBook:
	def __init__(self, producer: str, local_doctype_of):
		"""
		:param local_doctype_of: function from a remote DocType to the DocType that keeps it here
		"""
		self.producer = producer
		self.local_doctype_of = local_doctype_of
		self._entries: dict[Key, Entry | None] = {}
		self._present: dict[tuple[str, str], bool] = {}
		self._touched: list[Key] = []
		self._seen: dict[Key, int] = {}

	def load(self, keys: Iterable[Key]) -> None:
		"""Reads what is known of `keys` at once: one query a DocType for the register, one for the documents."""
		wanted = defaultdict(list)
		for doctype, name in set(keys) - self._entries.keys():
			self._entries[(doctype, name)] = None
			wanted[doctype].append(name)
		for doctype, names in wanted.items():
			self._load_entries(doctype, names)
			self._load_own_names(doctype, names)
		self._load_presence(wanted)

	def entry(self, key: Key) -> Entry | None:
		self.load([key])
		return self._entries[key]

	def local_name(self, key: Key) -> str | None:
		"""Name of the document here that came from there as `key`; None when none did or it is gone."""
		entry = self.entry(key)
		if entry and entry.local_name and self.exists(entry.local_doctype, entry.local_name):
			return entry.local_name
		return None

	def link_value(self, key: Key, use_same_name: bool) -> str | None:
		"""What a link to `key` is here: the document that came as `key`, else, with same names, its namesake."""
		local_name = self.local_name(key)
		if local_name is None and use_same_name and self.exists(self.local_doctype_of(key[0]), key[1]):
			return key[1]
		return local_name

	def exists(self, local_doctype: str, name: str) -> bool:
		if (local_doctype, name) not in self._present:
			self._present[(local_doctype, name)] = bool(
				frappe.db.table_exists(local_doctype) and frappe.db.exists(local_doctype, name)
			)
		return self._present[(local_doctype, name)]

	def log_id(self, key: Key) -> int:
		entry = self.entry(key)
		known = entry.log_id if entry else 0
		return max(known, self._seen.get(key, known))

	def saw(self, key: Key, log_id: int) -> None:
		"""The document here contains the event `log_id`; written by `flush`, with the rest of the batch."""
		self._seen[key] = max(log_id, self._seen.get(key, 0))

	def flush(self) -> None:
		"""Writes what was seen: one statement for the whole batch."""
		rows = {
			entry.row: log_id
			for key, log_id in self._seen.items()
			if (entry := self.entry(key)) and log_id > entry.log_id
		}
		self._seen.clear()
		if not rows:
			return
		table = frappe.qb.DocType("Remote Document")
		log_id = Case()
		for row, value in rows.items():
			log_id = log_id.when(table.name == row, value)
		frappe.qb.update(table).set(table.log_id, log_id.else_(table.log_id)).where(
			table.name.isin(list(rows))
		).run()

	def record(
		self,
		key: Key,
		local_doctype: str,
		local_name: str | None,
		log_id: int | None = None,
		home: Home | None = None,
	) -> None:
		"""Says that `key` is kept here as `local_name`; `log_id` when it is a whole document from the source."""
		self._touched.append(key)
		entry = self.entry(key)
		if local_name:
			self._present[(local_doctype, local_name)] = True
		if not entry:
			self._entries[key] = entry = Entry(
				frappe.generate_hash(length=16), local_doctype, local_name, log_id or 0, home
			)
			return _insert_rows(self.producer, [(key, entry)])
		changes = {"local_doctype": local_doctype, "local_name": local_name}
		if log_id is not None and log_id > entry.log_id:
			changes["log_id"] = log_id
		changes = {field: value for field, value in changes.items() if getattr(entry, field) != value}
		if changes:
			for field, value in changes.items():
				setattr(entry, field, value)
			_update_row(entry)

	def recognise(
		self, documents: Iterable[tuple[Key, Home | None]], own_urls: set[str], shared: set[str]
	) -> set[Key]:
		"""Finds documents that are here under another key: this site's own, come back, or come by another site.

		:param own_urls: URLs of this site
		:param shared: DocTypes that this site gives away itself; only of those a document of its own can come back
		:returns: keys of those that were found only now
		"""
		unknown = {key: home for key, home in documents if home and not self.local_name(key)}
		abroad = defaultdict(list)
		for key, (site, name) in unknown.items():
			local_doctype = self.local_doctype_of(key[0])
			if site not in own_urls:
				abroad[(local_doctype, site)].append((name, key))
			elif local_doctype in shared and self.exists(local_doctype, name):
				self.record(key, local_doctype, name, home=(site, name))
		for (local_doctype, site), named in abroad.items():
			self._recognise_from(local_doctype, site, dict(named))
		return {key for key in unknown if self.local_name(key)}

	def _recognise_from(self, local_doctype: str, site: str, keys: dict[str, Key]) -> None:
		table = frappe.qb.DocType("Remote Document")
		rows = (
			frappe.qb.from_(table)
			.select(table.home_name, table.local_docname)
			.where(table.home_name.isin(list(keys)))
			.where(table.home_site == site)
			.where(table.local_doctype == local_doctype)
			.where(table.event_producer != self.producer)
			.run()
		)
		for home_name, local_name in rows:
			if home_name in keys and local_name and self.exists(local_doctype, local_name):
				self.record(keys[home_name], local_doctype, local_name, home=(site, home_name))

	def expect(self, documents: Iterable[tuple[Key, str, str, Home | None]]) -> None:
		"""Rows for documents about to be made here under known names, at once: (key, local DocType, name, home)."""
		fresh = {}
		for key, local_doctype, name, home in documents:
			if self._entries.get(key) is None and not self.exists(local_doctype, name):
				fresh[key] = Entry(frappe.generate_hash(length=16), local_doctype, name, 0, home)
		_insert_rows(self.producer, list(fresh.items()))
		self._entries.update(fresh)

	def drop_unfulfilled(self, key: Key) -> None:
		"""No document came of a row: it goes, lest a document made here under that name pass for it."""
		entry = self.entry(key)
		if entry and not self.local_name(key):
			self.forget(key)

	def mark_present(self, local_doctype: str, name: str, present: bool = True) -> None:
		self._present[(local_doctype, name)] = present

	def rename(self, old: Key, new: Key, local_name: str) -> None:
		"""The document known as `old` is `new` there now, and `local_name` here."""
		entry = self.entry(old)
		other = self.entry(new)
		self._touched += [old, new]
		if other:
			self._delete_row(other)
		table = frappe.qb.DocType("Remote Document")
		(
			frappe.qb.update(table)
			.set(table.remote_docname, new[1])
			.set(table.local_docname, local_name)
			.where(table.name == entry.row)
			.run()
		)
		self._present[(entry.local_doctype, entry.local_name)] = False
		entry.local_name = local_name
		self._present[(entry.local_doctype, local_name)] = True
		self._entries[new], self._entries[old] = entry, None
		self._seen.pop(old, None)

	def forget(self, key: Key) -> None:
		"""The document is deleted."""
		self._touched.append(key)
		entry = self.entry(key)
		if entry:
			if entry.local_name:
				self._present[(entry.local_doctype, entry.local_name)] = False
			self._delete_row(entry)
			self._entries[key] = None
		self._seen.pop(key, None)

	def mark(self) -> None:
		"""From here on `undo` knows what to read again."""
		self._touched = []

	def undo(self) -> None:
		"""The database went back to the savepoint made at `mark`: what was touched is read anew."""
		for key in self._touched:
			entry = self._entries.pop(key, None)
			if entry and entry.local_name:
				frappe.clear_document_cache(entry.local_doctype, entry.local_name)
		self._touched = []
		self._present = {}

	def _delete_row(self, entry: Entry) -> None:
		frappe.db.delete("Remote Document", {"name": entry.row})

	def _load_entries(self, doctype: str, names: list[str]) -> None:
		table = frappe.qb.DocType("Remote Document")
		rows = (
			frappe.qb.from_(table)
			.select(table.name, table.remote_docname, table.local_doctype, table.local_docname, table.log_id)
			.where(table.event_producer == self.producer)
			.where(table.remote_doctype == doctype)
			.where(table.remote_docname.isin(names))
			.run(as_dict=True)
		)
		for row in rows:
			self._entries[(doctype, row.remote_docname)] = Entry(
				row.name, row.local_doctype, row.local_docname, row.log_id
			)

	def _load_own_names(self, doctype: str, names: list[str]) -> None:
		"""Documents that carry their origin in the two custom fields but have no row yet: their controller
		committed and the process died before the row was written."""
		local_doctype = self.local_doctype_of(doctype)
		unknown = [name for name in names if not self._has_name(doctype, name)]
		if not unknown or not frappe.db.table_exists(local_doctype) or not _has_origin_fields(local_doctype):
			return
		rows = frappe.get_all(
			local_doctype,
			filters={SITE_FIELD: self.producer, NAME_FIELD: ["in", unknown]},
			fields=["name", NAME_FIELD],
		)
		for row in rows:
			self.record((doctype, row[NAME_FIELD]), local_doctype, row.name)

	def _has_name(self, doctype: str, name: str) -> bool:
		entry = self._entries.get((doctype, name))
		return bool(entry and entry.local_name)

	def _load_presence(self, wanted: dict[str, list[str]]) -> None:
		places = defaultdict(set)
		for doctype, names in wanted.items():
			for name in names:
				entry = self._entries[(doctype, name)]
				places[self.local_doctype_of(doctype)].add(name)
				if entry and entry.local_name:
					places[entry.local_doctype].add(entry.local_name)
		for local_doctype, names in places.items():
			self._load_present(local_doctype, names)

	def _load_present(self, local_doctype: str, names: set[str]) -> None:
		names = {name for name in names if (local_doctype, name) not in self._present}
		if not names or not frappe.db.table_exists(local_doctype):
			return
		table = frappe.qb.DocType(local_doctype)
		rows = frappe.qb.from_(table).select(table.name).where(table.name.isin(list(names))).run()
		found = {str(row[0]) for row in rows}
		for name in names:
			self._present[(local_doctype, name)] = name in found


def doubt(producer: str) -> None:
	"""Nothing is known any more of what the documents here contain (a new log began): the next event of each
	takes the whole document."""
	table = frappe.qb.DocType("Remote Document")
	frappe.qb.update(table).set(table.log_id, -1).where(table.event_producer == producer).run()


def ensure_custom_fields(doctype: str) -> None:
	"""Puts Remote Site Name and Remote Document Name on `doctype`. Changes the table: on MariaDB that commits."""
	from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

	if _has_origin_fields(doctype):
		return
	common = {
		"fieldtype": "Data",
		"read_only": 1,
		"no_copy": 1,
		"print_hide": 1,
		"module": "Event Streaming",
		"translatable": 0,
	}
	site = {
		**common,
		"fieldname": SITE_FIELD,
		"label": "Remote Site Name",
		"depends_on": f"eval:doc.{SITE_FIELD}",
	}
	name = {
		**common,
		"fieldname": NAME_FIELD,
		"label": "Remote Document Name",
		"insert_after": SITE_FIELD,
		"depends_on": f"eval:doc.{NAME_FIELD}",
	}
	create_custom_fields({doctype: [site, name]}, ignore_validate=True)
	# Named after the DocType: on SQLite and Postgres an index name is unique in the whole database.
	frappe.db.add_index(doctype, [SITE_FIELD, NAME_FIELD], f"origin_of_{frappe.scrub(doctype)}"[:60])


def follow_local_rename(doc, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""A document that came from elsewhere was renamed here: the register follows it."""
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.local_docname, new)
		.where(table.local_doctype == doc.doctype)
		.where(table.local_docname == old)
		.run()
	)


def _has_origin_fields(doctype: str) -> bool:
	return frappe.get_meta(doctype).has_field(NAME_FIELD)


def _insert_rows(producer: str, rows: list[tuple[Key, Entry]]) -> None:
	if not rows:
		return
	table = frappe.qb.DocType("Remote Document")
	time, user = now(), frappe.session.user
	query = frappe.qb.into(table).columns(
		"name", "creation", "modified", "owner", "modified_by",
		"event_producer", "remote_doctype", "remote_docname", "local_doctype", "local_docname", "log_id",
		"home_site", "home_name",
	)  # fmt: skip
	for (doctype, name), entry in rows:
		query = query.insert(
			entry.row, time, time, user, user,
			producer, doctype, name, entry.local_doctype, entry.local_name, entry.log_id,
			*(entry.home or (None, None)),
		)  # fmt: skip
	query.run()


def _update_row(entry: Entry) -> None:
	table = frappe.qb.DocType("Remote Document")
	(
		frappe.qb.update(table)
		.set(table.local_doctype, entry.local_doctype)
		.set(table.local_docname, entry.local_name)
		.set(table.log_id, entry.log_id)
		.where(table.name == entry.row)
		.run()
	)
