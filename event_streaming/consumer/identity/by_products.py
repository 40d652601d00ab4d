"""Documents that this site's own controllers make while a producer's document is written here.

An Item with a price makes its Item Price at the producer, and makes one here when it is replayed. The producer tells of its
Item Price, too, and the two would be one document twice. So what is made here on the way is noted, if a producer could ever
send documents of that DocType; whether it is one with the producer's, `matching` says by declared fields, or its name, where
people know documents of the kind by their names. All else is left alone and told in the log.
"""

from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import cstr, now

from event_streaming import bulk
from event_streaming.consumer.identity.presence import ExistenceCache
from event_streaming.consumer.identity.register import rename_here
from event_streaming.document.snapshot import as_creation
from event_streaming.document.streamable import is_takeable

if TYPE_CHECKING:
	from frappe.model.document import Document

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "event_producer", "local_doctype", "local_docname",
)  # fmt: skip
MOST_TOLD = 5

Made = tuple[str, str, str]  # DocType, name, creation


def note(doc: "Document", method: str | None = None) -> None:
	"""`after_insert` of every document."""
	if (by_products := frappe.flags.event_streaming_by_products) is not None:
		by_products.note(doc)


def follow_local_rename(doc: "Document", method: str | None, old: str, new: str, merge: bool = False) -> None:
	if (by_products := frappe.flags.event_streaming_by_products) is not None:
		by_products.flush()
	rename_here("Event By-Product", doc.doctype, old, new)


class ByProducts:
	"""Those of one producer, for one transaction. Written at its end, or when they are looked for."""

	def __init__(
		self,
		producer: str,
		subscribed: set[str],
		matched: set[str],
		presence: ExistenceCache,
		unwritten: list[Made] | None = None,
	):
		"""
		:param subscribed: DocTypes here of which the producer sends changes
		:param matched: those of them with declared fields, or with names that tell
		:param unwritten: what another one of this transaction had still to write, see `unwritten`
		"""
		self.producer = producer
		self.subscribed = subscribed
		self.matched = matched
		self.presence = presence
		self._made: list[Made] = list(unwritten or [])
		self._written = 0
		self._fresh: list[tuple[str, str]] = []
		self._untold: list[tuple[str, str]] = []
		self._became_one: list[str] = []
		self._known: dict[str, bool] = {}  # whether there are any of a DocType
		self._takeable: dict[str, bool] = {}

	def unwritten(self) -> list[Made]:
		"""What was noted since it was last written. All else can be read again."""
		return self._made[self._written :]

	def note(self, doc: "Document") -> None:
		"""A document was inserted while one of the producer's is written."""
		if doc.flags.event_streaming_replayed or not self._may_be_sent(doc.doctype):
			return
		name = str(doc.name)
		self._made.append((doc.doctype, name, str(doc.creation)))
		self.presence.mark(doc.doctype, name, creation=as_creation(doc.creation))
		if doc.doctype in self.subscribed:
			self._fresh.append((doc.doctype, name))
			self._untold.append((doc.doctype, name))

	def flush(self) -> None:
		"""A row has the creation of its document: one that is made under that name later is another."""
		made, self._written = self._made[self._written :], len(self._made)
		time, user = now(), frappe.session.user
		bulk.insert(
			"Event By-Product",
			COLUMNS,
			(
				(bulk.new_name(), creation, time, user, user, self.producer, doctype, name)
				for doctype, name, creation in made
			),
		)

	def told(self) -> str:
		"""What the log says of those made, and of those that became one with the producer's, since it was told last."""
		told = [*self._became_one]
		if self._untold:
			names = [_named(*document) for document in self._untold[:MOST_TOLD]]
			if more := len(self._untold) - len(names):
				names.append(_("{0} more").format(more))
			told.append(_("This site also created {0} while saving it.").format(", ".join(names)))
			if kinds := sorted({doctype for doctype, _name in self._untold} - self.matched):
				told.append(
					_("Also Match By of {0} is empty, so it stays next to what the producer sends.").format(
						", ".join(_(doctype) for doctype in kinds)
					)
				)
		self._untold.clear()
		self._became_one.clear()
		return " ".join(told)

	def take_fresh(self) -> list[tuple[str, str]]:
		"""DocType and name of those made by the present event."""
		fresh, self._fresh = self._fresh, []
		return fresh

	def is_one(self, doctype: str, name: str) -> bool:
		"""Whether it was made here and is not one with a document of the producer yet."""
		if not self._has_any(doctype):
			return False
		self.flush()
		row = {**self._row(doctype, name), "remote_docname": ("is", "not set")}
		made = frappe.db.get_value("Event By-Product", row, "creation")
		return bool(made) and made == frappe.db.get_value(doctype, name, "creation")

	def gave_way(self, doctype: str, name: str, remote_name: str) -> None:
		"""To one that the producer had sent before. To be called of one that `is_one`."""
		self._settle(doctype, name, remote_name)
		self._became_one.append(
			_("{0}, which this site had created, was replaced by {1} from the producer.").format(
				_named(doctype, name), remote_name
			)
		)

	def became_one(self, doctype: str, name: str, remote_name: str) -> None:
		"""With the producer's. To be called of one that `is_one`."""
		self._settle(doctype, name, remote_name)
		self._became_one.append(
			_("{0} from the producer was merged with {1}, which this site had created.").format(
				remote_name, _named(doctype, name)
			)
		)

	def _settle(self, doctype: str, name: str, remote_name: str) -> None:
		self.flush()
		frappe.db.set_value("Event By-Product", self._row(doctype, name), "remote_docname", remote_name)
		if (doctype, name) in self._untold:
			self._untold.remove((doctype, name))

	def _may_be_sent(self, doctype: str) -> bool:
		"""Now, or once somebody subscribes to it."""
		if doctype not in self._takeable:
			self._takeable[doctype] = is_takeable(doctype)
		return self._takeable[doctype]

	def _has_any(self, doctype: str) -> bool:
		"""Looked up once for a transaction and DocType, however many there are: of most there is none."""
		if any(made == doctype for made, _name, _creation in self._made):
			return True
		if doctype not in self._known:
			table = frappe.qb.DocType("Event By-Product")
			query = frappe.qb.from_(table).select(table.name).limit(1)
			of_doctype = (table.event_producer == self.producer) & (table.local_doctype == doctype)
			self._known[doctype] = bool(query.where(of_doctype).run())
		return self._known[doctype]

	def _row(self, doctype: str, name: str) -> dict:
		return {"event_producer": self.producer, "local_doctype": doctype, "local_docname": name}


def _named(doctype: str, name: str) -> str:
	return f"{_(doctype)} {cstr(name)}"
