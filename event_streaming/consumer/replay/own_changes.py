"""What this site's own log says about changes that an event of a producer meets.

For each value, the newest change is found by its time and site (a stamp), which every site's log has for its own changes
and for those that it received: all sites work out the same winner from it. What the producer knew of when it made a change is
told by `known`, an id of this log. Only where the two differ is anything read: nothing is newer than an event, and nothing
unknown to its sender, as long as people take turns. A document is found in it by its `creation`, since what was changed under
a former name was changed in it, and what a former document of its name was, was not.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import frappe

from event_streaming.consumer.feed.events import Event
from event_streaming.consumer.replay.child_rows import without_stand_in
from event_streaming.consumer.subscription import Subscription
from event_streaming.document.snapshot import as_creation
from event_streaming.producer.capture import is_whole

Stamp = tuple[str, str]  # when a change was first made, and at which site
Unit = tuple[str | None, str | None, str | None]  # table, row, field: what can change separately
NAME: Unit = (None, None, "name")  # that the document was renamed
ROW_ITSELF, ORDER = (
	None,
	"",
)  # in place of the field: that a row is there; in place of the row: the order of a table


@dataclass
class OwnChange:
	"""A row of this site's Update Log that did not come from the producer at hand."""

	id: int
	update_type: str
	data: dict
	stamp: Stamp

	@property
	def is_whole(self) -> bool:
		"""Whether it was too large for the log, which tells no values of it."""
		return self.update_type == "Update" and is_whole(self.data)

	@cached_property
	def units(self) -> set[Unit]:
		if self.is_whole:
			return units_of_names(self.data.get("names") or {})
		if self.update_type == "Create":
			return units_of_document(self.data)
		if self.update_type == "Rename":
			return set() if self.data.get("merge") else {NAME}
		return units_of_difference(self.data) if self.update_type == "Update" else set()

	@property
	def docstatus(self) -> int | None:
		"""Of the document after this change, or when it was deleted; None where the change says nothing of it."""
		return self.data.get("docstatus")

	@property
	def state_stamp(self) -> Stamp:
		"""When and where the document was brought into the state that this change gives it."""
		at, site = self.data.get("stated_at") or self.stamp
		return at, site

	def order(self, table: str) -> list[str] | None:
		"""The table's rows as they stood then, if this change gave them an order."""
		if self.update_type == "Create":
			rows = self.data.get(table)
			return [without_stand_in(row["name"]) for row in rows] if isinstance(rows, list) else None
		told = (self.data.get("names") or {}) if self.is_whole else self.data
		order = (told.get("order") or {}).get(table)
		return None if order is None else [without_stand_in(name) for name in order]

	def order_stamp(self, table: str) -> Stamp:
		"""When and where the table got its order; a change that another site merged tells a newer one than its own."""
		at, site = (self.data.get("ordered_at") or {}).get(table) or self.stamp
		return at, site


def units_of_document(doc: dict) -> set[Unit]:
	units: set[Unit] = set()
	for field, value in doc.items():
		if not isinstance(value, list):
			units.add((None, None, field))
			continue
		units.add((field, ORDER, None))
		units |= {(field, without_stand_in(row["name"]), column) for row in value for column in row}
	return units


def units_of_difference(diff: dict) -> set[Unit]:
	units: set[Unit] = {(None, None, field) for field in diff.get("changed") or {}}
	for table, rows in (diff.get("row_changed") or {}).items():
		units |= {(table, without_stand_in(row), field) for row, values in rows.items() for field in values}
	for table, rows in (diff.get("added") or {}).items():
		units |= {(table, without_stand_in(row["name"]), field) for row in rows for field in row}
	for table, rows in (diff.get("removed") or {}).items():
		units |= {(table, without_stand_in(row), ROW_ITSELF) for row in rows}
	return units | {(table, ORDER, None) for table in diff.get("order") or {}}


def units_of_names(names: dict) -> set[Unit]:
	"""
	:param names: see `difference.names_in`
	"""
	units: set[Unit] = {(None, None, field) for field in names.get("changed") or ()}
	columns = {table: {*some} - {"name"} for table, some in (names.get("columns") or {}).items()}
	for part, more in (("row_changed", set()), ("added", {"name"})):
		for table, rows in (names.get(part) or {}).items():
			some = columns.get(table, set()) | more
			units |= {(table, without_stand_in(row), column) for row in rows for column in some}
	for table, rows in (names.get("removed") or {}).items():
		units |= {(table, without_stand_in(row), ROW_ITSELF) for row in rows}
	return units | {(table, ORDER, None) for table in names.get("order") or {}}


