"""Rows by their DocType and name or filters, without documents: `frappe.db.get_value` and its kin."""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import frappe
from frappe.database.values import to_column
from frappe.query_builder import Case
from frappe.query_builder.functions import Count
from frappe.utils.data import cast_fieldtype, get_datetime, getdate, now, sbool

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"
DATE_OR_TIME = re.compile(r"\d{4}-\d|\d{1,3}:\d")
WITHOUT_META = frozenset(("DocType", "DocField", "DocPerm", "Singles", "Series", "Sessions"))


class Records:
	# Reading

	def get(self, doctype: str, filters: Any = None, as_dict: bool = True, cache: bool = False) -> Any:
		return self.get_value(doctype, filters, "*", as_dict=as_dict, cache=cache)

	def get_value(
		self,
		doctype: str,
		filters: Any = None,
		fieldname: Any = "name",
		ignore: Any = None,
		as_dict: bool = False,
		debug: bool = False,
		order_by: Any = DefaultOrderBy,
		cache: bool = False,
		for_update: bool = False,
		*,
		run: bool = True,
		pluck: bool = False,
		distinct: bool = False,
		skip_locked: bool = False,
		wait: bool = True,
	) -> Any:
		"""The first match: a value, a tuple of values for several fields, or a dict."""
		rows = self.get_values(
			doctype,
			filters,
			fieldname,
			ignore,
			as_dict,
			debug,
			order_by,
			cache=cache,
			for_update=for_update,
			run=run,
			pluck=pluck,
			distinct=distinct,
			limit=1,
			skip_locked=skip_locked,
			wait=wait,
		)
		if not run:
			return rows
		if not rows:
			return None
		row = rows[0]
		return row if as_dict or len(row) > 1 else row[0]

	def get_values(
		self,
		doctype: str,
		filters: Any = None,
		fieldname: Any = "name",
		ignore: Any = None,
		as_dict: bool = False,
		debug: bool = False,
		order_by: Any = DefaultOrderBy,
		update: dict | None = None,
		cache: bool = False,
		for_update: bool = False,
		*,
		run: bool = True,
		pluck: bool = False,
		distinct: bool = False,
		limit: int | None = None,
		skip_locked: bool = False,
		wait: bool = True,
	) -> Any:
		key = (doctype, filters, fieldname) if cache and isinstance(filters, str) else None
		if key and key in self.value_cache:
			return self.value_cache[key]
		if filters is None or (filters == doctype and doctype != "DocType"):
			out = self._get_values_from_single(doctype, filters, fieldname, as_dict, update)
		else:
			out = self._get_values_from_table(
				doctype,
				filters,
				fieldname,
				ignore,
				as_dict,
				None if distinct else order_by,
				update,
				run=run,
				pluck=pluck,
				distinct=distinct,
				limit=limit,
				locks={"for_update": for_update, "skip_locked": skip_locked, "wait": wait},
			)
		if key:
			self.value_cache[key] = out
		return out

	def _get_values_from_table(
		self,
		doctype: str,
		filters: Any,
		fieldname: Any,
		ignore: Any,
		as_dict: bool,
		order_by: Any,
		update: dict | None,
		*,
		run: bool,
		pluck: bool,
		distinct: bool,
		limit: int | None,
		locks: dict,
	) -> Any:
		many_names = isinstance(filters, list)
		if many_names and not (filters := [name for name in filters if name]):
			return {}
		if order_by == DefaultOrderBy:
			order_by = None if many_names else "modified"
		query = frappe.qb.get_query(
			doctype,
			fields=fieldname,
			filters=filters,
			order_by=order_by,
			distinct=distinct,
			limit=limit,
			validate_filters=True,
			**locks,
		)
		try:
			return query.run(as_dict=as_dict or fieldname == "*", update=update, run=run, pluck=pluck)
		except Exception as error:
			if ignore and self.is_missing_table_or_column(error):
				return None
			if self.is_table_missing(error):  # a Single, asked for by something else than its name
				return self._get_values_from_single(doctype, filters, fieldname, as_dict, update)
			raise

	def _get_values_from_single(
		self, doctype: str, filters: Any, fieldname: Any, as_dict: bool, update: dict | None
	) -> list:
		values = self.get_singles_dict(doctype)
		if isinstance(filters, dict) and any(values.get(key) != value for key, value in filters.items()):
			return []
		if fieldname == "*":
			return [values] if values and as_dict else []
		fields = [fieldname] if isinstance(fieldname, str) else list(fieldname)
		found = frappe._dict({field: values[field] for field in fields if field in values})
		if not found:
			return []
		found.update(update or {})
		return [found] if as_dict else [[found.get(field) for field in fields]]

	def get_singles_dict(
		self, doctype: str, debug: bool = False, *, for_update: bool = False, cast: bool = False
	) -> frappe._dict:
		if for_update:
			self.lock()
		values = frappe._dict(
			self.sql('SELECT field, value FROM "tabSingles" WHERE doctype = %s', (doctype,))
		)
		if cast:
			meta = frappe.get_meta(doctype)
			for fieldname, value in values.items():
				if df := meta.get_field(fieldname):
					values[fieldname] = cast_fieldtype(df.fieldtype, value, show_warning=False)
		return values

	def get_single_value(self, doctype: str, fieldname: str, cache: bool = True) -> Any:
		known = self.value_cache.setdefault(doctype, {})
		if cache and fieldname in known:
			return known[fieldname]
		df = frappe.get_meta(doctype).get_field(fieldname)
		if not df:
			message = frappe._("Field {0} does not exist on {1}")
			frappe.throw(message.format(frappe.bold(fieldname), frappe.bold(doctype)))
		rows = self.sql(
			'SELECT value FROM "tabSingles" WHERE doctype = %s AND field = %s', (doctype, fieldname)
		)
		known[fieldname] = cast_fieldtype(df.fieldtype, rows[0][0] if rows else None, show_warning=False)
		return known[fieldname]

	def exists(self, dt: Any, dn: Any = None, cache: bool = False) -> Any:
		"""The name of a document that matches, or None."""
		if isinstance(dt, dict):
			dn = dict(dt)
			dt = dn.pop("doctype")
		if dt != "DocType" and dt == dn:
			return dn  # a Single always exists
		return self.get_value(dt, dn, ignore=True, cache=cache, order_by=None)

	def count(
		self, dt: str, filters: Any = None, debug: bool = False, cache: bool = False, distinct: bool = True
	) -> int:
		key = f"doctype:count:{dt}"
		if cache and not filters and (known := frappe.cache.get_value(key)) is not None:
			return known
		query = frappe.qb.get_query(
			dt, filters=filters, fields=Count("*"), distinct=distinct, validate_filters=True
		)
		number = query.run()[0][0]
		if cache and not filters:
			frappe.cache.set_value(key, number, expires_in_sec=86400)
		return number

	@staticmethod
	def get_all(*args: Any, **kwargs: Any) -> list:
		return frappe.get_all(*args, **kwargs)

	@staticmethod
	def get_list(*args: Any, **kwargs: Any) -> list:
		return frappe.get_list(*args, **kwargs)

	def a_row_exists(self, doctype: str) -> Any:
		return frappe.get_all(doctype, limit=1, order_by=None, as_list=True)

	def get_descendants(self, doctype: str, name: str) -> list[str]:
		from frappe.utils.nestedset import get_descendants_of

		return (
			get_descendants_of(doctype, name, ignore_permissions=True) if self.exists(doctype, name) else []
		)

	@staticmethod
	def format_date(date: Any) -> str:
		return getdate(date).strftime("%Y-%m-%d")

	@staticmethod
	def format_datetime(datetime: Any) -> str:
		return (
			get_datetime(datetime).strftime("%Y-%m-%d %H:%M:%S.%f")
			if datetime
			else "0001-01-01 00:00:00.000000"
		)

	# Writing

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
