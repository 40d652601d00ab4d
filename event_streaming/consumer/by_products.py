"""Documents that this site's own controllers make while a producer's document is written here.

An Item with a price makes its Item Price at the producer, and makes one here when it is replayed. The producer then
tells of its Item Price, too, and the two would be one document twice. So:

- What is made here on the way is noted, if a producer could ever send documents of that DocType.
- A document of the producer that isn't here yet and is the same as one that was noted becomes one with it.
- Nothing else is ever taken for the producer's: not what people made, not what was made while another site's
  documents were replayed, and no two documents of the producer for one.

The same are two documents with the same name, or with equal links and equal texts of one line, the links in their rows
included. Amounts, states, dates and long texts may have been changed since; of several they choose the nearest.
"""

from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.query_builder.functions import Cast_
from frappe.utils import cstr, now

from event_streaming import bulk
from event_streaming.consumer.lifecycle import same_value
from event_streaming.consumer.presence import Presence
from event_streaming.producer import snapshot
from event_streaming.streamable import is_takeable

if TYPE_CHECKING:
	from frappe.model.document import Document

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "event_producer", "local_doctype", "local_docname",
)  # fmt: skip
LINKS = ("Link", "Dynamic Link")
MOST = 20  # candidates that are looked at, the oldest first
MOST_TOLD = 5


def note(doc: "Document", method: str | None = None) -> None:
	"""`after_insert` of every document."""
	if (by_products := frappe.flags.event_streaming_by_products) is not None:
		by_products.note(doc)


def follow_local_rename(doc: "Document", method: str | None, old: str, new: str, merge: bool = False) -> None:
	if (by_products := frappe.flags.event_streaming_by_products) is not None:
		by_products.flush()
	table = frappe.qb.DocType("Event By-Product")
	(
		frappe.qb.update(table)
		.set(table.local_docname, new)
		.where(table.local_doctype == doc.doctype)
		.where(table.local_docname == old)
		.run()
	)


