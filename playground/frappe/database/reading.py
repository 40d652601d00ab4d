"""Rows by their DocType and name or filters, without documents: `frappe.db.get_value` and its kin."""

import re
from typing import Any

import frappe
from frappe.query_builder.functions import Count
from frappe.utils.data import cast_fieldtype, get_datetime, getdate

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"
DATE_OR_TIME = re.compile(r"\d{4}-\d|\d{1,3}:\d")
WITHOUT_META = frozenset(("DocType", "DocField", "DocPerm", "Singles", "Series", "Sessions"))


class Reading:
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
