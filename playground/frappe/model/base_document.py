"""A document as values: fields, child rows, and their way into the table. The life cycle is in `document`."""

import datetime
import json
import weakref
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import frappe
from frappe import _
from frappe.exceptions import NotInPlayground
from frappe.model import child_table_fields, datetime_fields, default_fields, float_like_fields, table_fields
from frappe.model.controllers import (
	DOCTYPE_TABLE_FIELDS,
	DOCTYPES_FOR_DOCTYPE,
	FOR_DOCTYPE,
	get_controller,
)
from frappe.model.docstatus import DocStatus
from frappe.model.table_row import TableRow
from frappe.playground.missing import module_getattr
from frappe.utils import cint, compare, cstr, flt, is_a_property

__getattr__ = module_getattr(__name__)

# Methods of Frappe's documents that are not rebuilt.
LEFT_OUT = frozenset(
	"""add_seen add_tag add_viewed copy_attachments_from_amended_from db_update_all deferred_insert
	get_assigned_users get_document_share_key get_formatted get_liked_by get_tags in_format_data is_print_hide
	lock queue_action remove_tag unlock get_parentfield_of_doctype get_db_value round_floats_in get_signature
	db_get has_permlevel_access_to get_title get_children get_parent get_ancestors""".split()
)
DATE_TYPES = datetime.datetime | datetime.date | datetime.time | datetime.timedelta
SHOWN_IF_SET = ("_user_tags", "__islocal", "__onload", "_liked_by", "__run_link_triggers", "__unsaved")


