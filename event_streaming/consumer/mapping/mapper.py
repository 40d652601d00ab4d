"""Turns documents and diffs of a remote DocType into those of a local one, as a Document Type Mapping says.

Whole documents and diffs take the same way: a dict of remote values becomes a dict of local values. What the
mapping doesn't name is dropped; `docstatus`, the document's `name`, and names and order of rows pass through.
Nothing is read here but mappings and DocType metas (both cached), and the source through a LinkedLookup.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import frappe
from frappe import _

from event_streaming.consumer.mapping.remote_filters import LinkedLookup, RemoteValueFilters, find_one
from event_streaming.document.field_types import TABLE_TYPES, cast, is_empty
from event_streaming.exceptions import MappingError
from event_streaming.link.protocol import ROW_PARTS

LINKED_DOCUMENT = "Document"

Whole = Callable[[], dict | None]
LinkTargets = dict[tuple[str | None, str], tuple[str, str | None]]


class MappingRow(Protocol):
	"""A row of a Document Type Mapping: where one field comes from."""

	idx: int
	local_fieldname: str
	remote_fieldname: str | None
	default_value: str | None
	is_child_table: int
	child_table_mapping: str | None
	mapping_type: str | None
	mapping: str | None
	remote_value_filters: str | None


class Mapping(Protocol):
	"""A Document Type Mapping, saved or not."""

	name: str
	local_doctype: str
	remote_doctype: str
	field_mapping: Sequence[MappingRow]


class LocalName(str):
	"""The name of a document of this site, given as the default of a link field.

	Unlike every other value of a mapped link field it is nothing to translate or to fetch.
	"""


class RowMapper:
	"""The field rows of one Document Type Mapping: all that there is to map of a child row."""

	def __init__(self, mapping: str | Mapping):
		"""
		:param mapping: its name, or one that need not be saved
		:raises MappingError: the mapping isn't there, or the local DocType has changed since it was saved
		"""
		self.mapping = _load(mapping) if isinstance(mapping, str) else mapping
		self.name: str = self.mapping.name
		self.remote_doctype: str = self.mapping.remote_doctype
		self.local_doctype: str = self.mapping.local_doctype
		self.fields = [
			FieldRule.read(row, self) for row in self.mapping.field_mapping if not row.is_child_table
		]

	def map_values(self, values: dict, resolve: LinkedLookup, whole: Whole | None = None) -> dict:
		"""Local field values for `values` of a remote document or row, without child tables.

		:param whole: gives the whole document or row that `values` is a part of; None when `values` is whole
		"""
		mapped = {}
		for rule in self.fields:
			if rule.is_concerned(values, is_whole=whole is None):
				mapped.update(rule.map(values, resolve, whole))
		return mapped


class Mapper(RowMapper):
	"""One Document Type Mapping, ready for use. Make a new one for each batch: an edited mapping counts from then."""

	def __init__(self, mapping: str | Mapping):
		"""
		:param mapping: its name, or one that need not be saved
		:raises MappingError: a mapping isn't there, or the local DocType has changed since it was saved
		"""
		super().__init__(mapping)
		self.tables = [TableRule.read(row, self) for row in self.mapping.field_mapping if row.is_child_table]

	def map_document(self, doc: dict, resolve: LinkedLookup) -> dict:
		"""
		:param doc: whole remote document
		:returns: whole local document; link fields hold remote names, but for a LocalName
		:raises MappingError: a value doesn't fit its field, or a linked document isn't found
		"""
		mapped = {"doctype": self.local_doctype, **_passed(doc, "name", "docstatus")}
		mapped.update(self.map_values(doc, resolve))
		for table in self.tables:
			if table.remote_fieldname in doc:
				mapped[table.local_fieldname] = table.map_rows(doc[table.remote_fieldname] or [], resolve)
		return mapped

	def map_diff(self, diff: dict, resolve: LinkedLookup) -> dict:
		"""
		:param diff: data of an Update of the remote document
		:returns: the same for the local document, without empty parts; `{}` when nothing that is mapped has
		        changed
		:raises MappingError: a value doesn't fit its field, or a linked document isn't found
		"""
		changed = diff.get("changed") or {}
		values = self.map_values(changed, resolve, resolve.whole_document)
		parts: dict[str, dict] = {"changed": {**_passed(changed, "docstatus"), **values}}
		for table in self.tables:
			for part, rows in table.map_diff(diff, resolve).items():
				parts.setdefault(part, {})[table.local_fieldname] = rows
		mapped: dict[str, Any] = {part: content for part, content in parts.items() if content}
		return {**mapped, **_passed(diff, "direct")} if mapped else {}

	def link_targets(self) -> LinkTargets:
		"""For local link fields by (table or None, fieldname): the remote DocType that their values name, and the
		mapping of that DocType if one was chosen.

		Only what this mapping says: any other link field names a document of the DocType that is kept here as
		the one that the field links to.
		"""
		targets = {(None, rule.local_fieldname): rule.target for rule in self.fields if rule.target}
		for table in self.tables:
			for rule in table.mapper.fields if table.mapper else ():
				if rule.target:
					targets[(table.local_fieldname, rule.local_fieldname)] = rule.target
		return targets


@dataclass(frozen=True)
class FieldRule:
	"""One row of a mapping that is not a child table."""

	mapping: str
	local_fieldname: str
	fieldtype: str
	remote_fieldname: str | None
	default: Any
	filters: RemoteValueFilters | None
	target: tuple[str, str | None] | None

	@classmethod
	def read(cls, row: MappingRow, mapper: RowMapper) -> "FieldRule":
		field = frappe.get_meta(mapper.local_doctype).get_field(row.local_fieldname)
		if not field or field.fieldtype in TABLE_TYPES:
			raise _outdated(row, mapper)
		return cls(
			mapping=mapper.name,
			local_fieldname=row.local_fieldname,
			fieldtype=field.fieldtype,
			remote_fieldname=row.remote_fieldname or None,
			default=default_of(row.default_value, field.fieldtype),
			filters=RemoteValueFilters.parse(row.remote_value_filters) if has_filters(row) else None,
			target=_target(row, field, mapper),
		)

	def is_concerned(self, values: dict, is_whole: bool) -> bool:
		"""Whether `values` have a say in this field. A row that has only a default counts for whole documents."""
		if is_whole and (self.filters or self.default is not None):
			return True
		sources = self.filters.references() if self.filters else set()
		return self.remote_fieldname in values or not sources.isdisjoint(values)

	def map(self, values: dict, resolve: LinkedLookup, whole: Whole | None) -> dict:
		"""`{local fieldname: value}`; empty for a link that can't be looked up since the document is gone."""
		if self.filters:
			complete = self._complete(values, whole)
			if complete is None:
				return {}
			value = self._find(complete, resolve)
		else:
			value = values.get(self.remote_fieldname)
		if is_empty(value) and self.default is not None:
			return {self.local_fieldname: self.default}
		return {self.local_fieldname: self._cast(value)}

	def _complete(self, values: dict, whole: Whole | None) -> dict | None:
		"""The values with all those that the filters refer to. None when they are gone from the source: then an
		event to come takes the document or row away here too."""
		sources = self.filters.references() | ({self.remote_fieldname} if self.remote_fieldname else set())
		if whole is None or sources <= values.keys():
			return values
		known = whole()
		return None if known is None else {**known, **values}

	def _find(self, values: dict, resolve: LinkedLookup) -> str | None:
		if self.remote_fieldname and is_empty(values.get(self.remote_fieldname)):
			return None
		filters = self.filters.fill(values)
		return find_one(resolve, self.target[0], filters) if filters else None

	def _cast(self, value: Any) -> Any:
		try:
			return cast(self.fieldtype, value)
		except ValueError:
			raise MappingError(
				_(
					"Mapping {0}: the value {1} of {2} does not fit the field {3}, which is of type {4}."
				).format(
					self.mapping,
					repr(value),
					self.remote_fieldname,
					self.local_fieldname,
					_(self.fieldtype),
				)
			) from None


