"""Orders in which all documents of a DocType can be listed, page by page: each has a place, behind which the next page begins.

Invariant: the places of an order are a total order that a document doesn't leave, so a listing that goes on behind a place
names each document that is there from its beginning to its end once.
"""

from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import cint

from event_streaming.document import singles
from event_streaming.document.names import NUMBERED, is_possible_name
from event_streaming.document.snapshot import as_creation

if TYPE_CHECKING:
	from frappe.query_builder.terms import Criterion

Place = tuple[str, str]  # when it was made, "" where only the name counts; its name
FIRST = ""
UNKNOWN = "1000-01-01 00:00:00.000000"  # when that was made which doesn't say


class ByName:
	"""The database's own order of names."""

	def __init__(self, doctype: str, upto: str = ""):
		"""
		:param upto: the last name that is listed; "" for all
		"""
		self.doctype = doctype
		self.upto = upto

	def places(self, after: Place, size: int) -> list[Place]:
		"""Those behind `after`; fewer than `size` where there are no more."""
		if singles.is_single(self.doctype):
			return [] if after[1] else [(FIRST, self.doctype)]
		table = frappe.qb.DocType(self.doctype)
		query = frappe.qb.from_(table).select(table.name).orderby(table.name).limit(size)
		query = query.where(table.name > key_of(self.doctype, after[1])) if after[1] else query
		query = query.where(table.name <= key_of(self.doctype, self.upto)) if self.upto else query
		return [(FIRST, str(name)) for (name,) in query.run()]


class ByCreation:
	"""In the order in which they were made; at the very same moment by name. What doesn't say when counts as the oldest."""

	def __init__(self, doctype: str, newest_first: bool = False):
		self.doctype = doctype
		self.newest_first = newest_first

	def places(self, after: Place, size: int) -> list[Place]:
		"""Those behind `after`; fewer than `size` where there are no more."""
		if singles.is_single(self.doctype):
			return [] if after[1] else [(UNKNOWN, self.doctype)]
		return self._from_newest(after, size) if self.newest_first else self._from_oldest(after, size)

	def _from_oldest(self, after: Place, size: int) -> list[Place]:
		found: list[Place] = []
		if after[0] in (FIRST, UNKNOWN):
			found = self._without_creation(after[1], size)
		if len(found) < size:
			found += self._with_creation(after, size - len(found))
		return found

	def _from_newest(self, after: Place, size: int) -> list[Place]:
		found = self._with_creation(after, size) if after[0] != UNKNOWN else []
		if len(found) < size:
			found += self._without_creation(after[1] if after[0] == UNKNOWN else "", size - len(found))
		return found

	def _without_creation(self, after: str, size: int) -> list[Place]:
		table = frappe.qb.DocType(self.doctype)
		query = frappe.qb.from_(table).select(table.name).where(table.creation.isnull())
		query = query.where(table.name > key_of(self.doctype, after)) if after else query
		return [(UNKNOWN, str(name)) for (name,) in query.orderby(table.name).limit(size).run()]

	def _with_creation(self, after: Place, size: int) -> list[Place]:
		table = frappe.qb.DocType(self.doctype)
		query = frappe.qb.from_(table).select(table.creation, table.name).where(table.creation.isnotnull())
		query = query.where(self._is_behind(after)) if after[0] not in (FIRST, UNKNOWN) else query
		order = Order.desc if self.newest_first else Order.asc
		rows = query.orderby(table.creation, order=order).orderby(table.name).limit(size).run()
		return [(as_creation(created) or UNKNOWN, str(name)) for created, name in rows]

	def _is_behind(self, after: Place) -> "Criterion":
		table = frappe.qb.DocType(self.doctype)
		created, name = after
		spellings = [created, created.removesuffix(".000000")]  # SQLite has texts
		same_moment = table.creation.isin(spellings) & (table.name > key_of(self.doctype, name))
		further = table.creation < created if self.newest_first else table.creation > created
		return (further & table.creation.notin(spellings)) | same_moment


def key_of(doctype: str, name: str) -> str | int:
	"""A name as its column has it.

	:raises frappe.ValidationError: no document of this DocType can have such a name
	"""
	if not is_possible_name(doctype, name):
		frappe.throw(_("“{0}” can be no name of {1}.").format(name, doctype))
	return cint(name) if is_numbered(doctype) else name


def is_numbered(doctype: str) -> bool:
	return frappe.get_meta(doctype).autoname == NUMBERED
