"""What is on this site before the producer's document is made: may it be that document, and does it become it?

It does when this site's own code made it on the way (see `by_products`), and when the Event Configuration says
that namesakes are one thing (*Adopt Existing*). Whatever else has the name stays, and the event fails.
"""

from frappe import _

from event_streaming.consumer.identity.by_products import ByProducts, Made
from event_streaming.consumer.identity.identity_map import IdentityMap
from event_streaming.consumer.identity.origin_fields import write_origin
from event_streaming.consumer.replay import conflicts, lifecycle
from event_streaming.consumer.subscription import Configuration, Subscription
from event_streaming.document import snapshot
from event_streaming.exceptions import NameTaken
from event_streaming.link.protocol import Home, Key


class Adoption:
	"""Of one producer, for one transaction."""

	def __init__(self, subscription: Subscription, names: IdentityMap, unwritten: list[Made] | None = None):
		self.subscription = subscription
		self.names = names
		self.by_products = ByProducts(
			subscription.producer,
			subscription.subscribed_doctypes,
			subscription.own_urls,
			names.presence,
			unwritten,
		)
		self._adopted: list[str] = []
		self._replaced: list[dict] = []

	def check_name_free(self, key: Key, config: Configuration) -> None:
		"""
		:raises NameTaken: another document than the producer's has its name here
		"""
		if not config.use_same_name or not self.names.exists(config.local_doctype, key[1]):
			return
		if not self.is_by_product(key[1], config) and not self._is_adopted(key, config):
			raise self.name_taken(key, config)

	def is_by_product(self, local_name: str, config: Configuration) -> bool:
		"""Whether this site's own code has made it, be it under the very name that the producer's was to have."""
		return self.by_products.is_one(config.local_doctype, local_name)

	def name_taken(self, key: Key, config: Configuration) -> NameTaken:
		return NameTaken(
			_(
				"{0} {1} is on this site already and did not come from {2}. Rename one of the two, or turn off Use Same Name; to let the producer's replace it, use Resync from Source, or tick Adopt Existing for all of them."
			).format(config.local_doctype, key[1], self.subscription.producer)
		)

	def become(self, key: Key, values: dict, config: Configuration, home: Home | None) -> str | None:
		"""The name of the document that is the producer's from now on and has its values; None if there is none.

		:param values: of the whole document, as they are to be here
		"""
		doctype, name = config.local_doctype, key[1] if config.use_same_name else None
		if here := self.by_products.find(doctype, values, name):
			self.by_products.became_one(doctype, here, key[1])
			return self._give_place(key, here, values, config, home)
		if self._is_adopted(key, config):
			here = snapshot.read(doctype, key[1])
			kept = conflicts.HERE if lifecycle.is_further(here, values) else conflicts.PRODUCER
			self._replaced += conflicts.replaced(doctype, here, values, kept)
			self._adopted.append(key[1])
			return self._give_place(key, key[1], values, config, home)
		return None

	def merge_duplicates(self) -> None:
		"""What this site's own code has just made may be here already, sent by the producer before the change that makes it
		here. The one made here has its place among what was made with it, so the other goes."""
		for doctype, here, sent in self.by_products.doubles():
			key = self.names.key_of(doctype, sent)
			values = snapshot.read(doctype, sent)
			lifecycle.delete_or_merge(doctype, sent, here)
			self.names.mark_present(doctype, sent, False)
			self.by_products.became_one(doctype, here, key[1])
			self._give_place(key, here, values, self.subscription.configuration(key[0]))

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

	def _is_adopted(self, key: Key, config: Configuration) -> bool:
		return config.adopts and self.names.is_unowned(config.local_doctype, key[1])

	def _give_place(
		self, key: Key, here: str, values: dict, config: Configuration, home: Home | None = None
	) -> str:
		doctype, name = config.local_doctype, here
		if config.use_same_name and here != key[1] and lifecycle.has_telling_names(doctype):
			name = lifecycle.rename(doctype, here, key[1], merge=False)
			self.names.mark_present(doctype, here, False)
		self.names.record(key, doctype, name, home=home)
		lifecycle.become(doctype, name, values)
		if name != key[1]:
			write_origin(doctype, name, self.subscription.producer, key[1])
		return name
