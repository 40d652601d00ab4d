"""`frappe.get_list` and `frappe.get_all`: rows by filters, with or without the user's permissions."""

import json
import re
from typing import Any

import frappe
from frappe import _
from frappe.database.reading import DefaultOrderBy
from frappe.exceptions import DataError, NotInPlayground
from frappe.model import get_permitted_fields, optional_fields, table_fields
from frappe.model.filter_sql import get_condition
from frappe.playground.missing import module_getattr
from frappe.utils import cint, get_filter, make_filter_tuple

__getattr__ = module_getattr(__name__)

COLUMN = re.compile(r"^(?:[`\"]?tab([\w -]+?)[`\"]?\.)?[`\"]?(\w+|\*)[`\"]?$", re.ASCII)
DOTTED = re.compile(r"^(\w+)\.(\w+)$", re.ASCII)
FUNCTION = re.compile(r"^(count|sum|avg|min|max|abs)\(\s*(distinct\s+)?(.+?)\s*\)$", re.I)
RESTRICTED = re.compile(
	r"^\(?\s*(select|create|insert|delete|drop|update|case|show)\b|[;@]|/\*|\bunion\b", re.I
)
RESTRICTED_FUNCTION = re.compile(
	r"^(concat|concat_ws|if|ifnull|nullif|coalesce|connection_id|current_user|database|last_insert_id|session_user"
	r"|system_user|user|version|global)\s*\(",
	re.I,
)
ORDER = re.compile(r"^(.+?)(?:\s+(asc|desc))?$", re.I)


class Column:
	"""One field of the answer: where it comes from and what it is called."""

	def __init__(
		self, doctype: str | None, fieldname: str, function: str = "", alias: str | None = None
	) -> None:
		self.doctype, self.fieldname, self.function, self.alias = doctype, fieldname, function, alias
		self.table = f"tab{doctype}"

	def sql(self) -> str:
		inner = (
			"*"
			if self.doctype is None
			else f'"{self.table}".' + ("*" if self.fieldname == "*" else f'"{self.fieldname}"')
		)
		text = self.function.format(inner) if self.function else inner
		return f'{text} AS "{self.alias}"' if self.alias else text