class ByProducts:
	"""Those of one producer, for one transaction. Written at its end, or when they are looked for."""

	def __init__(self, producer: str, subscribed: set[str], presence: Presence):
		"""
		:param subscribed: DocTypes here of which the producer sends changes
		"""
		self.producer = producer
		self.subscribed = subscribed
		self.presence = presence
		self._made: list[tuple[str, str, str]] = []  # DocType, name, creation
		self._written = 0
		self._at_mark = (0, 0)
		self._untold: list[str] = []
		self._became_one: list[str] = []
		self._known: set[str] | None = None
		self._takeable: dict[str, bool] = {}

	def mark(self) -> None:
		"""From here on `undo` forgets what a rollback to a savepoint undoes."""
		self._at_mark = (len(self._made), self._written)

	def undo(self) -> None:
		made, self._written = self._at_mark
		del self._made[made:]
		self.begin()

	def begin(self) -> None:
		"""The next event."""
		self._untold.clear()
		self._became_one.clear()

	def note(self, doc: "Document") -> None:
		"""A document was inserted while one of the producer's is written."""
		if doc.flags.event_streaming_replayed or not self._may_be_sent(doc.doctype):
			return
		name = str(doc.name)
		self._made.append((doc.doctype, name, str(doc.creation)))
		self.presence.mark(doc.doctype, name)
		if doc.doctype in self.subscribed:
			self._untold.append(f"{_(doc.doctype)} {name}")

	def _may_be_sent(self, doctype: str) -> bool:
		"""Now, or once somebody subscribes to it."""
		if doctype not in self._takeable:
			self._takeable[doctype] = is_takeable(doctype)
		return self._takeable[doctype]

	def told(self) -> str:
		"""What the log says of those made since it was told last."""
		told = [*self._became_one]
		if self._untold:
			names = self._untold[:MOST_TOLD]
			if more := len(self._untold) - len(names):
				names.append(_("{0} more").format(more))
			told.append(_("On the way this site itself made {0}.").format(", ".join(names)))
		self.begin()
		return " ".join(told)

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
		alike = [here for here in self._candidates(doctype, values) if _is_same(doctype, here, values)]
		return max(alike, key=lambda here: _nearness(doctype, here, values))["name"] if alike else None

	def is_one(self, doctype: str, name: str) -> bool:
		if doctype not in self._kinds():
			return False
		self.flush()
		made = frappe.db.get_value("Event By-Product", self._row(doctype, name), "creation")
		return bool(made) and made == frappe.db.get_value(doctype, name, "creation")

	def became_one(self, doctype: str, name: str) -> None:
		"""With the producer's."""
		if not self.is_one(doctype, name):
			return
		frappe.db.delete("Event By-Product", self._row(doctype, name))
		told = f"{_(doctype)} {name}"
		if told in self._untold:
			self._untold.remove(told)
		else:
			self._became_one.append(
				_("It became one with {0}, which this site itself had made.").format(told)
			)

	def _kinds(self) -> set[str]:
		"""DocTypes of which there are any; one query for a transaction, since of most there is none."""
		if self._known is None:
			table = frappe.qb.DocType("Event By-Product")
			query = frappe.qb.from_(table).select(table.local_doctype).distinct()
			self._known = {kind for (kind,) in query.where(table.event_producer == self.producer).run()}
		return self._known.union(doctype for doctype, _name, _creation in self._made)

	def _row(self, doctype: str, name: str) -> dict:
		return {"event_producer": self.producer, "local_doctype": doctype, "local_docname": name}

	def _candidates(self, doctype: str, values: dict) -> list[dict]:
		"""Snapshots of those with equal links and texts of one line, as the database compares them."""
		meta = frappe.get_meta(doctype)
		equal = {field: cstr(values[field]) for field in _telling_fields(meta) if field in values}
		if not any(equal.values()):
			return []
		table, noted = frappe.qb.DocType(doctype), frappe.qb.DocType("Event By-Product")
		name = Cast_(table.name, "varchar") if meta.autoname == "autoincrement" else table.name
		query = (
			frappe.qb.from_(table)
			.join(noted)
			.on((noted.local_docname == name) & (noted.creation == table.creation))
			.select(table.name)
			.where(noted.event_producer == self.producer)
			.where(noted.local_doctype == doctype)
			.orderby(noted.name, order=Order.asc)
			.limit(MOST)
		)
		for field, value in equal.items():
			column = table[field]
			query = query.where(column == value if value else column.isnull() | (column == ""))
		names = [str(found) for (found,) in query.run()]
		snapshots = snapshot.read_many(doctype, names)
		return [snapshots[found] for found in names if found in snapshots]


def _telling_fields(meta) -> list[str]:
	"""Fields by which documents are told apart. Who did it is not one of them: here that is the Event Subscriber."""
	return [
		field.fieldname
		for name in snapshot.stored_fields(meta)
		if (field := meta.get_field(name))
		and (field.fieldtype == "Data" or _is_telling_link(field))
		and not field.get("no_copy")
	]


def _is_telling_link(field) -> bool:
	return field.fieldtype in LINKS and field.options != "User"


def _is_same(doctype: str, here: dict, values: dict) -> bool:
	meta = frappe.get_meta(doctype)
	return all(
		same_value(meta.get_field(field), values[field], here.get(field))
		for field in _telling_fields(meta)
		if field in values
	) and all(
		_row_links(child, here.get(table) or []) == _row_links(child, values[table])
		for table, child in snapshot.table_fields(meta).items()
		if isinstance(values.get(table), list)
	)


def _row_links(child: str, rows: list[dict]) -> list[list[str]]:
	meta = frappe.get_meta(child)
	fields = [
		name
		for name in snapshot.stored_fields(meta)
		if (field := meta.get_field(name)) and _is_telling_link(field)
	]
	return sorted([cstr(row.get(field)) for field in fields] for row in rows)


def _nearness(doctype: str, here: dict, values: dict) -> int:
	"""How many fields are equal."""
	meta = frappe.get_meta(doctype)
	return sum(
		same_value(meta.get_field(field), values[field], here.get(field))
		for field in snapshot.stored_fields(meta)
		if field in values
	)
