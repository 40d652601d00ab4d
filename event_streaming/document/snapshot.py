"""Documents as plain JSON values: what the Update Log stores and what the wire carries.

A snapshot is a dict: ``doctype``, ``name``, ``docstatus``, each stored field, and each child table
as a list of rows (``name``, ``idx`` and the row's stored fields) in order. It never holds a Password
field, nor what every site keeps for itself: who wrote when, the numbers of a nested set, and the
fields that this app itself puts on documents.
"""

import datetime
import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import frappe
from frappe.utils import cint

from event_streaming import bulk
from event_streaming.document import singles
from event_streaming.document.names import is_possible_name, possible_names

if TYPE_CHECKING:
	from frappe.model.document import Document
	from frappe.model.meta import Meta

BOOKKEEPING_FIELDS = frozenset({"owner", "creation", "modified", "modified_by", "idx"})
NESTED_SET_FIELDS = frozenset({"lft", "rgt", "old_parent"})
OWN_FIELDS = frozenset({"remote_site_name", "remote_document_name"})
ROW_LINKS = frozenset({"parent", "parenttype", "parentfield"})
SECRET_FIELDTYPES = frozenset({"Password"})
WRITTEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", re.ASCII)  # a moment


def stored_fields(meta: "Meta") -> list[str]:
	"""Fieldnames of `meta` that a snapshot holds, without `name` and, for rows, `idx`."""
	return once(meta, _stored_fields)


def once(meta: "Meta", read: Callable[["Meta"], Any]) -> Any:
	"""What `read` makes of `meta`, worked out once for as long as Frappe uses that meta. Not to be changed."""
	known = getattr(frappe.local, "event_streaming_metas", None)
	if known is None:
		known = frappe.local.event_streaming_metas = {}
	found = known.get((meta.name, read))
	if not found or found[0] is not meta:
		known[(meta.name, read)] = found = (meta, read(meta))
	return found[1]


def _stored_fields(meta: "Meta") -> list[str]:
	excluded = BOOKKEEPING_FIELDS | ROW_LINKS | OWN_FIELDS | {"name"}
	if not meta.istable and cint(meta.get("is_tree")):
		excluded |= NESTED_SET_FIELDS
	fields = []
	for fieldname in meta.get_valid_columns():
		if fieldname in excluded or fieldname in fields:
			continue
		field = meta.get_field(fieldname)
		if field and (field.fieldtype in SECRET_FIELDTYPES or field.get("is_virtual")):
			continue
		fields.append(fieldname)
	return fields


def table_fields(meta: "Meta") -> dict[str, str]:
	"""Child tables that have rows in the database: `{fieldname: child DocType}`."""
	return once(meta, _table_fields)


def _table_fields(meta: "Meta") -> dict[str, str]:
	return {
		field.fieldname: field.options
		for field in meta.get_table_fields()
		if not field.get("is_virtual") and not cint(frappe.get_meta(field.options).get("is_virtual"))
	}


def plain(value: Any) -> Any:
	"""`value` as JSON has it, the same for a value read from any database or set by a controller."""
	if isinstance(value, bool):
		return int(value)
	if value is None or isinstance(value, str | int | float):
		return value
	if isinstance(value, datetime.datetime):
		return text_of_moment(value)
	if isinstance(value, Decimal):
		return float(value)
	if isinstance(value, dict | list):
		return json.dumps(value, separators=(",", ":"), default=str)
	return str(value)


def of_inserted(doc: "Document") -> dict:
	"""Snapshot of a document that has just been written, without reading it back."""
	return _snapshot(doc, _written_values)


def of_loaded(doc: "Document") -> dict:
	"""Snapshot of a document as it was loaded from the database."""
	return _snapshot(doc, _loaded_values)


def _snapshot(doc: "Document", values_of: Callable[["Document"], dict]) -> dict:
	snapshot = {"doctype": doc.doctype, "name": doc.name, **values_of(doc)}
	for table in table_fields(doc.meta):
		snapshot[table] = [
			{"name": row.name, "idx": row.idx, **values_of(row)} for row in doc.get(table) or []
		]
	return snapshot


def read(doctype: str, name: str) -> dict | None:
	"""Snapshot of one document as this transaction sees it in the database; None when it isn't there."""
	return read_many(doctype, [name]).get(str(name))


def read_many(doctype: str, names: Iterable[str]) -> dict[str, dict]:
	"""Snapshots by name (a string, also where names are numbers), one query for the documents and one for each child table."""
	names = possible_names(doctype, names)
	if not names:
		return {}
	meta = frappe.get_meta(doctype)
	snapshots = {}
	for row in _select(meta, ["name"], names, "name"):
		snapshots[str(row.name)] = {"doctype": doctype, **_plain_values(row)}
	for table, child_doctype in table_fields(meta).items():
		_attach_rows(doctype, snapshots, table, child_doctype)
	return snapshots