class DatabaseQuery:
	def __init__(self, doctype: str, user: str | None = None) -> None:
		self.doctype = doctype
		self.user = user or frappe.session.user
		self.joins: dict[str, str] = {}
		self.permission_map: dict[str, str] = {}

	def execute(
		self,
		fields: Any = None,
		filters: Any = None,
		or_filters: Any = None,
		docstatus: Any = None,
		group_by: str | None = None,
		order_by: str | None = DefaultOrderBy,
		limit_start: Any = False,
		limit_page_length: Any = None,
		as_list: bool = False,
		debug: bool = False,
		ignore_permissions: bool = False,
		user: str | None = None,
		distinct: bool = False,
		start: Any = None,
		page_length: Any = None,
		limit: Any = None,
		ignore_ifnull: bool = False,
		update: dict | None = None,
		reference_doctype: str | None = None,
		run: bool = True,
		strict: bool = True,
		pluck: str | None = None,
		ignore_ddl: bool = False,
		*,
		parent_doctype: str | None = None,
		parent: str | None = None,
		**others: Any,
	) -> list:
		if others:
			raise NotInPlayground(f"frappe.get_list({', '.join(others)})")
		self.ignore_permissions = ignore_permissions
		self.user = user or self.user
		self.parent_doctype = parent_doctype
		self.reference_doctype = reference_doctype or self.doctype
		self.as_list = as_list
		self.ignore_ifnull = ignore_ifnull
		if not ignore_permissions:
			self.check_read_permission(self.doctype, parent_doctype)
		fields, filters = _swap(fields, filters)
		if not frappe.db.get_table_columns(self.doctype):
			return []
		columns = self._get_columns(fields or [pluck or "name"])
		conditions = self._get_conditions(filters, or_filters)
		if not ignore_permissions:
			columns = self._drop_unreadable(columns)
		if not columns:
			return []
		grouped = bool(group_by)
		sql = " ".join(
			filter(
				None,
				[
					"select distinct" if distinct else "select",
					", ".join("NULL" if column is None else column.sql() for column in columns),
					f'from "tab{self.doctype}"',
					*self.joins.values(),
					f"where {conditions}" if conditions else "",
					f"group by {self._get_order(group_by)}" if grouped else "",
					self._get_order_by(order_by, columns, grouped, distinct),
					_get_limit(limit or page_length or limit_page_length, start or limit_start),
				],
			)
		)
		result = frappe.db.sql(sql, as_dict=not as_list, as_list=False, update=update, run=run)
		return [row[pluck] for row in result] if pluck and run else result

	# Fields

	def _get_columns(self, fields: Any) -> list[Column | None]:
		if isinstance(fields, str):
			try:
				fields = ["*"] if fields == "*" else json.loads(fields)
			except ValueError:
				fields = [part.strip() for part in fields.split(",")]
		columns: list[Column | None] = []
		for field in filter(None, fields):
			if not isinstance(field, str):
				raise NotInPlayground(f"{type(field).__name__} as a field of frappe.get_list")
			column = self._get_column(field)
			if column.fieldname in optional_fields and column.fieldname not in frappe.db.get_table_columns(
				self.doctype
			):
				continue
			columns.append(column)
		return columns

	def _get_column(self, field: str) -> Column:
		text, alias = re.fullmatch(
			r"(.*?)(?:\s+as\s+[`'\"]?([\w: ]+?)[`'\"]?)?", field.strip(), re.I | re.S
		).groups()
		if RESTRICTED.search(text):
			frappe.throw(_("Use of sub-query or function is restricted"), DataError)
		if RESTRICTED_FUNCTION.match(text):
			function = text.split("(", 1)[0].strip()
			frappe.throw(_("Use of function {0} in field is restricted").format(function), DataError)
		if match := FUNCTION.match(text):
			name, distinct, argument = match.groups()
			column = Column(None, "*") if argument == "*" else self._get_column(argument)
			column.function = f"{name}({'distinct ' if distinct else ''}{{}})"
			column.alias = alias or text
			return column
		if match := DOTTED.match(text):
			return self._get_linked_column(*match.groups(), alias)
		if match := COLUMN.match(text):
			doctype, fieldname = match.groups()
			if doctype and doctype != self.doctype:
				self._join_child_table(doctype)
			return Column(doctype or self.doctype, fieldname, alias=alias)
		raise NotInPlayground(f"the field {field!r} in frappe.get_list")

	def _get_linked_column(self, link: str, fieldname: str, alias: str | None) -> Column:
		"""`customer.territory`: a field of the linked document, or of a child table's rows."""
		df = frappe.get_meta(self.doctype).get_field(link)
		if not df:
			raise NotInPlayground(f"the field {link}.{fieldname} in frappe.get_list")
		column = Column(df.options, fieldname, alias=alias)
		if df.fieldtype in table_fields:
			self._join_child_table(df.options)
			return column
		self.check_read_permission(df.options)
		column.table = f"tab{df.options}_{link}"
		self.joins[column.table] = (
			f'left join "tab{df.options}" "{column.table}" on ("{column.table}".name = "tab{self.doctype}"."{link}")'
		)
		return column

	def _join_child_table(self, doctype: str) -> None:
		self.check_read_permission(doctype)
		self.joins[f"tab{doctype}"] = (
			f'left join "tab{doctype}" on ("tab{doctype}".parenttype = {frappe.db.escape(self.doctype)} '
			f'and "tab{doctype}".parent = "tab{self.doctype}".name)'
		)

	def _drop_unreadable(self, columns: list[Column | None]) -> list[Column | None]:
		"""Fields above the user's permission levels are left out; in lists of values they are NULL."""
		out: list[Column | None] = []
		for column in columns:
			if column.doctype is None:
				out.append(column)
				continue
			permitted = self._get_permitted(column.doctype)
			if column.fieldname == "*" and not column.function:
				out += [Column(column.doctype, fieldname) for fieldname in permitted]
			elif column.fieldname in (*permitted, *optional_fields, "*"):
				out.append(column)
			elif self.as_list:
				out.append(None)
		return out

	def _get_permitted(self, doctype: str) -> list[str]:
		parent = self.parent_doctype if doctype == self.doctype else self.doctype
		permission_type = self.permission_map.get(doctype) if doctype == self.doctype else None
		return get_permitted_fields(
			doctype, parenttype=parent, permission_type=permission_type, ignore_virtual=True
		)

	# Conditions

	def _get_conditions(self, filters: Any, or_filters: Any) -> str:
		conditions = self._get_filter_conditions(filters)
		if alternatives := self._get_filter_conditions(or_filters):
			conditions.append(f"({' or '.join(alternatives)})")
		if not self.ignore_permissions and (match := self.build_match_conditions()):
			conditions.append(f"({match})")
		return " and ".join(conditions)

	def _get_filter_conditions(self, filters: Any) -> list[str]:
		if isinstance(filters, str):
			filters = json.loads(filters)
		if isinstance(filters, dict):
			filters = [make_filter_tuple(self.doctype, key, value) for key, value in filters.items()]
		out = []
		for one in filters or ():
			if isinstance(one, str):
				raise NotInPlayground("SQL as a filter of frappe.get_list")
			f = get_filter(self.doctype, one)
			if f.doctype != self.doctype:
				self._join_child_table(f.doctype)
			if not re.fullmatch(r"\w+", f.fieldname, re.ASCII):
				raise NotInPlayground(f"the field {f.fieldname!r} in a filter")
			out.append(get_condition(f, self.ignore_ifnull))
		return out

	def build_match_conditions(self) -> str:
		"""The rows that the user may read: by role, as their owner, by User Permissions, by apps' hooks."""
		meta = frappe.get_meta(self.doctype)
		rights = frappe.permissions.get_role_permissions(meta, user=self.user)
		readable = rights.get("select") or rights.get("read")
		if not (meta.istable or readable or self._has_user_permission()):
			frappe.throw(_("No permission to read {0}").format(_(self.doctype)), frappe.PermissionError)
		conditions = []
		if _requires_owner(rights):
			conditions.append(f'"tab{self.doctype}"."owner" = {frappe.db.escape(self.user, percent=False)}')
		elif readable:
			conditions += self._get_user_permission_conditions(meta)
		hooks = frappe.get_hooks("permission_query_conditions", {})
		for method in hooks.get(self.doctype, []) + hooks.get("*", []):
			if condition := frappe.call(frappe.get_attr(method), self.user, doctype=self.doctype):
				conditions.append(condition)
		return " and ".join(f"({condition})" for condition in conditions)

	def _has_user_permission(self) -> bool:
		permissions = frappe.permissions.get_user_permissions(self.user).get(self.doctype, [])
		return any(
			not one.applicable_for or one.applicable_for == self.reference_doctype for one in permissions
		)

	def _get_user_permission_conditions(self, meta: Any) -> list[str]:
		permissions = frappe.permissions.get_user_permissions(self.user)
		strict = frappe.get_system_settings("apply_strict_user_permissions")
		links = [
			(df.fieldname, df.options) for df in meta.get_link_fields() if not df.ignore_user_permissions
		]
		conditions = []
		for fieldname, doctype in [*links, ("name", self.doctype)]:
			applicable_for = (None, "", self.reference_doctype if fieldname == "name" else self.doctype)
			names = [one.doc for one in permissions.get(doctype, []) if one.applicable_for in applicable_for]
			if not names:
				continue
			column = f'"tab{self.doctype}"."{fieldname}"'
			listed = ", ".join(frappe.db.escape(name, percent=False) for name in names)
			empty = "" if strict else f"ifnull({column}, '')='' or "
			conditions.append(f"{empty}{column} in ({listed})")
		return conditions

	def check_read_permission(self, doctype: str, parent_doctype: str | None = None) -> None:
		if self.ignore_permissions or doctype in self.permission_map:
			return
		ptype = "select" if frappe.only_has_select_perm(doctype) else "read"
		parent = parent_doctype or self.doctype
		frappe.has_permission(doctype, ptype=ptype, parent_doctype=parent, throw=True, user=self.user)
		self.permission_map[doctype] = ptype

	# Order

	def _get_order_by(self, order_by: str | None, columns: list, grouped: bool, distinct: bool) -> str:
		if distinct:
			return ""
		if order_by and order_by != DefaultOrderBy:
			return f"order by {self._get_order(order_by)}"
		only_function = len(columns) == 1 and columns[0] is not None and columns[0].function and not grouped
		if not order_by or only_function:
			return ""
		meta = frappe.get_meta(self.doctype)
		sort_field, sort_order = meta.get("sort_field"), meta.get("sort_order")
		if sort_field and "," in sort_field:
			return f"order by {self._get_order(sort_field)}"
		direction = (sort_field and sort_order) or "desc"
		return f'order by "tab{self.doctype}"."{sort_field or "modified"}" {direction}'

	def _get_order(self, text: str) -> str:
		parts = []
		for part in text.split(","):
			field, direction = ORDER.match(part.strip()).groups()
			match = COLUMN.match(field)
			if not match:
				if FUNCTION.match(field):
					parts.append(f"{field} {direction or ''}".strip())
					continue
				frappe.throw(_("Illegal SQL Query"))
			doctype, fieldname = match.groups()
			if doctype and doctype != self.doctype and f"tab{doctype}" not in self.joins:
				frappe.throw(_("Please select atleast 1 column from {0} to sort/group").format(doctype))
			is_column = doctype or fieldname in frappe.db.get_table_columns(self.doctype)
			column = f'"tab{doctype or self.doctype}"."{fieldname}"' if is_column else f'"{fieldname}"'
			parts.append(f"{column} {direction or ''}".strip())
		return ", ".join(parts)


