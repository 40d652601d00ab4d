"""What is known of a DocType: its record with custom fields, property setters and permissions applied."""

import json
from typing import Any

import frappe
from frappe.model import child_table_fields, data_fieldtypes, default_fields, no_value_fields, table_fields
from frappe.model.controllers import DOCTYPE_TABLE_FIELDS, DOCTYPES_FOR_DOCTYPE, FOR_DOCTYPE
from frappe.model.document import Document
from frappe.playground.missing import module_getattr
from frappe.utils import cast, cint

__getattr__ = module_getattr(__name__)

SPECIAL = DOCTYPES_FOR_DOCTYPE | {"Module Def"}
DEFAULT_LABELS = {
	"name": "ID",
	"creation": "Created On",
	"docstatus": "Document Status",
	"idx": "Index",
	"modified": "Last Updated On",
	"modified_by": "Last Updated By",
	"owner": "Created By",
}


def get_meta(doctype: Any, cached: bool = True) -> "Meta":
	if cached and isinstance(doctype, str) and (meta := frappe.cache.hget("doctype_meta", doctype)):
		return meta
	meta = Meta(doctype)
	frappe.cache.hset("doctype_meta", meta.name, meta)
	return meta


def load_doctype_from_file(doctype: str) -> dict:
	folder = frappe.scrub(doctype)
	return frappe.get_file_json(frappe.get_app_path("frappe", "core", "doctype", folder, f"{folder}.json"))