@dataclass(frozen=True)
class TableRule:
	"""One row of a mapping that is a child table; without a mapper its rows pass as they are."""

	local_fieldname: str
	remote_fieldname: str
	mapper: RowMapper | None

	@classmethod
	def read(cls, row: MappingRow, mapper: Mapper) -> "TableRule":
		field = frappe.get_meta(mapper.local_doctype).get_field(row.local_fieldname)
		if not field or field.fieldtype not in TABLE_TYPES:
			raise _outdated(row, mapper)
		rows = RowMapper(row.child_table_mapping) if row.child_table_mapping else None
		if rows and rows.local_doctype != field.options:
			raise _outdated(row, mapper)
		return cls(row.local_fieldname, row.remote_fieldname, rows)

	def map_rows(self, rows: list[dict], resolve: LinkedLookup) -> list[dict]:
		if not isinstance(rows, list):
			raise MappingError(
				_("{0} is not a table at the source. Fix the row of the mapping that is for {1}.").format(
					self.remote_fieldname, self.local_fieldname
				)
			)
		return [self.map_row(row, resolve) for row in rows]

	def map_row(self, row: dict, resolve: LinkedLookup) -> dict:
		if not self.mapper:
			return dict(row)
		return {**_passed(row, "name", "idx", "docstatus"), **self.mapper.map_values(row, resolve)}

	def map_diff(self, diff: dict, resolve: LinkedLookup) -> dict[str, list | dict]:
		"""What `diff` says about this table, by part and in local terms."""
		remote = {
			part: diff[part][self.remote_fieldname]
			for part in ROW_PARTS
			if self.remote_fieldname in (diff.get(part) or {})
		}
		if "added" in remote:
			remote["added"] = self.map_rows(remote["added"], resolve)
		if "row_changed" in remote:
			remote["row_changed"] = self._map_changed_rows(remote["row_changed"], resolve)
		return {part: rows for part, rows in remote.items() if rows or part == "order"}

	def _map_changed_rows(self, rows: dict[str, dict], resolve: LinkedLookup) -> dict[str, dict]:
		mapped = {name: self._map_changed_row(name, values, resolve) for name, values in rows.items()}
		return {name: values for name, values in mapped.items() if values}

	def _map_changed_row(self, name: str, values: dict, resolve: LinkedLookup) -> dict:
		if not self.mapper:
			return dict(values)
		whole = partial(self._whole_row, name, resolve)
		return {**_passed(values, "idx", "docstatus"), **self.mapper.map_values(values, resolve, whole)}

	def _whole_row(self, name: str, resolve: LinkedLookup) -> dict | None:
		doc = resolve.whole_document() or {}
		rows = doc.get(self.remote_fieldname) or []
		return next((row for row in rows if str(row["name"]) == str(name)), None)


