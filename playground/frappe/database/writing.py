"""Rows, defaults and series written without documents: `frappe.db.set_value` and its kin."""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe.database.values import to_column
from frappe.query_builder import Case
from frappe.utils.data import now, sbool

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"
DATE_OR_TIME = re.compile(r"\d{4}-\d|\d{1,3}:\d")
WITHOUT_META = frozenset(("DocType", "DocField", "DocPerm", "Singles", "Series", "Sessions"))


class Writing:
	def set_value(
		self,
		dt: str,
		dn: Any,
		field: Any,
		val: Any = None,
		modified: Any = None,
		modified_by: str | None = None,
		update_modified: bool = True,
		debug: bool = False,
	) -> None:
		"""Writes fields of one document (by name) or of many (by filters), without its controller."""
		if dn is None or dt == dn:
			if frappe.get_meta(dt).issingle:
				self.set_single_value(
					dt,
					field,
					val,
					modified=modified,
					modified_by=modified_by,
					update_modified=update_modified,
				)
			return
		values = self._get_update_dict(field, val, modified, modified_by, update_modified)
		if isinstance(dn, str):
			frappe.clear_document_cache(dt, dn)
		else:
			frappe.clear_document_cache(dt)
		query = frappe.qb.get_query(dt, filters=dn, update=True, validate_filters=True)
		for column, value in values.items():
			query = query.set(column, self.to_column(dt, column, value))
		query.run()
		self.value_cache.pop(dt, None)

	def set_single_value(
		self,
		doctype: str,
		fieldname: Any,
		value: Any = None,
		*,
		modified: Any = None,
		modified_by: str | None = None,
		update_modified: bool = True,
		debug: bool = False,
	) -> None:
		values = self._get_update_dict(fieldname, value, modified, modified_by, update_modified)
		self.delete("Singles", {"field": ("in", tuple(values)), "doctype": doctype})
		for key, single in values.items():
			self._insert_single(doctype, key, sbool(single))
		frappe.clear_document_cache(doctype, doctype)
		self.value_cache.pop(doctype, None)

	def _insert_single(self, doctype: str, field: str, value: Any) -> None:
		if value is not None:
			value = str(int(value)) if isinstance(value, bool) else str(value)
		self.sql(
			'INSERT INTO "tabSingles" (doctype, field, value) VALUES (%s, %s, %s)', (doctype, field, value)
		)

	@staticmethod
	def _get_update_dict(
		field: Any, value: Any, modified: Any, modified_by: str | None, update_modified: bool
	) -> dict[str, Any]:
		values = field if isinstance(field, dict) else {field: value}
		if update_modified:
			values.update(modified=modified or now(), modified_by=modified_by or frappe.session.user)
		return values

	@staticmethod
	def to_column(doctype: str, fieldname: str, value: Any) -> Any:
		"""The value as that column stores it."""
		if isinstance(value, str) and not DATE_OR_TIME.match(value):
			return value
		if value is None or isinstance(value, int):
			return value
		if fieldname in ("creation", "modified"):
			return to_column("Datetime", value)
		df = (
			None
			if doctype in WITHOUT_META or doctype.startswith("__")
			else frappe.get_meta(doctype).get_field(fieldname)
		)
		return to_column(df.fieldtype if df else None, value)

	def bulk_update(
		self,
		doctype: str,
		doc_updates: dict[str, dict],
		*,
		chunk_size: int = 100,
		modified: Any = None,
		modified_by: str | None = None,
		update_modified: bool = True,
		debug: bool = False,
	) -> None:
		"""Other values for each document, `{name: {field: value}}`, a chunk in one statement."""
		common = self._get_update_dict({}, None, modified, modified_by, True) if update_modified else {}
		items = iter(doc_updates.items())
		while chunk := dict(itertools.islice(items, chunk_size)):
			self._update_chunk(doctype, chunk, common)

	def _update_chunk(self, doctype: str, updates: dict[str, dict], common: dict) -> None:
		table = frappe.qb.DocType(doctype)
		cases: dict[str, Case] = {}
		for name, values in updates.items():
			for field, value in values.items():
				case = cases.get(field, Case())
				cases[field] = case.when(table.name == name, self.to_column(doctype, field, value))
		query = frappe.qb.update(table)
		for field, case in cases.items():
			query = query.set(table[field], case.else_(table[field]))
		for field, value in common.items():
			query = query.set(table[field], value)
		query.where(table.name.isin(list(updates))).run()

	def bulk_insert(
		self,
		doctype: str,
		fields: list[str],
		values: Iterable[Sequence[Any]],
		ignore_duplicates: bool = False,
		*,
		chunk_size: int = 10_000,
	) -> None:
		if not fields:
			return
		columns = ", ".join(f'"{field}"' for field in fields)
		verb = "INSERT OR IGNORE" if ignore_duplicates else "INSERT"
		places = ", ".join(["%s"] * len(fields))
		for row in values:
			stored = tuple(
				self.to_column(doctype, field, value) for field, value in zip(fields, row, strict=True)
			)
			self.sql(f'{verb} INTO "tab{doctype}" ({columns}) VALUES ({places})', stored)

	def delete(self, doctype: str, filters: Any = None, debug: bool = False, **kwargs: Any) -> Any:
		filters = filters or kwargs.pop("conditions", None)
		return frappe.qb.get_query(doctype, filters=filters, delete=True, validate_filters=True).run(**kwargs)

	# Defaults

	@staticmethod
	def get_defaults(key: str | None = None, parent: str = "__default") -> Any:
		defaults = frappe.defaults.get_defaults_for(parent)
		if not key:
			return defaults
		return defaults[key] if key in defaults else defaults.get(frappe.scrub(key))

	def get_default(self, key: str, parent: str = "__default") -> Any:
		value = self.get_defaults(key, parent)
		return value[0] if isinstance(value, list) and value else value

	@staticmethod
	def set_default(key: str, val: Any, parent: str = "__default", parenttype: str | None = None) -> None:
		frappe.defaults.set_default(key, val, parent, parenttype)

	def get_global(self, key: str, user: str = "__global") -> Any:
		return self.get_default(key, user)

	def set_global(self, key: str, val: Any, user: str = "__global") -> None:
		self.set_default(key, val, user)

	# Numbers for names

	def get_next_sequence_val(self, doctype: str, slug: str = "_id_seq") -> int:
		"""The next number for a name. Unlike elsewhere, a rollback gives it back."""
		table = f"tab{doctype}"
		self.sql("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = %s", (table,))
		row = self.sql("SELECT seq FROM sqlite_sequence WHERE name = %s", (table,))
		if not row:
			self.sql("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, 1)", (table,))
		return row[0][0] if row else 1

	def set_next_sequence_val(self, doctype: str, next_val: int, *, is_val_used: bool = False) -> None:
		"""Nothing to do: SQLite goes on from the highest number that a table has had."""