class Meta(Document):
	_metaclass = True
	default_fields = list(default_fields)[1:]

	def __init__(self, doctype: Any) -> None:
		if isinstance(doctype, Document):
			super().__init__(doctype.as_dict())
		else:
			super().__init__("DocType", doctype)
		self._process()

	def load_from_db(self) -> "Meta":
		try:
			return super().load_from_db()
		except (frappe.DoesNotExistError, frappe.db.TableMissingError):
			if self.name not in SPECIAL:
				raise
		self._load_from_file()
		return self

	def _load_from_file(self) -> None:
		"""The DocTypes that DocTypes are made of, before they are in the database themselves."""
		self.flags = frappe._dict()
		values = load_doctype_from_file(self.name)
		for fieldname in FOR_DOCTYPE:
			rows = values.pop(fieldname, [])
			self.__dict__[fieldname] = [_make_row(FOR_DOCTYPE[fieldname], row) for row in rows]
		self.__dict__.update(values)
		for fieldname in (
			"issingle",
			"istable",
			"autoname",
			"is_submittable",
			"allow_rename",
			"custom",
			"module",
		):
			self.__dict__.setdefault(fieldname, None)

	def _process(self) -> None:
		if self.name not in SPECIAL:
			self._add_custom_fields()
			self._apply_property_setters()
		self._init_field_caches()
		if self.name not in SPECIAL:
			self._sort_fields()
			self.get_valid_columns()
			self._set_custom_permissions()

	def _add_custom_fields(self) -> None:
		if not frappe.db.table_exists("Custom Field"):
			return
		fields = frappe.db.get_values(
			"Custom Field",
			{"dt": self.name},
			"*",
			as_dict=True,
			order_by="idx",
			update={"is_custom_field": 1},
		)
		if fields:
			self.extend("fields", fields)

	def _apply_property_setters(self) -> None:
		if not frappe.db.table_exists("Property Setter"):
			return
		for setter in (
			frappe.db.get_values("Property Setter", {"doc_type": self.name}, "*", as_dict=True) or ()
		):
			value = cast(setter.property_type, setter.value)
			if setter.doctype_or_field == "DocType":
				self.set(setter.property, value)
			elif setter.doctype_or_field == "DocField":
				for df in self.fields:
					if df.fieldname == setter.field_name:
						df.set(setter.property, value)
			else:
				raise frappe.NotInPlayground(f"a Property Setter for a {setter.doctype_or_field}")

	def _init_field_caches(self) -> None:
		self._fields = {df.fieldname: df for df in self.fields}
		self._table_fields = (
			DOCTYPE_TABLE_FIELDS
			if self.name == "DocType"
			else self.get("fields", {"fieldtype": ["in", table_fields]})
		)

	def _sort_fields(self) -> None:
		"""Custom fields go behind the field that they name, else to the end; without one, to the top."""
		if self.get("field_order") and isinstance(self.field_order, str):
			order = [name for name in json.loads(self.field_order) if name in self._fields]
			if len(order) != len(self.fields):
				raise frappe.NotInPlayground("a Property Setter for a part of the field order")
		else:
			order = self._get_order_by_insert_after()
		self.fields = [self._fields[name] for name in order]
		for number, df in enumerate(self.fields, start=1):
			df.idx = number

	def _get_order_by_insert_after(self) -> list[str]:
		order, waiting = [], {}
		for df in self.fields:
			if not getattr(df, "is_custom_field", False):
				order.append(df.fieldname)
			elif getattr(df, "insert_after", None):
				waiting.setdefault(df.insert_after, []).append(df.fieldname)
			else:
				order.insert(0, df.fieldname)
		while found := [name for name in waiting if name in order]:
			for name in found:
				place = order.index(name) + 1
				order[place:place] = waiting.pop(name)
		return order + [fieldname for names in waiting.values() for fieldname in names]

	def _set_custom_permissions(self) -> None:
		if frappe.flags.in_patch or frappe.flags.in_install or self.istable or self.name == "Custom DocPerm":
			return
		if not frappe.db.table_exists("Custom DocPerm"):
			return
		rows = frappe.get_all("Custom DocPerm", fields="*", filters={"parent": self.name})
		if rows:
			self.permissions = [Document({**row, "doctype": "Custom DocPerm"}) for row in rows]

	def as_dict(self, no_nulls: bool = False, **_kwargs: Any) -> dict:
		def serialize(doc: Any) -> dict:
			out = {}
			for key, value in doc.__dict__.items():
				if isinstance(value, list) and value and isinstance(value[0], Document):
					out[key] = [serialize(row) for row in value]
				elif (value is None and not no_nulls) or isinstance(value, str | int | float):
					out[key] = value
			return out

		return {**{fieldname: [] for fieldname in FOR_DOCTYPE}, **serialize(self)}

	# Fields

	def get_field(self, fieldname: str) -> Any:
		return self._fields.get(fieldname)

	def has_field(self, fieldname: str) -> bool:
		return fieldname in self._fields

	def get_label(self, fieldname: str) -> str:
		if df := self.get_field(fieldname):
			return df.get("label")
		return DEFAULT_LABELS.get(fieldname, "No Label")

	def _cached(self, key: str, filters: dict) -> list:
		"""Fields that match; asked for at each save, so remembered. Callers get a copy."""
		known = self.__dict__.setdefault("_known_fields", {})
		if key not in known:
			known[key] = self.get("fields", filters)
		return list(known[key])

	def get_link_fields(self) -> list:
		return self._cached("links", {"fieldtype": "Link", "options": ["!=", "[Select]"]})

	def get_dynamic_link_fields(self) -> list:
		return self._cached("dynamic links", {"fieldtype": "Dynamic Link"})

	def get_data_fields(self) -> list:
		return self._cached("data", {"fieldtype": "Data"})

	def get_phone_fields(self) -> list:
		return self._cached("phone", {"fieldtype": "Phone"})

	def get_select_fields(self) -> list:
		return self._cached(
			"select", {"fieldtype": "Select", "options": ["not in", ["[Select]", "Loading..."]]}
		)

	def get_set_only_once_fields(self) -> list:
		fields = self._cached("set only once", {"set_only_once": 1})
		names = [df.fieldname for df in fields]
		standard = (("creation", "Datetime"), ("owner", "Data"))
		return fields + [
			frappe._dict(fieldname=name, fieldtype=fieldtype)
			for name, fieldtype in standard
			if name not in names
		]

	def get_high_permlevel_fields(self) -> list:
		return [df for df in self.fields if cint(df.permlevel) > 0]

	def get_table_fields(self) -> list:
		return self._table_fields

	def get_fields_to_fetch(self, link_fieldname: str | None = None) -> list:
		links = [link_fieldname] if link_fieldname else [df.fieldname for df in self.get_link_fields()]
		return [
			df
			for df in self.fields
			if df.fieldtype not in no_value_fields
			and getattr(df, "fetch_from", None)
			and any(df.fetch_from.startswith(f"{link}.") for link in links)
		]

	def get_search_fields(self) -> list[str]:
		names = [name.strip() for name in (self.search_fields or "name").split(",")]
		return names if "name" in names else [*names, "name"]

	def get_naming_series_options(self) -> list[str]:
		df = self.get_field("naming_series")
		return (df.options or "").split("\n") if df else []

	def get_valid_columns(self) -> list[str]:
		if "_valid_columns" not in self.__dict__:
			if self.name in SPECIAL and frappe.db.table_exists(self.name):
				columns = frappe.db.get_table_columns(self.name)
			else:
				columns = self.default_fields + [
					df.fieldname for df in self.fields if df.fieldtype in data_fieldtypes
				]
				columns += child_table_fields if self.istable else ()
			self._valid_columns = columns
		return self._valid_columns

	def get_fieldnames_with_value(
		self, with_field_meta: bool = False, with_virtual_fields: bool = False
	) -> list:
		fields = [
			df
			for df in self.fields
			if df.fieldtype not in no_value_fields and (with_virtual_fields or not df.get("is_virtual"))
		]
		return fields if with_field_meta else [df.fieldname for df in fields]

	def is_nested_set(self) -> bool:
		return self.has_field("lft") and self.has_field("rgt")

	# Permissions

	def get_permissions(self, parenttype: str | None = None) -> list:
		if self.istable and parenttype:
			return frappe.get_meta(parenttype).permissions
		return self.get("permissions") or []

	def get_permlevel_access(
		self, permission_type: str = "read", parenttype: str | None = None, *, user: str | None = None
	) -> list[int]:
		roles = frappe.get_roles(user)
		levels = [
			perm.permlevel
			for perm in self.get_permissions(parenttype)
			if perm.role in roles and perm.get(permission_type)
		]
		return list(dict.fromkeys(levels))

	def get_permitted_fieldnames(
		self,
		parenttype: str | None = None,
		*,
		user: str | None = None,
		permission_type: str = "read",
		with_virtual_fields: bool = True,
	) -> list[str]:
		if self.istable and not parenttype:
			return []
		if permission_type == "select":
			return self.get_search_fields()
		if not self.get_permissions(parenttype=parenttype):
			return self.get_fieldnames_with_value()
		levels = self.get_permlevel_access(permission_type, parenttype, user=user)
		fields = self.get_fieldnames_with_value(with_field_meta=True, with_virtual_fields=with_virtual_fields)
		return [df.fieldname for df in fields if df.permlevel in levels]