def size(doc: dict) -> int:
	"""About how many characters of JSON a document is."""
	texts = sum(len(value) if isinstance(value, str) else 8 for value in doc.values())
	rows = sum(size(row) for value in doc.values() if isinstance(value, list) for row in value)
	return texts + rows + sum(map(len, doc))


def columns(doctype: str, fields: tuple[str, ...], names: Iterable[str]) -> list[tuple]:
	"""Some columns of those of `names` that are in the database. A Single is on every site from the beginning, and so was never made."""
	names = possible_names(doctype, names)
	if not singles.is_single(doctype):
		return bulk.select(doctype, fields, "name", names)
	if doctype not in names:
		return []
	row = {**singles.read(frappe.get_meta(doctype)), "creation": None}
	return [tuple(row.get(field) for field in fields)]


def existing_names(doctype: str, names: Iterable[str]) -> set[str]:
	"""Those of `names` that are in the database, no matter who may read them."""
	return {str(name) for (name,) in columns(doctype, ("name",), names)}


def creations(doctype: str, names: Iterable[str]) -> dict[str, str | None]:
	"""`creation` of those of `names` that are in the database. A database that doesn't tell cases or accents apart answers
	with the names that it has."""
	rows = columns(doctype, ("name", "creation"), names)
	return {str(name): as_creation(creation) for name, creation in rows}


def bookkeeping(doctype: str, names: Iterable[str]) -> dict[str, dict]:
	"""`{"owner", "creation", "modified"}` of those of `names` that are in the database, as `creations`."""
	rows = columns(doctype, ("name", "owner", "creation", "modified"), names)
	return {
		str(name): {"owner": owner, "creation": as_creation(creation), "modified": as_creation(modified)}
		for name, owner, creation, modified in rows
	}


def as_creation(value: Any) -> str | None:
	"""A `creation`, from any database or a document in memory, as one text to the microsecond; None for what is none."""
	try:
		moment = _fast_datetime(value) or (frappe.utils.get_datetime(value) if value else None)
	except (ValueError, TypeError, OverflowError):
		return None
	return text_of_moment(moment) if moment else None


def _fast_datetime(value: Any) -> datetime.datetime | None:
	"""What is one already, or is written as this app writes it: Frappe's own parser tries several ways, one after the other."""
	if isinstance(value, datetime.datetime):
		return value
	if isinstance(value, str) and WRITTEN.fullmatch(value):
		return datetime.datetime.fromisoformat(value)
	return None


def text_of_moment(moment: datetime.datetime) -> str:
	"""To the microsecond, as a snapshot has it; whatever its zone, what the clock showed."""
	return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def read_row(doctype: str, name: str, for_update: bool = False) -> dict | None:
	"""One document's own fields (or one child row's, with its `idx`), without tables.

	:param for_update: as they are committed now, be this transaction's view of the database older; they stay so until it ends
	"""
	if not is_possible_name(doctype, name):
		return None
	meta = frappe.get_meta(doctype)
	rows = _select(meta, ["name", "idx"] if meta.istable else ["name"], [name], "name", for_update)
	return _plain_values(rows[0]) if rows else None


def _attach_rows(doctype: str, snapshots: dict[str, dict], table: str, child_doctype: str) -> None:
	for snapshot in snapshots.values():
		snapshot[table] = []
	child_meta = frappe.get_meta(child_doctype)
	child = frappe.qb.DocType(child_doctype)
	rows = (
		(
			frappe.qb.from_(child)
			.select(*(child[field] for field in ["name", "idx", "parent", *stored_fields(child_meta)]))
			.where(child.parenttype == doctype)
			.where(child.parentfield == table)
			.where(child.parent.isin(list(snapshots)))
			.orderby(child.idx)
			.orderby(child.name)
			.run(as_dict=True)
		)
		if snapshots
		else []
	)
	for row in rows:
		parent = row.pop("parent")
		if parent in snapshots:
			snapshots[parent][table].append(_plain_values(row))


def _select(meta: "Meta", extra: list[str], values: list, key: str, for_update: bool = False) -> list:
	if cint(meta.issingle):
		if meta.name not in values:
			return []
		row = singles.read(meta, for_update)
		return [frappe._dict((field, row[field]) for field in [*extra, *stored_fields(meta)])]
	table = frappe.qb.DocType(meta.name)
	query = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in [*extra, *stored_fields(meta)]))
		.where(table[key].isin(values))
	)
	return (query.for_update() if for_update else query).run(as_dict=True)


def _plain_values(row: dict) -> dict:
	return {field: plain(value) for field, value in row.items()}


def _written_values(doc: "Document") -> dict:
	values = doc.get_valid_dict(convert_dates_to_str=False, ignore_virtual=True)
	return _plain_fields(doc, values)


def _loaded_values(doc: "Document") -> dict:
	return _plain_fields(doc, doc.__dict__)


def _plain_fields(doc: "Document", values: dict) -> dict:
	values = singles.typed(doc.meta, values) if cint(doc.meta.issingle) else values
	return {field: plain(values.get(field)) for field in stored_fields(doc.meta)}