class Met:
	"""The own changes that one event, or whole document, of a producer meets."""

	def __init__(
		self,
		changes: list[OwnChange],
		stamp: Stamp,
		known: int,
		knows: dict[str, str],
		docstatus: int | None = None,
	):
		"""
		:param known: id of the newest of them that the producer had from this site itself
		:param knows: when each site made the newest of its changes that the producer had by any way
		:param docstatus: of the document there after the event; None where it says nothing of it
		"""
		self.docstatus = docstatus
		self.changes = changes
		self.stamp = stamp
		self.known = known
		self.knows = knows

	@property
	def later(self) -> list[OwnChange]:
		"""Those that stand against the event: the state that went furthest first, then the time. What was changed in a draft is
		replaced by the submitted document, however late it was, and is not to stand against what was changed in that. Nor is
		what the producer knew, whatever the clocks of the two sites say."""
		return [
			change for change in self._as_far() if change.stamp > self.stamp and not self._was_known(change)
		]

	def _as_far(self) -> list[OwnChange]:
		if self.docstatus is None:
			return self.changes
		return [
			change
			for change in self.changes
			if change.docstatus is None or change.docstatus >= self.docstatus
		]

	@property
	def unknown(self) -> list[OwnChange]:
		"""Those that the producer had not heard of."""
		return [change for change in self.changes if not self._was_known(change)]

	@property
	def unknown_as_far(self) -> list[OwnChange]:
		"""Those of them that were made in a state as far as the event's: see `later`."""
		return [change for change in self._as_far() if not self._was_known(change)]

	def _was_known(self, change: OwnChange) -> bool:
		at, site = change.stamp
		return change.id <= self.known or at <= self.knows.get(site, "")

	def latest_order(self, table: str, than: Stamp) -> tuple[list[str], Stamp] | None:
		"""The newest order that a table was given after another one."""
		found = [
			(change.order_stamp(table), order)
			for change in self._as_far()
			if (order := change.order(table)) is not None
			and change.order_stamp(table) > than
			and not self._was_known(change)
		]
		stamp, order = max(found, default=(None, None))
		return (order, stamp) if stamp else None

	@property
	def is_double(self) -> bool:
		"""Whether the very change came by another way already."""
		return any(change.stamp == self.stamp for change in self.changes)


def named(knows: dict[str, str] | None, producer: str) -> dict[str, str]:
	"""What a producer tells of the sites whose changes it has: it doesn't know what it is called here."""
	return {site or producer: changed_at for site, changed_at in (knows or {}).items()}


@dataclass(frozen=True)
class Place:
	"""A document here, or one that is gone: under all names by which this site's log knows it."""

	doctype: str
	name: str
	creation: str | None = None  # None where it is not known: then the name alone counts


class OwnChanges:
	"""For one producer and one transaction."""

	def __init__(self, subscription: Subscription):
		self.subscription = subscription
		self.here = subscription.doc.callback_url
		self._known: dict[Place, tuple[tuple[str, int], list[OwnChange]]] = {}

	def load(self, events: Iterable[tuple[Event, Place]]) -> None:
		"""Reads at once what these events may meet.

		:param events: each with its document here; of DocTypes that are given back only
		"""
		floors: dict[str, dict[Place, tuple[str, int]]] = {}
		for event, place in events:
			of_doctype = floors.setdefault(place.doctype, {})
			changed_at, known = of_doctype.get(place) or (event.changed_at, event.known)
			of_doctype[place] = (min(changed_at, event.changed_at), min(known, event.known))
		for doctype, places in floors.items():
			self._load(doctype, places)

	def met_by(self, event: Event, place: Place) -> Met:
		stamp = (event.changed_at, event.origin or self.subscription.producer)
		return self.met(place, stamp, event.known, event.knows, event.docstatus)

	def met(
		self,
		place: Place,
		stamp: Stamp,
		known: int,
		knows: dict[str, str] | None = None,
		docstatus: int | None = None,
	) -> Met:
		floor, changes = self._known.get(place) or (None, [])
		if floor is None or floor[0] > stamp[0] or floor[1] > known:
			self._load(place.doctype, {place: (stamp[0], known)})
			_floor, changes = self._known[place]
		return Met(changes, stamp, known, named(knows, self.subscription.producer), docstatus)

	def forget(self) -> None:
		self._known.clear()

	def _load(self, doctype: str, floors: dict[Place, tuple[str, int]]) -> None:
		for place, floor in floors.items():
			self._known[place] = (floor, [])
		by_creation: dict[str | None, list[Place]] = defaultdict(list)
		by_name: dict[str, list[Place]] = defaultdict(list)
		for place in floors:  # events under two of its names are about one document
			by_creation[place.creation].append(place)
			by_name[place.name].append(place)
		for row in self._rows(doctype, floors):
			created = as_creation(row.document_creation)
			stamp = (row.changed_at or "", row.origin or self.here)
			change = OwnChange(row.name, row.update_type, json.loads(row.data or "{}"), stamp)
			for place in (by_creation.get(created) if created else None) or by_name.get(row.docname) or ():
				if created in (None, place.creation or created):  # else it is another one of that name
					self._known[place][1].append(change)

	def _rows(self, doctype: str, floors: dict[Place, tuple[str, int]]) -> list[frappe._dict]:
		log = frappe.qb.DocType("Update Log")
		changed_at, known = (min(column) for column in zip(*floors.values(), strict=True))
		creations = [place.creation for place in floors if place.creation]
		documents = log.docname.isin([place.name for place in floors])
		if creations:
			documents = documents | log.document_creation.isin(creations)
		return (
			frappe.qb.from_(log)
			.select(
				log.name,
				log.docname,
				log.update_type,
				log.data,
				log.changed_at,
				log.origin,
				log.document_creation,
			)
			.where(log.ref_doctype == doctype)
			.where(documents)
			.where((log.changed_at >= changed_at) | (log.name > known))
			.where(log.source.isnull() | (log.source != self.subscription.producer))
			.orderby(log.name)
			.run(as_dict=True)
		)
