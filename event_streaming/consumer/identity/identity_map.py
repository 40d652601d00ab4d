"""Which document here stands for which document there.

The register has one row for each document that came from a producer. It is found by the document's name there and believed
if the document's `creation` there fits; else it is found by that `creation`, so a rename that was not heard of changes
nothing and a later document of that name is another one. Two documents can have been made at the very same moment, as by an import: a
document is another one's later self only if the producer has that one no more. Equal names at two producers never meet. The row also keeps
`log_id`: the highest Update Log id that the document here contains, by an event or by a whole document taken from the source.
Events of that document up to this id are history; one whose predecessor is above it comes after a gap.

A row is written before its document: a document without its row would look like somebody else's. Until the document's
`creation` here is written behind it, whatever has its name counts as it, but for what this site's own code has made on the way
and is one with no document of the producer yet: the row only reserves that name.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from event_streaming.consumer.identity import register
from event_streaming.consumer.identity.origin_fields import find_by_origin
from event_streaming.consumer.identity.presence import UNKNOWN, ExistenceCache
from event_streaming.consumer.identity.register import Entry
from event_streaming.document.singles import is_single
from event_streaming.link.protocol import Identity, Key

Unwritten = tuple[
	dict[str, int], dict[str, str]
]  # log ids seen, and `creation` of documents made here, by row


class IdentityMap:
	def __init__(
		self,
		producer: str,
		local_doctype_of: Callable[[str], str],
		unwritten: Unwritten | None = None,
		is_there: Callable[[Key, str], bool] | None = None,
	):
		"""
		:param local_doctype_of: from a remote DocType to the DocType that keeps it here
		:param unwritten: what another map of this transaction had still to write, see `unwritten`
		:param is_there: whether the producer has a document under a key that was made at that moment; None where it can't be asked
		"""
		self.producer = producer
		self.local_doctype_of = local_doctype_of
		self._is_there = is_there
		self.presence = ExistenceCache()
		self.is_by_product: Callable[[str, str], bool] = (
			_never  # DocType and name here; see `ByProducts.is_one`
		)
		self._entries: dict[Key, Entry | None] = {}
		self._by_creation: dict[Key, Entry | None] = {}  # by DocType and `creation` there
		self._displaced: dict[Key, Entry] = {}
		self._rows: dict[str, Entry] = {}  # one Entry for a row, however it was found
		seen, made = unwritten or ({}, {})
		self._seen, self._made = dict(seen), dict(made)

	def load(self, keys: Iterable[Key]) -> None:
		"""Reads what is known of `keys` at once: one query a DocType for the register, one for the documents."""
		wanted = defaultdict(list)
		for doctype, name in set(keys) - self._entries.keys():
			self._entries[(doctype, name)] = None
			wanted[doctype].append(name)
		for doctype, names in wanted.items():
			for name, entry in register.read(self.producer, doctype, names).items():
				self._entries[(doctype, name)] = self._rows.setdefault(entry.row, entry)
			self._load_by_origin(doctype, names)
			self._load_presence(doctype, names)

	def load_identified(self, documents: Iterable[tuple[Key, Identity]]) -> None:
		"""The same, and what is known of those under other names: one more query for a DocType."""
		documents = list(documents)
		self.load(key for key, _identity in documents)
		wanted = defaultdict(set)
		for key, identity in documents:
			if identity.created and not self._fits(self._entries[key], identity):
				wanted[key[0]].add(identity.created)
		for doctype, created in wanted.items():
			self._load_by_creation(doctype, created)

	def identify(self, key: Key, identity: Identity, current: bool, now: str | None = None) -> None:
		"""From here on `key` is that document, whatever had the name before.

		:param current: whether it is the document's name still
		:param now: its name there now, if that is another one
		"""
		entry = self.entry(key)
		if not identity.created and entry and entry.born and identity.born not in (None, entry.born):
			self._displaced[key], self._entries[key] = entry, None  # its name alone is no proof
		if not identity.created or self._fits(entry, identity):
			return
		if entry and not entry.remote_creation:
			return register.learn(entry, identity)
		self._load_by_creation(key[0], {identity.created})
		known = self._by_creation[(key[0], identity.created)]
		if known and known.remote_name != now and self.is_anothers(known, key, identity.created):
			known = None
		if entry:
			self._displaced[key] = entry
		self._entries[key] = known
		if known and self._displaced.get(key) is known:
			del self._displaced[key]
		if known and current:
			self._follow_rename_there(key, known)

	def is_created(self, doctype: str, created: str) -> bool:
		"""Whether a document that was made there at that moment is here, as far as it was loaded."""
		entry = self._by_creation.get((doctype, created))
		return bool(entry) and self._is_here(entry)

	def displaced(self, key: Key) -> Entry | None:
		"""What was known under the name of another document of the producer: renamed or deleted there, unheard of here."""
		former = self._displaced.get(key)
		return former if former and self._is_here(former) else None

	def entry(self, key: Key) -> Entry | None:
		if key not in self._entries:  # each event asks some twenty times
			self.load([key])
		return self._entries[key]

	def local_name(self, key: Key) -> str | None:
		"""Name of the document here that came from there as `key`; None when none did or it is gone."""
		entry = self.entry(key)
		return entry.local_name if entry and not entry.merged and self._is_here(entry) else None

	def merged_into(self, key: Key) -> str | None:
		"""Name of the document here that the one that came as `key` was merged into, here."""
		entry = self.entry(key)
		return entry.local_name if entry and entry.merged and self._is_here(entry) else None

	def is_known(self, key: Key) -> bool:
		return bool(self.local_name(key) or self.merged_into(key))

	def link_value(self, key: Key, by_name: bool) -> str | None:
		"""What a link to `key` is here.

		:param by_name: whether a namesake that came from elsewhere is meant, too
		"""
		local_name = self.local_name(key) or self.merged_into(key)
		if local_name is None and by_name:
			return self.presence.spelling(self.local_doctype_of(key[0]), key[1])
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
		return max(entry.log_id, self._seen.get(entry.row, entry.log_id)) if entry else 0

	def saw(self, key: Key, log_id: int) -> None:
		"""The document here contains the event `log_id`; written by `flush`, with the rest of the batch."""
		if entry := self.entry(key):
			self._seen[entry.row] = max(log_id, self._seen.get(entry.row, entry.log_id))

	def unwritten(self) -> Unwritten:
		"""What was seen and made since it was last written. All else that this map holds can be read again."""
		return dict(self._seen), dict(self._made)

	def flush(self) -> None:
		"""Writes what was seen, and when the documents were made here."""
		register.write_seen(self._seen, self._made)
		self._seen, self._made = {}, {}

	def record(
		self,
		key: Key,
		local_doctype: str,
		local_name: str,
		log_id: int | None = None,
		identity: Identity | None = None,
		creation: str | None = None,
	) -> None:
		"""Says that `key` is kept here as `local_name`.

		:param log_id: of a whole document from the source
		:param creation: of the document here; None before it is made
		"""
		entry = self.entry(key)
		creation = creation or self.presence.creation(local_doctype, local_name) or None
		creation = None if is_single(local_doctype) else creation
		self.presence.mark(local_doctype, local_name, creation=creation)
		self._vacate(key)
		if not entry:
			entry = register.new_entry(key[1], local_doctype, local_name, log_id or 0, identity)
			entry.local_creation = creation
			self._entries[key] = self._rows[entry.row] = entry
			self._by_creation[(key[0], entry.remote_creation)] = entry
			return register.insert(self.producer, {key: entry})
		self._update(entry, key[1], local_doctype, local_name, log_id, creation)

	def _update(
		self,
		entry: Entry,
		remote_name: str,
		local_doctype: str,
		local_name: str,
		log_id: int | None,
		creation: str | None,
	) -> None:
		before = (entry.remote_name, entry.local_doctype, entry.local_name, entry.log_id, entry.merged)
		entry.remote_name, entry.local_doctype, entry.local_name = remote_name, local_doctype, local_name
		entry.log_id = max(entry.log_id, entry.log_id if log_id is None else log_id)
		entry.merged = False
		is_another = entry.local_creation and entry.local_creation != creation
		if creation and creation != entry.local_creation:
			self._made[entry.row] = creation
		entry.local_creation = creation
		now = (entry.remote_name, entry.local_doctype, entry.local_name, entry.log_id, entry.merged)
		if before != now or is_another:
			register.update(entry)

	def expect(self, documents: Iterable[tuple[Key, str, str, Identity]]) -> None:
		"""Rows for documents about to be made here under known names, at once: (key, local DocType, name, identity)."""
		documents = list(documents)
		times = Counter(key for key, *_rest in documents)
		fresh = {
			key: register.new_entry(key[1], local_doctype, name, 0, identity)
			for key, local_doctype, name, identity in documents
			if times[key] == 1
			and self._entries.get(key) is None
			and not self._by_creation.get((key[0], identity.created))
			and not self.presence.spelling(local_doctype, name)
		}
		register.insert(self.producer, fresh)
		self._entries.update(fresh)
		self._rows.update({entry.row: entry for entry in fresh.values()})
		self._by_creation.update({(key[0], entry.remote_creation): entry for key, entry in fresh.items()})

	def discard_reservation(self, key: Key) -> None:
		"""Deletes a row whose document was never made, so that a document made here under that name is not mistaken for it."""
		entry = self.entry(key)
		if entry and not entry.merged and not entry.local_creation and not self.local_name(key):
			self.forget(key)

	def mark_present(self, local_doctype: str, name: str, present: bool = True) -> None:
		self.presence.mark(local_doctype, name, present)

	def rename(self, old: Key, new: Key, local_name: str) -> None:
		"""The document known as `old` is `new` there now, and `local_name` here."""
		entry = self.entry(old)
		other = self.entry(new)
		if other and other is not entry:
			self._displaced[new] = other
		self._vacate(new)
		creation = self.presence.creation(entry.local_doctype, entry.local_name)
		entry.remote_name = new[1]
		if entry.local_name != local_name:
			self.presence.mark(entry.local_doctype, entry.local_name, False)
			self.presence.mark(entry.local_doctype, local_name, creation=creation)
			entry.local_name = local_name
		register.update(entry)
		self._entries[old], self._entries[new] = None, entry

	def displace(self, key: Key, identity: Identity) -> bool:
		"""Takes a name from what is known by it, if that is certain to be another document; whether it was."""
		entry = self.entry(key)
		if not identity.created or not entry.remote_creation or self._fits(entry, identity):
			return False
		self._displaced[key], self._entries[key] = entry, None
		return True

	def is_same(self, one: Key, other: Key) -> bool:
		"""Whether two names there are known as one document's."""
		entry = self.entry(one)
		return bool(entry) and entry is self.entry(other)

	def follow(self, former: Entry, key: Key, local_name: str) -> None:
		"""A document whose name at the producer is another one's by now has this one there, and here."""
		self._displaced = {name: entry for name, entry in self._displaced.items() if entry is not former}
		self.presence.mark(former.local_doctype, former.local_name, False)
		self.presence.mark(former.local_doctype, local_name, creation=former.local_creation)
		former.remote_name, former.local_name = key[1], local_name
		register.update(former)
		if key[1]:
			self._entries[key] = former

	def rebind(self, key: Key, entry: Entry, identity: Identity) -> None:
		"""A document of the producer that was gone there and has come back, under another `creation`."""
		entry = self._rows.setdefault(entry.row, entry)
		self._by_creation.pop((key[0], entry.remote_creation), None)
		self._by_creation[(key[0], identity.created)] = entry
		register.learn(entry, identity)
		self._entries[key] = entry
		if self._displaced.get(key) is entry:
			del self._displaced[key]
		if entry.local_name:
			self.presence.load(entry.local_doctype, [entry.local_name])
		self._follow_rename_there(key, entry)

	def forget(self, key: Key) -> None:
		"""The document is deleted."""
		if entry := self.entry(key):
			if self.local_name(key):
				self.presence.mark(entry.local_doctype, entry.local_name, False)
			register.delete(entry)
			self._entries[key] = None
			self._by_creation.pop((key[0], entry.remote_creation), None)
			self._seen.pop(entry.row, None)
			self._made.pop(entry.row, None)

	def is_anothers(self, known: Entry, key: Key, created: str | None) -> bool:
		"""Whether what is known is no earlier self of `key`: it is there still under its own name, and was only made at the same moment."""
		if known.remote_name in (None, key[1]) or not created or not self._is_there:
			return False
		return self._is_there((key[0], known.remote_name), created)

	def _fits(self, entry: Entry | None, identity: Identity) -> bool:
		return bool(entry) and entry.remote_creation == identity.created

	def _is_here(self, entry: Entry) -> bool:
		if not entry.local_name:
			return False
		creation = self.presence.creation(entry.local_doctype, entry.local_name)
		if creation is None:
			return False
		if not entry.local_creation:
			return entry.row in self._made or not self.is_by_product(entry.local_doctype, entry.local_name)
		return creation in (UNKNOWN, entry.local_creation)

	def _follow_rename_there(self, key: Key, entry: Entry) -> None:
		"""Of a rename that was not heard of, or was made here and followed there."""
		if entry.remote_name == key[1]:
			return
		old = (key[0], entry.remote_name)
		self._vacate(key)
		if self._entries.get(old) is entry:
			self._entries[old] = None
		entry.name_before, entry.remote_name = entry.name_before or entry.remote_name, key[1]
		register.update(entry)

	def name_before(self, key: Key) -> str | None:
		"""What the document was called there before a rename of which no event was heard."""
		entry = self.entry(key)
		return entry.name_before if entry else None

	def settle_name(self, key: Key) -> None:
		"""That rename was followed here, or this site has a name of its own."""
		if (entry := self.entry(key)) and entry.name_before:
			entry.name_before = None
			register.update(entry)

	def _vacate(self, key: Key) -> None:
		"""Takes the name away from the document that had it there before."""
		if other := self._displaced.pop(key, None):
			other.remote_name = None
			register.update(other)

	def _load_by_creation(self, doctype: str, created: Iterable[str]) -> None:
		wanted = [one for one in created if (doctype, one) not in self._by_creation]
		found = register.read_by_creation(self.producer, doctype, wanted) if wanted else {}
		for one in wanted:
			entry = found.get(one)
			self._by_creation[(doctype, one)] = self._rows.setdefault(entry.row, entry) if entry else None
			if entry and entry.local_name:
				self.presence.load(entry.local_doctype, [entry.local_name])

	def _load_by_origin(self, doctype: str, names: list[str]) -> None:
		"""Documents that tell their origin themselves but have no row yet: their controller committed and the
		process died before the row was written."""
		local_doctype = self.local_doctype_of(doctype)
		unknown = [name for name in names if not self._entries[(doctype, name)]]
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


def _never(doctype: str, name: str) -> bool:
	return False
