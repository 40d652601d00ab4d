"""Two sites changed one document at once: what of a producer's change applies here, and what each site's values lose.

Each field, each field of a row, each row and the order of a table is decided separately. Values that lose are written into the
Event Sync Log, whichever side wins. See `Subscription.rule` for who does:

- *Latest Change Wins*: the newest stamp (time, then site) that any site's log has for that value, so all sites decide alike.
- *Producer Wins*, *This Site Wins*: as chosen. Made at once are two changes of which neither site knew the other's.
- *Wait for a Person*: nothing is applied.

Under every rule a row that was removed is gone, and rows that the sender did not know of stay, behind those that it ordered.
"""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.utils import cstr

from event_streaming.consumer.replay.child_rows import remote_name, without_stand_in
from event_streaming.consumer.replay.lost_values import HERE, PRODUCER, Conflict
from event_streaming.consumer.replay.own_changes import ORDER, ROW_ITSELF, Met, Stamp, Unit
from event_streaming.consumer.subscription import LATEST_WINS, PARK, THIS_SITE_WINS
from event_streaming.document import snapshot
from event_streaming.document.values import same_value
from event_streaming.exceptions import ConflictFound
from event_streaming.json_text import as_json_text

if TYPE_CHECKING:
	from frappe.model.document import Document


@dataclass
class Incoming:
	"""A change of the producer in this site's DocTypes, fields and names."""

	diff: dict
	was: dict = field(default_factory=dict)
	removed_rows: dict = field(default_factory=dict)  # {table: rows as they were there}
	ordered_at: dict = field(
		default_factory=dict
	)  # {table: stamp of its order}, where that isn't the change's own


@dataclass
class Resolution:
	diff: dict  # what is to be applied
	same: dict  # what of it says what is here already; in the shape of a difference
	given: dict  # the part of it that only one site has changed: it is final. Of the rest, what both sites worked out of what each
	# knew (totals), controllers have the last word: on both sites they work it out of the same values
	conflicts: list[dict]
	orders: dict = field(
		default_factory=dict
	)  # {table: (rows, stamp)}: the newest order known, as it was first given; rows that
	# were not in it stand behind it on each site, so all end with the same


def resolve(doc: "Document", incoming: Incoming, rule: str, met: Met | None) -> Resolution:
	"""
	:param met: what this site's log has against it; None where this site's changes don't go to the producer
	:raises ConflictFound: there is a conflict and a person is to decide
	"""
	resolver = _Resolver(doc, incoming, _units_that_stay(rule, met), met)
	resolver.by_former = rule == THIS_SITE_WINS and not met
	resolver.by_time = rule == LATEST_WINS and bool(met)
	resolution = resolver.run()
	if rule == PARK and resolution.conflicts:
		raise ConflictFound(message(resolution.conflicts))
	return resolution


def refuse(doc: "Document", incoming: Incoming, rule: str) -> list[dict]:
	"""The conflicts when nothing of a change may be applied here.

	:raises ConflictFound: there is one and a person is to decide
	"""
	found = _Resolver(doc, incoming, None, None).run().conflicts
	if rule == PARK and found:
		raise ConflictFound(message(found))
	return found


def replaced(doctype: str, here: dict, values: dict, kept: str = PRODUCER) -> list[dict]:
	"""Where a document here and the whole one of the producer differ, as conflicts.

	:param here: snapshot of the document
	:param kept: whose values stay
	"""
	meta = frappe.get_meta(doctype)
	lost = [
		Conflict(name, None, cstr(here.get(name)), values[name], kept)
		for name in snapshot.stored_fields(meta)
		if name in values
		and (here.get(name) or kept == HERE)
		and not same_value(meta.get_field(name), values[name], here.get(name))
	]
	for table in snapshot.table_fields(meta):
		rows, there = here.get(table) or [], values.get(table)
		if isinstance(there, list) and _compared(rows) != _compared(there) and (rows or kept == HERE):
			lost.append(Conflict(table, None, as_json_text(rows), as_json_text(there), kept))
	return [asdict(conflict) for conflict in lost]


def without_former(doctype: str, lost: list[dict], here: dict, former: dict) -> list[dict]:
	"""Those of some conflicts whose values here are not the ones that the producer says it has changed.

	:param lost: of `replaced`
	:param former: values before the change there, as a difference
	"""
	meta, values = frappe.get_meta(doctype), former.get("changed") or {}
	return [
		conflict
		for conflict in lost
		if conflict["field"] not in values
		or not same_value(
			meta.get_field(conflict["field"]), values[conflict["field"]], here.get(conflict["field"])
		)
	]