def _make_row(doctype: str, values: dict) -> Any:
	"""A row of a DocType from its file. Not all columns are in the file; those read as None."""
	row = Document.__new__(Document)
	row.__dict__.update(doctype=doctype, _table_fieldnames=set(), flags=frappe._dict(), **ROW_DEFAULTS)
	row.__dict__.update(values)
	return row


ROW_DEFAULTS = dict.fromkeys(
	"""label options default reqd unique permlevel fetch_from allow_on_submit set_only_once search_index length
	precision is_virtual ignore_user_permissions no_copy read_only hidden non_negative description""".split()
) | {"permlevel": 0}


def get_default_df(fieldname: str) -> Any:
	if fieldname not in default_fields + child_table_fields:
		return None
	fieldtypes = {"creation": "Datetime", "modified": "Datetime", "idx": "Int", "docstatus": "Int"}
	return frappe._dict(fieldname=fieldname, fieldtype=fieldtypes.get(fieldname, "Data"))


def get_field_precision(df: Any, doc: Any = None, currency: Any = None) -> int:
	if df.precision:
		return cint(df.precision)
	if df.fieldtype == "Currency":
		return cint(frappe.db.get_default("currency_precision")) or 2
	return cint(frappe.db.get_default("float_precision")) or 3


def get_table_columns(doctype: str) -> list[str]:
	return frappe.db.get_table_columns(doctype)
