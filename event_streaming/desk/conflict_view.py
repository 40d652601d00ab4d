"""What two sites changed at once, in the form in which a person reads it: which value, row or order, and what it was on each.

All values are plain text. They come from another site, so the code that shows them has to escape them.
"""

import json
from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr

from event_streaming.desk.change import HEADER, MAX_ROWS, known_numbers, text_of
from event_streaming.desk.field_names import FieldNames

SIDES = ("before", "here", "producer")


def conflicts_of_sync_log(log) -> list[dict]:
	"""Values that two sites changed at once: before, here, there, and which one was kept."""
	try:
		conflicts = json.loads(log.conflict or "[]")
	except ValueError:
		return []
	if not isinstance(conflicts, list):
		return []
	conflicts = [conflict for conflict in conflicts if isinstance(conflict, dict)]
	view = _View(FieldNames(log.ref_doctype), conflicts)
	return [view.show(conflict) for conflict in conflicts]


class _View:
	"""Of the conflicts of one event, shaped as `consumer.replay.lost_values.Conflict`."""

	def __init__(self, names: FieldNames, conflicts: list[dict]):
		self.names = names
		self.numbers: dict[str, dict[str, int]] = {}
		for table in {cstr(conflict["table"]) for conflict in conflicts if conflict.get("table")}:
			rows = dict.fromkeys(
				_rows_in(conflict) for conflict in conflicts if conflict.get("table") == table
			)
			named = {name: None for names_of_one in rows for name in names_of_one}
			self.numbers[table] = known_numbers(names.of_rows(table).doctype, table, named)

	def show(self, conflict: dict) -> dict:
		table, row, field = (cstr(conflict.get(part)) for part in ("table", "row", "field"))
		if not table:
			label, texts = self._of_document(field, conflict)
		elif field:
			label, texts = self._of_row_field(table, row, field, conflict)
		elif row:
			label, texts = self._of_row(table, row, conflict)
		else:
			label, texts = self._of_order(table, conflict)
		return {"label": label, "fieldname": field or table, **texts, "kept": cstr(conflict.get("kept"))}

	def _of_document(self, field: str, conflict: dict) -> tuple[str, dict]:
		name = self.names.of(field)
		if field == "name":  # one site deleted it
			gone = {side: cstr(conflict.get(side)) or _("Deleted") for side in ("here", "producer")}
			return _("Document"), {"before": cstr(conflict.get("before")), **gone}
		if name.fieldtype in frappe.model.table_fields:
			return name.label, {side: self._table_text(field, conflict.get(side)) for side in SIDES}
		return name.label, {side: text_of(conflict.get(side), name.fieldtype) for side in SIDES}

	def _of_row_field(self, table: str, row: str, field: str, conflict: dict) -> tuple[str, dict]:
		name = self.names.of_rows(table).of(field)
		texts = {side: text_of(conflict.get(side), name.fieldtype) for side in SIDES}
		return f"{self._row_label(table, row)}: {name.label}", texts

	def _of_row(self, table: str, row: str, conflict: dict) -> tuple[str, dict]:
		"""A row that one site added, or removed."""
		texts = {side: self._row_text(table, _parsed(conflict.get(side))) for side in ("here", "producer")}
		gone = {side: text or _("No such row") for side, text in texts.items()}
		return self._row_label(table, row), {
			"before": self._row_text(table, _parsed(conflict.get("before"))),
			**gone,
		}

	def _of_order(self, table: str, conflict: dict) -> tuple[str, dict]:
		texts = {side: self._order_text(table, _parsed(conflict.get(side))) for side in SIDES}
		return _("{0}: Order of Rows").format(self.names.of(table).label), texts

	def _row_label(self, table: str, row: str) -> str:
		return _("{0}, row {1}").format(self.names.of(table).label, self.numbers[table].get(row, row))

	def _row_text(self, table: str, row: Any) -> str:
		if not isinstance(row, dict):
			return cstr(row)
		names = self.names.of_rows(table)
		filled = [field for field in names.in_order(row) if field not in HEADER and row[field]]
		told = ((names.of(field), row[field]) for field in filled)
		return "\n".join(f"{name.label}: {text_of(value, name.fieldtype)}" for name, value in told)

	def _order_text(self, table: str, order: Any) -> str:
		if not isinstance(order, list):
			return cstr(order)
		return ", ".join(cstr(self.numbers[table].get(cstr(row), row)) for row in order[:MAX_ROWS])

	def _table_text(self, table: str, value: Any) -> str:
		"""A table as a whole: its rows, or the parts of a difference."""
		told = _parsed(value)
		rows = told if isinstance(told, list) else list(_rows_of_difference(told))
		return "\n\n".join(filter(None, (self._row_text(table, row) for row in rows[:MAX_ROWS])))


def _rows_of_difference(told: Any) -> Iterator[Any]:
	if not isinstance(told, dict):
		yield told
		return
	yield from told.get("added") or []
	yield from (told.get("row_changed") or {}).values()
	if removed := told.get("removed"):
		yield _("Rows removed: {0}").format(len(removed))


def _rows_in(conflict: dict) -> tuple[str, ...]:
	"""Names of the rows that a conflict speaks of."""
	orders = [] if conflict.get("row") else [_parsed(conflict.get(side)) for side in SIDES]
	named = [cstr(name) for order in orders if isinstance(order, list) for name in order]
	return tuple(filter(None, [cstr(conflict.get("row")), *named]))


def _parsed(value: Any) -> Any:
	try:
		return json.loads(value) if isinstance(value, str) else value
	except ValueError:
		return value
