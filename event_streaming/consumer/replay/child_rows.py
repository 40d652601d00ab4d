"""Rows of child tables here: which names they get, which row is which, and how a difference changes them.

A row keeps the name that it has at the source, so that changes find it. Where another document's row has that name
(sites made from one backup), it gets a stand-in that tells the name.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import frappe
from frappe.utils import cstr

from event_streaming.document import snapshot
from event_streaming.document.names import naming_field

if TYPE_CHECKING:
	from frappe.model.document import Document

STAND_IN = "-es"
STAND_INS = 50  # that are tried in order
NUMBERED_STAND_IN = re.compile(r"-es\d*$")


class FreeNames:
	"""Names of rows to come that no row here has, looked up for many documents at once."""

	def __init__(self) -> None:
		self._free: dict[str, set[str]] = {}

	def look_up(self, doctype: str, docs: Iterable[dict]) -> None:
		"""
		:param docs: whole documents that are about to be made as `doctype`
		"""
		docs = list(docs)
		for table, child_doctype in snapshot.table_fields(frappe.get_meta(doctype)).items():
			names = {cstr(row["name"]) for doc in docs for row in doc.get(table) or []}
			free = names - taken_names(child_doctype, names)
			self._free.setdefault(child_doctype, set()).update(free)

	def of(self, child_doctype: str) -> set[str]:
		return self._free.get(child_doctype) or set()


def name_rows(doc: "Document", values: dict, free: FreeNames | None = None) -> None:
	"""New rows keep the names that they have at the source, where these are free here: rows are known by name.

	:param free: names that need no look-up
	"""
	for table, child_doctype in snapshot.table_fields(doc.meta).items():
		given = values.get(table) or []
		names = {cstr(row["name"]) for row in given}
		taken = taken_names(child_doctype, names - free.of(child_doctype) if free else names)
		for number, (row, remote) in enumerate(zip(doc.get(table) or [], given, strict=True), start=1):
			name_row(doc, row, cstr(remote["name"]), taken)
			row.idx = number


def row_name(doc: "Document", table: str, remote: str) -> str:
	"""The name here of the row that is called `remote` at the source."""
	names = {remote_name(row): cstr(row.name) for row in doc.get(table) or []}
	return names.get(cstr(remote), cstr(remote))


def name_row(doc: "Document", row: "Document", remote: str, taken: set[str]) -> None:
	row.set("__islocal", 1)
	if frappe.get_meta(row.doctype).autoname == "autoincrement":
		row.name = None  # numbers can't be kept; such rows are replaced as a whole
		return
	row.name = stand_in_name(row.doctype, remote) if remote in taken else remote


def stand_in_name(child_doctype: str, remote: str) -> str:
	"""A row's name here when its own is taken by a row of another document. Of several sites that were made from one backup
	each may send a row of that name: the first stand-in that is free."""
	stand_ins = [f"{remote[:120]}{STAND_IN}{number or ''}" for number in range(STAND_INS)]
	taken = taken_names(child_doctype, stand_ins)
	return next(
		(name for name in stand_ins if name not in taken), f"{remote[:100]}{STAND_IN}{time.time_ns()}"
	)


def without_stand_in(name: object) -> str:
	"""What the row of that name here is called at the source."""
	return NUMBERED_STAND_IN.sub("", cstr(name))


def remote_name(row: "Document") -> str:
	return without_stand_in(row.name)


def taken_names(child_doctype: str, names: Iterable) -> set[str]:
	return snapshot.existing_names(child_doctype, names)


def use_known_names(here: dict, values: dict) -> None:
	for table, rows in values.items():
		if not isinstance(rows, list):
			continue
		known = {without_stand_in(row["name"]): row["name"] for row in here.get(table) or []}
		for row in rows:
			row["name"] = known.get(cstr(row["name"]), row["name"])


@dataclass
class TableChange:
	"""What a difference says of one table, each part as `document.difference` describes it; None where it says nothing."""

	added: list[dict] | None = None
	removed: list[str] | None = None
	row_changed: dict[str, dict] | None = None
	order: list[str] | None = None

	@property
	def is_empty(self) -> bool:
		return all(part is None for part in (self.added, self.removed, self.row_changed, self.order))


def merge_table(doc: "Document", table: str, change: TableChange) -> None:
	"""Puts a change of one table into a loaded document, without saving.

	Rows are a set. Only those go that the change names as removed; an order speaks of the rows in it, and rows that it
	doesn't know stay behind them, by their names, so that two sites which merge the same rows end with the same order.
	"""
	removed = set(map(cstr, change.removed or []))
	rows = {remote_name(row): row for row in doc.get(table) or []}
	rows = {name: row for name, row in rows.items() if name not in removed and cstr(row.name) not in removed}
	for name, values in (change.row_changed or {}).items():
		if row := rows.get(without_stand_in(name)):
			row.update(row_values(row.doctype, values))
	_add_rows(doc, table, rows, change.added or [])
	if change.order is not None:
		rows = _in_order(rows, list(map(without_stand_in, change.order)))
	doc.set(table, list(rows.values()))
	for number, row in enumerate(doc.get(table), start=1):
		row.idx = number


def _add_rows(doc: "Document", table: str, rows: dict[str, "Document"], added: list[dict]) -> None:
	"""
	:param rows: those that are here, by their names at the source; the new ones are put into it
	"""
	child_doctype = doc.meta.get_field(table).options
	fresh = [row["name"] for row in added if without_stand_in(row["name"]) not in rows]
	taken = taken_names(child_doctype, fresh)
	for values in added:
		name = without_stand_in(values["name"])
		if name in rows:  # the same event once more
			rows[name].update(row_values(child_doctype, values))
			continue
		row = doc.append(table, row_values(child_doctype, values))
		name_row(doc, row, name, taken)
		rows[name] = row


def _in_order(rows: dict[str, "Document"], order: list[str]) -> dict[str, "Document"]:
	names = [name for name in dict.fromkeys(order) if name in rows]
	return {name: rows[name] for name in [*names, *sorted(rows.keys() - set(names))]}


def row_values(child_doctype: str, values: dict) -> dict:
	fields = snapshot.stored_fields(frappe.get_meta(child_doctype))
	return {field: values[field] for field in fields if field in values and field != "docstatus"}


def known_by_their_source(doc: dict, remote_name: str | None = None) -> dict:
	"""A snapshot of this site with the names of the source.

	:param remote_name: of the document there, where the field that holds its name is the same on both sites; else that is left
	"""
	field = naming_field(doc["doctype"])
	if remote_name and field and doc.get(field) == doc["name"]:
		doc = {**doc, field: remote_name}
	return {
		field: [{**row, "name": without_stand_in(row["name"])} for row in value]
		if isinstance(value, list)
		else value
		for field, value in doc.items()
	}
