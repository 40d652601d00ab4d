"""Changes made here that a whole document of the producer doesn't contain yet: they stay, and are told again.

Told again they are newer than anything that the producer has, so both sites end with them.
"""

from typing import Any

import frappe
from frappe.utils import cstr

from event_streaming.consumer.replay.child_rows import without_stand_in
from event_streaming.consumer.replay.lost_values import HERE, PRODUCER, Conflict
from event_streaming.consumer.replay.own_changes import ORDER, ROW_ITSELF, OwnChange, Unit
from event_streaming.document import snapshot
from event_streaming.document.values import same_value


def keep(doctype: str, here: dict, values: dict, unknown: list[OwnChange]) -> tuple[dict, list[dict]]:
	"""Puts this site's values where they were changed into the whole document, in place.

	:param here: snapshot of the document here
	:param values: the producer's, in this site's shape
	:returns: the changes as a difference to the producer's, empty when there are none; and the producer's values that were
	        changed, too, as conflicts
	"""
	keeping = _Keeping(doctype, here, values, unknown)
	keeping.run()
	return keeping.again, [vars(conflict) for conflict in keeping.lost]


class _Keeping:
	def __init__(self, doctype: str, here: dict, values: dict, unknown: list[OwnChange]):
		self.meta = frappe.get_meta(doctype)
		self.here = here
		self.values = values
		self.units: set[Unit] = {unit for change in unknown for unit in change.units}
		self.former = _former_values(unknown)
		self.untold: set[Unit] = {unit for change in unknown if change.is_whole for unit in change.units}
		self.again: dict = {}
		self.lost: list[Conflict] = []

	def run(self) -> None:
		for name in snapshot.stored_fields(self.meta):
			if name in self.values and name != "docstatus":
				self._keep_value(self.meta, self.values, self.here, (None, None, name))
		for table, child_doctype in snapshot.table_fields(self.meta).items():
			meta = frappe.get_meta(child_doctype)
			if isinstance(self.values.get(table), list) and meta.autoname != "autoincrement":
				self._keep_rows(table, meta)

	def _keep_value(self, meta, there: dict, here: dict, unit: Unit) -> None:
		table, row, name = unit
		if unit not in self.units or name not in here:
			return
		field = meta.get_field(name)
		theirs, ours = there[name], here[name]
		if same_value(field, theirs, ours):
			return
		there[name] = ours
		self._say("changed" if not table else "row_changed", table, row, {name: ours})
		self._say("changed" if not table else "row_changed", table, row, {name: theirs}, into=self._was)
		# where the log was too short for the value before, nobody knows whether the producer changed it, too
		is_new = (
			not same_value(field, self.former[unit], theirs) if unit in self.former else unit in self.untold
		)
		if is_new:
			self.lost.append(Conflict(name, self.former.get(unit), cstr(ours), theirs, HERE, table, row))

	@property
	def _was(self) -> dict:
		return self.again.setdefault("was", {})

	def _say(
		self, part: str, table: str | None, row: str | None, values: dict, into: dict | None = None
	) -> None:
		place = (self.again if into is None else into).setdefault(part, {})
		if table:
			place = place.setdefault(table, {}).setdefault(row, {})
		place.update(values)

	def _keep_rows(self, table: str, meta) -> None:
		theirs = {without_stand_in(row["name"]): row for row in self.values[table]}
		ours = {without_stand_in(row["name"]): row for row in self.here.get(table) or []}
		gone = [name for name in theirs if name not in ours and (table, name, ROW_ITSELF) in self.units]
		added = [
			row for name, row in ours.items() if name not in theirs and (table, name, "name") in self.units
		]
		for name in theirs.keys() & ours.keys():
			for column in snapshot.stored_fields(meta):
				if column in theirs[name]:
					self._keep_value(meta, theirs[name], ours[name], (table, name, column))
		if gone:
			self.again.setdefault("removed", {})[table] = gone
		if added:
			self.again.setdefault("added", {})[table] = added
		self._record_removed_there(table, ours.keys() - theirs.keys())
		rows = {name: row for name, row in theirs.items() if name not in gone}
		rows |= {without_stand_in(row["name"]): dict(row) for row in added}
		if gone or added or (table, ORDER, None) in self.units:
			order = [name for name in ours if name in rows]
			order += sorted(rows.keys() - set(order))
			if order != list(theirs):
				self.again.setdefault("order", {})[table] = order
			rows = {name: rows[name] for name in order}
		self.values[table] = list(rows.values())

	def _record_removed_there(self, table: str, rows: set[str]) -> None:
		for unit in sorted(unit for unit in self.units if unit[0] == table and unit[1] in rows and unit[2]):
			if (table, unit[1], "name") not in self.units:
				here = next(row for row in self.here[table] if without_stand_in(row["name"]) == unit[1])
				lost = cstr(here.get(unit[2]))
				self.lost.append(
					Conflict(unit[2], self.former.get(unit), lost, None, PRODUCER, table, unit[1])
				)


def _former_values(unknown: list[OwnChange]) -> dict[Unit, Any]:
	"""Values before the first of these changes: what the producer knew last."""
	former: dict[Unit, Any] = {}
	for change in unknown:
		was = change.data.get("was") or {}
		for name, value in (was.get("changed") or {}).items():
			former.setdefault((None, None, name), value)
		for table, rows in (was.get("row_changed") or {}).items():
			for row, values in rows.items():
				for name, value in values.items():
					former.setdefault((table, without_stand_in(row), name), value)
	return former
