"""Which document here stands for which document there.

The register has one row for each document that came from a producer, found by producer, remote DocType and
remote name together, so equal names at two producers never meet. It also keeps `log_id`: the highest
Update Log id that the document here contains, by an event or by a whole document taken from the source. Events of
that document up to this id are history; one whose predecessor is above it comes after a gap.

A row is written before its document: a document without its row would look like somebody else's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from event_streaming.consumer.identity import register
from event_streaming.consumer.identity.origin_fields import find_by_origin
from event_streaming.consumer.identity.presence import ExistenceCache
from event_streaming.consumer.identity.register import Entry
from event_streaming.link.protocol import Home, Key


class IdentityMap:
	def __init__(
		self, producer: str, local_doctype_of: Callable[[str], str], unwritten: dict[Key, int] | None = None
	):
		"""
		:param local_doctype_of: from a remote DocType to the DocType that keeps it here
		:param unwritten: what another map of this transaction had still to write, see `unwritten`
		"""
		self.producer = producer
		self.local_doctype_of = local_doctype_of
		self.presence = ExistenceCache()
		self._entries: dict[Key, Entry | None] = {}
		self._seen: dict[Key, int] = dict(unwritten or {})

	def load(self, keys: Iterable[Key]) -> None:
		"""Reads what is known of `keys` at once: one query a DocType for the register, one for the documents."""
		wanted = defaultdict(list)
		for doctype, name in set(keys) - self._entries.keys():
			self._entries[(doctype, name)] = None
			wanted[doctype].append(name)
		for doctype, names in wanted.items():
			for name, entry in register.read(self.producer, doctype, names).items():
				self._entries[(doctype, name)] = entry
			self._load_by_origin(doctype, names)
			self._load_presence(doctype, names)

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
		return self.presence.exists(local_doctype, name)

	def key_of(self, local_doctype: str, local_name: str) -> Key:
		"""Under which key a document here came from the producer."""
		key, *_others = sorted(
			register.keys_of(self.producer, local_doctype, [local_name], not_made_at=set())
		)
		self.load([key])
		return key

	def is_unowned(self, local_doctype: str, name: str) -> bool:
		"""Whether a document is here and came from no producer."""
		return self.exists(local_doctype, name) and not register.is_registered(local_doctype, name)

	def log_id(self, key: Key) -> int:
		entry = self.entry(key)
		known = entry.log_id if entry else 0
		return max(known, self._seen.get(key, known))

	def saw(self, key: Key, log_id: int) -> None:
		"""The document here contains the event `log_id`; written by `flush`, with the rest of the batch."""
		self._seen[key] = max(log_id, self._seen.get(key, 0))

	def unwritten(self) -> dict[Key, int]:
		"""What was seen since it was last written. All else that this map holds can be read again."""
		return dict(self._seen)

	def flush(self) -> None:
		"""Writes what was seen."""
		log_ids = {
			entry.row: log_id
			for key, log_id in self._seen.items()
			if (entry := self.entry(key)) and log_id > entry.log_id
		}
		self._seen.clear()
		register.write_log_ids(log_ids)

	def record(
		self,
		key: Key,
		local_doctype: str,
		local_name: str | None,
		log_id: int | None = None,
		home: Home | None = None,
	) -> None:
		"""Says that `key` is kept here as `local_name`; `log_id` when it is a whole document from the source."""
		entry = self.entry(key)
		if local_name:
			self.presence.mark(local_doctype, local_name)
		if not entry:
			self._entries[key] = entry = register.new_entry(local_doctype, local_name, log_id or 0, home)
			return register.insert(self.producer, {key: entry})
		before = (entry.local_doctype, entry.local_name, entry.log_id)
		entry.local_doctype, entry.local_name = local_doctype, local_name
		entry.log_id = max(entry.log_id, entry.log_id if log_id is None else log_id)
		if before != (entry.local_doctype, entry.local_name, entry.log_id):
			register.update(entry)

	def recognise(
		self,
		documents: Iterable[tuple[Key, Home | None]],
		own_urls: set[str],
		given_back: Callable[[Key], bool],
		shared: Callable[[Key], bool],
	) -> set[Key]:
		"""Finds documents that are here under another key: this site's own, come back, or come by another site.

		A producer could claim any home, so it is believed only where this site has agreed to it.

		:param own_urls: URLs of this site
		:param given_back: whether the producer may change documents that were made here
		:param shared: whether it may change those that came from other sites
		:returns: keys of those that were found only now
		"""
		unknown = {key: home for key, home in documents if home and not self.local_name(key)}
		abroad: dict[tuple[str, str], dict[str, Key]] = defaultdict(dict)
		for key, (site, name) in unknown.items():
			local_doctype = self.local_doctype_of(key[0])
			if site in own_urls:
				if given_back(key) and self.exists(local_doctype, name):
					self.record(key, local_doctype, name, home=(site, name))
			elif shared(key):
				abroad[(local_doctype, site)][name] = key
		for (local_doctype, site), keys in abroad.items():
			found = register.read_by_home(local_doctype, site, keys, but_not_from=self.producer)
			for home_name, local_name in found.items():
				if home_name in keys and self.exists(local_doctype, local_name):
					self.record(keys[home_name], local_doctype, local_name, home=(site, home_name))
		return {key for key in unknown if self.local_name(key)}

	def expect(self, documents: Iterable[tuple[Key, str, str, Home | None]]) -> None:
		"""Rows for documents about to be made here under known names, at once: (key, local DocType, name, home)."""
		fresh = {
			key: register.new_entry(local_doctype, name, 0, home)
			for key, local_doctype, name, home in documents
			if self._entries.get(key) is None and not self.exists(local_doctype, name)
		}
		register.insert(self.producer, fresh)
		self._entries.update(fresh)

	def discard_reservation(self, key: Key) -> None:
		"""No document came of a row: it goes, lest a document made here under that name pass for it."""
		if self.entry(key) and not self.local_name(key):
			self.forget(key)

	def mark_present(self, local_doctype: str, name: str, present: bool = True) -> None:
		self.presence.mark(local_doctype, name, present)

	def rename(self, old: Key, new: Key, local_name: str) -> None:
		"""The document known as `old` is `new` there now, and `local_name` here."""
		entry = self.entry(old)
		if other := self.entry(new):
			register.delete(other)
		register.rename(entry, new[1], local_name)
		self.presence.mark(entry.local_doctype, entry.local_name, False)
		self.presence.mark(entry.local_doctype, local_name)
		entry.local_name = local_name
		self._entries[new], self._entries[old] = entry, None
		self._seen.pop(old, None)

	def forget(self, key: Key) -> None:
		"""The document is deleted."""
		if entry := self.entry(key):
			if entry.local_name:
				self.presence.mark(entry.local_doctype, entry.local_name, False)
			register.delete(entry)
			self._entries[key] = None
		self._seen.pop(key, None)

	def _load_by_origin(self, doctype: str, names: list[str]) -> None:
		"""Documents that tell their origin themselves but have no row yet: their controller committed and the
		process died before the row was written."""
		local_doctype = self.local_doctype_of(doctype)
		unknown = [
			name
			for name in names
			if not (self._entries[(doctype, name)] or Entry("", "", None, 0)).local_name
		]
		for name, local_name in find_by_origin(local_doctype, self.producer, unknown).items():
			self.record((doctype, name), local_doctype, local_name)

	def _load_presence(self, doctype: str, names: list[str]) -> None:
		places = defaultdict(set, {self.local_doctype_of(doctype): set(names)})
		for name in names:
			entry = self._entries[(doctype, name)]
			if entry and entry.local_name:
				places[entry.local_doctype].add(entry.local_name)
		for local_doctype, local_names in places.items():
			self.presence.load(local_doctype, local_names)