def deleted_there(doctype: str, here: dict, units: set[Unit] | None) -> list[dict]:
	"""What this site had changed in a document that goes, since it went there.

	:param units: of this site's changes that the producer didn't know of; None where it may not have known any
	"""
	meta = frappe.get_meta(doctype)
	tables, fields = snapshot.table_fields(meta), snapshot.stored_fields(meta)
	if units is None:
		units = {(None, None, name) for name in fields if here.get(name)}
		units |= {(table, None, None) for table in tables if here.get(table)}
	lost = [
		Conflict(name, None, cstr(here.get(name)), None, PRODUCER)
		for name in fields
		if name != "docstatus" and (None, None, name) in units
	]
	for table in sorted({unit[0] for unit in units if unit[0] in tables}):
		lost.append(Conflict(table, None, as_json_text(here.get(table) or []), None, PRODUCER))
	return [asdict(conflict) for conflict in lost]


def deleted_here(diff: dict, was: dict) -> list[dict]:
	"""A change of a document that was deleted here, which stands."""
	before = was.get("changed") or {}
	lost = [
		Conflict(name, before.get(name), None, value, HERE)
		for name, value in (diff.get("changed") or {}).items()
	]
	tables = {
		table for part in ("added", "removed", "row_changed", "order") for table in diff.get(part) or {}
	}
	for table in sorted(tables):
		told = {
			part: diff[part][table]
			for part in ("added", "removed", "row_changed")
			if table in (diff.get(part) or {})
		}
		lost.append(Conflict(table, None, None, as_json_text(told), HERE))
	return [asdict(conflict) for conflict in lost]


def renamed(before: str, here: str, there: str, stays: bool) -> list[dict]:
	"""Both sites renamed it, each to another name."""
	return [asdict(Conflict("name", before, here, there, HERE if stays else PRODUCER))]


def kept_against_deletion(name: str) -> list[dict]:
	"""The deletion there lost against a change here."""
	return [asdict(Conflict("name", name, name, None, HERE))]


def deletion_lost(name: str) -> list[dict]:
	"""The deletion here lost against a later change there."""
	return [asdict(Conflict("name", name, None, name, PRODUCER))]


def _compared(rows: list[dict]) -> list[dict]:
	return [{**row, "name": without_stand_in(row["name"]), "idx": None} for row in rows]


def _units_that_stay(rule: str, met: Met | None) -> set[Unit]:
	if not met:
		return set()
	if rule == LATEST_WINS:
		return {unit for change in met.later for unit in change.units}
	if rule == THIS_SITE_WINS:
		return {unit for change in met.unknown_as_far for unit in change.units}
	return set()