class BaseDocument(TableRow):
	_reserved_keywords = frozenset(
		(
			"doctype",
			"meta",
			"flags",
			"parent_doc",
			"_table_fields",
			"_valid_columns",
			"_doc_before_save",
			"_table_fieldnames",
			"_reserved_keywords",
			"permitted_fieldnames",
			"dont_update_if_missing",
		)
	)

	def __init__(self, d: dict) -> None:
		if d.get("doctype"):
			self.doctype = d["doctype"]
		self._table_fieldnames = {df.fieldname for df in self._get_table_fields()}
		self.update(d)
		self.dont_update_if_missing: list[str] = []
		if hasattr(self, "__setup__"):
			self.__setup__()

	def __getattr__(self, name: str) -> Any:
		if name in LEFT_OUT:
			raise NotInPlayground(f"Document.{name}")
		raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

	def __getstate__(self) -> dict:
		state = self.__dict__.copy()
		for key in ("meta", "permitted_fieldnames", "_parent_doc"):
			state.pop(key, None)
		return state

	@cached_property
	def meta(self) -> Any:
		return frappe.get_meta(self.doctype)

	@cached_property
	def permitted_fieldnames(self) -> list[str]:
		return frappe.model.get_permitted_fields(self.doctype, parenttype=getattr(self, "parenttype", None))

	# Values

	def update(self, d: Any) -> "BaseDocument":
		if "name" in d:
			self.name = d["name"]  # child rows refer to it
		as_value = bool(getattr(self, "flags", None) and self.flags.ignore_children)
		for key, value in d.items():
			self.set(key, value, as_value=as_value)
		return self

	def update_if_missing(self, d: Any) -> None:
		if isinstance(d, BaseDocument):
			d = d.get_valid_dict()
		for key, value in d.items():
			if value is not None and self.get(key) is None and key not in self.dont_update_if_missing:
				self.set(key, value)

	def get(self, key: Any, filters: Any = None, limit: int | None = None, default: Any = None) -> Any:
		"""A value; rows of a table that match filters; with a dict for the key, rows of any table."""
		if isinstance(key, dict):
			return _filter(self.get_all_children(), key, limit)
		if isinstance(filters, dict) and filters:
			return _filter(self.__dict__.get(key, []), filters, limit)
		value = self.__dict__.get(key, filters or default)
		return value[:limit] if limit and isinstance(value, list | tuple) else value

	def getone(self, key: Any, filters: Any = None) -> Any:
		return self.get(key, filters=filters, limit=1)[0]

	def set(self, key: str, value: Any, as_value: bool = False) -> None:
		if key in self._reserved_keywords:
			return
		if as_value or key not in self._table_fieldnames:
			self.__dict__[key] = value
			return
		self.__dict__[key] = []
		if value:
			self.extend(key, value)

	def delete_key(self, key: str) -> None:
		self.__dict__.pop(key, None)

	def get_value(self, fieldname: str) -> Any:
		return self.cast(self.get(fieldname), self.meta.get_field(fieldname))

	def cast(self, value: Any, df: Any) -> Any:
		return frappe.utils.cast_fieldtype(df.fieldtype, value, show_warning=False)

	@property
	def docstatus(self) -> DocStatus:
		return DocStatus(cint(self.get("docstatus")))

	@docstatus.setter
	def docstatus(self, value: Any) -> None:
		self.__dict__["docstatus"] = DocStatus(cint(value))

	def is_new(self) -> Any:
		return self.get("__islocal")

	# Child rows

	def _get_table_fields(self) -> Iterable:
		if self.doctype == "DocType":
			return DOCTYPE_TABLE_FIELDS
		return () if self.doctype in DOCTYPES_FOR_DOCTYPE else self.meta.get_table_fields()

	def get_table_field_doctype(self, fieldname: str) -> str | None:
		if self.doctype == "DocType":
			return FOR_DOCTYPE.get(fieldname)
		df = self.meta.get_field(fieldname)
		if df is None:
			raise AttributeError(fieldname)
		return df.options

	def append(self, key: str, value: Any = None, position: int = -1) -> Any:
		"""Adds a row, a dict or a document, at the end or at `position`."""
		table = self.__dict__.get(key)
		if table is None:
			table = self.__dict__[key] = []
		row = self._init_child({} if value is None else value, key)
		if position == -1:
			table.append(row)
		else:
			table.insert(position, row)
			_renumber(table)
		row.parent_doc = weakref.ref(self)
		return row

	def extend(self, key: str, value: Any) -> None:
		if not isinstance(value, Iterable):
			raise ValueError
		for row in value:
			self.append(key, row)

	def remove(self, doc: Any) -> None:
		if doc.get("parentfield"):
			table = self.get(doc.parentfield)
			table.remove(doc)
			_renumber(table)

	def _init_child(self, value: Any, key: str) -> Any:
		if not isinstance(value, BaseDocument):
			doctype = self.get_table_field_doctype(key)
			if not doctype:
				raise AttributeError(key)
			value["doctype"] = doctype
			value = get_controller(doctype)(value)
		value.parent = self.name
		value.parenttype = self.doctype
		value.parentfield = key
		if not getattr(value, "idx", None):
			value.idx = len(getattr(self, key, None) or []) + 1
		if not getattr(value, "name", None):
			value.__dict__["__islocal"] = 1
		return value

	@property
	def parent_doc(self) -> Any:
		reference = self.__dict__.get("_parent_doc")
		return reference() if isinstance(reference, weakref.ReferenceType) else reference

	@parent_doc.setter
	def parent_doc(self, value: Any) -> None:
		self._parent_doc = value

	@parent_doc.deleter
	def parent_doc(self) -> None:
		self._parent_doc = None

	def init_child_tables(self) -> None:
		for fieldname in self._table_fieldnames:
			if self.__dict__.get(fieldname) is None:
				self.__dict__[fieldname] = []

	# As a dict

	def init_valid_columns(self) -> None:
		for key in (*default_fields, *self.get_valid_columns()):
			self.__dict__.setdefault(key, None)
		if self.__dict__["docstatus"] is None:
			self.docstatus = DocStatus.draft()
		if self.__dict__["idx"] is None:
			self.__dict__["idx"] = 0

	def get_valid_columns(self) -> list[str]:
		known = frappe.local.valid_columns
		if self.doctype not in known:
			special = self.doctype in DOCTYPES_FOR_DOCTYPE
			known[self.doctype] = (
				frappe.db.get_table_columns(self.doctype) if special else self.meta.get_valid_columns()
			)
		return known[self.doctype]

	def get_valid_dict(
		self,
		sanitize: bool = True,
		convert_dates_to_str: bool = False,
		ignore_nulls: bool = False,
		ignore_virtual: bool = False,
	) -> frappe._dict:
		"""Values of the columns, brought to the type of their field."""
		out = frappe._dict()
		for fieldname in self.meta.get_valid_columns():
			value = self.__dict__.get(fieldname)
			if not sanitize and value is None:
				out[fieldname] = None
				continue
			df = self.meta.get_field(fieldname)
			if df and df.get("is_virtual"):
				if ignore_virtual or fieldname not in self.permitted_fieldnames:
					continue
				value = self._get_virtual_value(df)
			if df:
				value = self._to_field_type(df, value)
			if convert_dates_to_str and isinstance(value, DATE_TYPES):
				value = str(value)
			if not (ignore_nulls and value is None):
				out[fieldname] = value
		return out

	def _get_virtual_value(self, df: Any) -> Any:
		prop = getattr(type(self), df.fieldname, None)
		if prop and is_a_property(prop):
			return getattr(self, df.fieldname)
		raise NotInPlayground(f"the expression of virtual field {df.fieldname} of {self.doctype}")

	@staticmethod
	def _to_field_type(df: Any, value: Any) -> Any:
		fieldtype = df.fieldtype
		if isinstance(value, list) and fieldtype not in table_fields:
			frappe.throw(_("Value for {0} cannot be a list").format(_(df.label)))
		if fieldtype == "Check":
			return 1 if cint(value) else 0
		if fieldtype == "Int":
			return value if isinstance(value, int) else cint(value)
		if fieldtype in float_like_fields:
			return value if isinstance(value, float) else flt(value)
		if fieldtype == "JSON" and isinstance(value, dict):
			return json.dumps(value, separators=(",", ":"))
		if fieldtype in datetime_fields and value == "":
			return None
		if df.get("unique") and cstr(value).strip() == "":
			return None
		return value

	def as_dict(
		self,
		no_nulls: bool = False,
		no_default_fields: bool = False,
		convert_dates_to_str: bool = False,
		no_child_table_fields: bool = False,
	) -> frappe._dict:
		doc = self.get_valid_dict(convert_dates_to_str=convert_dates_to_str, ignore_nulls=no_nulls)
		doc["doctype"] = self.doctype
		for fieldname in self._table_fieldnames:
			doc[fieldname] = [
				row.as_dict(
					convert_dates_to_str=convert_dates_to_str,
					no_nulls=no_nulls,
					no_default_fields=no_default_fields,
					no_child_table_fields=no_child_table_fields,
				)
				for row in self.get(fieldname) or []
			]
		dropped = (
			*(default_fields if no_default_fields else ()),
			*(child_table_fields if no_child_table_fields else ()),
		)
		for key in dropped:
			doc.pop(key, None)
		for key in SHOWN_IF_SET:
			if value := self.__dict__.get(key):
				doc[key] = value
		return doc

	def as_json(self) -> str:
		return frappe.as_json(self.as_dict())

	# Passwords

	def get_password(self, fieldname: str = "password", raise_exception: bool = True) -> str | None:
		from frappe.utils.password import get_decrypted_password

		value = self.get(fieldname)
		if value and not self.is_dummy_password(value):
			return value
		return get_decrypted_password(self.doctype, self.name, fieldname, raise_exception=raise_exception)

	def is_dummy_password(self, pwd: str) -> bool:
		return set(pwd) == {"*"}

	# Numbers

	def precision(self, fieldname: str, parentfield: Any = None) -> int | None:
		from frappe.model.meta import get_field_precision

		if parentfield and not isinstance(parentfield, str):
			parentfield = parentfield.parentfield
		doctype = self.meta.get_field(parentfield).options if parentfield else self.doctype
		df = frappe.get_meta(doctype).get_field(fieldname)
		return get_field_precision(df, self) if df.fieldtype in float_like_fields else None


def _renumber(table: list) -> None:
	for number, row in enumerate(table, start=1):
		row.idx = number


def _filter(rows: list, filters: dict, limit: int | None = None) -> list:
	"""Rows that match; values may be plain, `[operator, value]`, "^prefix", True (set) or False (not set)."""
	conditions = {key: _as_condition(value) for key, value in filters.items()}
	out = []
	for row in rows or []:
		if all(compare(getattr(row, key, None), *condition) for key, condition in conditions.items()):
			out.append(row)
			if limit and len(out) >= limit:
				break
	return out


def _as_condition(value: Any) -> tuple:
	if isinstance(value, tuple | list):
		return value[0], value[1]
	if value is True:
		return "not None", value
	if value is False:
		return "None", value
	if isinstance(value, str) and value.startswith("^"):
		return "^", value[1:]
	return "=", value
