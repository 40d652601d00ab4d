"""Documents that this site's own controllers make while a producer's document is written here.

An Item with a price makes its Item Price at the producer, and makes one here when it is replayed. The producer tells of its
Item Price, too, and the two would be one document twice. So:

- What is made here on the way is noted, if a producer could ever send documents of that DocType.
- A document of the producer that isn't here yet and is the same as one that was noted becomes one with it. So does one
  that came before: its own copy goes.
- Nothing else is ever taken for the producer's: not what people made, not what was made while another site's
  documents were replayed, and no two documents of the producer for one.

The same are two documents with the same name, or with equal links and equal texts of one line, the links in their rows
included. Amounts, states, dates and long texts may have been changed since; of several they choose the nearest.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.query_builder.functions import Cast_
from frappe.utils import cstr, now

from event_streaming import bulk
from event_streaming.consumer.identity.likeness import equal_texts, is_same, nearness
from event_streaming.consumer.identity.presence import ExistenceCache
from event_streaming.consumer.identity.register import rename_here
from event_streaming.document import snapshot
from event_streaming.document.streamable import is_takeable

if TYPE_CHECKING:
	from frappe.model.document import Document

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "event_producer", "local_doctype", "local_docname",
)  # fmt: skip
MOST = 20  # candidates that are looked at
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
		own_urls: set[str],
		presence: ExistenceCache,
		unwritten: list[Made] | None = None,
	):
		"""
		:param subscribed: DocTypes here of which the producer sends changes
		:param own_urls: of this site, whose own documents may come back from the producer
		:param unwritten: what another one of this transaction had still to write, see `unwritten`
		"""
		self.producer = producer
		self.subscribed = subscribed
		self.own_urls = own_urls
		self.presence = presence
		self._made: list[Made] = list(unwritten or [])
		self._written = 0
		self._fresh: list[tuple[str, str]] = []
		self._untold: list[tuple[str, str]] = []
		self._became_one: list[str] = []
		self._known: set[str] | None = None
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
		self.presence.mark(doc.doctype, name)
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
			told.append(_("On the way this site itself made {0}.").format(", ".join(names)))
		self._untold.clear()
		self._became_one.clear()
		return " ".join(told)

	def find(self, doctype: str, values: dict, name: str | None) -> str | None:
		"""The one that a document of the producer is the same as.

		:param values: of the whole document, as they are to be here
		:param name: its name here; None where this site gives names
		"""
		if doctype not in self._kinds():
			return None
		if name and self.is_one(doctype, name):
			return name
		self.flush()
		noted = frappe.qb.DocType("Event By-Product")
		return self._nearest(doctype, values, noted, noted.remote_docname.isnull(), Order.asc)

	def doubles(self) -> Iterator[tuple[str, str, str]]:
		"""Those made by the present event of which the producer has sent its own before: DocType, name, name of that."""
		fresh, self._fresh = self._fresh, []
		for doctype, name in fresh:
			if self.is_one(doctype, name) and (values := snapshot.read(doctype, name)):
				register = frappe.qb.DocType("Remote Document")
				foreign = register.home_site.isnull() | register.home_site.notin(sorted(self.own_urls))
				another = (register.local_docname != name) & foreign
				if found := self._nearest(doctype, values, register, another, Order.desc):
					yield doctype, name, found

	def is_one(self, doctype: str, name: str) -> bool:
		"""Whether it was made here and is not one with a document of the producer yet."""
		if doctype not in self._kinds():
			return False
		self.flush()
		row = {**self._row(doctype, name), "remote_docname": ("is", "not set")}
		made = frappe.db.get_value("Event By-Product", row, "creation")
		return bool(made) and made == frappe.db.get_value(doctype, name, "creation")

	def became_one(self, doctype: str, name: str, remote_name: str) -> None:
		"""With the producer's. To be called of one that `is_one`."""
		frappe.db.set_value("Event By-Product", self._row(doctype, name), "remote_docname", remote_name)
		if (doctype, name) in self._untold:
			self._untold.remove((doctype, name))
		self._became_one.append(
			_("{0} of the producer became one with {1}, which this site itself had made.").format(
				remote_name, _named(doctype, name)
			)
		)

	def _may_be_sent(self, doctype: str) -> bool:
		"""Now, or once somebody subscribes to it."""
		if doctype not in self._takeable:
			self._takeable[doctype] = is_takeable(doctype)
		return self._takeable[doctype]

	def _kinds(self) -> set[str]:
		"""DocTypes of which there are any; one query for a transaction, since of most there is none."""
		if self._known is None:
			table = frappe.qb.DocType("Event By-Product")
			query = frappe.qb.from_(table).select(table.local_doctype).distinct()
			self._known = {kind for (kind,) in query.where(table.event_producer == self.producer).run()}
		return self._known.union(doctype for doctype, _name, _creation in self._made)

	def _row(self, doctype: str, name: str) -> dict:
		return {"event_producer": self.producer, "local_doctype": doctype, "local_docname": name}

	def _nearest(self, doctype: str, values: dict, book, condition, order: Order) -> str | None:
		"""Of the documents in a book of this producer's, the one that is the same as these values.

		:param book: a table with `event_producer`, `local_doctype` and `local_docname`, whose names ascend with time
		"""
		equal = equal_texts(doctype, values)
		if not any(equal.values()):
			return None
		table = frappe.qb.DocType(doctype)
		is_number = frappe.get_meta(doctype).autoname == "autoincrement"
		query = (
			frappe.qb.from_(table)
			.join(book)
			.on(book.local_docname == (Cast_(table.name, "varchar") if is_number else table.name))
			.select(table.name)
			.where(book.event_producer == self.producer)
			.where(book.local_doctype == doctype)
			.where(condition)
			.orderby(book.name, order=order)
			.limit(MOST)
		)
		for field, value in equal.items():
			column = table[field]
			query = query.where(column == value if value else column.isnull() | (column == ""))
		names = [str(name) for (name,) in query.run()]
		taken = self._taken(doctype, names)
		here = snapshot.read_many(doctype, [name for name in names if name not in taken])
		same = [here[name] for name in names if name in here and is_same(doctype, here[name], values)]
		return max(same, key=lambda one: nearness(doctype, one, values))["name"] if same else None

	def _taken(self, doctype: str, names: list[str]) -> set[str]:
		"""Those that are one with a document of the producer already."""
		rows = bulk.select(
			"Event By-Product",
			("local_docname", "remote_docname"),
			"local_docname",
			names,
			event_producer=self.producer,
			local_doctype=doctype,
		)
		return {name for name, remote_name in rows if remote_name}


def _named(doctype: str, name: str) -> str:
	return f"{_(doctype)} {cstr(name)}"