def _swap(fields: Any, filters: Any) -> tuple[Any, Any]:
	"""Fields and filters may be given in either order."""
	fields_are_filters = isinstance(fields, dict) or (
		fields and isinstance(fields, list) and isinstance(fields[0], list)
	)
	filters_are_fields = (
		fields and isinstance(filters, list) and len(filters) > 1 and isinstance(filters[0], str)
	)
	return (filters, fields) if fields_are_filters or filters_are_fields else (fields, filters)


def _get_limit(limit: Any, start: Any) -> str:
	return f"limit {cint(limit)} offset {cint(start)}" if cint(limit) else ""


def _requires_owner(rights: dict) -> bool:
	"""Whether the user reads this DocType only as the owner of documents."""
	if_owner = rights.get("if_owner")
	if not (rights.get("has_if_owner_enabled") and if_owner):
		return False
	return not any(rights.get(kind) and kind not in if_owner for kind in ("select", "read"))


def check_parent_permission(parent: str | None, child_doctype: str) -> None:
	if parent:
		is_child = frappe.db.exists(
			"DocField", {"parent": parent, "options": child_doctype}
		) or frappe.db.exists("Custom Field", {"dt": parent, "options": child_doctype})
		if is_child and frappe.permissions.has_permission(parent):
			return
	raise frappe.PermissionError