class _Resolver:
	def __init__(
		self,
		doc: "Document",
		incoming: Incoming,
		stays: set[Unit] | None,
		met: Met | None,
	):
		"""
		:param stays: units of this document that keep their values; None for all
		"""
		self.doc = doc
		self.incoming = incoming
		self.stays = stays
		self.met = met
		self.by_former = False  # whether units stay, too, that have another value here than the one before the change there
		self.by_time = False  # whether the newest order of a table stays
		self.orders: dict[str, tuple[list[str], Stamp]] = {}
		self.conflicts: list[Conflict] = []
		self.diff: dict = {}
		self.given: dict = {}
		self.same: dict = {}

	def run(self) -> Resolution:
		diff, was = self.incoming.diff, self.incoming.was
		if applied := self._values(self.doc, diff.get("changed") or {}, was.get("changed") or {}):
			self.diff["changed"] = applied
		for table, child_doctype in snapshot.table_fields(self.doc.meta).items():
			if frappe.get_meta(child_doctype).autoname == "autoincrement":
				self._leave(table)  # its rows have other names on each site
			else:
				self._table(table)
		told = [] if self.met and self.met.is_double else [asdict(conflict) for conflict in self.conflicts]
		return Resolution(self.diff, self.same, self.given, told, self.orders)

	def _leave(self, table: str) -> None:
		for part in ("added", "removed", "row_changed", "order"):
			if self.stays is not None and table in (self.incoming.diff.get(part) or {}):
				self.diff.setdefault(part, {})[table] = self.incoming.diff[part][table]

	def _table(self, table: str) -> None:
		self.rows = {remote_name(row): row for row in self.doc.get(table) or []}
		for part, handle in (
			("removed", self._removed), ("row_changed", self._changed), ("added", self._added), ("order", self._ordered),
		):  # fmt: skip
			told = (self.incoming.diff.get(part) or {}).get(table)
			if told is not None and (left := handle(table, told)):
				self.diff.setdefault(part, {})[table] = left

	def _removed(self, table: str, names: list) -> list:
		before = {without_stand_in(row["name"]): row for row in self.incoming.removed_rows.get(table) or []}
		for name in map(without_stand_in, names):
			row = self.rows.get(name)
			if not row:
				continue
			if self.stays is None:
				self._lost(None, _text_of(row), None, HERE, table, name)
				continue
			for column in self._columns_changed_here(table, name, row, before.get(name)):
				former = (before.get(name) or {}).get(column)
				self._lost(column, row.get(column), None, PRODUCER, table, name, former)
		return [] if self.stays is None else names

	def _columns_changed_here(self, table: str, name: str, row: "Document", before: dict | None) -> list[str]:
		columns = snapshot.stored_fields(row.meta)
		if before:
			return [
				column
				for column in columns
				if column in before
				and not same_value(row.meta.get_field(column), before[column], row.get(column))
			]
		units = {unit for change in self.met.unknown for unit in change.units} if self.met else set()
		return [column for column in columns if (table, name, column) in units]

	def _changed(self, table: str, rows: dict) -> dict:
		former = (self.incoming.was.get("row_changed") or {}).get(table) or {}
		left = {}
		for remote, values in rows.items():
			name, before = without_stand_in(remote), former.get(remote) or {}
			if row := self.rows.get(name):
				if applied := self._values(row, values, before, table, name):
					left[remote] = applied
				continue
			for column, value in values.items():  # it was removed here
				self._lost(column, None, value, HERE, table, name, before.get(column))
		return left

	def _added(self, table: str, rows: list[dict]) -> list[dict]:
		left = []
		for values in rows:
			name = without_stand_in(values["name"])
			if row := self.rows.get(name):  # it came by another way, or before
				given = {column: value for column, value in values.items() if column not in ("name", "idx")}
				left.append({"name": values["name"], **self._values(row, given, {}, table, name)})
			elif self._stays((table, name, ROW_ITSELF)):
				self._lost(None, None, as_json_text(values), HERE, table, name)
			else:
				left.append(values)
				self.given.setdefault("added", {}).setdefault(table, []).append(values)
		return left

	def _ordered(self, table: str, order: list) -> list | None:
		theirs = [without_stand_in(name) for name in order]
		ours = self._order_that_stays(table, theirs)
		if self._moves(theirs) and (ours is not None or self._was_moved_here(table)):
			here = as_json_text(list(self.rows))
			self._lost(None, here, as_json_text(theirs), PRODUCER if ours is None else HERE, table)
		if self.stays is None:
			return None
		return theirs if ours is None else ours

	def _order_that_stays(self, table: str, theirs: list[str]) -> list[str] | None:
		if self.by_time:
			stamp = self.incoming.ordered_at.get(table) or self.met.stamp
			later = self.met.latest_order(table, stamp)
			self.orders[table] = later or (theirs, stamp)
			return later[0] if later else None
		if not self._stays((table, ORDER, None)):
			return None
		if self.stays is None or not self.met:
			return list(self.rows)
		# of those that stay the last one: what this site alone would say of the order
		changes = [change for change in self.met.changes if change.order(table) is not None]
		latest = max(changes, key=lambda change: change.stamp)
		return latest.order(table)

	def _was_moved_here(self, table: str) -> bool:
		return bool(self.met) and any((table, ORDER, None) in change.units for change in self.met.unknown)

	def _moves(self, theirs: list[str]) -> bool:
		"""Whether the rows that both sites have stand in another order there."""
		ours = [name for name in self.rows if name in theirs]
		return ours != [name for name in theirs if name in self.rows]

	def _values(
		self, doc: "Document", new: dict, before: dict, table: str | None = None, row: str | None = None
	) -> dict:
		"""
		:returns: what of `new` is to be applied
		"""
		applied = {}
		for name, value in new.items():
			docfield = doc.meta.get_field(name)
			here = doc.get(name)
			same = not docfield or same_value(docfield, value, here)
			differs = (
				bool(docfield)
				and name in before
				and not same
				and not same_value(docfield, before[name], here)
			)
			if name != "docstatus" and docfield and self._stays((table, row, name), differs):
				if not same:
					self._lost(name, here, value, HERE, table, row, before.get(name))
				continue
			applied[name] = value
			if not self._is_contested((table, row, name)):
				self._note(self.given, name, value, table, row)
			if same and name != "docstatus":
				self._note(self.same, name, value, table, row)
			if differs:
				self._lost(name, here, value, PRODUCER, table, row, before[name])
		return applied

	def _is_contested(self, unit: Unit) -> bool:
		return bool(self.met) and any(unit in change.units for change in self.met.unknown)

	def _note(self, into: dict, name: str, value: Any, table: str | None, row: str | None) -> None:
		place = into.setdefault("row_changed" if table else "changed", {})
		if table:
			place = place.setdefault(table, {}).setdefault(row, {})
		place[name] = value

	def _stays(self, unit: Unit, differs: bool = False) -> bool:
		return self.stays is None or unit in self.stays or (self.by_former and differs)

	def _lost(
		self,
		name: str | None,
		here: Any,
		producer: Any,
		kept: str,
		table: str | None,
		row: str | None = None,
		before: Any = None,
	) -> None:
		here = None if here is None else cstr(here)
		self.conflicts.append(Conflict(name or "", before, here, producer, kept, table, row))


def _text_of(row: "Document") -> str:
	return as_json_text(
		{column: snapshot.plain(row.get(column)) for column in snapshot.stored_fields(row.meta)}
	)


def message(conflicts: list[dict]) -> str:
	"""What a person is asked."""
	first = conflicts[0]
	return _(
		"{0} was changed on both sites: it is {1} here and {2} at the producer (fields in conflict: {3}). Resync From Source takes the producer's values, Skip keeps this site's."
	).format(first["field"] or first["table"], first["here"], first["producer"], len(conflicts))
