"""What is on this site before the producer's document is made: may it be that document, and does it become it?

It does when it is equal in the fields that the Event Configuration declares (*Also Match By*, see `matching`), when this
site's own code made it on the way under a name that tells (see `by_products`), and when the Event Configuration says that
namesakes are one thing (*Adopt Existing*). Its values are kept in the log. Whatever else has the name stays, and the event
fails.
"""

import frappe
from frappe import _
from frappe.utils import cint

from event_streaming import site
from event_streaming.consumer.identity import matching, register
from event_streaming.consumer.identity.by_products import ByProducts, Made
from event_streaming.consumer.identity.counters import counts
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.identity.origin_fields import write_origin
from event_streaming.consumer.replay import conflicts, lifecycle
from event_streaming.consumer.replay.recognition import Recognition
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.document import snapshot
from event_streaming.document.snapshot import as_creation
from event_streaming.exceptions import AmbiguousMatch, NameTaken
from event_streaming.link.protocol import Identity, Key


class Adoption:
	"""Of one producer, for one transaction."""

	def __init__(
		self,
		subscription: Subscription,
		names: IdentityMap,
		recognition: Recognition,
		unwritten: list[Made] | None = None,
	):
		self.subscription = subscription
		self.names = names
		self.recognition = recognition
		self.by_products = ByProducts(
			subscription.producer,
			subscription.subscribed_doctypes,
			subscription.matched_doctypes,
			names.presence,
			unwritten,
		)
		names.is_by_product = self.by_products.is_one
		self._adopted: list[str] = []
		self._replaced: list[dict] = []

	def check_name_free(
		self, key: Key, config: Configuration, identity: Identity, matched: bool = False
	) -> None:
		"""
		:param identity: of the producer's document
		:param matched: whether the declared fields have been asked already
		:raises NameTaken: another document than the producer's has its name here
		"""
		if not config.use_same_name or not (
			here := self.names.presence.spelling(config.local_doctype, key[1])
		):
			return
		if config.match_by and not matched:
			return
		if not self._is_made_here(here, config) and not self._is_adopted(here, config):
			known = self.recognition.elsewhere(key, identity)
			raise self.comes_by_two_ways(known, config) if known else self.name_taken(key, config)

	def is_by_product(self, local_name: str, config: Configuration) -> bool:
		"""Whether this site's own code has made it, even under the very name that the producer's was to have."""
		return self.by_products.is_one(config.local_doctype, local_name)

	def name_taken(self, key: Key, config: Configuration) -> NameTaken:
		here = self.names.presence.spelling(config.local_doctype, key[1]) or key[1]
		told = _(
			"{0} {1} is on this site already and did not come from {2}. Rename one of the two, or turn off Use Same Name; to let the producer's replace it, use Resync From Source, or tick Adopt Existing for all of them."
		).format(config.local_doctype, here, self.subscription.producer)
		if here != key[1]:
			told += " " + _("This site's database treats {0} and {1} as one name.").format(here, key[1])
		if counts(config.local_doctype):
			told += " " + _(
				"Its names are counted: Also Match By can say which fields tell two of them apart."
			)
		return NameTaken(told)

	def comes_by_two_ways(self, here: str, config: Configuration) -> NameTaken:
		"""
		:param here: name of the document here, which is the producer's by its birth, and not by this link
		"""
		return NameTaken(
			_(
				"{0} {1} was made on this site or came by another one, so {2} may not change it here. To let it, tick Shared Among Sites in the row of {0}, on each site to which documents come by more than one way; Skip keeps it as it is here."
			).format(config.local_doctype, here, self.subscription.producer)
		)

	def become(self, key: Key, values: dict, config: Configuration, identity: Identity) -> str | None:
		"""The name of the document that is the producer's from now on and has its values; None if there is none.

		:param values: of the whole document, as they are to be here
		:raises AmbiguousMatch: several documents here have the declared fields of the producer's
		"""
		doctype = config.local_doctype
		here = self._match(config, values)
		namesake = self.names.presence.spelling(doctype, key[1]) if config.use_same_name else None
		if (
			not here
			and namesake
			and (self._is_made_here(namesake, config) or self._is_adopted(namesake, config))
		):
			here = namesake
		if not here:
			return None
		before = snapshot.read(doctype, here)
		kept = conflicts.HERE if lifecycle.is_further(before, values) else conflicts.PRODUCER
		self._replaced += conflicts.replaced(doctype, before, values, kept)
		if self.is_by_product(here, config):
			self.by_products.became_one(doctype, here, key[1])
		else:
			self._adopted.append(here)
		return self._give_place(key, here, values, config, identity)

	def merge_duplicates(self) -> None:
		"""What this site's own code has just made may be here already, sent by the producer before the change that makes it
		here: the one made here goes, and what links to it links to the producer's."""
		for doctype, made in self.by_products.take_fresh():
			config = self.subscription.kept_as(doctype)
			values = snapshot.read(doctype, made)
			if not (config and config.match_by and values and self.is_by_product(made, config)):
				continue
			for sent in matching.find(doctype, config.match_by, values):
				if sent != made and (key := self._key_of(doctype, sent)):
					self._replaced += conflicts.replaced(doctype, values, snapshot.read(doctype, sent))
					self.by_products.gave_way(doctype, made, key[1])
					lifecycle.delete_or_merge(doctype, made, sent)
					self.names.mark_present(doctype, made, False)
					break

	def _match(self, config: Configuration, values: dict) -> str | None:
		"""The document here that has the declared fields of the producer's and is nobody else's."""
		doctype = config.local_doctype
		found = matching.find(doctype, config.match_by, values)
		free = [name for name in found if self.names.is_unowned(doctype, name)]
		if made := [name for name in free if self.is_by_product(name, config)]:
			return made[0]
		free = [name for name in free if not cint(frappe.db.get_value(doctype, name, "docstatus"))]
		if len(free) > 1:
			raise AmbiguousMatch(
				_(
					"{0} on this site are equal in {1}, so it is unclear which of them is this document. Delete or merge all but one, or add a field to Also Match By; then Resync."
				).format(", ".join(free[:5]), ", ".join(config.match_by))
			)
		return free[0] if free else None

	def _key_of(self, doctype: str, name: str) -> Key | None:
		"""Of a document that came from the producer and was made there, or further on."""
		own = {*self.subscription.own_urls, site.own_id()}
		keys = register.keys_of(self.subscription.producer, doctype, [name], not_made_at=own)
		return min(keys) if keys else None

	def _is_made_here(self, name: str, config: Configuration) -> bool:
		"""Whether this site's own code made it, and its name tells that it is the producer's."""
		return not counts(config.local_doctype) and self.is_by_product(name, config)

	def remarks(self) -> tuple[str, list[dict]]:
		"""What a row of the log says of all this since it was last told, and the values that were lost, as conflicts."""
		told = [
			_("{0} was on this site already and follows the producer from now on.").format(name)
			for name in self._adopted
		]
		told.append(self.by_products.told())
		replaced, self._replaced, self._adopted = self._replaced, [], []
		return " ".join(filter(None, told)), replaced

	def note_lost(self, lost: list[dict]) -> None:
		"""Values that a whole document replaced or met, as conflicts; the next row of the log tells them."""
		self._replaced += lost

	def _is_adopted(self, name: str, config: Configuration) -> bool:
		return config.adopts and self.names.is_unowned(config.local_doctype, name)

	def _give_place(
		self, key: Key, here: str, values: dict, config: Configuration, identity: Identity | None = None
	) -> str:
		doctype, name = config.local_doctype, here
		is_free = not self.names.presence.spelling(doctype, key[1])
		if config.use_same_name and here != key[1] and is_free and not counts(doctype):
			name = lifecycle.rename(doctype, here, key[1], merge=False)
			self.names.mark_present(doctype, here, False)
		self.names.record(key, doctype, name, identity=identity)
		doc = lifecycle.become(doctype, name, values)
		self.names.record(key, doctype, name, identity=identity, creation=as_creation(doc.creation))
		if name != key[1]:
			write_origin(doctype, name, self.subscription.producer, key[1])
		return name