def has_filters(row: MappingRow) -> bool:
	return row.mapping_type == LINKED_DOCUMENT and bool((row.remote_value_filters or "").strip())


def default_of(default_value: str | None, fieldtype: str) -> Any:
	"""A row's default as its local field has it; None when there is none.

	:raises MappingError: the field can't have this default
	"""
	if is_empty(default_value):
		return None
	try:
		value = cast(fieldtype, default_value)
	except ValueError:
		raise MappingError(
			_("The default {0} does not fit a field of type {1}.").format(default_value, _(fieldtype))
		) from None
	return LocalName(value) if fieldtype in ("Link", "Dynamic Link") else value


def _target(row: MappingRow, field: Any, mapper: RowMapper) -> tuple[str, str | None] | None:
	if row.mapping_type == LINKED_DOCUMENT:
		if row.mapping == mapper.name:
			return mapper.remote_doctype, row.mapping
		if row.mapping:
			return _load(row.mapping).remote_doctype, row.mapping
		return field.options, None
	if field.fieldtype == "Link" and field.options == mapper.local_doctype:
		return mapper.remote_doctype, mapper.name  # a parent in a tree, the document amended from
	return None


def _load(mapping_name: str) -> Any:
	try:
		return frappe.get_cached_doc("Document Type Mapping", mapping_name)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		raise MappingError(
			_(
				"There is no Document Type Mapping {0}. Make it, or choose another one for the DocType."
			).format(mapping_name)
		) from None


def _outdated(row: MappingRow, mapper: RowMapper) -> MappingError:
	return MappingError(
		_(
			"Row {0} of the mapping {1} no longer fits {2}. Open the mapping, save it and do what it asks for."
		).format(row.idx, mapper.name, mapper.local_doctype)
	)


def _passed(values: dict, *fieldnames: str) -> dict:
	return {fieldname: values[fieldname] for fieldname in fieldnames if fieldname in values}
